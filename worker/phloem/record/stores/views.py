"""Searches of the list that people saved for all who look at it."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

VIEWS_LIMIT = 200
"""Shared views that are kept. Each web process whose page is open reads all of them every second."""


Saved = Literal["saved", "taken", "full"]
"""What became of a view: it is kept, or not: there is one of its name, or there are VIEWS_LIMIT others."""


class SharedView(msgspec.Struct, frozen=True, kw_only=True):
    """A search that people see under a name."""

    name: str
    """What it is called, which no other shared view is."""
    search: str
    """The text of the search, as the page's field takes it."""
    by: str | None
    """Who saved it, in words, as in "the token nightly"; null where the server asks nobody, or all share a password."""
    changed_at: float
    """When it was saved, in Unix seconds."""


class ViewStore(Protocol):
    """Keeps shared views by their names. Every method raises ChannelError where the record cannot be used."""

    def save(self, view: SharedView, *, replace: bool = False) -> Saved:
        """Keeps a view; with `replace`, in place of another of its name."""

    def remove(self, name: str) -> bool:
        """Removes a view. False if there is none of that name."""

    def all(self) -> tuple[SharedView, ...]:
        """All views that can be read, in the order of their names."""
