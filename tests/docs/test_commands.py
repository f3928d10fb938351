"""A command that stands in a sentence or a table is one that `phloem` takes: blocks alone are run."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from phloem_server.__main__ import celery_command, main
from tests.docs.pages import ALL, prose

_SPAN = re.compile(r"`(phloem [a-z]+|celery -A \S+ phloem)( [^`]*)?`")


def refusal(text: str) -> str | None:
    """Why a command in backticks is not taken; None where it is, or is cut short before an option's value."""
    found = _SPAN.fullmatch(f"`{text}`")
    assert found is not None
    start, rest = found[1], (found[2] or "").split()
    command = celery_command if start.startswith("celery") else main.commands.get(start.split()[1])
    while isinstance(command, click.Group) and rest:
        start = f"{start} {rest[0]}"
        command = command.commands.get(rest.pop(0))
    if command is None:
        return f"there is no {start}"
    if rest and rest[-1].startswith("-"):
        rest.append("VALUE")
    try:
        left = command.make_parser(click.Context(command)).parse_args(rest)[1]
    except click.UsageError as error:
        return error.format_message()
    return f"it takes no {left[0]}" if left not in ([], ["VALUE"]) else None  # which a flag does not take


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_the_commands_in_the_sentences_of_a_page_are_taken(page: Path) -> None:
    spans = ["".join(parts) for parts in _SPAN.findall(prose(page))]
    assert [(span, why) for span in spans if (why := refusal(span)) is not None] == []


def test_a_command_that_is_not_taken_is_noticed() -> None:
    assert refusal("celery -A shop phloem") is None
    assert refusal("phloem watch ID") is None
    assert refusal("phloem serve --app") is None
    assert refusal("celery -A shop phloem serve") == "it takes no serve"
    assert "--colour" in str(refusal("phloem serve --colour red"))
    assert refusal("phloem users remove NAME --yes") is None
    assert "--no" in str(refusal("phloem users remove NAME --no"))
    assert refusal("phloem users rename NAME") == "there is no phloem users rename"
    assert refusal("phloem service") == "there is no phloem service"
