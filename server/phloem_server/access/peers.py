"""Who is at the other end of a request, as far as the network tells: the peer that guesses are counted for."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from phloem_server.web.hosts import parse_address, parse_hop
from phloem_server.web.middleware.forwarded import Network

NETWORK_BITS = 64
"""Of an IPv6 address: one line gets a network of this size, and may use every address in it (RFC 6177)."""

UNKNOWN = "unknown"
"""The peer of requests whose connection has no IP address, such as those over a socket in the file system."""


def peer_of(environ: Mapping[str, Any], proxies: Sequence[Network] = ()) -> str:
    """The address of a request's sender, of IPv6 the network of it.

    `X-Forwarded-For` counts as far as trusted `proxies` wrote it: from its end, up to the first address that is none
    of theirs. Anything before that is what the sender claims.
    """
    address = parse_address(environ.get("REMOTE_ADDR", ""))
    if address is None:
        return UNKNOWN
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while hops and any(address in proxy for proxy in proxies):
        before = parse_hop(hops.pop())
        if before is None:
            break
        address = before
    if address.version == 4:
        return str(address)
    return str(ipaddress.IPv6Network((int(address), NETWORK_BITS), strict=False))
