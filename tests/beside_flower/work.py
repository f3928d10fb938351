"""What each app is given to do: tasks that end in each way, and then some that run, wait, or wait for their time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from tests.beside_flower.stage import Stage
from tests.waiting import wait_until

SETTLED_SECONDS = 6.0
"""After which both have asked the worker and the broker again."""

ENDING = """
from celery import chain, group
from TASKS import add, div, mul, render_scene, send_twitter_status, upload_files, xsum

sent = {
    "succeeds": add.delay(2, 2),
    "by keyword": add.apply_async(kwargs={"x": 3, "y": 4}),
    "fails": div.delay(1, 0),
    "tried again": send_twitter_status.delay("oauth", "hello"),
    "rejected": render_scene.delay("/tmp/scene"),
    "expires": add.apply_async((5, 5), countdown=2, expires=1),
    "revoked": add.apply_async((6, 6), countdown=5),
    "stopped": upload_files.delay(["c.png"], seconds=3600),
}
chained = chain(add.s(4, 4), mul.s(8), mul.s(10))()
sent |= {"chain 3": chained, "chain 2": chained.parent, "chain 1": chained.parent.parent}
grouped = group(xsum.s(list(range(many))) for many in (2, 3))()
sent |= {f"group {place}": each for place, each in enumerate(grouped, 1)}
print(json.dumps({name: each.id for name, each in sent.items()}))
"""

OPEN = """
from TASKS import add, upload_files

sent = {f"runs {place}": upload_files.delay(["a.png", "b.png"] * 50, seconds=3600) for place in (1, 2)}
sent["for later"] = add.apply_async((7, 7), countdown=3600, expires=7200)
sent |= {f"waits {place}": add.delay(place, place) for place in range(1, 13)}
print(json.dumps({name: each.id for name, each in sent.items()}))
"""

REVOKE = """
app.control.revoke("REVOKED")
app.control.revoke("STOPPED", terminate=True)
print(1)
"""


ENDED = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
SECONDS = 40.0
RUNNING = 2
"""Tasks that the worker runs at once."""


def ended(stage: Stage) -> dict[str, str]:
    """Sends tasks that end in each way, and waits until Flower says that they did; their ids by how they end."""
    sent: dict[str, str] = stage.asked(ENDING.replace("TASKS", stage.app.tasks))
    wait_until(lambda: _states(stage).get(sent["stopped"]) == "STARTED", SECONDS, lambda: str(_states(stage)))
    stage.asked(REVOKE.replace("REVOKED", sent["revoked"]).replace("STOPPED", sent["stopped"]))
    wait_until(
        lambda: all(_states(stage).get(each) in ENDED for each in sent.values()),
        SECONDS,
        lambda: str({name: _states(stage).get(each) for name, each in sent.items()}),
    )
    return sent


def still_open(stage: Stage) -> dict[str, str]:
    """Sends two tasks that fill the worker, one for later, and some that wait behind them; their ids."""
    sent: dict[str, str] = stage.asked(OPEN.replace("TASKS", stage.app.tasks))
    wait_until(
        lambda: Counter(_states(stage).get(each) for each in sent.values())["STARTED"] == RUNNING,
        SECONDS,
        lambda: str(_states(stage)),
    )
    time.sleep(SETTLED_SECONDS)
    return sent


def _states(stage: Stage) -> Mapping[str, str]:
    """What Flower says."""
    return {task_id: str(task["state"]) for task_id, task in stage.flower("/api/tasks").json().items()}
