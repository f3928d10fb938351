"""The description of the API (OpenAPI 3.1), made from what its calls declare: GET /openapi.json.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from flask import Blueprint, Flask, current_app
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from phloem_server import __version__
from phloem_server.api.calls.resource import resource
from phloem_server.web.body import answer
from phloem_server.web.declared import JSON, Needs, Tells, needed, needs, tells, told
from phloem_server.web.paths import API
from phloem_server.web.problem import ProblemBody

PROBLEM = "application/problem+json"

_SCHEMAS = "#/components/schemas/{name}"
_CONVERTER = re.compile(r"<(?:[^:<>]*:)?([^<>]+)>")

Found = tuple[Rule, str, Needs, Tells]
"""A call: its rule, its method, and what it declares."""


def blueprint() -> Blueprint:
    """The call."""
    calls = resource("openapi")

    @calls.get("/openapi.json")
    @needs("see", scoped=True)
    @tells("This description of the API.", dict[str, Any])
    def description() -> Response:
        return answer(document(current_app))

    return calls


def document(app: Flask) -> dict[str, Any]:
    """The description of all calls of an application."""
    found = list(_calls(app))
    types = {ProblemBody: None}  # a dictionary, as it keeps their order
    for _, _, _, what in found:
        for kind in (what.answer, what.body, *what.query.values()):
            if kind is not None:
                types[kind] = None
    schemas, components = msgspec.json.schema_components(types, ref_template=_SCHEMAS)
    known = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, need, what in found:
        path = _CONVERTER.sub(r"{\1}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _operation(rule, need, what, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Phloem",
            "version": __version__,
            "description": "What Celery workers do, and what can be asked of them. Everything live comes by Socket.IO.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A password or a token."}
            },
        },
        "security": [{"bearer": []}, {}],
    }


def _calls(app: Flask) -> Iterator[Found]:
    """All calls below /api/v1. LookupError for one that does not declare what it needs, takes and answers."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(API):
            continue
        view = app.view_functions[rule.endpoint]
        need, what = needed(view), told(view)
        if need is None or what is None:
            raise LookupError(f"{rule.endpoint} does not declare what it needs, takes and answers")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, need, what


def _operation(rule: Rule, need: Needs, what: Tells, known: Mapping[Any, Any]) -> dict[str, Any]:
    inside = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _CONVERTER.findall(rule.rule)
    ]
    asked = [{"name": name, "in": "query", "schema": known[kind]} for name, kind in what.query.items()]
    content = {what.media: {} if what.answer is None else {"schema": known[what.answer]}}
    told_of = {str(what.status): {"description": what.text, "content": content}}
    if what.status == 204:
        told_of = {"204": {"description": what.text}}
    said: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": what.text,
        "description": f"Needs the right to `{need.action}`.",
        "x-action": need.action,
        "x-scoped": need.scoped,
        "parameters": inside + asked,
        "responses": {
            **told_of,
            "default": {"description": "An error.", "content": {PROBLEM: {"schema": known[ProblemBody]}}},
        },
    }
    if what.body is not None:
        said["requestBody"] = {"required": what.needs_body, "content": {JSON: {"schema": known[what.body]}}}
    if what.form:
        form = {"type": "object", "properties": dict(what.form), "required": list(what.form)}
        said["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    return said
