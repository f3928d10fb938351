"""Why a job cannot do what it was asked to."""

from __future__ import annotations


class JobError(Exception):
    """The request cannot be met as it is. The text is one sentence, for the person who asked."""


class Passing(JobError):
    """Something that is likely to be over soon: trying again may help. The text is one sentence as well."""
