"""The server's settings: those it shares with the workers, and its own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from phloem.settings import Environment, SettingError, Settings
from phloem_server.transport.modes.mode import MODES
from phloem_server.web.hosts import host_of, is_loopback, parse_host, parse_origin
from phloem_server.web.secret_key import KEY_LENGTH, kept_key

HOST = "127.0.0.1"
PORT = 8000

FANOUTS = ("direct", "plain")
"""`direct` writes one encoded frame to each WebSocket where eventlet serves; `plain` leaves all to the library."""

CONNECTIONS = 10_000
CONNECTIONS_LIMIT = 1_000_000

SURVEY_SECONDS = 2
SURVEY_SECONDS_LIMIT = 3600


class Config(Settings, frozen=True, kw_only=True):
    """What the web process runs with."""

    host: str = HOST
    """The address it listens on; an IPv6 address stands here without brackets."""
    port: int = PORT
    """The port it listens on; 0 takes any that is free."""
    share_port: bool = False
    """Whether other web processes may listen on the same port. Long-polling takes one process, so it is off then."""
    connections: int = CONNECTIONS
    """Connections of viewers that it accepts, at most."""
    survey_seconds: int = SURVEY_SECONDS
    """Seconds between two rounds of questions to workers and broker, while a client watches the answers."""
    async_mode: str = MODES[0]
    """How it serves many connections at once: one of `MODES`."""
    fanout: str = FANOUTS[0]
    """How messages are written to connections: one of `FANOUTS`."""
    password: str | None = None
    """What people sign in with and programs send as a bearer token. Without one everything is open."""
    secret_key: str = ""
    """Signs cookies. Empty where there is no password, because then there are no cookies."""
    origins: tuple[str, ...] = ()
    """Other origins that may connect, in the spelling of `hosts.parse_origin`."""

    @property
    def hosts(self) -> frozenset[str]:
        """Host names, beside those of the loopback, under which this server is rightly addressed."""
        return frozenset({self.host, *map(host_of, self.origins)})

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings that `environ` holds. SettingError on nonsense, and on a host that is open to others.

        With a password and no PHLOEM_SECRET_KEY it makes a key and keeps it in the data folder.
        """
        shared = msgspec.structs.asdict(Settings.from_environment(environ))
        read = Environment(environ)
        host = _host(environ.get("HOST") or HOST)
        password = _password(environ.get("PHLOEM_PASSWORD") or None)
        if password is None and not is_loopback(host):
            raise SettingError(
                "HOST",
                host,
                "127.0.0.1, or an address that others can reach once PHLOEM_PASSWORD is set: "
                "PHLOEM_PASSWORD='a good one' before bin/dev or phloem serve",
            )
        return cls(
            **shared,
            host=host,
            port=read.integer("PORT", PORT, low=0, high=65535),
            share_port=read.switch("PHLOEM_SHARE_PORT", False),
            connections=read.integer("PHLOEM_CONNECTIONS", CONNECTIONS, low=1, high=CONNECTIONS_LIMIT),
            survey_seconds=read.integer("PHLOEM_SURVEY_SECONDS", SURVEY_SECONDS, low=1, high=SURVEY_SECONDS_LIMIT),
            async_mode=read.choice("PHLOEM_ASYNC_MODE", MODES[0], MODES),
            fanout=read.choice("PHLOEM_FANOUT", FANOUTS[0], FANOUTS),
            password=password,
            secret_key=_secret_key(environ.get("PHLOEM_SECRET_KEY"), shared["data_dir"]) if password else "",
            origins=_origins(environ.get("PHLOEM_ORIGINS") or ""),
        )


def _host(text: str) -> str:
    bracketed = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    parsed = parse_host(bracketed)
    if parsed is None or parsed[1] is not None:
        raise SettingError("HOST", text, "an address or a name of this machine, such as 127.0.0.1 or ::1")
    return parsed[0]


def _password(text: str | None) -> str | None:
    # What cannot be typed cannot be sent in a header either.
    if text is not None and (not text.isprintable() or not text.strip()):
        raise SettingError("PHLOEM_PASSWORD", "***", "printable characters, more than blanks")
    return text


def _origins(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for each in filter(None, re.split(r"[,\s]+", text)):
        origin = parse_origin(each)
        if origin is None:
            raise SettingError(
                "PHLOEM_ORIGINS",
                each,
                "origins such as https://example.com, separated by commas or blanks",
            )
        found.append(origin)
    return tuple(dict.fromkeys(found))


def _secret_key(given: str | None, folder: Path) -> str:
    if given:
        if len(given) < KEY_LENGTH or not given.isprintable():
            raise SettingError("PHLOEM_SECRET_KEY", "***", f"at least {KEY_LENGTH} printable characters")
        return given
    try:
        return kept_key(folder)
    except OSError as error:
        raise SettingError(
            "PHLOEM_DATA_DIR",
            str(folder),
            f"a folder that this process can write to ({error.strerror})",
        ) from error
