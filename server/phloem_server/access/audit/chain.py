"""The chain of entries in the record.

The hash of an entry is HMAC-SHA256 over the hash of the entry before it, its number, and its text, with the audit's
key. That key is made from PHLOEM_SECRET_KEY where there is one, else from a key that the record keeps: then whoever may
read the record could make hashes as well.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Self

import msgspec

from phloem.record.record import Channel, ChannelError
from phloem.record.stores.audit import AuditStore, End, Keep, Link
from phloem.record.stores.keys import Keys
from phloem_server.access.audit.entry import Entry, KeptEntry, bounded, encoded, of_the_audit
from phloem_server.access.audit.last_seen import LastSeen, path_of
from phloem_server.settings import Config

KEY_NAME = "audit"
"""Name of the namespace's key that hashes are made with, unless PHLOEM_SECRET_KEY is set."""

SECONDS_OF_A_DAY = 86400

TURNS = 50
"""Times that the end of the chain may have moved, as other processes append, before appending is put off."""

_PURPOSE = b"phloem audit\0"  # the same secret signs other things
_KEY_NAME_CHARACTERS = 8
_PAGE = 200
_PAGES = 25

_entry = msgspec.json.Decoder(Entry)


class AuditKey:
    """What hashes are made with."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), _PURPOSE, "sha256")
        self.name = hashlib.sha256(self._key).hexdigest()[:_KEY_NAME_CHARACTERS]
        """Tells it from other keys, and nothing of it."""

    def hash(self, before: str, number: int, text: str) -> str:
        """The hash of an entry, in hexadecimal; `before` is that of the entry before it."""
        return hmac.digest(self._key, f"{before}\n{number}\n{text}".encode(errors="replace"), "sha256").hex()


class Chain:
    """The chain, as one process reads it and appends to it."""

    def __init__(
        self,
        store: AuditStore,
        keys: Keys,
        *,
        secret: str,
        days: int,
        most: int,
        last_seen: LastSeen,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`secret` is PHLOEM_SECRET_KEY; `days` and `most` say what is kept; `clock` gives Unix seconds."""
        self.store = store
        self._keys = keys
        self._secret = secret
        self._days, self._most = days, most
        self._last_seen = last_seen
        self._clock = clock
        self._end = last_seen.end

    @classmethod
    def of(cls, config: Config, channel: Channel, clock: Callable[[], float] = time.time) -> Self:
        """The chain of a namespace, with the settings of a process."""
        return cls(
            channel.audit,
            channel.keys,
            secret=config.secret_key,
            days=config.audit.days,
            most=config.audit.entries,
            last_seen=LastSeen(path_of(config.data_dir, config.namespace)),
            clock=clock,
        )

    @property
    def key(self) -> AuditKey:
        """What hashes are made with. ChannelError."""
        return AuditKey(self._secret or self._keys.get(KEY_NAME))

    def append(self, entries: Sequence[Entry]) -> None:
        """Appends entries, all or none. ChannelError.

        Where the chain does not hold any more what was its end, an entry before them says so.
        """
        key, texts = self.key, [encoded(bounded(entry)) for entry in entries]
        after, lost = self._end, ""
        for turn in range(TURNS):
            links = _linked(after, [lost, *texts] if lost else texts, key)
            end = self.store.append(after, links, Keep(self._clock() - self._days * SECONDS_OF_A_DAY, self._most))
            expected = End(links[-1].number, links[-1].hash) if links else after
            if end == expected:
                self._end = end
                self._last_seen.keep(end)
                return
            # Looked for once: who looked every time would always come too late where another appends without a pause.
            is_new = turn == 0 or end.number <= after.number  # while others append, it only grows
            if is_new and not lost and not self._holds(self._end):
                lost = encoded(self._loss(self._end))
            after = end
        raise ChannelError("Other processes append to the audit all the time")

    def newest(self, before: str, limit: int) -> tuple[KeptEntry, ...]:
        """Up to `limit` entries before the one of that id, newest first. ChannelError."""
        return tuple(map(kept, self.store.newest(before, limit)))

    def following(self, after: str, limit: int) -> tuple[KeptEntry, ...]:
        """Up to `limit` entries after the one of that id, oldest first. ChannelError."""
        return tuple(map(kept, self.store.following(after, limit)))

    def _holds(self, end: End) -> bool:
        """Whether an entry that was the last is still there, or was removed as others were before it. True where that
        is too far back to be looked for.
        """
        if end.number <= self.store.ends()[0].number:
            return True
        before = ""
        for _ in range(_PAGES):
            page = self.store.newest(before, _PAGE)
            for link in page:
                if link.number <= end.number:
                    return End(link.number, link.hash) == end
            if not page:  # what was not removed before may have been since, as others appended
                return end.number <= self.store.ends()[0].number
            before = page[-1].id
        return True

    def _loss(self, end: End) -> Entry:
        said = f"Entries up to number {end.number} (hash {end.hash}) were there before, and are not any more."
        return of_the_audit(self._clock(), said)


def kept(link: Link) -> KeptEntry:
    """A link as the entry that it holds; what somebody else wrote is an entry that says so."""
    try:
        said = msgspec.structs.asdict(_entry.decode(link.text))
    except (msgspec.DecodeError, UnicodeEncodeError):
        said = {
            "at": int(link.id.partition("-")[0]) / 1000,
            "kind": "system",
            "means": "server",
            "action": "audit",
            "outcome": "failed",
            "detail": "What stands here is no entry of the audit.",
        }
    return KeptEntry(**said, id=link.id, number=link.number, hash=link.hash)


def _linked(after: End, texts: Sequence[str], key: AuditKey) -> list[Link]:
    links = []
    for text in texts:
        number = after.number + 1
        after = End(number, key.hash(after.hash, number, text))
        links.append(Link(number=number, text=text, hash=after.hash, key=key.name))
    return links
