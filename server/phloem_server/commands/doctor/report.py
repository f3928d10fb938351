"""What the doctor prints: a line for each check, and below it what is wrong, what shows it, and what to do."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence

import msgspec

from phloem.redaction import scrub
from phloem_server.commands.doctor.examination import Result, Verdict
from phloem_server.commands.output import tell

WIDTH = 100
_MARKS = {Verdict.OK: "ok", Verdict.WRONG: "WRONG", Verdict.SKIPPED: "-"}


def as_text(results: Iterable[Result]) -> bool:
    """Prints each result as soon as it is there. Whether anything is wrong."""
    counts = dict.fromkeys(Verdict, 0)
    for result in results:
        counts[result.verdict] += 1
        tell(f"{_MARKS[result.verdict]:<6}{result.name:<20}{_rest(result)}".rstrip())
        for trouble in result.troubles:
            for label, words in (("", trouble.what), ("seen: ", trouble.evidence), ("do:   ", trouble.cure)):
                _paragraph(label, scrub(words))
    tell(f"{counts[Verdict.WRONG]} wrong, {counts[Verdict.OK]} ok, {counts[Verdict.SKIPPED]} not looked at")
    return counts[Verdict.WRONG] > 0


def as_json(results: Sequence[Result]) -> bool:
    """Prints all results as one JSON object. Whether anything is wrong."""
    wrong = any(result.verdict is Verdict.WRONG for result in results)
    tell(scrub(json.dumps({"ok": not wrong, "checks": msgspec.to_builtins(results)}, ensure_ascii=False)))
    return wrong


def _rest(result: Result) -> str:
    return scrub(result.reason or "") if result.verdict is Verdict.SKIPPED else result.question


def _paragraph(label: str, words: str) -> None:
    indent = " " * 6
    tell(textwrap.fill(words, WIDTH, initial_indent=indent + label, subsequent_indent=indent + " " * len(label)))
