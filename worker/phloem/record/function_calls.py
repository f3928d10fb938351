"""Calls of the record's functions in Redis, which are loaded where they are missing."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import redis

from phloem.record.connections.found import Elsewhere
from phloem.record.pipeline import Pipeline
from phloem.record.redis_errors import translated

SENT_AGAIN = 2
"""Times that calls are sent again which a server did not carry out: to the server that holds the record, and again once
the functions are loaded there. They are unknown where this version is new, where they were flushed, and on a node of a
cluster that had no record."""


class FunctionCalls:
    """Calls the functions of one library (its name and code) for the record with one prefix."""

    def __init__(self, client: redis.Redis, address: str, library: tuple[str, str], prefix: str) -> None:
        self._pipeline = Pipeline(client)
        self._address = address
        self._library, self._code = library
        self._key = f"{prefix}meta"
        self.sender = secrets.token_hex(8)
        """Names this process among all that call the functions."""
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """A number that this sender has not used before."""
        return next(self._numbers)

    def call(self, name: str, *args: object) -> Any:
        """The answer of one call. Raises ChannelError or ChannelRefused."""
        [answer] = self.call_all(name, [args])
        return answer

    def call_all(self, name: str, calls: Iterable[Sequence[object]], patience: float | None = None) -> Iterator[Any]:
        """The answers to calls of one function, of which none waits for the one before; raises in place of an error.

        For `patience` see `Pipeline.send`; with it, nothing is sent again.
        """
        sent: list[tuple[object, ...]] = []

        def commands() -> Iterator[tuple[object, ...]]:
            for args in calls:
                epoch = f"{self.sender}-{self.next_number()}"  # names the new epoch, if this call begins one
                sent.append(("FCALL", f"{self._library}_{name}", 1, self._key, epoch, *args))
                yield sent[-1]

        with translated(self._address):
            answers = self._pipeline.send(commands(), patience)
            for _ in range(SENT_AGAIN if patience is None else 0):
                place = next((place for place, answer in enumerate(answers) if _is_to_be_sent_again(answer)), None)
                if place is None:
                    break
                if _is_unknown_function(answers[place]):
                    self._load()
                answers[place:] = self._pipeline.send(sent[place:])
        for answer in answers:
            if isinstance(answer, redis.RedisError):
                with translated(self._address):
                    raise answer
            yield answer

    def _load(self) -> None:
        # Over the same connection as the calls: others may still lead to the server that held the record before.
        [answer] = self._pipeline.send([("FUNCTION", "LOAD", self._code)])
        if isinstance(answer, redis.RedisError) and "already exists" not in str(answer):  # another process was faster
            raise answer


def _is_to_be_sent_again(answer: object) -> bool:
    """Whether the server did nothing: it is not the one that holds the record, or does not know the functions."""
    return isinstance(answer, Elsewhere) or _is_unknown_function(answer)


def _is_unknown_function(answer: object) -> bool:
    return isinstance(answer, redis.ResponseError) and "function not found" in str(answer).lower()
