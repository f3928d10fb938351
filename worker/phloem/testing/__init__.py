"""For tests of code that uses Phloem: the record in memory. `plugin` is the pytest plugin."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phloem.testing.memory import MemoryChannel

__all__ = ["MemoryChannel"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # pytest loads the plugin in every session; the record in memory and the Redis client only where they are used.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from phloem.testing.memory import MemoryChannel

        return MemoryChannel
