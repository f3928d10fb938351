"""The beginning of a session, once somebody has proved who they are."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.wrappers import Request, Response

from phloem.record.stores.access import Identity
from phloem_server.access.peers import peer_of
from phloem_server.access.people import cookies
from phloem_server.access.people.sessions import Sessions
from phloem_server.web.middleware.forwarded import Network


class SessionStart:
    """Begins sessions. `proxies` may name the peer of a request by `X-Forwarded-For`."""

    def __init__(self, sessions: Sessions, proxies: Sequence[Network] = ()) -> None:
        self._sessions = sessions
        self._proxies = proxies

    def enter(self, request: Request, identity: Identity, target: str, *, secure: bool) -> Response:
        """Sends the browser on to a path, with the cookie of a new session. ChannelError.

        It takes the place of the session that the browser has: what was planted there before is of no use.
        """
        if (before := self._sessions.of(cookies.given(request))) is not None and before.session is not None:
            self._sessions.end(before.session)
        address = peer_of(request.environ, self._proxies)
        token = self._sessions.begin(identity, address, request.headers.get("User-Agent", ""))
        answer = Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})
        cookies.keep(answer, token, self._sessions.limits.seconds, secure=secure, root=request.script_root)
        return answer
