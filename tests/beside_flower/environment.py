"""An environment with Flower, Celery as it is here and what the apps need, and nothing of Phloem."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from tests.matrix.environment import install

FLOWER = "2.2.0"
"""Whose pages and answers the facts are of."""

_AS_HERE = {"celery": "celery[redis]", "redis": "redis", "Django": "Django", "django-celery-beat": "django-celery-beat"}
"""Packages of the versions that are installed here, each as pip is asked for it."""


def with_flower(folder: Path) -> Path:
    """Its Python, in `folder`; one that is there already is taken as it is. Failed where it cannot be installed."""
    python = folder / "bin" / "python"
    if (folder / "whole").exists():
        return python
    as_here = [f"{asked}=={version(name)}" for name, asked in _AS_HERE.items()]
    found = install(Path(sys.executable), folder, [], [f"flower=={FLOWER}", *as_here])
    (folder / "whole").touch()
    return found
