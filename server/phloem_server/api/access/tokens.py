"""Tokens: made, listed and revoked."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem_server.access.tokens.issuer import Issued, Issuer, Order
from phloem_server.access.tokens.mandate import Mandate
from phloem_server.api.calls.answers import TokenRevoked, Tokens
from phloem_server.api.calls.known_tasks import KnownTasks
from phloem_server.api.calls.resource import caller, resource
from phloem_server.web.body import answer, required
from phloem_server.web.declared import needs, tells
from phloem_server.web.noted import noted


def blueprint(*, issuer: Issuer, known: KnownTasks) -> Blueprint:
    """The calls. A bearer of a token makes none: it may not `share`."""
    calls = resource("tokens")

    @calls.post("/tokens")
    @needs("share", scoped=True)
    @tells("Makes a token for some tasks, or for a program. It is told this once.", Issued, status=201, body=Order)
    def make() -> Response:
        order = required(Order)
        for task_id in (order.task, order.root):
            if task_id is not None:
                known.get(task_id)
        issued = Mandate(caller(), issuer).issue(order)
        said = noted(request.environ)
        said.target, said.detail = issued.id, order.name
        return answer(issued, 201)

    @calls.get("/tokens")
    @needs("share", scoped=True)
    @tells(
        "The tokens that were made, and that are valid; one's own without the right to make those of programs.", Tokens
    )
    def tokens() -> Response:
        return answer(Tokens(tokens=tuple(Mandate(caller(), issuer).all())))

    @calls.delete("/tokens/<token_id>")
    @needs("share", scoped=True)
    @tells("Revokes a token, also one that `phloem.share` made.", TokenRevoked)
    def revoke(token_id: str) -> Response:
        Mandate(caller(), issuer).revoke(token_id)
        return answer(TokenRevoked(id=token_id))

    return calls
