"""What the doctor finds in an installation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from phloem_server.commands.doctor.check import Check, Trouble
from phloem_server.commands.doctor.examination import CHECKS, Result, examine
from phloem_server.commands.doctor.installation import Installation


def named(*names: str) -> list[Check]:
    """Checks by their names."""
    return [check for check in CHECKS if check.name in names]


def results(seen: Installation, *names: str) -> dict[str, Result]:
    """What all checks found, or those of these names. Closes the installation's connections."""
    try:
        return {result.name: result for result in examine(seen, named(*names) if names else CHECKS)}
    finally:
        seen.close()


def trouble(
    name: str,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    *,
    target: str | None = None,
    url: str | None = None,
    patience: float = 0.0,
    clock: Callable[[], float] = time.time,
    **variables: str,
) -> Trouble:
    """The one trouble that a check finds with these variables, in words that name a cure."""
    environ = {"PHLOEM_DATA_DIR": str(folder), **(environ or {}), **variables}
    seen = Installation(environ, target=target, url=url, patience=patience, clock=clock)
    result = results(seen, name)[name]
    assert result.verdict == "wrong", result
    [found] = result.troubles
    assert found.what
    assert found.evidence
    assert found.cure
    return found
