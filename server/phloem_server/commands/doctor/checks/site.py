"""Checks of what lies between people and the server: the proxy at the address that --url names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException

import requests
import websocket

from phloem_server.commands.doctor.check import CannotLook, Check, Trouble
from phloem_server.commands.doctor.installation import Installation
from phloem_server.commands.doctor.site import Site, seconds_until_cut, seconds_until_unanswered
from phloem_server.commands.doctor.words import said
from phloem_server.web.paths import API, ENGINE

POLLING = f"{ENGINE}?EIO=4&transport=polling"

TRIES = 6
"""Requests of one viewer, which all have to reach the process that it began with."""

PING_SECONDS = 25.0
"""Between two pings of the server, unless it says otherwise."""

_ROOT = re.compile(r'<meta name="root" content="([^"]*)"|action="([^"]*)/sign-in"')


def reach(seen: Installation) -> Iterator[Trouble]:
    """An address at which nobody answers, or somebody else."""
    site = _site(seen)
    try:
        answer = site.get("/healthz")
    except requests.exceptions.SSLError as error:
        yield Trouble(
            what="Browsers warn of this address, and <task-progress> on other pages stays empty.",
            evidence=f"{site.url}: {said(error)}",
            cure="Give the proxy a certificate that is valid for this name, with the whole chain. If the authority is "
            "your own, REQUESTS_CA_BUNDLE names its file to this command.",
        )
        return
    except requests.RequestException as error:
        yield Trouble(
            what="Nobody answers at this address.",
            evidence=f"{site.url}: {said(error)}",
            cure="Start the proxy, or correct the address: name, port, scheme.",
        )
        return
    if answer.status_code in (502, 503, 504):
        yield Trouble(
            what="The proxy answers, and does not reach the server.",
            evidence=f"{site.url}/healthz is answered {answer.status_code} by {_server(answer)}.",
            cure="Start phloem serve, and let the proxy name its HOST and PORT.",
        )
    elif answer.status_code != 200 or answer.text != "ok\n":
        yield Trouble(
            what="What answers at this address is not Phloem, or not below this path.",
            evidence=f"{site.url}/healthz is answered {answer.status_code} by {_server(answer)}.",
            cure="Let the proxy send this path to phloem serve. If it passes the path on, the server needs "
            f"PHLOEM_PREFIX={site.path or '/'}.",
        )


def prefix(seen: Installation) -> Iterator[Trouble]:
    """A server that takes another path for its top."""
    site = _answering(seen)
    answer = site.get("/", Accept="text/html")
    found = _ROOT.search(answer.text)
    if found is None:
        raise CannotLook(f"{site.url}/ is answered {answer.status_code}, without the page.")
    root = (found[1] if found[1] is not None else found[2]).rstrip("/")
    if root != site.path:
        yield Trouble(
            what="The server does not know the path at which people open it: the page cannot load its files.",
            evidence=f"People open {site.path or '/'}, the page looks below {root or '/'}.",
            cure=f"Set PHLOEM_PREFIX={site.path or '/'} or PHLOEM_URL={site.url}, or let a proxy that "
            "PHLOEM_TRUSTED_PROXIES names send X-Forwarded-Prefix.",
        )


def origin(seen: Installation) -> Iterator[Trouble]:
    """A server that takes its own page for that of another site."""
    site = _answering(seen)
    answer = site.get(POLLING, signed_in=True, Origin=site.origin)
    if answer.status_code == 421:
        yield Trouble(
            what="The server does not answer to this name.",
            evidence=_detail(answer),
            cure=f"Set PHLOEM_URL={site.url}.",
        )
    elif answer.status_code == 403:
        yield Trouble(
            what="The server takes its own page for one of another site: nothing is live, and nothing can be sent.",
            evidence=_detail(answer),
            cure=f"Set PHLOEM_URL={site.url}; or PHLOEM_TRUSTED_PROXIES to the proxy's address, and let it send Host "
            "and X-Forwarded-Proto.",
        )


def upgrade(seen: Installation) -> Iterator[Trouble]:
    """A proxy that does not let WebSocket through."""
    site = _connecting(seen)
    try:
        with site.socket() as opened:
            opened.recv()
    except (OSError, websocket.WebSocketException) as error:
        yield Trouble(
            what="WebSocket does not get through: pages fall back to long-polling, and <task-progress> is not live.",
            evidence=said(error)[:200],
            cure="Let the proxy speak HTTP/1.1 to the server and pass Upgrade and Connection on; for nginx: "
            'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade".',
        )


def idle(seen: Installation) -> Iterator[Trouble]:
    """A proxy that cuts connections which are silent for a while."""
    if seen.patience <= 0:
        raise CannotLook("--patience is 0.")
    site = _connecting(seen)
    try:
        what = "A WebSocket"
        cut, pings = _cut_of_socket(site, seen.patience)
    except (OSError, websocket.WebSocketException):
        what = "A request of long-polling"
        cut, pings = _cut_of_polling(site, seen.patience)
    if cut is not None:
        yield Trouble(
            what="Connections are cut while nothing happens: pages reconnect again and again.",
            evidence=f"{what} was cut after {cut:.1f} s of silence; the server pings every {pings:g} s.",
            cure="Give the proxy a longer idle timeout, of a minute: proxy_read_timeout 60s; in nginx.",
        )


def _cut_of_socket(site: Site, patience: float) -> tuple[float | None, float]:
    """After how many seconds of silence a WebSocket is cut, if it is, and how many are between two pings."""
    with site.socket() as opened:
        pings = _pings(opened.recv()[1:])
        opened.send("40")
        return seconds_until_cut(opened, min(patience, pings + 2)), pings


def _cut_of_polling(site: Site, patience: float) -> tuple[float | None, float]:
    """The same of long-polling. CannotLook where it does not get through either."""
    answer = site.get(POLLING, signed_in=True, Origin=site.origin)
    if answer.status_code != 200:
        raise CannotLook(f"WebSocket does not get through, and long-polling is answered {answer.status_code}.")
    session, pings = json.loads(answer.text[1:])["sid"], _pings(answer.text[1:])
    path = f"{POLLING}&sid={session}"
    if site.post(path, "40").status_code != 200:
        raise CannotLook("WebSocket does not get through, and requests of long-polling reach several processes.")
    return seconds_until_unanswered(site, path, min(patience, pings + 2)), pings


def _pings(told: str | bytes) -> float:
    return float(json.loads(told).get("pingInterval", 1000 * PING_SECONDS)) / 1000


def sticky(seen: Installation) -> Iterator[Trouble]:
    """A proxy that distributes requests of long-polling, where WebSocket does not get through."""
    site = _connecting(seen)
    if not list(upgrade(seen)):
        raise CannotLook("WebSocket gets through, and needs no fixed process.")
    answer = site.get(POLLING, signed_in=True, Origin=site.origin)
    if answer.status_code != 200:
        raise CannotLook(f"Long-polling is answered {answer.status_code}.")
    session = json.loads(answer.text[1:])["sid"]
    statuses = [site.post(f"{POLLING}&sid={session}", body).status_code for body in ["40", *["3"] * TRIES]]
    if 400 in statuses:
        yield Trouble(
            what="Requests of one viewer reach several web processes, and long-polling works with one only.",
            evidence=f"{statuses.count(400)} of {len(statuses)} requests came to another process.",
            cure="Let WebSocket through, or keep each viewer at one process: ip_hash; in nginx's upstream.",
        )


def uploads(seen: Installation) -> Iterator[Trouble]:
    """A proxy that refuses bodies which the server takes."""
    site = _answering(seen)
    limit = seen.config.upload_limit
    try:
        head = site.refuses_body(f"{API}/uploads", limit)
    except (OSError, HTTPException) as error:
        raise CannotLook(said(error)) from error
    if head is not None:
        yield Trouble(
            what="The proxy refuses uploads that the server would take.",
            evidence=f"A body of {limit} bytes (PHLOEM_UPLOAD_LIMIT) is answered 413 by {head.get('Server', 'it')}.",
            cure=f"Raise its limit: client_max_body_size {-(-limit // 1024**2)}m; in nginx.",
        )


def closed(seen: Installation) -> Iterator[Trouble]:
    """A page on a public address that asks nobody for a password."""
    site = _answering(seen)
    if not site.is_elsewhere:
        raise CannotLook("The address is one of this machine.")
    if site.get(f"{API}/tasks?limit=1").status_code == 200:
        yield Trouble(
            what="Whoever reaches this address sees all tasks, and can launch and revoke them.",
            evidence=f"{site.url}{API}/tasks answered without a password.",
            cure="Set PHLOEM_PASSWORD, or let the proxy ask for one.",
        )


def _site(seen: Installation) -> Site:
    if seen.url is None:
        raise CannotLook("--url names no address.")
    return Site(seen.url, seen.environ.get("PHLOEM_PASSWORD") or None)


def _answering(seen: Installation) -> Site:
    """The site, if Phloem answers there."""
    site = _site(seen)
    if list(reach(seen)):
        raise CannotLook(f"Phloem does not answer at {site.url}.")
    return site


def _connecting(seen: Installation) -> Site:
    """The site, if it lets this process connect."""
    site = _answering(seen)
    status = site.get(POLLING, signed_in=True, Origin=site.origin).status_code
    if status == 401:
        raise CannotLook(
            "The page asks who looks. PHLOEM_PASSWORD takes its password, or a token from "
            "`phloem tokens create --role viewer`."
        )
    if status in (403, 421):
        raise CannotLook("The server refuses the origin of its page.")
    return site


def _server(answer: requests.Response) -> str:
    return answer.headers.get("Server", "a server that gives no name")


def _detail(answer: requests.Response) -> str:
    with suppress(ValueError, TypeError):
        return str(answer.json()["detail"])
    return f"It is answered {answer.status_code} by {_server(answer)}."


CHECKS = (
    Check(name="url-reach", question="Does Phloem answer at `--url`, with a valid certificate?", find=reach),
    Check(name="url-prefix", question="Does the server know the path of the address?", find=prefix),
    Check(name="url-origin", question="Does it know name and scheme, so that its page is its own?", find=origin),
    Check(name="url-websocket", question="Does WebSocket get through the proxy?", find=upgrade),
    Check(name="url-idle", question="Does a connection stay open while nothing happens?", find=idle),
    Check(name="url-sticky", question="Without WebSocket: does each viewer stay at one process?", find=sticky),
    Check(name="url-uploads", question="Does the proxy let bodies of `PHLOEM_UPLOAD_LIMIT` through?", find=uploads),
    Check(name="url-closed", question="Does an address of other machines ask for a password?", find=closed),
)
