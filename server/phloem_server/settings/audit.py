"""The settings of the audit: what is kept, and where copies go."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from phloem.settings import Environment, SettingError
from phloem.settings.secret_file import SECRET_LENGTH
from phloem_server.settings.identity import is_protected

SYSLOG = "PHLOEM_AUDIT_SYSLOG"
WEBHOOK = "PHLOEM_AUDIT_WEBHOOK"
WEBHOOK_SECRET = "PHLOEM_AUDIT_WEBHOOK_SECRET"

DAYS = 90
ENTRIES = 100_000
SYSLOG_PORT = 514


class AuditSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of the audit, and where copies go."""

    days: int = DAYS
    """Days for which entries are kept."""
    entries: int = ENTRIES
    """Entries that are kept; beyond that the oldest are removed. One takes about 600 bytes in Redis."""
    syslog: tuple[str, int] | str | None = None
    """Host and port of a syslog server, or the path of a socket."""
    webhook: str | None = None
    """The address that entries are posted to."""
    webhook_secret: str = ""
    """What those requests are signed with."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> AuditSettings:
        """The settings that `environ` holds. SettingError."""
        read = Environment(environ)
        webhook = environ.get(WEBHOOK) or None
        secret = environ.get(WEBHOOK_SECRET) or ""
        if webhook is not None and not is_protected(webhook):
            raise SettingError(WEBHOOK, webhook, "an address that begins with https://, or http:// of this machine")
        if (webhook is not None or secret) and (len(secret) < SECRET_LENGTH or not secret.isprintable()):
            raise SettingError(
                WEBHOOK_SECRET,
                "***" if secret else "",
                f"at least {SECRET_LENGTH} printable characters, with {WEBHOOK}",
            )
        return cls(
            days=read.integer("PHLOEM_AUDIT_DAYS", DAYS, low=1, high=3650),
            entries=read.integer("PHLOEM_AUDIT_ENTRIES", ENTRIES, low=100, high=10**7),
            syslog=_syslog(environ.get(SYSLOG) or ""),
            webhook=webhook,
            webhook_secret=secret,
        )


def _syslog(text: str) -> tuple[str, int] | str | None:
    if not text:
        return None
    if text.startswith("unix:/"):
        return "/" + text.removeprefix("unix:").lstrip("/")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or SYSLOG_PORT
    except ValueError:
        host = ""
    if not host or "@" in text or text.rstrip("/") != f"udp://{parts.netloc}":
        raise SettingError(SYSLOG, text, "udp://host:514, or unix:/dev/log")
    return host, port
