"""The record as readers get it from Redis, page by page."""

from __future__ import annotations

from typing import Any

import msgspec

from phloem.model.changes import Changes
from phloem.model.task import Task
from phloem.record.function_calls import FunctionCalls
from phloem.record.oddities import Oddities
from phloem.record.record import ChannelError
from phloem.record.redis_errors import is_refusal
from phloem.record.seal import Seal

_changes = msgspec.json.Decoder(Changes)
_task = msgspec.json.Decoder(Task)


class Pages:
    """Reads pages, and learns with each how messages of the record are sealed."""

    def __init__(self, functions: FunctionCalls, oddities: Oddities, seal: Seal) -> None:
        self._functions = functions
        self._oddities = oddities
        self._seal = seal

    def read(self, epoch: str, offset: int, known: int, limit: int) -> tuple[Changes, int]:
        """What changed after a position, and the offset of the record's head.

        `known` is the offset up to which the reader knows of every removal. Reads also where Redis takes no writes.
        """
        position = epoch, offset, known, limit
        try:
            reply = self._functions.call("changed", *position)
        except ChannelError as error:
            if not is_refusal(error):
                raise
            reply = self._read_only(position, error)
        try:
            changes = _changes.decode(reply[0])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            reply = self._functions.call("read", *position, 1)
            changes = self._put_together(*reply)
        self._seal.key = reply[2]
        return changes, reply[1]

    def _read_only(self, position: tuple[object, ...], refused: ChannelError) -> Any:
        try:
            return self._functions.call("read", *position, 0)
        except ChannelError as error:
            if not is_refusal(error):
                raise
            raise refused from refused.__cause__  # there is no record yet, or it cannot be read at all

    def _put_together(self, page: bytes, *reply: Any) -> Changes:
        """A page of those tasks that can be read, each for itself: the others are left out."""
        changes = _changes.decode(page)
        rows = (self._oddities.read(_shown(row), _task.decode, row) for row in reply[2:])
        return msgspec.structs.replace(changes, tasks=tuple(row for row in rows if row is not None))


def _shown(row: bytes) -> str:
    """The beginning of a row, which has its id."""
    return row[:100].decode("utf-8", "replace")
