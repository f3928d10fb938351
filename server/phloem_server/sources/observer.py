"""Decides which web process observes: the one that has the duty in the record."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable

from phloem.record.record import ChannelError
from phloem.record.stores.duties import DutyStore
from phloem_server.sources.observation import Observation

DUTY = "observer"
HOLD_SECONDS = 2.0
"""For which the duty is taken. A process that vanishes is followed by another after that at the latest, and a turn."""
TURN_SECONDS = 0.5

logger = logging.getLogger(__name__)


class Observer:
    """Observes while `run` goes on, whenever no other process does. `observe` makes the observation."""

    def __init__(self, duties: DutyStore, observe: Callable[[], Observation]) -> None:
        self._duties = duties
        self._observe = observe
        self._name = secrets.token_hex(8)
        self._stopped = threading.Event()
        self._observation: Observation | None = None

    @property
    def observes(self) -> bool:
        """Whether this process observes now."""
        return self._observation is not None

    def run(self) -> None:
        """Takes the duty, keeps it, and observes meanwhile, until `stop`."""
        while not self._stopped.is_set():
            try:
                self._take_turn()
            except ChannelError:
                pass  # nobody can take the duty from this process meanwhile; the page tells that the record is away
            except Exception:
                logger.exception("The app cannot be observed for now")
            self._stopped.wait(TURN_SECONDS)
        self._end()
        try:
            self._duties.let_go(DUTY, self._name)
        except ChannelError as error:
            logger.info("The duty to observe runs out by itself: %s", error)

    def stop(self) -> None:
        """Ends `run`."""
        self._stopped.set()

    def _take_turn(self) -> None:
        if not self._duties.hold(DUTY, self._name, HOLD_SECONDS):
            self._end()
        elif self._observation is None:
            logger.info("This process observes the app")
            observation = self._observe()
            observation.start()
            self._observation = observation

    def _end(self) -> None:
        observation, self._observation = self._observation, None
        if observation is not None:
            observation.stop()
