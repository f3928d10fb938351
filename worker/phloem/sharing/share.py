"""`share`: a token for one task, signed with the key of the namespace."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Sequence
from typing import cast, get_args

from phloem.record.redis_record import RedisChannel
from phloem.record.stores.keys import Keys
from phloem.settings import RecordSettings
from phloem.sharing.token import KEY_NAME, Action, Share, sign

ID_LIMIT_CHARACTERS = 1000
"""Longest id that fits into a token: tokens stand in addresses."""

EXPIRES_SECONDS = 3600.0
"""For which a token is valid unless it is said otherwise."""


def share(task_id: str, actions: Sequence[str] = ("see",), expires: float = EXPIRES_SECONDS) -> str:
    """A token that lets whoever has it see this one task, for so many seconds: `<task-progress token="…">`.

    Call it where your application decides that this visitor may see the task, and write the token into the page. It
    is signed with a key that the record keeps, so each call asks Redis once; PHLOEM_REDIS_URL (or REDIS_URL) and
    PHLOEM_NAMESPACE have to be those of the web process. The task may not have been sent yet. `actions` can be "see"
    alone.

    ValueError for what no token can say; ChannelError where Redis does not answer.
    """
    return _sign(_keys(RecordSettings.of_record()), task_id, actions, expires, time.time())


def _sign(keys: Keys, task_id: str, actions: Sequence[str], expires: float, now: float) -> str:
    if not 0 < len(task_id) <= ID_LIMIT_CHARACTERS:
        raise ValueError(f"task_id is {len(task_id)} characters long; expected 1 to {ID_LIMIT_CHARACTERS}")
    known = get_args(Action)
    if isinstance(actions, str) or not actions or not set(actions) <= set(known):
        raise ValueError(f"actions is {actions!r}; expected a tuple of {', '.join(known)}")
    if not 0 < expires < math.inf:
        raise ValueError(f"expires is {expires!r}; expected seconds from now")
    said = Share(task=task_id, actions=cast("tuple[Action, ...]", tuple(actions)), exp=now + expires)
    return sign(said, keys.get(KEY_NAME))


@functools.lru_cache(maxsize=8)
def _keys(settings: RecordSettings) -> Keys:
    """The keys of a namespace, over connections that are made once."""
    return RedisChannel(settings).keys
