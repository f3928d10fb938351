"""The record in memory, and the views of it that clients watch. Knows no HTTP and no sockets."""
