"""Checks of the workers: who answers, who is attached, and who holds what others could run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

from phloem.record.record import ChannelRefused
from phloem_server.commands.doctor.check import CannotLook, Check, Trouble
from phloem_server.commands.doctor.installation import CLOCK_SECONDS, Installation
from phloem_server.commands.doctor.words import ahead, listed


def there(seen: Installation) -> Iterator[Trouble]:
    """No worker at all."""
    if not seen.asked("stats") and not seen.attached:
        yield Trouble(
            what="No worker runs, so tasks wait.",
            evidence="None answers by the broker, and none is in the record.",
            cure="Start one: celery -A … worker, with the broker that this process has.",
        )


def silent(seen: Installation) -> Iterator[Trouble]:
    """Workers that live, and answer no question."""
    answering = set(seen.asked("stats"))
    if lost := {known.facts.name for known in seen.attached if known.facts.pool != "solo"} - answering:
        yield Trouble(
            what="Workers report to the record and do not answer by the broker: they cannot be told to revoke a task.",
            evidence=f"{listed(lost)} did not answer.",
            cure="Give this process the broker that they have (CELERY_BROKER_URL, or --app), and let them run with "
            "worker_enable_remote_control.",
        )


def attached(seen: Installation) -> Iterator[Trouble]:
    """Workers that report nothing."""
    if seen.config.observed_broker is not None:
        raise CannotLook("The app is observed (--broker), and need not be attached.")
    elsewhere = _elsewhere(seen)
    known = {known.facts.name for known in seen.attached} | elsewhere.keys()
    if unknown := set(seen.asked("stats")) - known:
        yield Trouble(
            what="Workers are not attached: of their tasks, nothing is recorded.",
            evidence=f"{listed(unknown)} answers, and is not in the record at {seen.channel.address}.",
            cure="Call phloem.attach(app) in the app's module, give them this PHLOEM_REDIS_URL, and restart "
            "them; or observe their app without it: phloem serve --broker URL.",
        )


def namespace(seen: Installation) -> Iterator[Trouble]:
    """Workers that report to another namespace."""
    answering = set(seen.asked("stats")) - {known.facts.name for known in seen.attached}
    for name, other in sorted(_elsewhere(seen).items()):
        if name in answering:
            yield Trouble(
                what=f"{name} reports to another namespace, so its tasks are not on this page.",
                evidence=f"It reports to {other}, this process reads {seen.config.namespace}.",
                cure="Give workers and web processes the same PHLOEM_NAMESPACE.",
            )


def version(seen: Installation) -> Iterator[Trouble]:
    """Workers that run another version."""
    ours = metadata.version("phloem")
    versions = {known.facts.name: known.facts.version or "an older one" for known in seen.attached}
    others = {name: version for name, version in versions.items() if version != ours}
    if others:
        yield Trouble(
            what="Workers run another version of Phloem than this process.",
            evidence=f"{', '.join(f'{name}: {each}' for name, each in sorted(others.items()))}. This is {ours}.",
            cure="Install the same version everywhere, web processes first, and restart the workers.",
        )


def clock(seen: Installation) -> Iterator[Trouble]:
    """Workers whose clock differs from that of Redis."""
    for known in seen.attached:
        if known.clock_ahead is not None and abs(known.clock_ahead) > CLOCK_SECONDS:
            yield Trouble(
                what=f"The clock of {known.facts.name} is wrong: what its tasks report is early or late by that.",
                evidence=f"When it started, its clock was {ahead(known.clock_ahead)} that of Redis.",
                cure="Let a time service such as chrony or systemd-timesyncd run on its host, and restart it.",
            )


def prefetch(seen: Installation) -> Iterator[Trouble]:
    """Workers that hold messages which others could run at once."""
    reserved = {name: len(said) for name, said in seen.asked("reserved").items() if isinstance(said, list)}
    active = {name: len(said) for name, said in seen.asked("active").items() if isinstance(said, list)}
    queues = {
        name: {str(each["name"]) for each in said}
        for name, said in seen.asked("active_queues").items()
        if isinstance(said, list)
    }
    stats: Mapping[str, Any] = seen.asked("stats")
    for name, held in sorted(reserved.items()):
        idle = [
            other
            for other, waiting in reserved.items()
            if other != name and not waiting and not active.get(other) and queues.get(other, set()) & queues[name]
        ]
        if held and idle:
            slots = (stats[name].get("pool") or {}).get("max-concurrency", "?")
            yield Trouble(
                what=f"{name} holds tasks that other workers could run at once.",
                evidence=f"It holds {held} and runs {active.get(name, 0)}, with {slots} slots and a prefetch of "
                f"{stats[name].get('prefetch_count', '?')}, while {listed(idle)} does nothing.",
                cure="Set worker_prefetch_multiplier = 1, with task_acks_late = True for long tasks.",
            )


def registered(seen: Installation) -> Iterator[Trouble]:
    """Tasks that wait and that no worker knows."""
    known = {
        each.partition(" [")[0]
        for _, names in seen.asked("registered", taskinfoitems=["acks_late"]).items()
        for each in (names if isinstance(names, list) else ())
    }
    if not known:
        raise CannotLook("No worker answers.")
    waiting = {task.name for task in seen.tasks if task.state == "PENDING" and task.name}
    if unknown := waiting - known:
        yield Trouble(
            what="Tasks wait that no worker knows: the worker that takes them throws them away.",
            evidence=f"{listed(unknown)}: no worker has that registered.",
            cure="Import their module in the worker (imports, include, or autodiscover_tasks), or correct the name.",
        )


def _elsewhere(seen: Installation) -> dict[str, str]:
    """The workers of other namespaces: by name, which one. None are known where this user may not look for keys."""
    try:
        neighbours = seen.channel.server.neighbours()
    except ChannelRefused:
        return {}
    return {worker.name: other for other, workers in neighbours.items() for worker in workers}


CHECKS = (
    Check(name="workers-there", question="Does any worker run?", find=there),
    Check(name="workers-silent", question="Do all workers of the record answer by the broker?", find=silent),
    Check(name="workers-attached", question="Do all workers that answer report to the record?", find=attached),
    Check(name="workers-namespace", question="Do they report to this namespace?", find=namespace),
    Check(name="workers-version", question="Do they run the version of Phloem that runs here?", find=version),
    Check(name="workers-clock", question="Do their clocks agree with that of Redis?", find=clock),
    Check(
        name="workers-prefetch",
        question="Does none hold tasks while another that could run them is idle?",
        find=prefetch,
    ),
    Check(name="tasks-registered", question="Does a worker know each task that waits?", find=registered),
)
