"""All calls under /api/v1."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint

from phloem.files import FileStore
from phloem.model.event import Event
from phloem.record.record import Channel
from phloem_server.access.principal import Principal
from phloem_server.api import boards, files, mailbox, session, submission, task_actions, tasks
from phloem_server.boards.schedule import Schedule
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import RemoteControl
from phloem_server.control.sender import Sender
from phloem_server.settings import Config


def blueprints(
    *,
    config: Config,
    follower: tasks.Pages,
    channel: Channel,
    registry: Registry,
    sender: Sender,
    control: RemoteControl,
    schedule: Schedule,
    picture: Callable[[str, Principal], object],
    report: Callable[[Event], object],
) -> Iterator[Blueprint]:
    """A blueprint for each resource. `picture` gives what a board shows, `report` records what was done to a task."""
    store = FileStore(config.data_dir, most=config.files_limit)
    yield submission.blueprint(registry=registry, sender=sender)
    yield tasks.blueprint(follower=follower, channel=channel)
    yield task_actions.blueprint(channel=channel, registry=registry, sender=sender, control=control, report=report)
    yield files.blueprint(files=store, limit=config.upload_limit)
    yield boards.blueprint(picture=picture, schedule=schedule, registry=registry, sender=sender)
    yield session.blueprint(config)
    yield mailbox.blueprint(config)
