"""Shared views: searches that people saved for all who look at the list."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Callable

import msgspec

from phloem.errors import PhloemError
from phloem.record.stores.views import VIEWS_LIMIT, SharedView, ViewStore
from phloem_server.mirror.query.values import TEXT_LIMIT_CHARACTERS

NAME_LIMIT = 60
"""Characters of the name of a view."""

FRESH = 1.0
"""Seconds for which what was read of the record is shown."""

_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that no name has: controls, line ends, and what stands for nothing."""


class ViewInvalid(PhloemError):
    """The name of a shared view, or its search, is not one that it may have."""

    code = "view_invalid"


class ViewsFull(PhloemError):
    """There are as many shared views as there may be."""

    code = "views_full"


class ViewUnknown(PhloemError):
    """There is no shared view of that name."""

    code = "view_unknown"


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """Searches that everybody who may see all tasks is shown."""

    views: tuple[SharedView, ...]
    """All of them, in the order of their names."""


class ViewsBoard:
    """The shared views of the record."""

    def __init__(self, store: ViewStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._views = Views(views=())

    def look(self) -> None:
        """Reads what others changed, unless that was done just now. ChannelError, and then all stays as it was."""
        with self._lock:
            if abs(self._clock() - self._read_at) < FRESH:
                return
        self._read()

    def picture(self) -> Views:
        """What was read last."""
        return self._views

    def save(self, name: str, search: str, by: str | None) -> SharedView:
        """Keeps a search under a name, in place of what had it. ViewInvalid, ViewsFull, ChannelError."""
        view = SharedView(name=_checked(name), search=_searched(search), by=by, changed_at=self._clock())
        if not self._store.save(view):
            raise ViewsFull(f"There are {VIEWS_LIMIT} shared views, which is the most; remove one first.")
        self._read()
        return view

    def remove(self, name: str) -> None:
        """Removes a view. ViewUnknown, ChannelError."""
        if not self._store.remove(name):
            raise ViewUnknown(f"There is no shared view {name[:NAME_LIMIT]!r}.")
        self._read()

    def _read(self) -> None:
        views = Views(views=self._store.all())
        with self._lock:
            self._views, self._read_at = views, self._clock()


def _checked(name: str) -> str:
    """The name as it is kept. ViewInvalid."""
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= NAME_LIMIT:
        raise ViewInvalid(f"The name has {len(name):,} characters; a shared view has 1 to {NAME_LIMIT}.")
    unseen = next((each for each in name if unicodedata.category(each) in _UNSEEN), None)
    if unseen is not None:
        raise ViewInvalid(f"The name has the character U+{ord(unseen):04X}, which cannot be shown.")
    return name


def _searched(search: str) -> str:
    """The search as it is kept. ViewInvalid."""
    search = search.strip()
    if not 1 <= len(search) <= TEXT_LIMIT_CHARACTERS:
        raise ViewInvalid(f"The search has {len(search):,} characters; it takes 1 to {TEXT_LIMIT_CHARACTERS}.")
    return search
