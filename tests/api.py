"""HTTP calls of a program that uses the API."""

from __future__ import annotations

from typing import Any

import requests

from tests.waiting import wait_until

ENDED = frozenset({"SUCCESS", "FAILURE", "REVOKED", "LOST"})


class Api:
    """The calls under /api/v1 of one server. A connection is kept open, as programs do."""

    def __init__(self, url: str, password: str | None = None) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False  # which is read anew for each call, and a proxy would not be meant for this
        if password is not None:
            self.session.headers["Authorization"] = f"Bearer {password}"

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET below /api/v1."""
        return self.session.get(f"{self.url}/api/v1{path}", timeout=40, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """POST below /api/v1."""
        return self.session.post(f"{self.url}/api/v1{path}", timeout=60, **options)

    def submit(self, name: str, **kwargs: Any) -> str:
        """Sends a task by its short name; its id."""
        answer = self.post("/tasks", json={"name": f"phloem.jobs.{name}", "kwargs": kwargs})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def task(self, task_id: str) -> dict[str, Any]:
        """The task as it is now."""
        answer = self.get(f"/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ended(self, task_id: str, seconds: float = 60) -> dict[str, Any]:
        """The task once it has ended; one that a producer sent which tells nothing is known once a worker has it."""

        def over() -> dict[str, Any] | None:
            answer = self.get(f"/tasks/{task_id}")
            return answer.json() if answer.status_code == 200 and answer.json()["state"] in ENDED else None

        found = wait_until(over, seconds, f"task {task_id} ends")
        assert found is not None
        return found

    def log(self, task_id: str) -> list[dict[str, Any]]:
        """The whole log of a task."""
        entries: list[dict[str, Any]] = self.get(f"/tasks/{task_id}/log", params={"limit": 1000}).json()["entries"]
        return entries

    def states(self, task_id: str) -> list[str]:
        """The states that a task's log names."""
        return [entry["message"] for entry in self.log(task_id) if entry["kind"] == "state"]
