"""Calls of the record's functions in Redis, which are loaded where they are missing."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import redis

from phloem.record.pipeline import Pipeline
from phloem.record.redis_errors import translated


class FunctionCalls:
    """Calls the functions of one library (its name and code) for the record with one prefix."""

    def __init__(self, client: redis.Redis, address: str, library: tuple[str, str], prefix: str) -> None:
        self._client = client
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

    def call_all(self, name: str, calls: Iterable[Sequence[object]]) -> Iterator[Any]:
        """The answers to calls of one function, of which none waits for the one before; raises in place of an error."""
        sent: list[tuple[object, ...]] = []

        def commands() -> Iterator[tuple[object, ...]]:
            for args in calls:
                epoch = f"{self.sender}-{self.next_number()}"  # names the new epoch, if this call begins one
                sent.append(("FCALL", f"{self._library}_{name}", 1, self._key, epoch, *args))
                yield sent[-1]

        with translated(self._address):
            answers = self._pipeline.send(commands())
            unknown = next((place for place, answer in enumerate(answers) if _is_unknown_function(answer)), None)
            if unknown is not None:  # this version is new here, the functions were flushed, or a replica was promoted
                self._load()
                answers[unknown:] = self._pipeline.send(sent[unknown:])
        for answer in answers:
            with translated(self._address):
                if isinstance(answer, redis.ResponseError):
                    raise answer
            yield answer

    def _load(self) -> None:
        try:
            self._client.function_load(self._code)
        except redis.ResponseError as error:
            if "already exists" not in str(error):  # another process was faster
                raise


def _is_unknown_function(answer: object) -> bool:
    return isinstance(answer, redis.ResponseError) and "function not found" in str(answer).lower()
