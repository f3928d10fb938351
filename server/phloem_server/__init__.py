"""Phloem's server: what Celery tasks do, in every browser, the moment it happens.

Importing it imports nothing else, because eventlet has to be set up before Flask, redis and Celery are loaded.
"""

__version__ = "0.1.0"
