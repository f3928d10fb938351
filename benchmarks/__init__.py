"""What it costs, next to what others cost, in one run."""
