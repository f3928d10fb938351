"""All calls under /api/v1."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint

from phloem.files import FileStore
from phloem.model.event import Event
from phloem.model.task import Task
from phloem.record.record import Channel
from phloem_server.access.audit.chain import Chain
from phloem_server.access.people.accounts import Accounts
from phloem_server.access.people.sessions import Sessions
from phloem_server.access.principal import Principal
from phloem_server.access.tokens.issuer import Issuer
from phloem_server.api import boards, files, mailbox, openapi, submission, task_actions, tasks, views
from phloem_server.api.access import audit, session, sessions, tokens, users
from phloem_server.api.calls.known_tasks import KnownTasks
from phloem_server.boards.schedule import Schedule
from phloem_server.boards.views import ViewsBoard
from phloem_server.boards.worker_answers import WorkerInterview
from phloem_server.control.destinations import Destinations
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.reruns import Reruns
from phloem_server.control.sender import Sender
from phloem_server.settings import Config


def blueprints(
    *,
    config: Config,
    follower: tasks.Pages,
    row: Callable[[str], Task | None],
    asks: Callable[[], bool],
    known_sessions: Sessions,
    accounts: Accounts,
    channel: Channel,
    registry: Registry,
    sender: Sender,
    destinations: Destinations,
    control: RemoteControl,
    schedule: Schedule,
    interview: WorkerInterview,
    shared_views: ViewsBoard,
    picture: Callable[[str, Principal], object],
    report: Callable[[Event], object],
    chain: Chain,
) -> Iterator[Blueprint]:
    """A blueprint for each resource. `row` gives a task as the mirror has it, `asks` whether people have to sign
    in, `picture` what a board shows, `report` records what was done to a task.
    """
    store = FileStore(config.data_dir, most=config.files_limit, most_bytes=config.files_bytes)
    known = KnownTasks(channel, row, follower.seen)
    yield submission.blueprint(registry=registry, sender=sender, destinations=destinations, report=report)
    yield tasks.blueprint(follower=follower, known=known)
    reruns = Reruns(channel, registry, sender, destinations)
    yield task_actions.blueprint(known=known, reruns=reruns, control=control, report=report)
    yield files.blueprint(files=store, limit=config.upload_limit)
    yield boards.blueprint(
        picture=picture, interview=interview, schedule=schedule, registry=registry, sender=sender, report=report
    )
    yield views.blueprint(shared_views)
    yield session.blueprint(config, asks)
    yield openapi.blueprint()
    yield sessions.blueprint(known_sessions)
    yield users.blueprint(accounts)
    yield tokens.blueprint(issuer=Issuer(channel.keys, channel.tokens), known=known)
    yield mailbox.blueprint(config)
    yield audit.blueprint(chain)
