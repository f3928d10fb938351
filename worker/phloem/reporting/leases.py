"""The leases that a process renews: that of the worker in it, and its own while runs without a worker borrow it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from phloem.logs import logger_of
from phloem.record.record import Channel, ChannelError

if TYPE_CHECKING:
    from phloem.record.stores.forms import Catalogue
    from phloem.record.stores.workers import WorkerFacts

logger = logger_of(__name__)


class Leases:
    """Not safe to use from several threads at once, but for `renew` and `introduce`, for one thread beside all else."""

    def __init__(self, seconds: int) -> None:
        """`seconds` is how long a lease lasts that is not renewed."""
        self._seconds = seconds
        self._lease: str | None = None
        self._worker: WorkerFacts | None = None
        self._introduced_in: str | None = None
        """The epoch in which the record was told of the worker."""
        self._catalogue: Callable[[], Catalogue] | None = None
        """What the worker can run, as long as that is to be told."""
        self._offered_in: str | None = None
        """The epoch in which the record was told of that."""
        self._offer_failed = False
        self._own = secrets.token_hex(8)
        self._borrowers = 0

    def names(self) -> tuple[str, ...]:
        """Those that have to be renewed."""
        worker = () if self._lease is None else (self._lease,)
        return (*worker, self._own) if self._borrowers > 0 else worker

    def hold(self, lease: str, worker: WorkerFacts | None, catalogue: Callable[[], Catalogue] | None) -> None:
        """Has the lease of a worker renewed. See `Recorder.hold`."""
        self._lease = lease
        if worker is not None:
            self._worker, self._introduced_in = worker, None
            self._catalogue, self._offered_in, self._offer_failed = catalogue, None, False

    @property
    def are_told(self) -> bool:
        """Whether the record knows all that it can be told of the worker, if there is one."""
        if self._lease is None:
            return True
        known = self._worker is None or self._introduced_in is not None
        return known and (self._catalogue is None or self._offered_in is not None or self._offer_failed)

    def are_due(self, passed: float, pause: float) -> bool:
        """Whether they are to be renewed, so many seconds after the last time: after a `pause`, and at once where
        somebody may wait for what a worker can run.
        """
        return passed >= pause or not self.are_told

    def holds(self, lease: str) -> bool:
        """Whether it is the worker's."""
        return self._lease == lease

    def borrow(self) -> str:
        """The lease of this process, for one more run."""
        self._borrowers += 1
        return self._own

    def give_back(self) -> None:
        """Returns what `borrow` gave."""
        self._borrowers = max(0, self._borrowers - 1)  # a recorder that was closed has ended what was borrowed

    def forget(self) -> tuple[str, ...]:
        """Has none renewed any more. Returns those that were."""
        names = self.names()
        self._lease, self._borrowers = None, 0
        return names

    def renew(self, channel: Channel) -> str | None:
        """Renews them. Returns the record's epoch; None if there is none to renew."""
        epoch = None
        for lease in self.names():
            epoch = channel.heartbeat(lease, self._seconds)
        return epoch

    def introduce(self, channel: Channel, epoch: str | None) -> None:
        """Tells the record of the worker, where it does not know of it in the epoch that `renew` gave."""
        lease = self._lease
        if lease is None or epoch is None:
            return
        if self._worker is not None and self._introduced_in != epoch:
            channel.workers.introduce(lease, self._worker)
            self._introduced_in = epoch
        if self._catalogue is not None and self._offered_in != epoch:
            self._offer(channel, lease, epoch, self._catalogue)

    def _offer(self, channel: Channel, lease: str, epoch: str, catalogue: Callable[[], Catalogue]) -> None:
        """Tells the record what the worker can run. Nothing else waits for that, or fails with it."""
        try:
            channel.forms.offer(lease, catalogue())
            self._offered_in, self._offer_failed = epoch, False
        except Exception as error:  # noqa: BLE001  # of the application's code as well, which the catalogue looks at
            if not self._offer_failed:
                logger.warning("Phloem's server does not know yet what this worker can run: %s", error)
            self._offer_failed = True
            if not isinstance(error, ChannelError) or not error.temporary:
                self._offered_in = epoch  # the same again would be of no use
