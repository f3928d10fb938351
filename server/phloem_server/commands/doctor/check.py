"""A check of the doctor: what it looks at, and the troubles that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from phloem.errors import PhloemError
from phloem_server.commands.doctor.installation import Installation


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong. Each is a sentence or a few, for the person who looks after the installation."""

    what: str
    """What is wrong, and what comes of it."""
    evidence: str
    """What was seen."""
    cure: str
    """What to do."""


class CannotLook(PhloemError):
    """A check has nothing to look at. The text says why."""

    code = "cannot_look"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check. `find` raises CannotLook, ChannelError or BrokerUnavailable where it cannot look."""

    name: str
    question: str
    """What it finds out."""
    find: Callable[[Installation], Iterator[Trouble]]
