"""The end of the chain as this machine saw it last, in a file of the data folder.

Whoever takes entries away from the end of the chain leaves a shorter chain that is whole. What was seen, kept apart
from the record, shows that there were more.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import msgspec

from phloem.record.stores.audit import End

logger = logging.getLogger(__name__)


class LastSeen:
    """The end that was seen last. Without a path it is kept for this process alone."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._failed = False
        self.end = End()
        """What the file held at first."""
        if path is not None:
            try:
                self.end = msgspec.json.decode(path.read_bytes(), type=End)
            except FileNotFoundError:
                pass
            except (OSError, msgspec.DecodeError) as error:
                logger.warning("The last entry of the audit that was seen cannot be read: %s", error)

    def keep(self, end: End) -> None:
        """Keeps where the chain ends. A disk that is full is logged once, and keeps nobody from going on."""
        if self._path is None:
            return
        made = self._path.with_name(f".{self._path.name}-{os.getpid()}")
        try:
            made.write_bytes(msgspec.json.encode(end))
            made.replace(self._path)
            self._failed = False
        except OSError as error:
            if not self._failed:
                logger.warning("The last entry of the audit cannot be kept beside the record: %s", error)
            self._failed = True


def path_of(data_dir: Path, namespace: str) -> Path:
    """Where it is kept for a namespace."""
    return data_dir / f"audit-end-{namespace}"
