"""Sentences of Phloem's own, which are shown with what they quote redacted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import phloem
import phloem_server
from phloem.redaction import scrub

QUOTED = "x1"
"""Stands for what a sentence quotes."""

EXAMPLES = ("user:password@",)
"""In texts that show how a secret is given."""


def sentences(source: str) -> Iterator[str]:
    """Texts of several words in a module, without its docstrings."""
    tree = ast.parse(source)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
    for node in ast.walk(tree):
        if node in skipped or not isinstance(node, (ast.Constant, ast.JoinedStr)):
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else QUOTED for part in parts)
        if " " in text:
            yield text


def redacted(source: str) -> list[str]:
    """Those in which something is taken for a secret."""
    return [text for text in sentences(source) if scrub(text) != text and not any(each in text for each in EXAMPLES)]


def test_none_is_taken_for_a_secret() -> None:
    files = [file for package in (phloem, phloem_server) for file in Path(str(package.__file__)).parent.rglob("*.py")]
    assert len(files) > 100
    assert {str(file): found for file in files if (found := redacted(file.read_text()))} == {}


def test_one_that_looks_like_a_secret_is_found() -> None:
    assert redacted('raise Error(f"{url} asks for a password: give one")')
    assert not redacted('raise Error(f"{url} asks for a password, which PHLOEM_PASSWORD gives")')
