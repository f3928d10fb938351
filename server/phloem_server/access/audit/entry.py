"""What an entry of the audit says."""

from __future__ import annotations

from typing import Literal

import msgspec

from phloem.redaction import without_shapes

Means = Literal["page", "token", "program", "command", "server"]
"""How somebody acted: on the page, with a token, with a program that has a password, with the command `phloem`; or the
server itself."""

Outcome = Literal["done", "refused", "failed"]
"""`refused`: it was not permitted, or not possible. `failed`: it was tried, and something stood against it."""

LIMITS_CHARACTERS = {"actor": 200, "address": 64, "target": 300, "detail": 500}
"""Of texts that come from outside."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody did something, or was refused."""

    at: float
    """When, in Unix seconds; of several that were counted, the time of the last."""
    actor: str | None = None
    """The name of who did it; null where there is none: everybody, or the one password."""
    kind: str
    """How the actor was recognised, as `kind` of a principal; `none` where nobody was, as when somebody signs in;
    `system` for a user of the machine."""
    means: Means
    """By which means: `page`, `token`, `program` (one that has the password), `command` (`phloem` in a shell) or
    `server` (Phloem itself)."""
    address: str = ""
    """Where from: an address, of IPv6 the network of it."""
    action: str
    """What was done, as routes declare it; `sign_in` and `sign_out`; `request` for what the door refused."""
    target: str = ""
    """What it was done to: the id of a task, the name of a worker, a user."""
    outcome: Outcome = "done"
    """What came of it: `done`, `refused`, or `failed` where something stood against it."""
    code: str = ""
    """Where it was refused or failed, the code of the problem."""
    detail: str = ""
    """What came of it, in words."""
    count: int = 1
    """How often: refusals and failures of one kind within a minute are one entry."""


class KeptEntry(Entry, frozen=True, kw_only=True):
    """An entry in the record."""

    id: str
    """Names the entry, and orders all of them."""
    number: int
    """Its place in the chain, which begins with 1."""
    hash: str
    """HMAC-SHA256 over the hash of the entry before it, the number and the content, in hexadecimal."""


def of_the_audit(at: float, detail: str, count: int = 1) -> Entry:
    """An entry about the audit itself, of which something is missing."""
    return Entry(at=at, kind="system", means="server", action="audit", outcome="failed", detail=detail, count=count)


def bounded(entry: Entry) -> Entry:
    """The entry with texts that are short enough to be kept, and without what looks secret."""
    said = {name: getattr(entry, name) for name in LIMITS_CHARACTERS}
    shorter = {name: _shortened(without_shapes(text), LIMITS_CHARACTERS[name]) for name, text in said.items() if text}
    return msgspec.structs.replace(entry, **shorter)


def encoded(entry: Entry) -> str:
    """The entry as its JSON text, of which the hash is made."""
    # Half of a surrogate pair cannot be encoded, and may come with any text.
    clean = {name: _clean(value) for name, value in msgspec.structs.asdict(entry).items()}
    return msgspec.json.encode(clean).decode()


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _clean(value: object) -> object:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
