"""What a task is: its state, the events about it, and the changes that readers receive."""
