"""What clients of the first protocol are answered, byte by byte, and a test that they still are."""
