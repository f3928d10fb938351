"""Sends events to the record from a thread of its own."""
