"""`share`: a token for certain tasks, signed with the key of the namespace."""

from __future__ import annotations

import functools
import time
from collections.abc import Collection
from typing import cast

from phloem.record.redis_record import RedisChannel
from phloem.record.stores.keys import Keys
from phloem.settings import RecordSettings
from phloem.sharing.token import KEY_NAME, LONGEST_SECONDS, Action, Share, new_id, sign

EXPIRES_SECONDS = 3600.0
"""For which a token is valid unless it is said otherwise."""


def share(
    task_id: str | None = None,
    actions: Collection[str] = ("see",),
    expires: float = EXPIRES_SECONDS,
    *,
    root: str | None = None,
    owner: str | None = None,
    origin: str | None = None,
) -> str:
    """A token that lets whoever has it see certain tasks, for so many seconds, up to 366 days of them:
    `<task-progress token="…">`.

    Those are one task by its id, all tasks of the workflow that the task `root` began, or all tasks of an `owner`: one
    of the three is given. They may not have been sent yet. `actions` are "see", "revoke" and "retry". With `origin`,
    such as "https://shop.example", the token counts for pages of that origin alone, and those may connect whether or
    not PHLOEM_ORIGINS names them.

    Call it where your application decides that this visitor may see the tasks, and write the token into the page. It
    is signed with a key that the record keeps, so each call asks Redis once; PHLOEM_REDIS_URL (or REDIS_URL) and
    PHLOEM_NAMESPACE have to be those of the web process.

    ValueError for what no token can say; ChannelError where Redis does not answer.
    """
    given = {"task_id": task_id, "root": root, "owner": owner}
    named = [name for name, each in given.items() if each is not None]
    if len(named) != 1:
        raise ValueError(f"{' and '.join(named) or 'nothing'} is given; expected one of task_id, root and owner")
    if isinstance(actions, str) or not isinstance(actions, Collection):
        raise ValueError(f"actions is {actions!r}; expected a tuple, such as ('see',)")  # noqa: TRY004  # as said
    said = Share(
        id=new_id(),
        task=task_id,
        root=root,
        owner=owner,
        actions=cast("tuple[Action, ...]", tuple(actions)),
        origin=origin,
        exp=time.time() + _seconds(expires),
    )
    return sign(said, _keys(RecordSettings.of_record()).get(KEY_NAME))


def _seconds(expires: object) -> float:
    if isinstance(expires, (int, float)) and 0 < expires <= LONGEST_SECONDS:
        return expires
    raise ValueError(f"expires is {expires!r}; expected seconds from now, up to {LONGEST_SECONDS:.0f} (366 days)")


@functools.lru_cache(maxsize=8)
def _keys(settings: RecordSettings) -> Keys:
    """The keys of a namespace, over connections that are made once."""
    return RedisChannel(settings).keys
