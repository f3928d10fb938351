"""The steps of the scenario. Most send tasks of the shop, and say what the HTTP API tells of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api import Api
from tests.matrix.inside import broker_away, due_times, node_of_a_cluster
from tests.waiting import wait_until

SHOP = "tests.matrix.shop"


class Steps:
    """Takes the steps with the API of a web process. `broker` is "redis" or "amqp"."""

    def __init__(self, api: Api, folder: Path, broker: str) -> None:
        self._api = api
        self._folder = folder
        self.all: dict[str, Callable[[], str]] = {
            "progress": self._progress,
            "update_state": self._update_state,
            "autoretry": self._autoretry,
            "retry, edited": lambda: self._retry(by=0, args=[12, 3], kwargs={}),
            "retry, as it was": lambda: self._retry(by=3),
            "revoke": self._revoke,
            "terminate": self._terminate,
            "time limit": lambda: self._end(self._send("overrun")),
            "killed child": lambda: self._end(self._send("crash")),
            "chord": lambda: self._chord(3, 2),
            "failed chord": lambda: self._chord(3, 0),
            "workers": self._workers,
            "due times": due_times,
            "node of a cluster": node_of_a_cluster,
            "broker away": lambda: broker_away(broker),
        }

    def has_worker(self) -> bool:
        """Whether the web process sees the worker answer; OSError while it does not listen."""
        return any(worker["answers"] for worker in self._api.get("/workers").json()["workers"])

    def _progress(self) -> str:
        gate = self._folder / "pack"
        task = self._send("pack", str(gate))
        begun = self._at(task, 50)
        gate.touch()
        end = self._end(task, percent=True)
        said = [entry["message"] for entry in self._api.log(task) if entry["kind"] == "log"]
        return f"{begun}, then {end}, and says {', '.join(said)}"

    def _update_state(self) -> str:
        gate = self._folder / "count"
        task = self._send("count", str(gate))
        begun = self._at(task, 75)
        gate.touch()
        return f"{begun}, then {self._end(task)}"

    def _autoretry(self) -> str:
        task = self._send("fetch")
        return f"{self._end(task)} after {self._api.task(task)['retries']} retries"

    def _retry(self, by: int, **edited: Any) -> str:
        task = self._send("divide", 12, by)
        first = self._end(task)
        # Its end comes from the child process, its message from the main process of the worker, at times later.
        wait_until(lambda: self._is_kept(task), 40, "the message of the task is kept")
        answer = self._api.post(f"/tasks/{task}/retry", json=edited)
        assert answer.status_code == 202, answer.text
        again = answer.json()["id"]
        second = self._end(again)
        assert self._api.task(again)["retry_of"] == task, "it does not say what it is a retry of"
        return f"{first}, then {second}"

    def _is_kept(self, task: str) -> bool:
        return bool(self._api.get(f"/tasks/{task}/call").json()["refusal"] is None)

    def _revoke(self) -> str:
        task = self._send("divide", 12, 3, countdown=600)
        self._reaches(task, "RECEIVED")
        return self._revoked(task, {})

    def _terminate(self) -> str:
        task = self._send("stay")
        self._reaches(task, "STARTED")
        return self._revoked(task, {"terminate": True})

    def _revoked(self, task: str, how: dict[str, Any]) -> str:
        answer = self._api.post(f"/tasks/{task}/revoke", json=how)
        assert answer.status_code == 202, answer.text
        found = self._api.ended(task)
        return f"{found['state']} {'before' if found['started_at'] is None else 'after'} it started"

    def _chord(self, *by: int) -> str:
        body: str = json.loads(self._result(self._send("sums", list(by))))
        wait_until(lambda: self._api.get(f"/tasks/{body}").status_code == 200, 60, "the body of the chord is known")
        return self._end(body)

    def _result(self, task: str) -> str:
        return str(self._api.ended(task)["result"])

    def _workers(self) -> str:
        [found] = self._api.get("/workers").json()["workers"]
        return f"{found['pool']} with {found['slots']} slots takes from {', '.join(found['queues'])}"

    def _send(self, task: str, *args: Any, **options: Any) -> str:
        answer = self._api.post("/tasks", json={"name": f"{SHOP}.{task}", "args": args, **options})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def _reaches(self, task: str, state: str) -> None:
        wait_until(lambda: self._api.task(task)["state"] == state, 60, lambda: f"{state}; it is {self._api.task(task)}")

    def _at(self, task: str, percent: float) -> str:
        """The state in which a task reports that much of its work as done."""
        wait_until(lambda: self._api.task(task)["percent"] == percent, 60, lambda: str(self._api.task(task)))
        return f"{self._api.task(task)['state']} at {percent:g} %"

    def _end(self, task: str, percent: bool = False) -> str:
        """How a task ends: its state, with what it returned or why it failed, and the percentage if that is asked."""
        found = self._api.ended(task)
        what = found["error"]["type"] if found["error"] else found["result"]
        return f"{found['state']} {what}" + (f" at {found['percent']:g} %" if percent else "")
