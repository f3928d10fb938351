"""For tests of code that uses Phloem: the record in memory.

memory        the record in memory
held_task     one task of it, by the rules of the functions in Redis
held_fields   its fields, and who told of them
held_tries    its tries that are over
access        the sessions and counts of that record
tokens        its tokens
views         its shared views
audit         the audit of that record
attached_app  an app attached to that record, for as long as a block runs
plugin        the pytest plugin, which pytest loads by its entry point
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phloem.testing.attached_app import recording
    from phloem.testing.memory import MemoryChannel

__all__ = ["MemoryChannel", "recording"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # pytest loads the plugin in every session: what the record in memory needs is loaded where that is used.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from phloem.testing.attached_app import recording
        from phloem.testing.memory import MemoryChannel

        return {"MemoryChannel": MemoryChannel, "recording": recording}[name]
