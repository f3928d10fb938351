"""Listening, serving, and writing one message to many connections."""
