"""The app that has nothing of Phloem, attached: what its processes are that call `attach`, where others do not."""

from __future__ import annotations

import phloem
from tests.integration.unattached_app import add, app, fail, flaky

phloem.attach(app)


def send() -> None:
    """Sends a task of each kind, and prints their ids."""
    print(add.delay(1, 2), fail.delay("no reason"), flaky.delay())
