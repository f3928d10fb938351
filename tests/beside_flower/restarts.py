"""What Phloem shows after something was away: it has to agree with what workers answer, and with the result backend."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import requests

from tests.beside_flower.stage import WORKER, Stage
from tests.waiting import wait_until

AGREES_SECONDS = 10.0
"""After which what is shown has to agree, once what was away is back."""

WORK_SECONDS = 60.0
AWAY_SECONDS = 3.0

SEND = """
from TASKS import add, div, upload_files

sent = {
    "runs on": upload_files.delay(["a.png"] * 2, seconds=3600),
    "ends meanwhile": upload_files.delay(["b.png"] * 3, seconds=SECONDS),
    "runs meanwhile": add.delay(1, 1),
    "fails meanwhile": div.delay(1, 0),
    "starts meanwhile": upload_files.delay(["c.png"] * 2, seconds=3600),
    "for later": add.apply_async((7, 7), countdown=3600),
}
sent |= {f"waits {place}": add.delay(place, place) for place in range(1, 13)}
print(json.dumps({name: each.id for name, each in sent.items()}))
"""

INSPECT = """
inspect = app.control.inspect(destination=["WORKER"], timeout=5, limit=1)
held = {name: getattr(inspect, name)() or {} for name in ("active", "reserved", "scheduled")}
print(json.dumps({
    name: [each.get("request", each)["id"] for tasks in told.values() for each in tasks]
    for name, told in held.items()
}))
"""

BACKEND = """
print(json.dumps({each: app.AsyncResult(each).state for each in IDS}))
"""

STOP = """
for each in IDS:
    app.control.revoke(each, terminate=True)
