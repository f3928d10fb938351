"""What Grafana's dashboard asks Prometheus for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import promql_parser

from tests.deploy.programs import DEPLOY


def dashboard() -> Any:
    """The dashboard, as Grafana imports it."""
    return json.loads((DEPLOY / "grafana" / "phloem.json").read_text())


def expressions() -> list[str]:
    """The expressions of all panels, with a value for each of Grafana's variables."""
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return [expression.replace("$job", "phloem").replace("$__rate_interval", "1m") for expression in found]


def dashboard_metrics() -> set[str]:
    """The metrics that these expressions name. ValueError for what is not PromQL."""
    return {name for expression in expressions() for name in _names(promql_parser.parse(expression))}


def _names(expression: Any) -> Iterator[str]:
    """The metrics of one expression and of its parts."""
    match expression:
        case promql_parser.VectorSelector():
            yield str(expression.name)
        case promql_parser.MatrixSelector():
            yield str(expression.vector_selector.name)
        case promql_parser.BinaryExpr():
            yield from _names(expression.lhs)
            yield from _names(expression.rhs)
        case promql_parser.Call():
            for argument in expression.args:
                yield from _names(argument)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from _names(expression.expr)
