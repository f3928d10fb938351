"""Another host, as far as a network is concerned: a network namespace, and a cable to it.

`Host` makes one that runs a single command; it goes away with that. Run as a program this is what runs there.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Self

from pyroute2 import IPRoute, NetlinkError

from tests.child import Child
from tests.waiting import wait_until

CLONE_NEWNET = 0x40000000  # linux/sched.h
CABLE = "cable"


class NoNetwork(Exception):
    """This system does not let us have another network. The text says what was refused."""


class Host:
    """A host that runs one command. `here` and `there` are the addresses of the two ends of the cable to it."""

    child: Child

    def __init__(self) -> None:
        # Of the addresses for tests of networks (RFC 2544): no real one is hidden by them.
        chance = SystemRandom()
        net, block = f"198.{chance.randrange(18, 20)}.{chance.randrange(256)}", 4 * chance.randrange(64)
        self.here, self.there = f"{net}.{block + 1}", f"{net}.{block + 2}"

    def start(self, command: str, log: Path, environment: Mapping[str, str]) -> Self:
        """Lays the cable and starts the command. NoNetwork if that is not allowed."""
        waiting = shlex.join([sys.executable, "-m", "tests.elsewhere", self.there, command])
        self.child = Child(f"exec {waiting}", log, environment)
        try:
            wait_until(lambda: "apart" in self.child.log() or self.child.status is not None, 60, "it is apart")
            if self.child.status is not None:
                raise NoNetwork(self.child.log().strip())
            _in_a_thread(self._lay)
        except NetlinkError as error:
            self.end()
            raise NoNetwork(str(error)) from error
        except BaseException:
            self.end()
            raise
        return self

    @property
    def _name(self) -> str:
        return f"phloem{self.child.pid}"

    def end(self) -> None:
        """Ends the command; the network goes with it."""
        self.child.stop()
        with suppress(Exception):
            _in_a_thread(self._remove)

    def _lay(self) -> None:
        with IPRoute() as network:
            peer = {"ifname": CABLE, "net_ns_pid": self.child.pid}
            network.link("add", ifname=self._name, kind="veth", peer=peer)
            (index,) = network.link_lookup(ifname=self._name)
            network.addr("add", index=index, address=self.here, prefixlen=30)
            network.link("set", index=index, state="up")

    def _remove(self) -> None:
        with IPRoute() as network:
            for index in network.link_lookup(ifname=self._name):
                network.link("del", index=index)


def _in_a_thread(act: Callable[[], None]) -> None:
    """IPRoute wants an event loop of its own; Playwright's may be running in the thread of the tests."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result()


def main(address: str, command: str) -> None:
    """Leaves the network of its parent, waits for the cable, and becomes the command."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    print("apart", flush=True)
    with IPRoute() as network:
        while not (found := network.link_lookup(ifname=CABLE)):
            time.sleep(0.02)
        network.link("set", index=network.link_lookup(ifname="lo")[0], state="up")
        network.addr("add", index=found[0], address=address, prefixlen=30)
        network.link("set", index=found[0], state="up")
    os.execv("/bin/sh", ["sh", "-c", command])


if __name__ == "__main__":
    main(*sys.argv[1:])
