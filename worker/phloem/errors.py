"""The root of every error that Phloem raises for its callers."""

from __future__ import annotations

from typing import ClassVar


class PhloemError(Exception):
    """An error with one sentence for people and a stable code for programs.

    `code` never changes once it is released; it stands in HTTP problems and in Socket.IO refusals. `temporary` says
    whether the same call may succeed when it is made again a moment later.
    """

    code: ClassVar[str] = "error"
    temporary: ClassVar[bool] = False
