"""A document of the provider, kept while it is fresh."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from phloem_server.access.people.openid.errors import ProviderFailed

FRESH_SECONDS = 3600.0
"""After which a document is fetched again. Providers change their addresses never, and their keys by the month."""

PAUSE_SECONDS = 10.0
"""Between two requests for a document, however many people sign in and whatever the provider answers."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Document(Generic[T]):
    """What `fetch` returns, one request at a time. A document that is old goes on while no newer one can be had."""

    def __init__(self, fetch: Callable[[], T], clock: Callable[[], float]) -> None:
        """`fetch` may raise ProviderFailed; `clock` gives monotonic seconds."""
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._held: T | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._failure: ProviderFailed | None = None

    def get(self) -> T:
        """The document, at most FRESH_SECONDS old if the provider answers. ProviderFailed where there is none."""
        return self._newer(FRESH_SECONDS)

    def again(self) -> T:
        """The document, fetched anew unless that was done within PAUSE_SECONDS. ProviderFailed as above."""
        return self._newer(PAUSE_SECONDS)

    def _newer(self, seconds: float) -> T:
        with self._lock:
            now = self._clock()
            if now - self._fetched_at >= seconds and now - self._tried_at >= PAUSE_SECONDS:
                self._tried_at = now
                try:
                    self._held, self._fetched_at, self._failure = self._fetch(), now, None
                except ProviderFailed as failure:
                    self._failure = failure
                    logger.warning("%s", failure)
            if self._held is not None:
                return self._held
            raise ProviderFailed(str(self._failure))
