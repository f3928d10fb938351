"""A stream that reports how much is read from it, or written to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self


class Counted:
    """A stream that calls `moved` with the length of each piece that `method` reads or writes.

    `method` is "write", or the name of a method that reads. In all else it is the stream itself.
    """

    def __init__(self, stream: Any, method: str, moved: Callable[[int], object]) -> None:
        self._stream = stream
        original = getattr(stream, method)

        def counted(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            moved(len(args[0] if method == "write" else result))
            return result

        setattr(self, method, counted)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    # `for` and `with` look these up in the class, so __getattr__ does not find them.

    def __iter__(self) -> Iterator[Any]:
        return iter(self._stream)

    def __enter__(self) -> Self:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._stream.__exit__(*error)
