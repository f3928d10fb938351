"""Checks of the Redis that keeps the record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phloem.record.record import ChannelError, ChannelRefused
from phloem.settings import RedisUrl
from phloem_server.commands.doctor.check import Check, Trouble
from phloem_server.commands.doctor.installation import CLOCK_SECONDS, Installation
from phloem_server.commands.doctor.words import ahead, size
from phloem_server.web.hosts import is_loopback

OLDEST = 7
"""The first major version that has functions."""

FULL = 0.9
"""The share of its memory from which on a Redis is soon full."""

_NOT_PERMITTED = re.compile(r"lacks |permission|may not", re.IGNORECASE)
"""How Redis says that a user may not do something."""


def reach(seen: Installation) -> Iterator[Trouble]:
    """A Redis that does not answer, or lets nobody in."""
    try:
        _ = seen.redis
    except ChannelError as error:
        if error.temporary:
            yield Trouble(
                what="Redis cannot be reached, so nothing is recorded and nothing shown.",
                evidence=str(error),
                cure="Start it (`phloem redis` is one for this machine), or correct PHLOEM_REDIS_URL.",
            )


def version(seen: Installation) -> Iterator[Trouble]:
    """A Redis that is too old."""
    told = re.match(r"\d+", seen.redis.version)
    if told is None or int(told.group()) < OLDEST:
        yield Trouble(
            what="This Redis is too old to keep the record.",
            evidence=f"{seen.channel.address} is version {seen.redis.version}.",
            cure=f"Use Redis {OLDEST} or newer, or Valkey, for PHLOEM_REDIS_URL; your broker may stay where it is.",
        )


def rights(seen: Installation) -> Iterator[Trouble]:
    """Commands that this user may not send."""
    try:
        seen.channel.check()
        trouble = seen.channel.trouble()
    except ChannelRefused as error:
        trouble = str(error)
    if trouble is not None and _NOT_PERMITTED.search(trouble):
        yield Trouble(
            what="The user in PHLOEM_REDIS_URL lacks rights, so the record cannot be kept.",
            evidence=trouble,
            cure="Give it these rights with ACL SETUSER; docs/operating.md lists all that Phloem needs.",
        )


def shape(seen: Installation) -> Iterator[Trouble]:
    """A record that another version keeps."""
    try:
        _ = seen.tasks
    except ChannelError as error:
        if "has format" not in str(error):
            raise
        yield Trouble(
            what="Another version of Phloem keeps this record, and this one cannot read it.",
            evidence=str(error),
            cure="Install the same version everywhere, or give this one a PHLOEM_NAMESPACE of its own.",
        )


def eviction(seen: Installation) -> Iterator[Trouble]:
    """A Redis that removes keys when it is full."""
    if seen.redis.maxmemory and seen.redis.policy != "noeviction":
        yield Trouble(
            what="When it is full, this Redis removes tasks from the record at random, messages of a broker as well.",
            evidence=f"maxmemory is {size(seen.redis.maxmemory)}, maxmemory-policy {seen.redis.policy}.",
            cure="Set maxmemory-policy to noeviction. PHLOEM_RETENTION_BYTES bounds what Phloem keeps.",
        )


def memory(seen: Installation) -> Iterator[Trouble]:
    """A Redis that is full, or soon will be."""
    facts = seen.redis
    if facts.maxmemory and facts.used_memory > FULL * facts.maxmemory:
        yield Trouble(
            what="Redis is full or soon will be. Then nothing new is recorded.",
            evidence=f"{size(facts.used_memory)} of {size(facts.maxmemory)} are in use.",
            cure="Raise maxmemory, or lower PHLOEM_RETENTION_BYTES: Phloem keeps up to "
            f"{size(seen.config.retention_bytes)}.",
        )


def writes(seen: Installation) -> Iterator[Trouble]:
    """A Redis that takes no writes: a replica, a disk that is full."""
    trouble = seen.channel.trouble()
    if trouble is not None and not _NOT_PERMITTED.search(trouble):
        yield Trouble(
            what="Redis answers, and takes no writes: nothing is recorded.",
            evidence=trouble,
            cure="Let PHLOEM_REDIS_URL name the master, not a replica; of a master, look into its log and at its disk.",
        )


def clock(seen: Installation) -> Iterator[Trouble]:
    """A clock of this machine that differs from that of Redis."""
    difference = seen.channel.server.clock_ahead(seen.clock)
    if difference is not None and abs(difference) > CLOCK_SECONDS:
        yield Trouble(
            what="The clocks of this machine and of Redis differ: durations and countdowns are wrong by that.",
            evidence=f"The clock here is {ahead(difference)} that of {seen.channel.address}.",
            cure="Let a time service such as chrony or systemd-timesyncd run on both.",
        )


def password(seen: Installation) -> Iterator[Trouble]:
    """A Redis that lets everybody in."""
    if not seen.channel.is_open():
        return
    reached = any(not is_loopback(host) for host, _ in RedisUrl.parse(seen.config.redis_url).hosts)
    asks = seen.config.is_protected or bool(seen.channel.users.all())
    if asks or reached:
        yield Trouble(
            what="Redis asks nobody for a password. Whoever reaches it sees and changes everything, past the page.",
            evidence=f"{seen.channel.address} lets the user `default` in without one"
            + (", while the page asks people who they are." if asks else ", from other machines."),
            cure="Give Redis a password (`phloem redis` makes one where PHLOEM_PASSWORD is set), or an ACL user.",
        )


CHECKS = (
    Check(
        name="redis-reach", question="Does the Redis of `PHLOEM_REDIS_URL` answer, and let this process in?", find=reach
    ),
    Check(name="redis-version", question="Is it Redis 7 or newer, or Valkey?", find=version),
    Check(name="redis-rights", question="May this user send each command that the record needs?", find=rights),
    Check(name="record-format", question="Can this version read the record?", find=shape),
    Check(name="redis-eviction", question="Does it keep what it has when it is full?", find=eviction),
    Check(name="redis-memory", question="Is there room?", find=memory),
    Check(name="redis-writes", question="Does it take writes, as a replica does not?", find=writes),
    Check(name="redis-clock", question="Does its clock agree with that of this machine?", find=clock),
    Check(
        name="redis-password",
        question="Does it ask for a password where the page asks who somebody is?",
        find=password,
    ),
)
