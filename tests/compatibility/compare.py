"""Tells recorded answers from those of today. What may differ are a `code` in a refusal, and what was ADDED since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

ADDED: tuple[str, ...] = (
    "known_by",
    "label",
    "exchange",
    "routing_key",
    "origin",
    "runtime",
    "priority",
    "replaced_by",
    "effect",
    "retried_at",
    "tries",
    "earlier_tries",
    "trouble",
    "answers",
    "namesakes",
    "lost",
    "lost_count",
    "stale_since",
    "totals",
    "load",
    "software",
    "owner",
    "launched_by",
    "release",
    "retried_as",
    "revoked_at",
    "releases",
    "known_at",
)
"""Members that answers have had since the recording: plain values, and lists and objects without others in them.

Clients of the first protocol ignore them. The recorded answers stay as they are.
"""

ADDED_TO = {
    "registry": ("queue", "workers", "notice"),
    "queues": (
        "by_priority",
        "unacknowledged",
        "consumer_count",
        "kind",
        "incoming",
        "outgoing",
        "memory",
        "idle_since",
        "broker",
        "held_back",
        "unknown",
        "came",
        "left",
        "recorded",
    ),
}
"""Members that answers have had since then to requests with that word. What HEAD says of their length differs."""

ADDED_HEADERS = re.compile(
    r"^Vary: Accept-Encoding\n|^RateLimit-(?:Limit|Remaining|Reset): \d+\n|"
    r"(?<=: Location, Retry-After), RateLimit-Limit, RateLimit-Remaining, "
    r"RateLimit-Reset$",
    re.MULTILINE | re.IGNORECASE,
)
"""Headers that answers have had since then."""

RELAXED: tuple[str, ...] = (
    '["watch",{"task":""}]',
    f'["watch",{{"task":"{"x" * 55}',
    "GET /api/v1/tasks/%C3%A4%0A",
    '["watch",{"view":{"state":["FAILURE","REVOKED"],"name":"shop.*","not":{"q":"nobody"',
)
"""How requests begin that were refused because of an id which is taken since, a long one or one with line ends, and
one that searches for a word, which is looked for in errors and messages since.
"""

REWORDED = ("POST /api/v1/tasks/seed-private/retry",)
"""Requests that are refused as they were, with a reason that says more: `detail` is for people."""

FIELDS = re.compile(
    r"(?<=worker, )owner, release, label, |(?<=retry_of, )args, error, (?:since, until, ran, waited, tries, )?"
    r"|(?<=schedule, now), views"
)
"""What may be asked for since then, in refusals that list all of it."""

HEADING = "### "
_REFUSAL = re.compile(r'43\d+\[\{"ok":false,')
_PROBLEM = re.compile(r'\{"type":"about:blank","title":"')
_DETAIL = re.compile(r'(?<="detail":")(?:[^"\\]|\\.)*(?=")')
_CODE = re.compile(r',"code":"(?:[^"\\]|\\.)*"|(?<=\{)"code":"(?:[^"\\]|\\.)*",')
_TEXT = r'"(?:[^"\\]|\\.)*"'
_VALUE = rf'(?:{_TEXT}|<[a-z ]+>|[a-z0-9.+-]+|\[(?:[^\]\["]|{_TEXT})*\]|\{{(?:[^{{}}"]|{_TEXT})*\}})'
_STEP_NAME = re.compile(rf'(?<=\{{"key":"[0-9]"),"name":{_TEXT}(?=,"description":)')
_STEP_TIMES = re.compile(rf',"started_at":{_VALUE},"finished_at":{_VALUE}(?=\}})')
_LINE_PLACE = re.compile(r',"step":"[0-9.]+"(?:,"run":"[^"]*")?(?=\})')
_WAITING = re.compile(r',"waiting_by_queue":\{"queues":\[[^\]]*\],"levels":\[(?:\[[^\]]*\],?)*\],"others":\w+\}')
_LENGTH = re.compile(r"(?<=Content-Length: )\d+")
_AROUND = 60


def write(path: Path, answers: dict[str, str]) -> None:
    """Keeps what was answered."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{HEADING}{name}\n{text}\n\n" for name, text in answers.items()))


def read(path: Path) -> dict[str, str]:
    """What was kept."""
    sections = path.read_text().split(f"\n{HEADING}")
    named = (section.removeprefix(HEADING).partition("\n") for section in sections)
    return {name: text.rstrip("\n") for name, _, text in named}


def differences(recorded: dict[str, str], today: dict[str, str]) -> list[str]:
    """Where what is answered today is not what was recorded, each in a few lines; nothing if all is the same."""
    found = [f"{name}: was not asked today" for name in recorded if name not in today]
    found += [f"{name}: is not recorded" for name in today if name not in recorded]
    for name in recorded:
        if name in today and not name.startswith(RELAXED):
            before, now = recorded[name], ADDED_HEADERS.sub("", today[name].rstrip("\n"))
            if name in REWORDED:
                before, now = _DETAIL.sub("", before), _DETAIL.sub("", now)
            added = [member for word, members in ADDED_TO.items() if word in name for member in members]
            if added and name.startswith("HEAD "):
                before, now = _LENGTH.sub("", before), _LENGTH.sub("", now)
            found += [f"{name}\n{difference}" for difference in _lines(before, now, (*ADDED, *added))]
    return found


def same(recorded: str, today: str, added: Iterable[str] = ADDED) -> bool:
    """Whether a line of today is the recorded one, with no more than members of `added`, or a `code` in a refusal."""
    if recorded == today:
        return True
    member = re.compile(rf',"(?:{"|".join(map(re.escape, added))})":{_VALUE}')
    for since in (FIELDS, _STEP_NAME, _STEP_TIMES, _LINE_PLACE, _WAITING):
        today = since.sub("", today)
    recorded, today = member.sub("", recorded), member.sub("", today)
    if recorded == today:
        return True
    if not (_REFUSAL.match(recorded) or _PROBLEM.match(recorded)) or _CODE.search(recorded):
        return False
    return any(today[: code.start()] + today[code.end() :] == recorded for code in _CODE.finditer(today))


def _lines(recorded: str, today: str, added: Iterable[str]) -> Iterator[str]:
    for before, now in zip_longest(recorded.split("\n"), today.split("\n"), fillvalue="(nothing)"):
        if not same(before, now, added):
            place = next((i for i, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]), 0)
            place = place or min(len(before), len(now))
            begin, end = max(0, place - _AROUND), place + _AROUND
            yield f"  recorded: {before[begin:end]}\n  today:    {now[begin:end]}"
            return  # what follows is often the same once more
