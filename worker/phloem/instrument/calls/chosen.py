"""Texts that the sender of a task chose to be shown instead of its arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

import celery
from celery.utils.saferepr import saferepr

from phloem.instrument.messages.headers import CHOSEN_TEXTS
from phloem.redaction import ROW_LIMIT, clip, scrub

_SHAPE = str.maketrans("", "", "[](){},'\" ")
_ADDRESS = re.compile(r"0x[0-9a-f]+")
_CUT_CHARACTERS = 500  # from which on a text that ends with dots is taken for one that was too long
_CONTAINERS = frozenset({tuple, list, dict})
_SINGLE = frozenset({str, int, float, bool, type(None)})
_FEW = 20  # values whose repr is made only to compare it
_DEPTH = 8  # levels of nesting within which single values are looked for


def chosen_texts(app: celery.Celery, headers: Mapping[str, Any], args: object, kwargs: object) -> dict[str, str]:
    """The texts that the sender chose to show for the arguments (Celery's `argsrepr` and `kwargsrepr`), as headers.

    A chosen text is one that Celery would not have written by itself. A worker has only what arrived, where tuples have
    become lists, and sets and objects have other reprs; if more than such things differs, Celery's own text is taken
    for a chosen one. Producers in other languages write texts of their own: one that leaves nothing out hides nothing.
    """
    found = {}
    for name, value in (("args", args), ("kwargs", kwargs)):
        shown = headers.get(f"{name}repr")
        if shown and value is not None and not _is_repr(shown, value):
            own = _own(app, name, value)
            if not _is_own(str(shown), own) and not (headers.get("lang", "py") != "py" and _tells(str(shown), value)):
                found[CHOSEN_TEXTS[name]] = clip(scrub(str(shown)[: 2 * ROW_LIMIT]), ROW_LIMIT)
    return found


def tells_all(app: celery.Celery, headers: Mapping[str, Any], args: object, kwargs: object) -> bool:
    """Whether the texts that the sender chose leave nothing out that Celery's own would show: they hide nothing."""
    for name, value in (("args", args), ("kwargs", kwargs)):
        if CHOSEN_TEXTS[name] in headers:
            shown = str(headers.get(f"{name}repr") or headers[CHOSEN_TEXTS[name]])
            # Another process may have filled as much room with fewer values, whose types were lost on the way.
            is_cut = shown.rstrip("]}) ").endswith("...") and len(shown) > _CUT_CHARACTERS
            own = _own(app, name, value, len(shown) // 2 if is_cut else None)
            if not _tells(shown, value, own.replace("\\", "").casefold()):
                return False
    return True


def _is_repr(shown: object, value: Any) -> bool:
    """Whether a text is the repr of a few single values, so that it leaves nothing out. Most are, and Celery takes many
    times as long to write its own.
    """
    kind = type(value)
    if kind not in _CONTAINERS or len(value) > _FEW or type(shown) is not str or len(shown) > _CUT_CHARACTERS:
        return False
    parts = (*value, *value.values()) if kind is dict else value
    for each in parts:
        if type(each) not in _SINGLE:
            return False
    return shown == repr(value) or (kind is list and shown == repr(tuple(value)))


def _own(app: celery.Celery, name: str, value: object, most: int | None = None) -> str:
    """What Celery would write of arguments."""
    most = most or getattr(app.amqp, f"{name}repr_maxsize")
    return str(saferepr(value, most, maxlevels=getattr(app.conf, "task_repr_maxlevels", 3)))


def _is_own(shown: str, own: str) -> bool:
    """Whether a text is Celery's own, made of the same values in another process."""
    one, other = shown.translate(_SHAPE), own.translate(_SHAPE)
    return one == other or sorted(_ADDRESS.sub("", one)) == sorted(_ADDRESS.sub("", other))


def _tells(shown: str, value: object, own: str | None = None) -> bool:
    """Whether a text has every single value that there is, in the spelling of whatever language.

    With Celery's `own` text, of those that it has.
    """
    text = shown.replace("\\", "").casefold()
    return all(
        any(spelling in text for spelling in spellings)
        for spellings in map(_spellings, _leaves(value, _DEPTH))
        if own is None or any(spelling in own for spelling in spellings)
    )


def _spellings(leaf: object) -> tuple[str, ...]:
    if leaf is None:
        return "none", "null", "nil", "undefined"
    if isinstance(leaf, datetime | time):
        leaf = repr(leaf.replace(tzinfo=None, fold=0))[:-1]  # zones are lost on the way, and which of two hours it is
    plain = str(leaf).replace("\\", "").casefold()
    escaped = (json.dumps(str(leaf))[1:-1], repr(str(leaf))[1:-1], repr(leaf))
    return plain, *(each.replace("\\", "").casefold() for each in escaped)


def _leaves(value: object, depth: int) -> Iterator[object]:
    if isinstance(value, Mapping) and depth:
        for name, each in value.items():
            yield name
            yield from _leaves(each, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset) and depth:
        for each in value:
            yield from _leaves(each, depth - 1)
    else:
        yield value
