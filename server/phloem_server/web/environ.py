"""Entries of the WSGI environ that our middleware makes for what lies behind it.

A client cannot forge them: what it sends arrives as `HTTP_*` entries.
"""

from __future__ import annotations

PRINCIPAL = "phloem.principal"
"""Who asks: an `access.principal.Principal`, set by the door for every request that it lets in by its identity."""

KEPT = (PRINCIPAL,)
"""Entries that a connection keeps of the request that opened it; the Socket.IO handler `connect` gets them."""
