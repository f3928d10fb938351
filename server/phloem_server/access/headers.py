"""Security headers, which every answer carries."""

from __future__ import annotations

from werkzeug.wrappers import Request

from phloem_server.access.origins import Origins
from phloem_server.web.hosts import parse_host
from phloem_server.web.paths import API, EMBED, ENGINE


def security_headers(request: Request, origins: Origins) -> dict[str, str]:
    """Headers that every answer carries, unless it has its own of that name."""
    found = {
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: with that, browsers send `Origin: null` for the forms of our own pages.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if _is_shared(request, origins) else "same-origin",
    }
    if not request.path.startswith(ENGINE):
        found["Content-Security-Policy"] = _policy(request.environ.get("HTTP_HOST", ""))
        found["Cross-Origin-Opener-Policy"] = "same-origin"
    return found | origins.sharing_headers(request)


def with_headers(headers: list[tuple[str, str]], more: dict[str, str]) -> list[tuple[str, str]]:
    """`headers`, and those of `more` that are not among them. `Vary` may stand in both, and then adds up."""
    present = {name.lower() for name, _ in headers}
    added = [(name, value) for name, value in more.items() if name == "Vary" or name.lower() not in present]
    return [*headers, *added]


def _is_shared(request: Request, origins: Origins) -> bool:
    """Whether pages of other origins may take in the answer without reading it, as they do scripts and pictures."""
    if request.path == EMBED:  # a token may name an origin that no setting does
        return True
    return origins.any_allowed and not request.path.startswith((f"{API}/files/", f"{API}/mailbox/"))


def _policy(host_header: str) -> str:
    # Not every browser counts a WebSocket to the same host as 'self'.
    host = host_header.strip() if parse_host(host_header) else ""
    sockets = f" ws://{host} wss://{host}" if host else ""
    return (
        f"default-src 'self'; connect-src 'self'{sockets}; img-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
