"""Text of bounded length."""

from __future__ import annotations

from phloem.isolation import reraise_time_limit

ROW_LIMIT = 1024
"""Longest text of a value in a list, in bytes of UTF-8."""

TASK_LIMIT = 16 * 1024
"""Longest text of a value on the task itself, in bytes of UTF-8."""


def clip(text: str, limit: int) -> str:
    """`text`, or its beginning and "…", in at most `limit` bytes of UTF-8."""
    if len(text) <= limit and type(text) is str and text.isascii():  # nearly all texts are
        return text
    encoded = text[: limit + 1].encode("utf-8", "replace")  # a character has at least one byte
    if len(encoded) <= limit:
        return encoded.decode()
    mark = "…" if limit >= 3 else ""
    return encoded[: max(0, limit - 3 * len(mark))].decode("utf-8", "ignore") + mark


def text(value: object, limit: int) -> str:
    """`str(value)` in at most `limit` bytes of UTF-8. Never raises, except for Celery's soft time limit."""
    try:
        return clip(value if isinstance(value, str) else str(value), limit)
    except Exception as error:  # noqa: BLE001  # its text is made by code of the task
        reraise_time_limit(error)
        return clip(without_text(value), limit)


def without_text(value: object) -> str:
    """What stands for a value whose own text cannot be made."""
    return f"<{type(value).__name__} that cannot be shown>"
