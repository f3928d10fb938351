"""Whether the chain is whole, and where it is not."""

from __future__ import annotations

import msgspec

from phloem.record.stores.audit import AuditStore, End, Link
from phloem_server.access.audit.chain import AuditKey

BREAKS_LIMIT = 10
"""Breaks that are told, at most."""

NOTHING_SEEN = End()

_PAGE = 500


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    entries: int
    """Entries that were looked at."""
    breaks: tuple[str, ...] = ()
    """Each place where the chain is not whole, in a sentence; the first BREAKS_LIMIT."""
    other_keys: tuple[int, ...] = ()
    """Numbers of entries whose hash was made with another key, and cannot be checked."""


def verify(store: AuditStore, key: AuditKey, seen: End = NOTHING_SEEN) -> Verdict:
    """Reads the whole chain. `seen` is an end that it once had, from elsewhere. ChannelError."""
    removed, end = store.ends()
    walk = _Walk(store, removed, key, seen)
    last = next((link.id for link in store.newest("", 1)), "")
    before = ""
    while before != last and (page := store.following(before, _PAGE)):
        for link in page:
            walk.step(link)
            before = link.id
            if before == last:  # more may be appended meanwhile
                break
    walk.finish(end)
    return Verdict(entries=walk.entries, breaks=tuple(walk.breaks[:BREAKS_LIMIT]), other_keys=tuple(walk.other_keys))


class _Walk:
    """From one entry to the next. `at` is the last that was looked at."""

    def __init__(self, store: AuditStore, removed: End, key: AuditKey, seen: End) -> None:
        self.at = removed
        self._store = store
        self._key = key
        self._seen = seen
        self.entries = 0
        self.breaks: list[str] = []
        self.other_keys: list[int] = []

    def step(self, link: Link) -> None:
        self.entries += 1
        known = True
        if link.number > self.at.number + 1:
            known = self._pass_over_removed(link)
        place = f"Entry {link.number} ({link.id})"
        expected = self.at.number + 1
        if link.number > expected:
            self.breaks.append(f"{_range(expected, link.number - 1)} missing before {link.id}.")
        elif link.number < expected:
            self.breaks.append(f"{place} stands after entry {self.at.number}.")
        elif link.key != self._key.name:
            self.other_keys.append(link.number)
        elif known and link.hash != self._key.hash(self.at.hash, link.number, link.text):
            self.breaks.append(f"{place} or the one before it was changed: its hash does not follow from them.")
        self.at = End(link.number, link.hash)
        if link.number == self._seen.number and link.hash != self._seen.hash:
            self.breaks.append(f"{place} is not the one that was seen there before.")

    def _pass_over_removed(self, link: Link) -> bool:
        """Those before it are no gap where they were removed since the walk began, as others were appended.

        Whether it is known what the hash of this one follows from.
        """
        removed, _ = self._store.ends()
        if removed.number == link.number - 1:
            self.at = removed
        elif removed.number >= link.number:  # so was this one, since it was read
            self.at = End(link.number - 1, "")
            return False
        return True

    def finish(self, end: End) -> None:
        """`end` is where the chain ends by its own account."""
        if self.at.number < end.number:
            self.breaks.append(f"{_range(self.at.number + 1, end.number)} missing at the end.")
        elif self.at.number == end.number and self.at.hash != end.hash:
            self.breaks.append(f"The last entry, {self.at.number}, is not the one that was appended last.")
        if (last := max(self.at.number, end.number)) < self._seen.number:
            self.breaks.append(f"{_range(last + 1, self._seen.number)} missing at the end: this machine saw more.")


def _range(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
