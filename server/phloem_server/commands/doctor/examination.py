"""All checks, one after the other, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

from phloem.errors import PhloemError
from phloem.record.record import ChannelError
from phloem_server.commands.doctor.check import Check, Trouble
from phloem_server.commands.doctor.checks import audit as audit_checks
from phloem_server.commands.doctor.checks import broker as broker_checks
from phloem_server.commands.doctor.checks import people as people_checks
from phloem_server.commands.doctor.checks import redis as redis_checks
from phloem_server.commands.doctor.checks import settings as settings_checks
from phloem_server.commands.doctor.checks import site as site_checks
from phloem_server.commands.doctor.checks import worker as worker_checks
from phloem_server.commands.doctor.installation import Installation
from phloem_server.commands.doctor.words import said

CHECKS: tuple[Check, ...] = (
    *settings_checks.CHECKS,
    *redis_checks.CHECKS,
    *audit_checks.CHECKS,
    *broker_checks.CHECKS,
    *worker_checks.CHECKS,
    *people_checks.CHECKS,
    *site_checks.CHECKS,
)


class Verdict(StrEnum):
    """What came of a check."""

    OK = "ok"
    WRONG = "wrong"
    SKIPPED = "skipped"
    """It could not look."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found. `reason` says why it could not look."""

    name: str
    question: str
    verdict: Verdict
    troubles: tuple[Trouble, ...] = ()
    reason: str | None = None


def examine(seen: Installation, checks: Sequence[Check] = CHECKS) -> Iterator[Result]:
    """The results, each as soon as it is there."""
    for check in checks:
        try:
            troubles = tuple(check.find(seen))
        except (PhloemError, OSError) as error:  # another check finds what is behind it
            is_away = isinstance(error, ChannelError) and "does not answer" in str(error)
            reason = "Redis does not answer." if is_away else said(error)
            yield Result(name=check.name, question=check.question, verdict=Verdict.SKIPPED, reason=reason)
            continue
        verdict = Verdict.WRONG if troubles else Verdict.OK
        yield Result(name=check.name, question=check.question, verdict=verdict, troubles=troubles)
