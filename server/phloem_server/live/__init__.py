"""Who watches what, and which frame each client gets."""
