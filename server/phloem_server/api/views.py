"""Shared views: saved and removed. They are read as a board is."""

from __future__ import annotations

import msgspec
from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem.record.stores.views import SharedView
from phloem_server.api.calls.by_whom import who
from phloem_server.api.calls.resource import resource
from phloem_server.boards.views import ViewsBoard
from phloem_server.web.body import answer, required
from phloem_server.web.declared import needs, tells
from phloem_server.web.noted import noted


class NewView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search, to be seen by all under a name."""

    name: str
    search: str
    replace: bool = False
    """Whether it takes the place of what is shared under that name."""


class ViewRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """The view that was removed."""

    name: str


def blueprint(views: ViewsBoard) -> Blueprint:
    """The calls."""
    calls = resource("views")

    @calls.post("/views")
    @needs("views")
    @tells("Shares a search under a name.", SharedView, status=201, body=NewView)
    def save() -> Response:
        new = required(NewView)
        noted(request.environ).target = new.name[:200]
        return answer(views.save(new.name, new.search, who(), replace=new.replace), 201)

    @calls.delete("/views/<name:name>")
    @needs("views")
    @tells("Removes a shared view.", ViewRemoved)
    def remove(name: str) -> Response:
        views.remove(name)
        return answer(ViewRemoved(name=name))

    return calls
