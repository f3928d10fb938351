"""A colour that several places show alike has one value, that of the page's tokens."""

from __future__ import annotations

import re

import pytest

from tests.processes import ROOT

Colours = dict[str, tuple[str, str]]

TOKENS = ROOT / "frontend/src/styles/tokens.css"
GROUPS = {
    "STARTED": "running",
    "RETRY": "retrying",
    "SUCCESS": "done",
    "FAILURE": "failed",
    "REVOKED": "revoked",
    "LOST": "lost",
}
"""The token of each state that the embedded bar has a colour of its own for."""

SIGN_IN = {
    "ground": "ground",
    "ink": "ink",
    "soft": "soft",
    "accent": "accent",
    "on-accent": "on-accent",
    "wrong": "failed",
}
"""The token of each colour of the pages that the server draws, but for the ground and the line of a field."""


def light_dark(text: str) -> Colours:
    """Colours for paper and for night, by name."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    return {name: (light, dark) for name, light, dark in found}


@pytest.fixture(scope="module")
def tokens() -> Colours:
    return light_dark(TOKENS.read_text())


def test_the_bar_shows_states_as_the_page_does(tokens: Colours) -> None:
    style = (ROOT / "frontend/src/element/style.ts").read_text()
    for state, token in GROUPS.items():
        (shown,) = re.findall(rf'data-state="{state}"[^{{]*\{{ (--state: light-dark[^}}]*)\}}', style)
        assert light_dark(shown)["state"] == tokens[token], state
    (waiting,) = re.findall(r"^ +(--state: light-dark.*);$", style, re.MULTILINE)
    assert light_dark(waiting)["state"] == tokens["waiting"]


def test_pages_that_the_server_draws_have_the_colours_of_the_page(tokens: Colours) -> None:
    style = (ROOT / "server/phloem_server/web/html.py").read_text()
    light, dark = re.findall(r":root\{(?:color-scheme:[\w ]+;)?([^}]+)\}", style)
    for name, token in SIGN_IN.items():
        for written, colour in zip((light, dark), tokens[token], strict=True):
            assert dict(re.findall(r"--([\w-]+):(#\w+)", written))[name] == colour, name


@pytest.mark.parametrize(("name", "token"), [("default-bg", "ground"), ("typeset-a", "accent")])
def test_the_documentation_has_the_colours_of_the_page(tokens: Colours, name: str, token: str) -> None:
    style = (ROOT / "docs/site.css").read_text()
    assert tuple(re.findall(rf"--md-{name}-color: (#\w{{6}});", style)) == tokens[token]
