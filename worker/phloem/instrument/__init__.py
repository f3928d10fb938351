"""What is observed of a Celery app once `attach` was called."""
