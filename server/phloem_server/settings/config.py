"""The server's settings: those it shares with the workers, and its own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Self

import msgspec

from phloem.settings import Environment, SettingError, Settings
from phloem.settings.secret_file import SECRET_LENGTH
from phloem_server.settings import identity
from phloem_server.settings.audit import AuditSettings
from phloem_server.settings.identity import OpenID, ProxyHeader
from phloem_server.settings.limits import DEFAULTS, Rates, limits
from phloem_server.transport.modes.mode import MODES
from phloem_server.web.hosts import host_and_port, is_loopback, parse_host, parse_origin

HOST = "127.0.0.1"
PORT = 8000

EVERYWHERE = "0.0.0.0"
"""All addresses of this machine."""

FANOUTS = ("direct", "plain")
"""`direct` writes one encoded frame to each WebSocket where eventlet serves; `plain` leaves all to the library."""

CONNECTIONS = 10_000
CONNECTIONS_LIMIT = 1_000_000

PASSWORD_LENGTH = 8
"""Characters of a password that others can try: what NIST's SP 800-63B, revision 3, requires (5.1.1.2). Its revision 4
asks for 15 where, as here, nothing else is asked for."""

PASSWORD_KINDS = 4
"""Different characters of such a password: the same one eight times is guessed among the first."""

SESSION_HOURS = 14 * 24
SESSION_IDLE_HOURS = 7 * 24
SESSION_HOURS_LIMIT = 365 * 24

KEY_LENGTH = SECRET_LENGTH
"""Characters that PHLOEM_SECRET_KEY has at least."""

LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")

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
    management_url: str | None = None
    """The address of the management API of a RabbitMQ broker, with the user and the password that it asks for."""
    log_level: str = "info"
    """The least that is logged: one of `LOG_LEVELS`."""
    log_format: str = LOG_FORMATS[0]
    """How it is logged: one of `LOG_FORMATS`."""
    access_log: bool = True
    """Whether requests are logged, on standard output."""
    password: str | None = None
    """What people sign in with and programs send as a bearer token. Without one everything is open."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Proxies whose X-Forwarded-* headers say how, where and from which address a request was sent."""
    openid: OpenID | None = None
    """The OpenID Connect provider at which people sign in."""
    proxy_header: ProxyHeader | None = None
    """In which header a trusted proxy says who somebody is."""
    secret_key: str = ""
    """Signs cookies and the audit. Empty where keys in the record do."""
    session_hours: int = SESSION_HOURS
    """After which a person signs in again, whatever they do."""
    session_idle_hours: int = SESSION_IDLE_HOURS
    """After which they do if they did nothing."""
    audit: AuditSettings = AuditSettings()
    """What is kept of the audit, and where copies go."""
    limits: Rates = msgspec.field(default_factory=lambda: DEFAULTS)
    """How much one principal, and one address, may ask."""
    observed_broker: str | None = None
    """The broker of an app that need not be attached: what its workers say there is shown. None observes nothing."""
    observed_backend: str | None = None
    """The result backend of that app; None where it is that of the app which `--app` names, or there is none."""
    asks_for_events: bool = True
    """Whether the workers of such an app are told to send Celery's events."""
    origins: tuple[str, ...] = ()
    """Other origins that may connect, in the spelling of `hosts.parse_origin`."""

    page_origin: str | None = None
    """The origin at which people open the page, as PHLOEM_URL names it: one more of this server's own."""

    is_embedded: bool = False
    """Whether another server takes the requests, so that nobody knows who can reach it."""

    @property
    def is_protected(self) -> bool:
        """Whether these settings alone have it ask people who they are."""
        return not (self.password is None and self.openid is None and self.proxy_header is None)

    @property
    def is_local(self) -> bool:
        """Whether it listens for this machine alone."""
        return is_loopback(self.host)

    @property
    def names(self) -> frozenset[tuple[str, int | None]]:
        """Host and port, beside those of the loopback, by which a Host header rightly addresses this server.

        A proxy may leave the port of its own address out. With any other port it would be a page of that host, whose
        name was made to point here.
        """
        own = (self.page_origin,) if self.page_origin else ()
        listed = {(self.host, self.port), *map(host_and_port, (*own, *self.origins))}
        return frozenset({*listed, *((host, None) for host, _ in listed)})

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings that `environ` holds. SettingError on nonsense, and on a password that others soon guess."""
        shared = msgspec.structs.asdict(Settings.from_environment(environ))
        read = Environment(environ)
        host = _host(environ.get("HOST") or HOST)
        password = _password(environ.get("PHLOEM_PASSWORD") or None)
        if password is not None and is_soon_guessed(password) and not is_loopback(host):
            raise SettingError(
                "PHLOEM_PASSWORD",
                "***",
                f"at least {PASSWORD_LENGTH} characters, {PASSWORD_KINDS} of them different, where HOST is an address "
                f"that others can reach ({host})",
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
            log_level=_lower(environ, "PHLOEM_LOG_LEVEL").choice("PHLOEM_LOG_LEVEL", "info", LOG_LEVELS),
            log_format=_lower(environ, "PHLOEM_LOG_FORMAT").choice("PHLOEM_LOG_FORMAT", LOG_FORMATS[0], LOG_FORMATS),
            access_log=read.switch("PHLOEM_ACCESS_LOG", True),
            management_url=_management_url(read),
            password=password,
            trusted_proxies=_networks(environ.get("PHLOEM_TRUSTED_PROXIES") or ""),
            openid=identity.openid(environ),
            proxy_header=identity.proxy_header(environ),
            secret_key=_secret_key(environ.get("PHLOEM_SECRET_KEY") or ""),
            session_hours=read.integer("PHLOEM_SESSION_HOURS", SESSION_HOURS, low=1, high=SESSION_HOURS_LIMIT),
            session_idle_hours=read.integer(
                "PHLOEM_SESSION_IDLE_HOURS", SESSION_IDLE_HOURS, low=1, high=SESSION_HOURS_LIMIT
            ),
            audit=AuditSettings.from_environment(environ),
            limits=limits(environ),
            observed_broker=read.celery_url("PHLOEM_BROKER", "") if environ.get("PHLOEM_BROKER") else None,
            observed_backend=(
                read.celery_url("PHLOEM_RESULT_BACKEND", "") if environ.get("PHLOEM_RESULT_BACKEND") else None
            ),
            asks_for_events=read.switch("PHLOEM_ASK_FOR_EVENTS", True),
            origins=_origins(environ.get("PHLOEM_ORIGINS") or ""),
            page_origin=parse_origin("/".join((environ.get("PHLOEM_URL") or "").split("/")[:3])),
        )

    @classmethod
    def embedded(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings in `environ` of an application that another server serves. SettingError on nonsense.

        HOST and PORT are not read: others may reach it, unless it asks nobody who they are.
        """
        asks = any(map(environ.get, ("PHLOEM_PASSWORD", identity.ISSUER, identity.AUTH_HEADER)))
        host = EVERYWHERE if asks else HOST
        read = cls.from_environment({**environ, "HOST": host, "PORT": str(PORT)})
        return msgspec.structs.replace(read, is_embedded=True)


