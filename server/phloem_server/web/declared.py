"""What a call needs that its client may do: declared where the call is, and looked up before it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeVar, get_args

Action = Literal[
    "see",
    "launch",
    "revoke",
    "retry",
    "run",
    "share",
    "workers",
    "queues",
    "users",
    "tokens",
    "sessions",
    "audit",
    "alerts",
]
"""Everything that a client can be allowed to do.

`see` tasks and all that is shown of them; `launch` tasks, with files for them; `revoke` them; `retry` them; `run` an
entry of the schedule; `share` what can be seen, by tokens. `workers`, `queues`, `users`, `tokens`, `sessions`, `audit`
and `alerts`: whatever changes those, and reading what is secret of them.
"""

ACTIONS: tuple[Action, ...] = get_args(Action)

V = TypeVar("V", bound=Callable[..., Any])


class Needs(NamedTuple):
    """What a call needs."""

    action: Action
    scoped: bool = False
    """Whether it answers clients with a scope as well, and shows them what is within it alone."""


def needs(action: Action, *, scoped: bool = False) -> Callable[[V], V]:
    """Declares what a call needs. One that declares nothing is refused to everybody."""

    def declare(view: V) -> V:
        view.phloem_needs = Needs(action, scoped)  # type: ignore[attr-defined]
        return view

    return declare


def needed(view: object) -> Needs | None:
    """What a call needs, as declared."""
    found: Needs | None = getattr(view, "phloem_needs", None)
    return found
