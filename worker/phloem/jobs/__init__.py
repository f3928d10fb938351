"""The bundled jobs: a Celery app like any other, and one file for each job.

celery -A phloem.jobs.app worker
"""
