"""Random and mutated messages at every level: the process lives, its memory is flat, and no other client notices."""
