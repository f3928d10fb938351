"""Puts the server together."""
