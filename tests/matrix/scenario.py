"""`python -m tests.matrix.scenario FOLDER`, with the Python of one environment: prints what came of each step, as JSON.

Redis, a prefork worker and the web process are real ones, and what is told is what the HTTP API says. The broker is
that Redis, unless CELERY_BROKER_URL names another.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.api import Api
from tests.child import Child
from tests.matrix.steps import SHOP, Steps
from tests.processes import PHLOEM, Redis, free_port, settings
from tests.waiting import wait_until


def main(folder: Path) -> None:
    """Takes all steps with the processes of this environment."""
    redis = Redis(folder / "redis").start()
    port = free_port()
    broker = os.environ.pop("CELERY_BROKER_URL", redis.url)  # Celery prefers that variable to what an app says
    environment = {**settings(port, redis.url, folder), "CELERY_BROKER_URL": broker, "C_FORCE_ROOT": "1"}
    worker = f"{sys.executable} -m celery -A {SHOP} worker --concurrency 2 --without-mingle --without-gossip"
    children = {
        "worker": Child(f"exec {worker}", folder / "worker.log", environment),
        "web": Child(f"exec {' '.join(PHLOEM)} serve --app {SHOP}:app", folder / "web.log", environment),
    }
    try:
        steps = Steps(Api(f"http://127.0.0.1:{port}"), folder, broker.partition(":")[0])
        wait_until(lambda: _ready(steps, children), 60, "worker and web process are ready")
        outcomes = {name: _outcome(step) for name, step in steps.all.items()}
        print(json.dumps({"versions": _versions(), "outcomes": outcomes}))
    finally:
        for child in children.values():
            child.kill()
        redis.sigkill()


def _versions() -> dict[str, str]:
    installed = {name: importlib.metadata.version(name) for name in ("celery", "kombu", "redis")}
    return {"python": platform.python_version(), **installed}


def _ready(steps: Steps, children: Mapping[str, Child]) -> bool:
    """Whether the web process answers, and sees the worker."""
    for name, child in children.items():
        assert child.status is None, f"the {name} process ended:\n{child.log()}"
    with suppress(OSError):
        return steps.has_worker()
    return False


def _outcome(step: Callable[[], Any]) -> str:
    """What came of a step; of one that did not come to its end, why."""
    try:
        return str(step())
    except AssertionError as error:
        return f"{error}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