print(1)
"""

RUNNING = {"STARTED", "PROGRESS"}
TAKEN = {"RECEIVED", "RETRY"}
ENDED = {"SUCCESS", "FAILURE", "REVOKED"}


class Outcome(NamedTuple):
    """What came of one fault. `seconds` is how long it took until all agreed, None where it did not in time."""

    fault: str
    seconds: float | None
    shown: int
    unknown: int
    """Tasks of which is said that nobody knows how they ended."""
    differences: list[str]


Fault = Callable[[Stage, Mapping[str, str]], None]
"""Does its harm, waits until the worker has gone on, and takes it back. It is given the ids of tasks by their names."""


def phloem_killed(stage: Stage, sent: Mapping[str, str]) -> None:
    """The only observer is killed; what happens until it is back, no event tells it."""
    stage.kill("phloem")
    _gone_on(stage, sent)
    stage.start_phloem()


def phloem_stopped(stage: Stage, sent: Mapping[str, str]) -> None:
    """The observer stands still while tasks run to their end."""
    child = stage.children["phloem"]
    child.signal(signal.SIGSTOP)
    _gone_on(stage, sent)
    child.signal(signal.SIGCONT)


def events_lost(stage: Stage, sent: Mapping[str, str]) -> None:
    """The worker sends no events for some time."""
    stage.asked("app.control.disable_events()\nprint(1)")
    _gone_on(stage, sent)
    stage.asked("app.control.enable_events()\nprint(1)")


def broker_restarted(stage: Stage, sent: Mapping[str, str]) -> None:
    """The broker is away while a task ends. On Redis, what a worker had taken ahead comes back after an hour."""
    stage.end_broker()
    time.sleep(AWAY_SECONDS)
    stage.start_broker()

    def back() -> bool:
        active = _held(stage)["active"]
        return sent["runs on"] in active and sent["ends meanwhile"] not in active

    wait_until(back, WORK_SECONDS, lambda: str(_held(stage)))


FAULTS: Mapping[str, Fault] = {
    "Phloem killed and started again": phloem_killed,
    "Phloem stopped (SIGSTOP) and continued": phloem_stopped,
    "the worker sends no events": events_lost,
    "the broker restarted": broker_restarted,
}


def outcome(stage: Stage, fault: str) -> Outcome:
    """Gives the app some work, does one harm, and compares."""
    sent: dict[str, str] = stage.asked(SEND.replace("TASKS", stage.app.tasks).replace("SECONDS", "2"))
    wait_until(lambda: _state(stage, sent["ends meanwhile"]) in RUNNING, WORK_SECONDS, lambda: _seen(stage, sent))
    FAULTS[fault](stage, sent)
    began = time.monotonic()
    found = differences(stage)
    while found and time.monotonic() - began < AGREES_SECONDS:
        found = differences(stage)
    seconds = time.monotonic() - began
    tasks = shown(stage)
    unknown = sum(task["state"] == "LOST" for task in tasks.values())
    _finish(stage, sent)
    return Outcome(fault, None if found else seconds, len(tasks), unknown, found)


def differences(stage: Stage) -> list[str]:
    """Where what is shown is another than what workers and backend say, in sentences."""
    held = _held(stage)
    active, taken = set(held["active"]), set(held["reserved"]) | set(held["scheduled"])
    tasks = shown(stage)
    found = []
    for task_id in active | taken:
        state = tasks.get(task_id, {}).get("state")
        if state not in (RUNNING if task_id in active else TAKEN):
            found.append(f"{task_id} is {'active' if task_id in active else 'taken'}, and shown as {state}")
    for task_id, task in tasks.items():
        if task["state"] in RUNNING and task_id not in active:
            found.append(f"{task_id} is shown as {task['state']}, and no worker runs it")
        if task["state"] in TAKEN and task_id not in taken:
            found.append(f"{task_id} is shown as {task['state']}, and no worker has it")
    if stage.app.backend != "rpc":  # that one nobody but the sender can read
        stored = stage.asked(BACKEND.replace("IDS", repr(list(tasks))))
        found += [
            f"{task_id} is stored as {state}, and shown as {tasks[task_id]['state']}"
            for task_id, state in stored.items()
            if (state in ENDED or tasks[task_id]["state"] in ENDED) and state != tasks[task_id]["state"]
        ]
    workers = {each["name"]: each["online"] for each in stage.api.get("/workers").json()["workers"]}
    if not workers.get(WORKER):
        found.append(f"{WORKER} answers, and is shown as {workers.get(WORKER)}")
    return found


def shown(stage: Stage) -> dict[str, dict[str, Any]]:
    """All tasks that Phloem shows, by id; none while it does not answer."""
    with suppress(requests.RequestException, KeyError, ValueError):
        return {each["id"]: each for each in stage.api.get("/tasks", params={"limit": 200}).json()["tasks"]}
    return {}


def _gone_on(stage: Stage, sent: Mapping[str, str]) -> None:
    """Waits until the worker runs what comes after all that is to end meanwhile."""
    wait_until(
        lambda: sent["starts meanwhile"] in _held(stage)["active"],
        WORK_SECONDS,
        lambda: str(_held(stage)),
    )


def _finish(stage: Stage, sent: Mapping[str, str]) -> None:
    """Stops what runs on, so that the worker is free for the next."""
    ids = [sent["runs on"], sent["starts meanwhile"]]
    stage.asked(STOP.replace("IDS", repr(ids)))

    def free() -> bool:
        held = _held(stage)
        return not held["active"] and not held["reserved"]

    wait_until(free, WORK_SECONDS, lambda: str(_held(stage)))


def _held(stage: Stage) -> dict[str, list[str]]:
    """Which tasks the worker answers to have, and how."""
    held: dict[str, list[str]] = stage.asked(INSPECT.replace("WORKER", WORKER))
    return held


def _state(stage: Stage, task_id: str) -> str | None:
    return shown(stage).get(task_id, {}).get("state")


def _seen(stage: Stage, sent: Mapping[str, str]) -> str:
    return str({name: _state(stage, task_id) for name, task_id in sent.items()})
