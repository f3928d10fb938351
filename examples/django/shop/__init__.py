"""A shop whose page shows how far an export is. Phloem is a server beside it."""

from shop.celery import app as celery_app

__all__ = ["celery_app"]
