"""The address of a Redis, in every spelling that redis-py and Celery take.

redis://user:password@host:6379/0      rediss:// with TLS; valkey:// and valkeys:// mean the same
unix:///path?db=0                      a socket; Celery's redis+socket:///path?virtual_host=0 means the same
sentinel://host:26379/0;sentinel://host:26379?master_name=mymaster
redis+sentinel://host:26379,host:26379/mymaster/0    and redis-sentinel:// mean the same
redis+cluster://host:6379,host:6379    rediss+cluster:// with TLS
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

from phloem.settings.embedded_redis import REDIS_URL

MAY_HOLD = f"a Redis address, such as {REDIS_URL}, rediss://…, unix:///path, sentinel://… or redis+cluster://…"

Kind = Literal["server", "socket", "sentinel", "cluster"]

REDIS_PORT = 6379
SENTINEL_PORT = 26379

CERTIFICATE_CHECKS = {
    "required": "required",
    "optional": "optional",
    "none": "none",
    "CERT_REQUIRED": "required",
    "CERT_OPTIONAL": "optional",
    "CERT_NONE": "none",
}
"""How the server's certificate is checked: the words of redis-py and those of Celery, as redis-py's."""

_SCHEMES: dict[str, tuple[Kind, bool]] = {
    "redis": ("server", False),
    "valkey": ("server", False),
    "rediss": ("server", True),
    "valkeys": ("server", True),
    "unix": ("socket", False),
    "redis+socket": ("socket", False),
    "valkey+socket": ("socket", False),
    "sentinel": ("sentinel", False),
    "redis+sentinel": ("sentinel", False),
    "redis-sentinel": ("sentinel", False),
    "valkey+sentinel": ("sentinel", False),
    "redis+cluster": ("cluster", False),
    "valkey+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
    "valkeys+cluster": ("cluster", True),
}
"""What is at the address, and whether connections to it use TLS."""

_IGNORED = frozenset(
    {
        *("retry_on_timeout", "retry_on_error", "max_connections", "timeout", "health_check_interval"),
        *("protocol", "legacy_responses", "encoding", "encoding_errors", "decode_responses", "socket_read_size"),
    }
)
"""Parameters of other clients of the same Redis: how the record connects, repeats and decodes is its own affair."""


class RedisUrl(msgspec.Struct, frozen=True, kw_only=True):
    """What the address of a Redis says."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...] = ()
    """Host and port of the server, of each Sentinel, or of some nodes of the cluster."""
    socket: str = ""
    """The path of a socket."""
    database: int = 0
    username: str = ""
    password: str = ""
    tls: bool = False
    master_name: str = ""
    """What the Sentinels call the server."""
    options: dict[str, Any] = {}
    """Further arguments of a connection, by the names that redis-py has for them: timeouts, and those of TLS."""
    sentinel_options: dict[str, Any] = {}
    """Those of connections to the Sentinels."""

    @classmethod
    def parse(cls, url: str, *, master_name: str = "") -> RedisUrl:
        """What `url` says. ValueError, with the reason, if that is no address of a Redis.

        `master_name` is what Sentinels call the server where the address does not say it.
        """
        if re.search(r"\s", url):
            raise ValueError("it has a blank in it")
        scheme, found, rest = url.partition("://")
        if not found or scheme not in _SCHEMES:
            raise ValueError("it begins with none of these")
        kind, tls = _SCHEMES[scheme]
        if kind == "server" and ";" in rest:
            raise ValueError("it is a list, of which only Sentinels and nodes of a cluster have one")
        texts = [rest]
        if kind in ("sentinel", "cluster"):  # Celery writes the scheme before each Sentinel
            texts = re.split(rf";(?:{re.escape(scheme)}://)?|,", rest)
        parts = [_split(f"{scheme}://{text}") for text in texts]
        query = {name: value for part in parts for name, value in parse_qsl(part.query)}
        options = _values({name: value for name, value in query.items() if name not in _IGNORED})
        if (option := next(filter(_is_of_tls, options), None)) and not tls:
            if kind != "sentinel":
                raise ValueError(f"{option} goes with rediss:// or rediss+cluster://")
            tls = True  # Celery has no other word for it
        # Of several hosts, the first that names user, password or database names them for all.
        path = next((part.path for part in parts if part.path.strip("/")), "")
        if kind == "sentinel" and (named := re.fullmatch(r"/([^/]*[^/\d][^/]*)(/.*)?", path)):
            master_name, path = unquote(named[1]), named[2] or ""
        read = cls(
            kind=kind,
            hosts=() if kind == "socket" else tuple(_host_and_port(part, kind) for part in parts),
            socket=unquote(path) if kind == "socket" else "",
            database=_database(query, "" if kind == "socket" else path.strip("/")),
            username=next((unquote(part.username) for part in parts if part.username), options.pop("username", "")),
            password=next((unquote(part.password) for part in parts if part.password), options.pop("password", "")),
            tls=tls,
            master_name=options.pop("master_name", "") or (master_name if kind == "sentinel" else ""),
            sentinel_options={
                name: options.pop(f"sentinel_{name}") for name in _OF_SENTINELS if f"sentinel_{name}" in options
            },
            options=options,
        )
        read.check()
        return read

    def check(self) -> None:
        """Raises ValueError, with the reason, if something is missing or does not go together."""
        if self.kind == "socket" and len(self.socket) < 2:
            raise ValueError("it names no socket")
        if self.kind == "sentinel" and not self.master_name:
            raise ValueError("Sentinels are asked for a master by its name, as in ?master_name=mymaster")
        if self.kind != "sentinel" and (self.master_name or self.sentinel_options):
            raise ValueError("only sentinel:// goes with the name of a master")
        if self.kind == "cluster" and self.database:
            raise ValueError("a cluster has database 0 only")


