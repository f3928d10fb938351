"""What the files in deploy/ may use: the variables that are described, and the commands that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from celery.bin.celery import celery
from prometheus_client.parser import text_string_to_metric_families

from phloem_server.__main__ import main
from tests.processes import ROOT

DEPLOY = ROOT / "deploy"

OF_PYTHON = {"PYTHONUNBUFFERED"}
FOR_OTHERS = {"VALKEY_PASSWORD"}
"""Variables of a container of ours that another value is made with."""


def documents(name: str) -> list[Any]:
    """The YAML documents of a file in deploy/."""
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


@cache
def variables() -> frozenset[str]:
    """The variables that docs/settings.md describes."""
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    return frozenset(name for row in rows for name in re.findall(r"`([A-Z_]+)`", row))


def unknown(names: Iterable[str]) -> set[str]:
    """Those variables that nothing reads."""
    return set(names) - variables() - OF_PYTHON - FOR_OTHERS


def check_command(words: Sequence[str]) -> None:
    """AssertionError unless `phloem` or `celery` has that command, with those options."""
    program, *arguments = words
    group = {"phloem": main, "celery": celery}[Path(program).name]
    if group is celery:
        assert arguments[:2] == ["-A", "phloem.jobs.app"], words
        arguments = arguments[2:]
    name, *options = arguments
    command = group.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in options if word.startswith("-")} <= known, words


def metrics(text: str) -> set[str]:
    """The names of all samples that Prometheus can find in an answer of /metrics."""
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    families = text_string_to_metric_families(text)
    return {family.name + ending for family in families for ending in endings[family.type]}


def interpolated(text: str) -> set[str]:
    """The variables that Compose puts into a file."""
    return set(re.findall(r"\$\{([A-Z_]+)", text))
