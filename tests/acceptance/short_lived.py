"""The bundled jobs with results that are kept for seconds: `celery -A tests.acceptance.short_lived worker`."""

from __future__ import annotations

from typing import Any

import msgspec

from phloem.jobs.settings import JobSettings

KEPT = 3
"""Seconds."""

_read = JobSettings.from_environment


def _short(*args: Any) -> JobSettings:
    return msgspec.structs.replace(_read(*args), retention_days=KEPT / 86400)


JobSettings.from_environment = _short  # type: ignore[method-assign, assignment]

from phloem.jobs.app import app  # noqa: E402  made with the settings above

__all__ = ["app"]
