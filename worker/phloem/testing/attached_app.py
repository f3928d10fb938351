"""An app attached to a record in memory, for as long as a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import celery

from phloem.instrument import attachment
from phloem.instrument.labels import LabelOf
from phloem.instrument.messages.owners import OwnerOf
from phloem.model.task import Task
from phloem.reporting.recorder import Recorder
from phloem.testing.memory import MemoryChannel

FLUSH_SECONDS = 5.0
"""How long a question waits for what was reported before it."""


class Recording(MemoryChannel):
    """A record in memory that has all that was reported before it is asked for a task."""

    def task(self, task_id: str) -> Task | None:
        """The task as a page would show it; None if nothing is known of it."""
        attachment.flush(FLUSH_SECONDS)
        return super().task(task_id)


@contextmanager
def recording(
    app: celery.Celery,
    *,
    owner: OwnerOf | None = None,
    label: LabelOf | str | None = None,
    release: str | None = None,
) -> Iterator[Recording]:
    """Records what this process does with `app` in memory, within the block: no Redis is needed, and nothing is left.

    `owner`, `label` and `release` are those of `phloem.attach`. RuntimeError if an app is attached to another record:
    PHLOEM_RECORD=0 keeps `attach` from that.

        with phloem.testing.recording(app) as record:
            result = import_rows.delay(["a", "", "c"])
            assert record.task(result.id).percent == 100
    """
    record = Recording()
    attachment.attach_recorder(app, Recorder(lambda: record), owner=owner, label=label, release=release)
    try:
        yield record
    finally:
        attachment.detach()
