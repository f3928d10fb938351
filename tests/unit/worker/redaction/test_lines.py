"""What a run logs is shown without its secrets."""

from __future__ import annotations

from phloem.model.task import Line
from phloem.redaction import REDACTED, Veil

KEY = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMHcCAQEEIA==\nab/+c\n-----END EC PRIVATE KEY-----"


def shown(veil: Veil, *said: str) -> list[str]:
    lines = tuple(Line(at=1, level="info", message=each) for each in said)
    return [line.message for line in veil.lines(lines)]


def test_lines_are_shown_without_their_secrets_and_else_as_they_are() -> None:
    assert shown(Veil(), "step 1 of 3", "token=geheim") == ["step 1 of 3", "token=[redacted]"]
    assert shown(Veil(["swordfish"]), "it is swordfish") == ["it is [redacted]"]
    assert Veil().lines(()) == ()


def test_a_key_that_is_printed_line_by_line_is_hidden_until_its_end() -> None:
    veil = Veil()
    first, second = KEY.split("\n")[:3], KEY.split("\n")[3:]
    assert shown(veil, "the key:", *first) == ["the key:", *[REDACTED] * 3]
    assert shown(veil, *second, "done") == [*[REDACTED] * 3, "done"]


def test_a_key_that_has_no_end_hides_nothing_that_is_no_part_of_it() -> None:
    assert shown(Veil(), "-----BEGIN PRIVATE KEY-----", "MHcC", "It went on.") == [REDACTED, REDACTED, "It went on."]


def test_a_key_in_one_line_ends_there() -> None:
    assert shown(Veil(), f"k={KEY}", "done") == [f"k={REDACTED}", "done"]
