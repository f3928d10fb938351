"""docs/flower.md: its tables, which are the facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tests.beside_flower.compare import AREAS
from tests.beside_flower.fact import Fact
from tests.beside_flower.other_facts import LEFT
from tests.processes import ROOT

PAGE = ROOT / "docs" / "flower.md"

_TABLE = re.compile(r"(<!-- as in tests/beside_flower: ([^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_SHOWN = "Not shown"


def whole(page: str) -> str:
    """The text of the page with all tables as the facts have them. KeyError for a table of nothing."""
    tables = {area: "\n".join(_table(facts)) for area, facts in AREAS.items()} | {_NOT_SHOWN: "\n".join(_left())}
    named = {match[2] for match in _TABLE.finditer(page)}
    assert named == set(tables), f"the page has tables of {sorted(named)}, the facts are of {sorted(tables)}"
    return _TABLE.sub(lambda match: f"{match[1]}\n{tables[match[2]]}\n\n{match[3]}", page)


def _table(facts: Sequence[Fact]) -> Iterator[str]:
    yield "| Flower shows | in the API | on the page | told by |"
    yield "|---|---|---|---|"
    for fact in facts:
        otherwise = f". {fact.otherwise}" if fact.otherwise else ""
        yield f"| {fact.flower} | {fact.api}{otherwise} | {fact.page} | {fact.source} |"


def _left() -> Iterator[str]:
    yield "| Flower shows | why not |"
    yield "|---|---|"
    for left in LEFT:
        yield f"| {left.flower} | {left.why} |"