def _lower(environ: Mapping[str, str], name: str) -> Environment:
    """The variable of that name, in lower case: both spellings of levels are common."""
    return Environment({name: environ.get(name, "").lower()})


def _host(text: str) -> str:
    bracketed = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    parsed = parse_host(bracketed)
    if parsed is None or parsed[1] is not None:
        raise SettingError("HOST", text, "an address or a name of this machine, such as 127.0.0.1 or ::1")
    return parsed[0]


def _management_url(read: Environment) -> str | None:
    return (
        read.text(
            "PHLOEM_RABBITMQ_MANAGEMENT_URL",
            "",
            pattern=r"|https?://[^\s/]+(/\S*)?",
            may_hold="the address of RabbitMQ's management API, such as http://user:password@rabbitmq.example:15672",
        )
        or None
    )


def _password(text: str | None) -> str | None:
    # What cannot be typed cannot be sent in a header either.
    if text is not None and (not text.isprintable() or not text.strip()):
        raise SettingError("PHLOEM_PASSWORD", "***", "printable characters, more than blanks")
    return text


def is_soon_guessed(password: str) -> bool:
    """Whether a password is too short, or of too few characters, to be one that others can try."""
    return len(password) < PASSWORD_LENGTH or len(set(password)) < PASSWORD_KINDS


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    found = []
    for each in filter(None, re.split(r"[,\s]+", text)):
        try:
            found.append(ip_network(each))
        except ValueError:
            raise SettingError(
                "PHLOEM_TRUSTED_PROXIES",
                each,
                "addresses or networks of proxies such as 127.0.0.1 or 10.0.0.0/8, separated by commas or blanks",
            ) from None
    return tuple(found)


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


def _secret_key(given: str) -> str:
    if given and (len(given) < KEY_LENGTH or not given.isprintable()):
        raise SettingError("PHLOEM_SECRET_KEY", "***", f"at least {KEY_LENGTH} printable characters")
    return given
