"""What `phloem` runs besides the server: Redis, a local mailbox, a viewer in the terminal."""
