"""Lighthouse: how it judges the page. `python -m tests.lighthouse`."""
