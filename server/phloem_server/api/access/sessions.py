"""Sessions of people who signed in: listed and ended, one's own, and with the right to those of all."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from phloem.record.stores.access import Session
from phloem_server.access.people.sessions import Sessions
from phloem_server.access.permissions import may
from phloem_server.access.principal import Principal
from phloem_server.api.calls.answers import OpenSession, OpenSessions, SessionsEnded
from phloem_server.api.calls.errors import SessionUnknown
from phloem_server.api.calls.resource import caller, resource
from phloem_server.web.body import answer
from phloem_server.web.declared import needs, tells
from phloem_server.web.noted import noted


def blueprint(sessions: Sessions) -> Blueprint:
    """The calls."""
    calls = resource("sessions")

    @calls.get("/sessions")
    @needs("see", scoped=True)
    @tells("The sessions that go on: one's own, and with the right to those of all.", OpenSessions)
    def going_on() -> Response:
        principal = caller()
        shown = _within_reach(sessions.all(), principal)
        return answer(
            OpenSessions(
                sessions=tuple(
                    _told(each, session, sessions.seen_at(each), principal) for each, session in reversed(shown.items())
                )
            )
        )

    @calls.delete("/sessions/<session_id>")
    @needs("see", scoped=True)
    @tells("Ends a session, with its open connections.", SessionsEnded)
    def end(session_id: str) -> Response:
        noted(request.environ).action = "sessions"
        if session_id not in _within_reach(sessions.all(), caller()):
            raise SessionUnknown(session_id)
        sessions.end(session_id)
        return answer(SessionsEnded(ended=(session_id,)))

    @calls.delete("/sessions")
    @needs("see", scoped=True)
    @tells("Ends all sessions of one's own but that of this request.", SessionsEnded)
    def end_others() -> Response:
        principal = caller()
        others = tuple(each for each in _own(sessions.all(), principal) if each != principal.session)
        said = noted(request.environ)
        said.action, said.detail = "sessions", f"{len(others)} others of one's own"
        for each in others:
            sessions.end(each)
        return answer(SessionsEnded(ended=others))

    return calls


def _within_reach(known: dict[str, Session], principal: Principal) -> dict[str, Session]:
    return known if may(principal, "sessions") else _own(known, principal)


def _own(known: dict[str, Session], principal: Principal) -> dict[str, Session]:
    """The sessions of whoever has that of the principal. A program has none."""
    mine = known.get(principal.session or "")
    if mine is None:
        return {}
    return {each: session for each, session in known.items() if session.identity.account == mine.identity.account}


def _told(session_id: str, session: Session, seen_at: float, principal: Principal) -> OpenSession:
    identity = session.identity
    return OpenSession(
        id=session_id,
        name=identity.name,
        kind=identity.kind,
        role=identity.role,
        owner=identity.owner,
        started_at=session.started_at,
        seen_at=seen_at,
        address=session.address,
        agent=session.agent,
        current=session_id == principal.session,
    )
