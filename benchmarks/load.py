"""A rush of jobs: `python -m benchmarks.load [JOBS]`, 1,000 unless told otherwise.

Jobs of all kinds are submitted over HTTP by eight programs at once, while a viewer looks at the list; mail goes to a
local mailbox, and what is fetched comes from the web process itself. A worker for each queue, with one slot, runs them.
Printed are the time in which submissions are answered, how far what the viewer sees lags behind the workers, whether
all jobs end, and whether each queue was served first in, first out: with one slot a job may not start before one that
its queue got earlier. With several programs, two submissions that overlap have no order; those that do not are
compared. A newsletter that made room for its mails started before the time that its last run shows, so those are left
out of that.

The peer in the same run is the least that any server has to do: a call that is refused without Redis.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.harness.measures import Limit, Machine, add_short, quantile, verdict
from tests.api import ENDED, Api
from tests.pictures import jpeg
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

PROGRAMS = 8
P99 = 0.100
"""Seconds in which a submission is answered, by the 99th percentile."""

NEWSLETTERS = 50
"""One job of so many is a newsletter."""

LAG = 1.0
"""Seconds by which what a viewer sees may be behind the workers, by the 99th percentile: the page stays live."""

Job = tuple[str, dict[str, Any]]
Sent = tuple[float, float, str, str]
"""When a submission began and when it was answered, its job, and its id."""


def main() -> int:
    """Runs it and prints the figures; the status is 1 if a bound is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("jobs", type=int, nargs="?", default=1000)
    add_short(parser)
    chosen = parser.parse_args()
    count = 18 if chosen.short else chosen.jobs
    programs = 2 if chosen.short else PROGRAMS
    with (
        ProcessPoolExecutor(programs, multiprocessing.get_context("spawn")) as pool,
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder), {"PHLOEM_FETCH_PRIVATE": "1"}, parts=("redis", "web", "mailbox")) as stack,
    ):
        api = Api(stack.url)
        queues = _queues(api)
        workers = {"every": ",".join(queues)} if chosen.short else {queue: queue for queue in queues}
        for name, taken in workers.items():
            stack.add(name, f"exec celery -A phloem.jobs.app worker -Q {taken} -n {name}@%h -c 1 --loglevel WARNING")
            stack.start(name)
        wait_until(lambda: _online(api) == len(workers), 60, "a worker for each queue")
        jobs = _jobs(api, count)
        _submit(pool, programs, stack.port, [])  # every program is there
        machine = Machine(stack.pid("web"), stack.redis.pid)
        with Viewer(stack.url, view={"limit": 200}) as viewer:
            lags = _measure_lag(viewer)
            begun = time.time()
            sent = _submit(pool, programs, stack.port, jobs)
            submitted = time.time() - begun
            refused = _refusals(api)
            ids = {task_id for _, _, _, task_id in sent}
            ended = _wait(api, ids)
        tasks = {task["id"]: task for task in ended}
        limits = _report(sent, tasks, refused, lags, submitted, machine, time.time() - begun)
        return verdict(limits, short=chosen.short)


def _queues(api: Api) -> list[str]:
    return [queue["name"] for queue in api.get("/queues").json()["queues"]]


def _online(api: Api) -> int:
    return sum(worker["online"] for worker in api.get("/workers").json()["workers"])


def _jobs(api: Api, count: int) -> list[Job]:
    """As many of each kind as of any other, but fewer newsletters: each of them makes jobs of its own."""
    upload = api.post("/uploads", files={"file": ("cat.jpg", jpeg(64, 48), "image/jpeg")}).json()["id"]
    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "countdown": lambda: {"duration": 0.02},
        "resize_image": lambda: {"upload": upload, "width": 32, "height": 32},
        "log_event": lambda: {"event": "a rush"},
        "build_report": lambda: {"format": "CSV"},
        "cleanup_files": lambda: {"dry_run": True},
        "daily_report": dict,
        "fetch_url": lambda: {"url": f"{api.url}/healthz"},
        "send_email": lambda: {"to": ["ann@example.com"], "subject": "A rush", "body": "of jobs"},
    }
    newsletter = {"to": ["ann@example.com", "bob@example.com"], "subject": "A rush", "body": "of jobs"}
    jobs = [(f"phloem.jobs.{name}", kinds[name]()) for name in itertools.islice(itertools.cycle(kinds), count)]
    jobs[::NEWSLETTERS] = [("phloem.jobs.send_newsletter", newsletter)] * len(jobs[::NEWSLETTERS])
    return jobs


def _submit(pool: ProcessPoolExecutor, programs: int, port: int, jobs: list[Job]) -> list[Sent]:
    """Submits them from all programs at once, each as fast as it can."""
    shares = [jobs[place::programs] for place in range(programs)]
    return [each for sent in pool.map(_program, [port] * programs, shares) for each in sent]


