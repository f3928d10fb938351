"""Entries of the WSGI environ that our middleware makes for what lies behind it.

A client cannot forge them: what it sends arrives as `HTTP_*` entries.
"""

from __future__ import annotations

PRINCIPAL = "phloem.principal"
"""On whose behalf a request acts: an `access.principal.Principal`, which the door sets except on public paths."""

ROOT = "phloem.root"
"""The prefix that a trusted proxy took away: a path without a slash at its end."""

PROXY_HOST = "phloem.proxy_host"
"""The Host header of a request, where a trusted proxy names another host to which it was sent."""

NOTED = "phloem.noted"
"""What is known of a request beside its answer: see `web.noted`."""

PEER = "phloem.peer"
"""The address of who sent a request, of IPv6 the network of it: see `access.peers`."""

KEPT = (PRINCIPAL, PEER)
"""Entries that a connection keeps of the request that opened it; the Socket.IO handler `connect` gets them."""
