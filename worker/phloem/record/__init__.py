"""The record: what is known of all tasks, kept in Redis."""
