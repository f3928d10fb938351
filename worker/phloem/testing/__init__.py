"""For tests of code that uses Phloem: the record in memory.

memory     the record in memory
held_task  one task of it, by the rules of the functions in Redis
plugin     the pytest plugin, which pytest loads by its entry point
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phloem.testing.memory import MemoryChannel

__all__ = ["MemoryChannel"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # pytest loads the plugin in every session: what the record in memory needs is loaded where that is used.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from phloem.testing.memory import MemoryChannel

        return MemoryChannel