def _program(port: int, jobs: list[Job]) -> list[Sent]:
    """One program, in a process of its own: who measures with threads measures how they wait for each other."""
    sent: list[Sent] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for name, kwargs in jobs:
        body = json.dumps({"name": name, "kwargs": kwargs})
        start = time.time()
        connection.request("POST", "/api/v1/tasks", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        done = time.time()
        assert answer.status == 202, told
        sent.append((start, done, name, json.loads(told)["id"]))
    connection.close()
    return sent


def _refusals(api: Api) -> list[float]:
    times = []
    for _ in range(100):
        start = time.time()
        api.post("/tasks", json={"name": "no.such.task"})
        times.append(time.time() - start)
    return times


def _measure_lag(viewer: Viewer) -> list[float]:
    """Fills with how old each start and end of a task is when the viewer sees it."""
    lags: list[float] = []
    told: set[tuple[str, str]] = set()

    def see(frame: dict[str, Any]) -> None:
        now = time.time()
        for row in frame["put"]:
            at = row["finished_at"] if row["state"] in ENDED else row["started_at"]
            if at is not None and (row["id"], row["state"]) not in told and row["state"] != "PROGRESS":
                told.add((row["id"], row["state"]))
                lags.append(now - at)

    take = viewer.client.handlers["/"]["frame"]

    said = time.monotonic()

    def both(frame: dict[str, Any]) -> None:
        nonlocal said
        see(frame)
        take(frame)
        if time.monotonic() - said >= 1:  # as a browser does; who says nothing counts as behind
            said = time.monotonic()
            viewer.client.emit("seen", {"watch": frame["watch"], "offset": frame["to"]})

    viewer.client.on("frame", both)
    return lags


def _wait(api: Api, ids: set[str]) -> list[dict[str, Any]]:
    def all_ended() -> bool:
        time.sleep(0.5)
        totals = api.get("/tasks", params={"limit": 1}).json()["totals"]
        return not any(count for state, count in totals.items() if state not in ENDED)

    wait_until(all_ended, 1200, "all end, those too that others made")
    found, before = [], None
    while True:
        page = api.get("/tasks", params={"limit": 200} | ({"before": before} if before else {})).json()
        found += [task for task in page["tasks"] if task["id"] in ids]
        before = page["next"]
        if before is None:
            return found


def _overtaken(sent: list[Sent], tasks: dict[str, dict[str, Any]]) -> int:
    """Jobs that started before one whose submission was answered when theirs began, in the same queue."""
    overtaken = 0
    for queue in {task["queue"] for task in tasks.values()}:
        mine = sorted(each for each in sent if tasks[each[3]]["queue"] == queue and not tasks[each[3]]["retries"])
        by_answer = sorted(mine, key=lambda each: each[1])
        latest, place = 0.0, 0
        for start, _, _, task_id in mine:
            while place < len(by_answer) and by_answer[place][1] < start:
                latest = max(latest, tasks[by_answer[place][3]]["started_at"] or 0)
                place += 1
            overtaken += (tasks[task_id]["started_at"] or 0) < latest
    return overtaken


def _report(
    sent: list[Sent],
    tasks: dict[str, dict[str, Any]],
    refused: list[float],
    lags: list[float],
    submitted: float,
    machine: Machine,
    whole: float,
) -> list[Limit]:
    times = [done - start for start, done, _, _ in sent]
    kinds = Counter(name.rpartition(".")[2] for _, _, name, _ in sent)
    states = Counter(task["state"] for task in tasks.values())
    web, redis = machine.used
    print(f"{len(sent)} jobs: {', '.join(f'{count} {name}' for name, count in sorted(kinds.items()))}")
    print(f"submitted in {submitted:.1f} s, {len(sent) / submitted:.0f}/s; ended in {whole:.1f} s")
    print(f"states: {dict(states)}; CPU of web {web:.1f} s, of Redis {redis:.1f} s; others had {machine.others:.0%}")
    for name, values in (("submission", times), ("refusal (peer)", refused), ("viewer's lag", lags)):
        print(
            f"{name:16} p50 {quantile(values, 0.5) * 1000:7.1f} ms   p99 {quantile(values, 0.99) * 1000:7.1f} ms"
            f"   longest {max(values) * 1000:7.1f} ms"
        )
    print(f"ratio of the medians, submission to refusal: {quantile(times, 0.5) / quantile(refused, 0.5):.1f}")
    return [
        Limit(what="p99 of submissions, in ms", value=quantile(times, 0.99) * 1000, limit=P99 * 1000),
        Limit(what="p99 of a viewer's lag, in ms", value=quantile(lags, 0.99) * 1000, limit=LAG * 1000),
        Limit(what="jobs that did not end with success", value=len(sent) - states["SUCCESS"], limit=0, sound=True),
        Limit(
            what="jobs that overtook an earlier one of their queue", value=_overtaken(sent, tasks), limit=0, sound=True
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
