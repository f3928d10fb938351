"""Phloem: what your Celery workers do, in every browser, the moment it happens.

phloem.attach(app)                                   everything this Celery app runs is live
for row in phloem.track(rows, "Importing"): ...      a bar for a loop
with phloem.step("Uploading", total=n) as step: ...  a bar for a part of the work
phloem.label("ACME")                                 what people call the task
phloem.log("42 rows skipped", level="warning")       a line in the task's log
phloem.share(task_id)                                a token that lets its bearer see a task
"""

import gc
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phloem.instrument.attachment import attach
    from phloem.progress.track import label, log, step, track
    from phloem.sharing.share import share

__all__ = ["attach", "label", "log", "share", "step", "track"]

_HOMES = {
    "attach": "phloem.instrument.attachment",
    "label": "phloem.progress.track",
    "log": "phloem.progress.track",
    "share": "phloem.sharing.share",
    "step": "phloem.progress.track",
    "track": "phloem.progress.track",
}

if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> Any:
        # As in Celery, what is not used is not loaded: a process that only imports phloem does without msgspec, and one
        # that only reports progress without redis.
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        collects = gc.isenabled()
        gc.disable()  # what is imported stays: to look for garbage among it may take as long as to import it
        try:
            found = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
        finally:
            if collects:
                gc.enable()
        return found
