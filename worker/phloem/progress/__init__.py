"""What a running task says about itself: loops, steps, messages and log lines."""
