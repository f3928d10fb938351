"""What a call needs that its client may do, and what it takes and answers: declared where the call is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar, get_args

Action = Literal[
    "see",
    "launch",
    "revoke",
    "retry",
    "run",
    "share",
    "views",
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
entry of the schedule; `share` what can be seen, by tokens; save and remove `views` that all see. `workers`, `queues`,
`users`, `tokens`, `sessions`, `audit` and `alerts`: whatever changes those, and reading what is secret of them.
"""

JSON = "application/json"

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


class Tells(NamedTuple):
    """What a call takes and answers, for the description of the API."""

    text: str
    """One sentence: what it is for."""

    answer: Any = None
    """The type of the JSON that it answers; None where it answers something else."""

    status: int = 200
    """The status of that answer."""

    body: Any = None
    """The type of the JSON that it takes; None where it takes none."""

    needs_body: bool = True
    """Whether it cannot do without that."""

    query: Mapping[str, Any] = MappingProxyType({})
    """The types of what its query string may hold, by name."""

    media: str = JSON
    """The media type of its answer."""

    form: Mapping[str, Any] = MappingProxyType({})
    """The fields of the multipart form that it takes instead of JSON, as schemas of JSON Schema."""


def tells(text: str, answer: Any = None, **more: Any) -> Callable[[V], V]:
    """Declares what a call takes and answers; see `Tells`."""

    def declare(view: V) -> V:
        view.phloem_tells = Tells(text, answer, **more)  # type: ignore[attr-defined]
        return view

    return declare


def told(view: object) -> Tells | None:
    """What a call takes and answers, as declared."""
    found: Tells | None = getattr(view, "phloem_tells", None)
    return found


def needed(view: object) -> Needs | None:
    """What a call needs, as declared."""
    found: Needs | None = getattr(view, "phloem_needs", None)
    return found
