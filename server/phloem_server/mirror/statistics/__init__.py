"""Figures about tasks, kept by what changes."""
