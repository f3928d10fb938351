"""What a token says, and its signature: `share.`, the content in JSON and its HMAC, both in base64url."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Literal, get_args

import msgspec

from phloem.errors import PhloemError
from phloem.patterns import Pattern

KEY_NAME = "shares"
"""Name of the namespace's key that signs tokens."""

Action = Literal["see", "revoke", "retry"]
"""What a token for certain tasks lets its bearer do: `see`, look at them and their logs; `revoke` them; `retry` them,
that is, run them again."""

Role = Literal["viewer", "operator", "admin"]
"""What a token for a program lets its bearer do: all that people with that role may."""

LONGEST_SECONDS = 366 * 86400.0
"""For which a token can be valid: a year. For that long, a revoked one is remembered of which the id alone is known."""

TEXT_LIMIT_CHARACTERS = 1000
"""Longest id, owner or origin that fits into a token: tokens stand in addresses."""

_PREFIX = "share."
_SIGNED_FOR = b"phloem share\0"  # the key may sign other things, and none of them is a token
_DIGEST = "sha256"
_DIGEST_BYTES = hashlib.sha256().digest_size
_ID_BYTES = 8
_ID = Pattern(rf"[0-9a-f]{{{2 * _ID_BYTES}}}")
_ORIGIN = Pattern(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?")


class Share(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a token says. ValueError for what none can say.

    It is for one of `task`, `root`, `owner` and `role`; beside `task` and `root`, an `owner` narrows those. A field
    that this version does not know may limit the bearer, so a token that has one is refused.
    """

    id: str | None = None
    """Names the token, for whoever revokes it. Tokens of earlier versions have none."""
    name: str | None = None
    """What the program is called that has it."""
    task: str | None = None
    """Id of the task that it is for. It may not have been sent yet."""
    root: str | None = None
    """Id of the first task of the workflow that it is for: all its tasks."""
    owner: str | None = None
    """The owner whose tasks it is for."""
    role: Role | None = None
    """The role of its bearer, where it is for all tasks."""
    actions: tuple[Action, ...] = ()
    """What its bearer may do with those tasks; empty with `role`, which says it."""
    origin: str | None = None
    """The origin of the pages that it is for, None for programs and for all pages that may connect."""
    exp: float
    """When it expires, in Unix seconds."""

    def __post_init__(self) -> None:
        given = [name for name in ("task", "root", "owner", "role") if getattr(self, name) is not None]
        if len(given) != 1 and given not in (["task", "owner"], ["root", "owner"]):
            came = " and ".join(given) or "none of them"
            raise ValueError(f"{came} is given; expected one of task, root and owner")
        for name in ("id", "name", "task", "root", "owner", "origin"):
            _check_text(name, getattr(self, name))
        _check_actions(self.actions, role=self.role)
        if self.origin is not None and not _ORIGIN.fullmatch(self.origin.lower()):
            raise ValueError(
                f"origin is {self.origin!r}; expected scheme, host and port of a page, such as https://shop.example"
            )
        if not math.isfinite(self.exp):
            raise ValueError(f"exp is {self.exp!r}; expected Unix seconds")


class ShareRefused(PhloemError):
    """A token is not valid. The text says why, for the person whose page has it."""

    code = "token_invalid"


class ShareExpired(ShareRefused):
    """A token was valid."""

    code = "token_expired"


def new_id() -> str:
    """An id for a token, which no other has."""
    return secrets.token_hex(_ID_BYTES)


def is_id(text: str) -> bool:
    """Whether a text is the id of a token, be it a known one or not."""
    return _ID.fullmatch(text) is not None


def is_share(token: str) -> bool:
    """Whether a text is meant as a token, valid or not."""
    return token.startswith(_PREFIX)


def sign(share: Share, key: str) -> str:
    """The token that says `share`, of characters that mean nothing in a URL."""
    content = _encoded(msgspec.json.encode(share))
    return f"{_PREFIX}{content}.{_encoded(_signature(content, key))}"


def read(token: str, key: str, now: float) -> Share:
    """What a token says. ShareRefused unless it was signed with this key, ShareExpired after its time."""
    share = opened(token, key)
    if share.exp <= now:
        ended = datetime.fromtimestamp(share.exp, UTC)
        raise ShareExpired(f"This token expired at {ended:%Y-%m-%d %H:%M:%S} UTC. Get a new one where it came from.")
    return share


def opened(token: str, key: str) -> Share:
    """What a token says, expired or not. ShareRefused unless it was signed with this key."""
    content, _, signature = token.removeprefix(_PREFIX).partition(".")
    if not is_share(token) or not hmac.compare_digest(_decoded(signature), _signature(content, key)):
        raise ShareRefused(
            "This token is not one that phloem.share made with this record and namespace, or it was changed on its way."
        )
    try:
        return msgspec.json.decode(_decoded(content), type=Share)
    except msgspec.DecodeError as error:  # of a version that knows more
        raise ShareRefused("This version of Phloem does not understand this token.") from error


def _check_text(name: str, text: object) -> None:
    if text is None:
        return
    if not isinstance(text, str):
        raise ValueError(f"{name} is {text!r}; expected text")  # noqa: TRY004  # every refusal is a ValueError
    if not 0 < len(text) <= TEXT_LIMIT_CHARACTERS:
        raise ValueError(f"{name} is {len(text)} characters long; expected 1 to {TEXT_LIMIT_CHARACTERS}")


def _check_actions(actions: tuple[Action, ...], *, role: Role | None) -> None:
    if role is None:
        if not actions or not all(each in get_args(Action) for each in actions):
            raise ValueError(f"actions is {actions!r}; expected a tuple of {', '.join(get_args(Action))}")
    elif role not in get_args(Role) or actions:
        raise ValueError(
            f"role is {role!r} and actions is {actions!r}; expected {', '.join(get_args(Role))} without actions"
        )


def _signature(content: str, key: str) -> bytes:
    return hmac.digest(key.encode(), _SIGNED_FOR + content.encode(), _DIGEST)


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """The bytes of a part of a token; none where it is no base64url."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
