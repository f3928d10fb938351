"""What a job says when it cannot do what it was asked."""

from __future__ import annotations


class JobError(Exception):
    """The request cannot be met as it is. Its text is one sentence, for the person who asked."""


class Passing(JobError):
    """Nobody's mistake, and likely to be over soon: trying again may help. One sentence as well."""
