"""What differs from run to run is replaced by its name, and nothing else: all other bytes stay as they came.

A number stays known as whole (`<int>`) or with a fraction (`<float>`), and `null` stays `null`. An id that the server
makes gets a number when it is seen first, so that one that is told elsewhere has to be the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise

from tests.compatibility.clients import Answer

_MOMENTS = (
    *("at", "created_at", "received_at", "started_at", "finished_at", "heard_at", "oldest_at", "missed_at"),
    *("since", "stale_since", "overdue_since", "now", "next", "eta", "expires"),
)
"""When something happened, or will."""

_PACES = ("lag", "tick", "rate", "p50", "p95", "p99")
"""How fast this machine is."""

_PLACES = ("offset", "first_offset", "from", "to", "next", "pid")
"""Places in the record, which depend on how many reports a worker put together; and the ids of processes."""

_TOKENS = ("epoch", "run", "sid", "build", "version")
"""Made up anew by each record, run, connection and build."""

_FLOAT = re.compile(rf'"({"|".join((*_MOMENTS, *_PACES))})":-?\d+(?:\.\d+(?:e[-+]?\d+)?|e[-+]?\d+)(?=[,}}\]])')
_INT = re.compile(rf'"({"|".join(_PLACES)})":-?\d+(?=[,}}\]])')
_TOKEN = re.compile(rf'"({"|".join(_TOKENS)})":"[^"\\]+"')
_PACE = re.compile(r'"rate":(?:null|<float>),"eta":(?:null|<float>)(?=,"done")')
_ENTRY = re.compile(r'"(id|next)":"\d+-\d+"')
_HOUR = re.compile(r'"moments":(\[(?:\[[^\]]*\],?)*\])')
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_BREAK = r"(?:\\n|\n)"
_LIBRARY = re.compile(
    rf'  File \\?"[^"\\]*/site-packages/(\w+)/[^"\\]+\\?", line \d+, in \w+{_BREAK}(?: {{4}}.*?({_BREAK}))+'
)
_CARETS = re.compile(rf"{_BREAK} +[\^~]+(?={_BREAK})")
_WHERE = re.compile(r'(\.py\\?", line )\d+')
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?=  )", re.MULTILINE)
_DATE = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d (?:GMT|[-+]\d{4})")
_TAG = re.compile(r'^"\d+\.\d+-\d+-\d+"$')
_ERRNO = re.compile(r"\bError \d+ connecting\b")
_ASKED = re.compile(r'((?:\{[^{}]*"message":"Asked to be [^{}]*\},?)+),(\{[^{}]*"message":"REVOKED"\})')
"""The server's lines and the worker's state come from two processes, in any order."""

_COOKIE = re.compile(r"(phloem_session)=[^;\"]+")

_OMITTED = frozenset({"date", "connection", "server"})
"""Headers that say nothing of what was asked: they belong to whoever serves."""


class Normal:
    """Names for what differs. One for all that is said in one run."""

    def __init__(self) -> None:
        self._learnt: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def learn(self, value: str, name: str) -> None:
        """From now on `value` is told as `name`, wherever it stands."""
        self._learnt[value] = name

    def text(self, text: str) -> str:
        """What was said, with names for what differs."""
        learnt = self._learnt.copy()  # another thread may learn more meanwhile
        for value in sorted(learnt, key=len, reverse=True):
            text = text.replace(value, learnt[value])
        text = _UUID.sub(lambda found: self._ids.setdefault(found[0], f"<id {len(self._ids) + 1}>"), text)
        replacements: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
            (_FLOAT, r'"\1":<float>'),
            (_INT, r'"\1":<int>'),
            (_TOKEN, r'"\1":"<\1>"'),
            (_PACE, '"rate":<float or null>,"eta":<float or null>'),
            (_ENTRY, r'"\1":"<entry>"'),
            (_HOUR, lambda found: f'"moments":{_hour(found[1])}'),
            (_LIBRARY, r"  <a frame of \1>\2"),
            (_CARETS, ""),
            (_WHERE, r"\1<n>"),
            (_STAMP, "<date and time>"),
            (_DATE, "<date>"),
            (_TAG, '"<of that file>"'),
            (_ERRNO, "Error <errno> connecting"),
            (_COOKIE, r"\1=<cookie>"),
            (_ASKED, r"\2,\1"),
        )
        for pattern, name in replacements:
            text = pattern.sub(name, text)
        return text

    def answer(self, answer: Answer, *, body: str | None = None) -> str:
        """An answer of HTTP as lines: status, headers by name, and the body, or what is told instead of it."""
        lines = [f"HTTP/{answer.version / 10} {answer.status} {answer.reason}"]
        for name, value in sorted(answer.headers, key=lambda header: header[0].lower()):
            if name.lower() not in _OMITTED:
                lines.append(f"{name}: {self._value(name.lower(), value, len(answer.body))}")
        told = self.text(answer.text) if body is None else body
        return "\n".join([*lines, "", told.replace("\r", "<CR>")]).rstrip("\n")

    def head(self, head: str) -> str:
        """The status line and headers of an answer, those that differ aside."""
        status, *headers = head.split("\r\n")
        kept = [each for each in headers if each.partition(":")[0].lower() not in _OMITTED]
        return "\n".join([status, *map(self.text, sorted(kept, key=str.lower))])

    def _value(self, name: str, value: str, length: int) -> str:
        if name == "content-length" and value == str(length):
            return "<as long as the body>"
        if name == "allow":  # a set, which has no order
            return ", ".join(sorted(value.split(", ")))
        return self.text(value)


def _hour(text: str) -> str:
    """The moments of the hour: what ended in all of it, and what waited and ran at its end.

    How many moments there are, and in which of them something happened, depends on when it was asked.
    """
    rows = json.loads(text)
    assert all(len(row) == 7 and all(type(value) is int for value in row) for row in rows), text
    steps = {after[0] - before[0] for before, after in pairwise(rows)}
    if len(rows) < 300:  # a part
        return "[<some of: seven whole numbers>]"
    assert len(rows) <= 360, len(rows)
    assert steps == {10}, steps
    ended = [sum(row[place] for row in rows) for place in (1, 2, 3)]
    return f"[<one for each ten seconds of the hour; in all: {ended}; at the end: {rows[-1][4:]}>]"
