"""What a token says, and its signature: `share.`, the content in JSON and its HMAC, both in base64url."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Literal

import msgspec

from phloem.errors import PhloemError

KEY_NAME = "shares"
"""Name of the namespace's key that signs tokens."""

Action = Literal["see"]
"""What a token lets its bearer do: `see`, look at the task and its log."""

_PREFIX = "share."
_SIGNED_FOR = b"phloem share\0"  # the key may sign other things, and none of them is a token
_DIGEST = "sha256"
_DIGEST_BYTES = hashlib.sha256().digest_size


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says."""

    task: str
    """Id of the task that its bearer may see. It may not have been sent yet."""
    actions: tuple[Action, ...]
    exp: float
    """When it expires, in Unix seconds."""


class ShareRefused(PhloemError):
    """A token is not valid. The text says why, for the person whose page has it."""

    code = "token_invalid"


class ShareExpired(ShareRefused):
    """A token was valid."""

    code = "token_expired"


def is_share(token: str) -> bool:
    """Whether a text is meant as a token, valid or not."""
    return token.startswith(_PREFIX)


def sign(share: Share, key: str) -> str:
    """The token that says `share`, of characters that mean nothing in a URL."""
    content = _encoded(msgspec.json.encode(share))
    return f"{_PREFIX}{content}.{_encoded(_signature(content, key))}"


def read(token: str, key: str, now: float) -> Share:
    """What a token says. ShareRefused unless it was signed with this key, ShareExpired after its time."""
    content, _, signature = token.removeprefix(_PREFIX).partition(".")
    if not is_share(token) or not hmac.compare_digest(_decoded(signature), _signature(content, key)):
        raise ShareRefused(
            "This token is not one that phloem.share made for this namespace, or it was changed on its way."
        )
    try:
        share = msgspec.json.decode(_decoded(content), type=Share)
    except msgspec.DecodeError as error:  # of a version that knows more
        raise ShareRefused("This version of Phloem does not understand this token.") from error
    if share.exp <= now:
        ended = datetime.fromtimestamp(share.exp, UTC)
        raise ShareExpired(f"This token expired at {ended:%Y-%m-%d %H:%M:%S} UTC. Load the page again for a new one.")
    return share


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
