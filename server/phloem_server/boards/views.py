"""Shared views: searches that people saved for all who look at the list.

They are read in a thread, and only while a client watches: no other board waits for a record that does not answer.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Callable

import msgspec

from phloem.errors import PhloemError
from phloem.model.label import label_of
from phloem.record.record import ChannelError
from phloem.record.stores.views import VIEWS_LIMIT, SharedView, ViewStore
from phloem_server.boards.rounds import Rounds
from phloem_server.mirror.query.values import TEXT_LIMIT_CHARACTERS

NAME_LIMIT = 60
"""Characters of the name of a view."""

EVERY_SECONDS = 1.0
"""Seconds between two readings."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that no name has: controls, line ends, what turns its surroundings, and what is not seen."""

_JOINERS = frozenset("\u200c\u200d")
"""Of those, what scripts and emoji are written with."""

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are not seen."""

_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that no search has."""


class ViewInvalid(PhloemError):
    """The name of a shared view, or its search, is not one that it may have."""

    code = "view_invalid"


class ViewTaken(PhloemError):
    """There is a shared view of that name already."""

    code = "view_taken"


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
    """The shared views of the record. Its methods may be called from any thread.

    `every` is the seconds between two readings.
    """

    def __init__(
        self, store: ViewStore, clock: Callable[[], float] = time.time, *, every: float = EVERY_SECONDS
    ) -> None:
        self._store = store
        self._clock = clock
        self._reading = threading.Lock()
        self._views: Views | None = None
        self._trouble = "The shared views were not read in time."
        self._rounds = Rounds(self.read, every=every, failed="The shared views could not be read")

    def run(self) -> None:
        """Reads while a client watches, else waits for one, until `stop`."""
        self._rounds.run()

    def stop(self) -> None:
        """Ends `run`, after the reading that is under way."""
        self._rounds.stop()

    def look(self) -> None:
        """A client begins to watch: the readings go on for some time, and the first is waited for.

        ChannelError where none ever succeeded: that there are no views is not known.
        """
        self._rounds.look()
        if self._views is None:
            raise ChannelError(self._trouble)

    def keep_looking(self) -> None:
        """A client still watches."""
        self._rounds.keep_looking()

    def read(self) -> None:
        """Reads once. While the record cannot be used, what was read before stays."""
        with self._reading:  # one after the other, so that what is read last is the newest
            try:
                self._views = Views(views=self._store.all())
            except ChannelError as error:
                self._trouble = str(error)

    def picture(self) -> Views:
        """What was read last."""
        return self._views or Views(views=())

    def save(self, name: str, search: str, by: str | None, *, replace: bool = False) -> SharedView:
        """Keeps a search under a name; with `replace`, in place of what has it.

        ViewInvalid, ViewTaken, ViewsFull, ChannelError.
        """
        view = SharedView(name=_checked(name), search=_searched(search), by=by, changed_at=self._clock())
        match self._store.save(view, replace=replace):
            case "taken":
                raise ViewTaken(f"There is a shared view {view.name!r} already; with replace: true this replaces it.")
            case "full":
                raise ViewsFull(f"There are {VIEWS_LIMIT} shared views, which is the most; remove one first.")
        self.read()
        return view

    def remove(self, name: str) -> None:
        """Removes a view. ViewUnknown, ChannelError."""
        if not self._store.remove(name):
            raise ViewUnknown(f"There is no shared view {name[:NAME_LIMIT]!r}.")
        self.read()


def _checked(name: str) -> str:
    """The name as it is kept. ViewInvalid.

    It also stands in an address, in the title of the window and in notifications, where nothing can isolate it.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(name) <= NAME_LIMIT:
        raise ViewInvalid(f"The name has {len(name):,} characters; a shared view has 1 to {NAME_LIMIT}.")
    for each in name:
        if each in _BLANK or (unicodedata.category(each) in _UNSEEN and each not in _JOINERS):
            raise ViewInvalid(f"The name has the character {_code(each)}; expected characters that can be seen.")
    name = " ".join(name.split())
    if not any(unicodedata.category(each)[0] in "LNPS" for each in name):
        raise ViewInvalid("The name has no character that can be seen by itself; expected one at least.")
    if name in (".", ".."):
        raise ViewInvalid(f"The name is {name!r}, which no address can hold; expected another.")
    if (label := label_of(name)) != name:
        raise ViewInvalid(f"The name would be shown as {label!r}; expected one that is shown as it is.")
    return name


def _searched(search: str) -> str:
    """The search as it is kept. ViewInvalid."""
    search = search.strip()
    if not 1 <= len(search) <= TEXT_LIMIT_CHARACTERS:
        raise ViewInvalid(f"The search has {len(search):,} characters; it takes 1 to {TEXT_LIMIT_CHARACTERS}.")
    for each in search:
        if unicodedata.category(each) in _CONTROLS:
            raise ViewInvalid(f"The search has the control character {_code(each)}; expected text of one line.")
    return search


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"
