"""Entries of the audit for what is done in a shell: the user of the machine is the actor."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from phloem.errors import PhloemError
from phloem.record.record import Channel, ChannelError
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import Entry
from phloem_server.access.audit.last_seen import LastSeen
from phloem_server.settings.audit import AuditSettings


class Deed(msgspec.Struct, kw_only=True):
    """What is being done. It may be changed until it is done."""

    action: str
    target: str = ""
    detail: str = ""


@contextmanager
def audited(channel: Channel, action: str, target: str = "", environ: Mapping[str, str] = os.environ) -> Iterator[Deed]:
    """Audits what the block does, once it is done, or refused with a PhloemError. ChannelError, SettingError."""
    settings = AuditSettings.from_environment(environ)
    chain = Chain(
        channel.audit,
        channel.keys,
        secret=environ.get("PHLOEM_SECRET_KEY") or "",
        days=settings.days,
        most=settings.entries,
        last_seen=LastSeen(),  # the file of that is the web process'
    )
    deed = Deed(action=action, target=target)
    try:
        yield deed
    except ChannelError:
        raise
    except PhloemError as error:
        chain.append([msgspec.structs.replace(_entry(deed), outcome="refused", code=error.code)])
        raise
    chain.append([_entry(deed)])


def _entry(deed: Deed) -> Entry:
    return Entry(
        at=time.time(),
        actor=user_of_machine(),
        kind="system",
        means="command",
        address=socket.gethostname(),
        action=deed.action,
        target=deed.target,
        detail=deed.detail,
    )


def user_of_machine() -> str:
    """The name of the user of the machine who runs this process; the number where there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        return str(os.getuid())
