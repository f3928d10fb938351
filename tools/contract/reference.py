"""docs/api.md: every HTTP call, as GET /openapi.json describes it."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from flask import Flask

from phloem_server.api import openapi, routes
from phloem_server.settings import Config
from phloem_server.web.middleware import segments

_HEAD = """# The HTTP calls

<!-- Written by bin/contract. -->

Every call, with what it needs, takes and answers. A server tells the same at `GET /api/v1/openapi.json`, for tools
that read OpenAPI 3.1. What the fields mean, and how errors look, is told in [What programs can rely on](contract.md);
who may do what, in [Security](security.md).
"""


def page() -> str:
    """The whole page."""
    described = openapi.document(_app())
    parts = [_HEAD, "## Calls"]
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            parts.append("\n".join(_call(method, path, call)))
    parts.append("## What they take and answer")
    for name, schema in described["components"]["schemas"].items():
        parts.append("\n".join(_schema(name, schema)))
    return "\n\n".join(parts) + "\n"


def _app() -> Flask:
    """An application with all calls, of which none is ever made."""
    app = Flask(__name__, static_folder=None)
    segments.register(app)
    with tempfile.TemporaryDirectory() as folder:
        parts: dict[str, Any] = {name: MagicMock() for name in inspect.signature(routes.blueprints).parameters}
        for blueprint in routes.blueprints(**{**parts, "config": Config(data_dir=Path(folder))}):
            app.register_blueprint(blueprint)
    return app


def _call(method: str, path: str, call: dict[str, Any]) -> Iterator[str]:
    scoped = ", also within a scope" if call["x-scoped"] else ""
    yield f"### `{method.upper()} {path}`\n"
    yield f"{call['summary']} Needs `{call['x-action']}`{scoped}.\n"
    for status, answer in call["responses"].items():
        if status != "default":
            content = next(iter(answer.get("content", {}).items()), None)
            yield f"- answers {status}" + ("" if content is None else f": {_content(*content)}")
    if "requestBody" in call:
        for media, content in call["requestBody"]["content"].items():
            yield f"- takes {_content(media, content)}" + ("" if call["requestBody"]["required"] else ", or nothing")
    asked = [each for each in call["parameters"] if each["in"] == "query"]
    if asked:
        yield "- in the query string: " + ", ".join(f"`{each['name']}`" for each in asked)


def _content(media: str, content: dict[str, Any]) -> str:
    return f"`{media}`" if "schema" not in content else _type(content["schema"])


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {_title(name)}\n"
    if "description" in schema:
        yield " ".join(schema["description"].split("\n\n")[0].split()) + "\n"
    if "properties" not in schema:
        yield _type(schema)
        return
    yield "| field | type |\n|---|---|"
    for field, of in schema["properties"].items():
        mark = "" if field in schema.get("required", ()) else "?"
        yield f"| `{field}{mark}` | {_type(of)} |"


def _type(schema: dict[str, Any]) -> str:
    """A schema in words."""
    if "$ref" in schema:
        name = _title(schema["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.lower().replace(' ', '-')})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type", "anything")
    if "prefixItems" in schema:
        return "[" + ", ".join(_type(each) for each in schema["prefixItems"]) + "]"
    if kind == "array":
        inside = schema.get("items") or None
        return f"list of {_type(inside)}" if inside else "list"
    if kind == "object" and "properties" in schema:
        return "a form with " + ", ".join(f"`{each}`" for each in schema["properties"])
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(kind)


def _title(name: str) -> str:
    """The name of a schema: two of one name are told apart by their modules."""
    return " of ".join(reversed([part.replace("_", " ") for part in name.split(".")[-2:]]))
