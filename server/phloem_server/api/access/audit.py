"""GET /audit: who changed what, or was refused; a page of it, or all of it as JSON lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, NamedTuple

import msgspec
from flask import Blueprint, request
from msgspec import Meta
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import KeptEntry
from phloem_server.api.calls.resource import resource
from phloem_server.web.body import answer, one, whole
from phloem_server.web.declared import needs, tells
from phloem_server.web.errors import QueryStringInvalid

PAGE = 50
PAGE_LIMIT = 200
"""Entries in one answer, where the call names no limit, and at most."""

LOOKED_AT = 10_000
"""Entries that are looked at for one page, at most: where few of them fit, the page is short, and the next goes on."""

CLOCKS_DIFFER_SECONDS = 60.0
"""By which the clock of Redis, which ids tell, may be behind those that entries tell."""

LINES = "application/x-ndjson"

_READ_AT_ONCE = 500
_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")
_TIME = re.compile(r"[0-9]{1,12}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?")
_TEXTS = ("actor", "action", "target", "outcome", "address", "code")
_QUERY = {
    **dict.fromkeys(_TEXTS, str),
    "since": Annotated[float, Meta(ge=0, lt=10**12)],
    "until": Annotated[float, Meta(ge=0, lt=10**12)],
    "before": Annotated[str, Meta(pattern=f"^{_ID.pattern}$")],
    "limit": Annotated[int, Meta(ge=1, le=PAGE_LIMIT)],
}


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the audit."""

    entries: tuple[KeptEntry, ...]
    """The newest first."""

    next: str | None
    """What `before` has to be for the page after this one; null after the last."""


class Wanted(NamedTuple):
    """Which entries are asked for."""

    texts: dict[str, str]
    since: float | None
    until: float | None

    def fits(self, entry: KeptEntry) -> bool:
        """Whether an entry is one of them."""
        return (
            all(getattr(entry, name) == text for name, text in self.texts.items())
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
        )

    def ends_with(self, entry: KeptEntry) -> bool:
        """Whether no entry before this one is one of them: it was appended before the first moment that is asked for,
        so what is before it happened earlier still.
        """
        return self.since is not None and int(entry.id.partition("-")[0]) / 1000 < self.since - CLOCKS_DIFFER_SECONDS


def blueprint(chain: Chain) -> Blueprint:
    """The call."""
    calls = resource("audit")

    @calls.get("/audit")
    @needs("audit")
    @tells("Who changed what, or was refused, newest first. Also as JSON lines.", AuditPage, query=_QUERY)
    def entries() -> Response:
        given = request.args
        wanted, before = _wanted(given), _id(given)
        limit = whole("limit", given.getlist("limit") or None, low=1, high=PAGE_LIMIT)
        if request.accept_mimetypes.best_match(("application/json", LINES)) == LINES:
            return _lines(islice(filter(wanted.fits, _newest(chain, before, wanted)), limit))
        page = []
        for looked_at, entry in enumerate(_newest(chain, before, wanted), 1):
            if wanted.fits(entry):
                page.append(entry)
            if len(page) == (limit or PAGE) or looked_at == LOOKED_AT:
                return answer(AuditPage(entries=tuple(page), next=entry.id))
        return answer(AuditPage(entries=tuple(page), next=None))

    return calls


def _newest(chain: Chain, before: str, wanted: Wanted) -> Iterator[KeptEntry]:
    """Entries, the newest first, up to where none can be wanted."""
    while page := chain.newest(before, _READ_AT_ONCE):
        for entry in page:
            if wanted.ends_with(entry):
                return
            yield entry
        before = page[-1].id


def _lines(entries: Iterator[KeptEntry]) -> Response:
    first = next(entries, None)  # so that a record that is away is told with a status

    def lines() -> Iterator[bytes]:
        if first is not None:
            yield msgspec.json.encode(first) + b"\n"
        for entry in entries:
            yield msgspec.json.encode(entry) + b"\n"

    response = Response(lines(), content_type=LINES)
    response.headers["Cache-Control"] = "no-store"
    return response


def _wanted(given: MultiDict[str, str]) -> Wanted:
    if unknown := next((name for name in given if name not in _QUERY), None):
        raise QueryStringInvalid(f"{unknown[:80]!r} came; this takes {', '.join(sorted(_QUERY))}.")
    texts = {name: one(name, given.getlist(name)) for name in _TEXTS if name in given}
    return Wanted(texts, _moment(given, "since"), _moment(given, "until"))


def _id(given: MultiDict[str, str]) -> str:
    return _matching(given, "before", _ID, "the id of an entry, such as 1764475000123-0")


def _moment(given: MultiDict[str, str], name: str) -> float | None:
    text = _matching(given, name, _TIME, "Unix seconds")
    return float(text) if text else None


def _matching(given: MultiDict[str, str], name: str, pattern: re.Pattern[str], expected: str) -> str:
    text = one(name, given.getlist(name)) if name in given else ""
    if text and not pattern.fullmatch(text):
        raise QueryStringInvalid(f"{name} is {text[:80]!r}; it takes {expected}.")
    return text
