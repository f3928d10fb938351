"""The figures of a running server: they move with a real task and a real viewer, and stand behind the door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

PASSWORD = "three words or more"
BEARER = {"Authorization": f"Bearer {PASSWORD}"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that asks for PASSWORD."""
    with Stack(tmp_path_factory.mktemp("metrics"), {"PHLOEM_PASSWORD": PASSWORD}) as running:
        yield running


def figures(stack: Stack) -> dict[str, float]:
    """All of them, by name and label."""
    answer = requests.get(f"{stack.url}/metrics", headers=BEARER, timeout=40)
    assert answer.status_code == 200, answer.text
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_they_move_with_a_task_and_a_viewer(stack: Stack) -> None:
    api = Api(stack.url, PASSWORD)
    before = figures(stack)
    with Viewer(stack.url, headers=BEARER, view={}) as viewer:
        task_id = api.submit("countdown", duration=0.5)
        wait_until(lambda: viewer.states(task_id)[-1:] == ["SUCCESS"], 60, "the viewer saw the end")
        api.get("/tasks/unknown")
        during = figures(stack)
    wait_until(lambda: figures(stack)["phloem_viewers"] == 0, 40, "the viewer has left")

    def grown(name: str) -> float:
        return during[name] - before.get(name, 0)

    assert (during["phloem_relay_live"], during["phloem_relay_check_age_seconds"] < 5) == (1, True)
    assert (grown("phloem_viewers"), grown("phloem_views"), grown("phloem_tasks/SUCCESS")) == (1, 1, 1)
    assert grown("phloem_watch_seconds_count") == 1
    assert grown("phloem_http_request_seconds_count/4xx") == 1
    assert grown("phloem_http_request_seconds_count/2xx") >= 2
    assert grown("phloem_sent_total/frame") >= viewer.frames > 0
    assert grown("phloem_sent_bytes_total/frame") > 100 * viewer.frames
    assert grown("phloem_relay_messages_total") >= 5
    assert grown("phloem_relay_offset") >= 5
    assert during["process_resident_memory_bytes"] > 1_000_000
    assert during["process_cpu_seconds_total"] > 0


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer something else"}])
def test_they_are_told_to_nobody_without_the_password(stack: Stack, headers: dict[str, str]) -> None:
    answer = requests.get(f"{stack.url}/metrics", headers=headers, timeout=40)
    assert (answer.status_code, "phloem_" in answer.text) == (401, False)
