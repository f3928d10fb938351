"""The name that `phloem.jobs.mail.compose` had, for programs that import it."""

from phloem.jobs.mail.compose import checked_subject, written

__all__ = ["checked_subject", "written"]
