"""Sends the entries of the audit to a place, from one of all web processes, each at least once.

The record keeps up to where it got, so neither a restart nor another process leaves an entry out. Entries are read from
the record, and none are held here: nobody waits for a place that does not answer.
"""

from __future__ import annotations

import logging
import secrets
import threading

from phloem.record.record import ChannelError
from phloem.record.stores.duties import DutyStore
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.forwarding.target import NotSent, Target

HOLD_SECONDS = 30.0
"""For which the duty is taken, longer than any request lasts. Another process takes over after that."""

TURN_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
BATCH = 100

logger = logging.getLogger(__name__)


class Forwarder:
    """Sends while `run` goes on, whenever no other process does."""

    def __init__(self, chain: Chain, duties: DutyStore, target: Target) -> None:
        self._chain = chain
        self._duties = duties
        self._target = target
        self._duty = f"audit-{target.name}"
        self._name = secrets.token_hex(8)
        self._pause = 0.0
        self._stopped = threading.Event()

    def run(self) -> None:
        """Takes the duty, and sends what follows, until `stop`."""
        while not self._stopped.is_set():
            try:
                while not self._stopped.is_set() and self._take_turn():
                    pass
            except ChannelError:
                pass  # there is nothing to send, and the page tells that the record is away
            except Exception:
                logger.exception("The audit cannot be sent for now")
            self._stopped.wait(self._pause or TURN_SECONDS)
        self._target.close()
        try:
            self._duties.let_go(self._duty, self._name)
        except ChannelError as error:
            logger.info("The duty to send the audit runs out by itself: %s", error)

    def stop(self) -> None:
        """Ends `run`."""
        self._stopped.set()

    def _take_turn(self) -> bool:
        """Whether it sent entries, and more may follow."""
        if not self._duties.hold(self._duty, self._name, HOLD_SECONDS + self._pause):
            return False
        store = self._chain.store
        entries = self._chain.following(store.position(self._target.name), BATCH)
        if not entries:
            return False
        try:
            self._target.send(entries)
        except NotSent as error:
            if not self._pause:
                logger.warning("The audit is sent later: %s", error)
            self._pause = min(max(TURN_SECONDS, 2 * self._pause), LONGEST_PAUSE_SECONDS)
            return False
        self._pause = 0.0
        store.move(self._target.name, entries[-1].id)
        return True
