"""The name that `phloem.jobs.download.http_client` had, for programs that import it."""

from phloem.jobs.download.addresses import public
from phloem.jobs.download.http_client import get

__all__ = ["get", "public"]
