"""Commands to Celery: what can be sent, sending it, and asking workers. Knows no HTTP."""
