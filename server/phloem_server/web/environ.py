"""Entries of the WSGI environ that our middleware makes for what lies behind it.

A client cannot forge them: what it sends arrives as `HTTP_*` entries.
"""

from __future__ import annotations

PRINCIPAL = "phloem.principal"
"""On whose behalf a request acts: an `access.principal.Principal`, which the door sets except on public paths."""

KEPT = (PRINCIPAL,)
"""Entries that a connection keeps of the request that opened it; the Socket.IO handler `connect` gets them."""