def kind_of(url: str) -> Kind | None:
    """What is at an address; None if that is none of a Redis."""
    return _SCHEMES.get(url.partition("://")[0], (None, False))[0]


def _is_of_tls(option: str) -> bool:
    return option.startswith("ssl_")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:  # a port that is no port, brackets that do not close; the text might quote a password
        raise ValueError("host or port are not well-formed") from error
    if port == 0:
        raise ValueError("nothing listens on port 0")
    return parts


def _host_and_port(parts: SplitResult, kind: Kind) -> tuple[str, int]:
    """Host and port of a part of the address; this machine, as for Celery and redis-py, where it names no host."""
    port = SENTINEL_PORT if kind == "sentinel" else REDIS_PORT
    return unquote(parts.hostname or "127.0.0.1"), parts.port or port


def _database(query: dict[str, str], path: str) -> int:
    database = query.get("virtual_host") or query.get("db") or path or "0"
    if not database.isdecimal():
        raise ValueError("its database is no number")
    return int(database)


def _values(query: dict[str, str]) -> dict[str, Any]:
    """The parameters of an address, as values."""
    values = {}
    for name, text in query.items():
        if name in ("db", "virtual_host"):
            continue
        if name not in _PARAMETERS:
            raise ValueError(f"it knows no parameter {name[:40]}")
        try:
            values[name] = _PARAMETERS[name](text)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{name} cannot hold that") from error
    return values


def _switch(text: str) -> bool:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]


_OF_SENTINELS = ("username", "password", "ssl")

_PARAMETERS: dict[str, Callable[[str], Any]] = {
    "username": str,
    "password": str,
    "master_name": str,
    "sentinel_username": str,
    "sentinel_password": str,
    "sentinel_ssl": _switch,
    "ssl_cert_reqs": lambda text: CERTIFICATE_CHECKS[text],
    "ssl_check_hostname": _switch,
    "ssl_ca_certs": unquote,  # Celery's users encode paths once more
    "ssl_ca_path": unquote,
    "ssl_ca_data": str,
    "ssl_certfile": unquote,
    "ssl_keyfile": unquote,
    "ssl_password": str,
    "ssl_ciphers": str,
    "ssl_min_version": int,
    "socket_timeout": float,
    "socket_connect_timeout": float,
    "socket_keepalive": _switch,
    "client_name": str,
}
"""The parameters that an address may have beside the database, and how their values are read."""
