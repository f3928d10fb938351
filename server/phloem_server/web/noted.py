"""What is known of a request beside its answer: noted where it is known, and read once the answer begins."""

from __future__ import annotations

from typing import Any

import msgspec

from phloem_server.web.environ import NOTED


class Noted(msgspec.Struct, kw_only=True):
    """What is noted of one request. It may be changed until its answer begins."""

    action: str | None = None
    """What it is about: the action that its call declares, or `sign_in` and `sign_out`."""
    changes: bool = False
    """Whether it changes something if it is answered."""
    actor: str | None = None
    """Who it turned out to be from, where the door let nobody in for it, as with somebody who signs in."""
    target: str | None = None
    """What it is about."""
    code: str | None = None
    """The code of the problem that it is answered with."""
    detail: str | None = None
    """What comes of it, in words."""


def noted(environ: Any) -> Noted:
    """What is noted of the request with this environ, to read and to write."""
    found: Noted = environ.setdefault(NOTED, Noted())
    return found
