"""Origins and hosts as browsers send them, in one spelling, so that two can be compared.

An origin is scheme, host and port (RFC 6454). Here it is written in lower case and without the scheme's own port:
`https://example.com`, `http://127.0.0.1:8000`, `http://[::1]:8000`.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that stand for all addresses of this machine, and the one of them that only it can reach."""

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_.])?")


def parse_origin(text: str) -> str | None:
    """The origin in its one spelling; None for anything else, such as `null` and an origin with a path."""
    scheme, separator, rest = text.strip().lower().partition("://")
    if not separator or scheme not in _PORTS:
        return None
    host = parse_host(rest)
    return None if host is None else _spell(scheme, *host)


def origin_of(scheme: str, host_header: str) -> str | None:
    """The origin of a request that came by `scheme` with this Host header; None if the header is not one."""
    host = parse_host(host_header)
    return None if host is None else _spell(scheme, *host)


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address without its zone; one of IPv4 as such, also where it is written as one of IPv6."""
    try:
        parsed = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed


def parse_hop(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it into X-Forwarded-For: some with the client's port (`192.0.2.1:51324`), and one of
    IPv6 then in brackets.
    """
    address = parse_address(text)
    if address is None and (host := parse_host(text)) is not None:
        address = parse_address(host[0])
    return address


def parse_host(text: str) -> tuple[str, int | None] | None:
    """Host and port of a Host header (`name`, `name:port`, `[v6]:port`); None for anything else.

    The host is in lower case, an IPv6 address without brackets and in its shortest form.
    """
    name, colon, digits = text.strip().lower(), "", ""
    if name.startswith("["):
        name, bracket, tail = name[1:].partition("]")
        # A zone ("%25eth0") means something on one machine only.
        if not bracket or (tail and not tail.startswith(":")) or "%" in name:
            return None
        colon, digits = tail[:1], tail[1:]
        try:
            name = str(ipaddress.IPv6Address(name))
        except ValueError:
            return None
    else:
        name, colon, digits = name.partition(":")
        if not _NAME.fullmatch(name):
            return None
    if not colon:
        return name, None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) <= 65535 and len(digits) <= 5):
        return None
    return name, int(digits)


def host_and_port(origin: str) -> tuple[str, int]:
    """Host and port of an origin that `parse_origin` returned; the scheme's own port where it names none."""
    parts = urlsplit(origin)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def with_port(host: str, port: int) -> str:
    """Host and port as they stand in an address; an IPv6 address gets its brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address(host: str, port: int) -> str:
    """What to open in a browser on this machine."""
    return f"http://{with_port(_ALL_ADDRESSES.get(host, host), port)}"


def announced(host: str, port: int, prefix: str = "") -> str:
    """The address of the page, for people: it says so when it is not the only one."""
    others = ", and every other address of this machine" if host in _ALL_ADDRESSES else ""
    return address(host, port) + prefix + others


def _spell(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port in (None, _PORTS[scheme]) else f"{scheme}://{name}:{port}"
