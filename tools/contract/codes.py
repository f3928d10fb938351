"""Reads the codes of errors that clients are told, from the classes of the errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from phloem.errors import PhloemError
from phloem_server.access import errors as access_errors
from phloem_server.access.people.openid import errors as openid_errors
from phloem_server.access.tokens import errors as token_errors
from phloem_server.api.calls import errors as api_errors
from phloem_server.live import errors as live_errors
from phloem_server.mirror.query.values import QueryError
from phloem_server.transport import capacity
from phloem_server.web import errors as web_errors
from phloem_server.web.problem import Problem
from tools.contract.records import Undescribed, first_paragraph

DEFINED_IN = (access_errors, api_errors, capacity, live_errors, openid_errors, token_errors, web_errors)
"""Modules that define errors which clients are told. They are imported here, so that all are known."""


E = TypeVar("E", bound=PhloemError)


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code: the HTTP status that it comes with, if any, whether a refusal over Socket.IO has it, and its text."""

    name: str
    status: int | None
    in_refusals: bool
    temporary: bool
    text: str


def codes() -> list[Code]:
    """All codes, by status. Undescribed where a class has no text, or where two classes of one code disagree."""
    found: dict[str, Code] = {}
    for kind, status, in_refusals in _kinds():
        text = first_paragraph(kind.__doc__ or "")
        if not text:
            raise Undescribed(f"{kind.__module__}: {kind.__name__} has no text that says what went wrong.")
        before = found.get(kind.code)
        if before is not None and status is not None and before.status not in (None, status):
            raise Undescribed(f"{kind.code} has the status {before.status} and {status}; a code has one.")
        found[kind.code] = Code(
            name=kind.code,
            status=status if before is None or before.status is None else before.status,
            in_refusals=in_refusals or (before is not None and before.in_refusals),
            temporary=kind.temporary,
            text=text if before is None else before.text,
        )
    return sorted(found.values(), key=lambda code: (code.status or 1000, code.name))


def _kinds() -> Iterator[tuple[type[PhloemError], int | None, bool]]:
    """Each class of errors that clients are told, with its HTTP status, if it has one, and whether refusals have it."""
    for problem in _subclasses(Problem):
        yield problem, None if problem is web_errors.OtherHttpError else problem.status, False
    for base, status in api_errors.STATUSES.items():
        for kind in (base, *_subclasses(base)):
            yield kind, status, kind is QueryError
    for value in vars(live_errors).values():
        if isinstance(value, type) and value.__module__ == live_errors.__name__:
            yield value, None, True


def _subclasses(kind: type[E]) -> Iterator[type[E]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("phloem"):  # tests define some of their own
            yield each
            yield from _subclasses(each)
