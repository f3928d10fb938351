"""The bundled job processor: a Celery app like any other, and one job per file.

celery -A phloem.jobs.app worker
"""
