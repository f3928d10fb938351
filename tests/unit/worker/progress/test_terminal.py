"""Printed text as a terminal would show it."""

from __future__ import annotations

import io

import pytest
from tqdm import tqdm

from phloem.progress.terminal import ROWS_HELD, SETTLE_SECONDS, Terminal

UP, ERASE = "\x1b[A", "\x1b[2K"


def shown(*printed: str) -> list[str]:
    """The lines of all that is printed, at its end."""
    terminal = Terminal()
    final = [line for text in printed for line in terminal.write(text, 1.0)]
    return [text for text, _ in (*final, *terminal.end())]


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        ("one\ntwo\n", ["one", "two"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("no end", ["no end"]),
        ("\n \n", []),
        ("\r 10%\r 50%\r100%\n", ["100%"]),
        ("\r100%\r    \rdone\n", ["done"]),
        ("\r100%\r    \r", []),
        ("10%\b\b\b20%\b\b\b30%\n", ["30%"]),
        (f"\rfirst\nsecond\n{UP}{ERASE}\rthird\n", ["first", "third"]),
        (f"\ra: 0%\n\rb: 0%{UP}\ra: 9%\n\rb: 9%{UP}", ["a: 9%", "b: 9%"]),
        (f"{UP}a\nb\n\x1b[2F\x1b[Kc\n\x1b[Kd\n", ["c", "d"]),
        (f"kept\n\rbar 1%\nbelow{UP}\r\x1b[J\x1b[Kbar 2%", ["kept", "bar 2%"]),
        ("\x1b[32mgreen\x1b[0m and \x1b[1;38;5;9mbold\x1b[m\n", ["green and bold"]),
        ("\x1b]0;a title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", ["textlink"]),
        ("\x1b[?25lhidden cursor\x1b[?25h\n", ["hidden cursor"]),
        ("\x1b[1G10%\x1b[G20%\x1b[999D30%\n", ["30%"]),
        ("10 of 10\x1b[2D12\n", ["10 of 12"]),
        ("one two\x1b[4Gthree\n", ["onethree"]),
        ("\x9b31mred\x9b0m\x85, \x1bPq#0\x1b\\done\n", ["red, done"]),
        ("bell\x07 and tab\tstay\n", ["bell and tab\tstay"]),
        (f"{UP}{UP}{UP}above all\n", ["above all"]),
    ],
)
def test_what_is_drawn_again_is_one_line_and_control_sequences_are_none(printed: str, lines: list[str]) -> None:
    assert shown(printed) == lines
    assert shown(*printed) == lines, "whatever pieces it comes in"


def test_a_plain_line_is_final_at_its_end() -> None:
    terminal = Terminal()
    assert terminal.write("one\ntwo", 1.0) == [("one", 1.0)]
    assert terminal.write(" more\n", 2.0) == [("two more", 2.0)]


def test_a_bar_is_final_once_the_cursor_stayed_below_it_for_a_while() -> None:
    terminal = Terminal()
    assert terminal.write("\r100%\n", 1.0) == []
    assert terminal.settle(1.0) == []
    assert terminal.settle(1.0 + SETTLE_SECONDS) == [("100%", 1.0)]


def test_bars_of_several_positions_are_a_line_each_at_any_time() -> None:
    terminal, printed = Terminal(), io.StringIO()
    bars = [tqdm(total=3, desc=f"part {i}", position=i, file=printed, mininterval=0, ascii=True) for i in range(3)]
    for _ in range(3):
        for bar in bars:
            bar.update()
    for bar in bars:
        bar.close()
    final = [*terminal.write(printed.getvalue(), 1.0), *terminal.end()]
    assert [text.partition("|")[0] for text, _ in final] == ["part 0: 100%", "part 1: 100%", "part 2: 100%"]


def test_bars_within_a_bar_leave_the_outer_one() -> None:
    terminal, printed = Terminal(), io.StringIO()
    for _ in tqdm(range(3), desc="Files", file=printed, mininterval=0):
        for _ in tqdm(range(2), desc="Rows", file=printed, mininterval=0, leave=False):
            pass
    final = [*terminal.write(printed.getvalue(), 1.0), *terminal.end()]
    assert [text.partition("|")[0] for text, _ in final] == ["Files: 100%"]


def test_few_lines_are_held_however_many_are_drawn() -> None:
    terminal = Terminal()
    terminal.write(UP, 1.0)
    final = [line for number in range(1000) for line in terminal.write(f"{number}\n", 1.0)]
    assert [text for text, _ in final] == [str(number) for number in range(1000 - ROWS_HELD + 1)]


def test_a_sequence_that_never_ends_holds_nothing_back() -> None:
    assert shown("\x1b]0;" + "x" * 5000 + "\n")[0].endswith("x" * 100)
