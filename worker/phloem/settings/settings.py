"""The environment, read once into a frozen record; a value that makes no sense stops the start.

`Environment` has the readers. Whoever has settings of its own uses the same ones, so that every
refusal is the same sentence: which variable, what it held, what it may hold.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self
from urllib.parse import parse_qs, urlsplit

import msgspec

from phloem.errors import PhloemError
from phloem.settings.smtp import MAY_HOLD, SMTP_URL, SmtpServer, discreet

REDIS_URL = "redis://127.0.0.1:6390/0"
"""Where `phloem redis` listens."""

UPLOAD_LIMIT = 50 * 1024 * 1024
"""Bytes: the largest upload unless PHLOEM_UPLOAD_LIMIT says otherwise."""

MAIL_BACKOFF = 10

# The third wait is up to six times as long, and has to end before a Redis broker hands the message to a second worker.
MAIL_BACKOFF_LIMIT = 590
"""Seconds: of an hour, which is the broker's visibility timeout, a sixth."""

SHOWN = 80
"""Characters of a refused value that are shown."""


class SettingError(PhloemError, ValueError):
    """A variable holds what it may not. Its text is the one line to print before exit status 2."""

    code = "setting_invalid"

    def __init__(self, name: str, held: str, may_hold: str) -> None:
        self.name = name
        shown = without_password(held)
        shown = shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"
        super().__init__(f"{name} is {shown!r}; it may hold {may_hold}")


def without_password(url: str) -> str:
    """An address fit for logs: whoever signs in, and with what, is replaced by "***"."""
    url = re.sub(r"(?<=://).*@", "***@", url, flags=re.DOTALL)
    return re.sub(r"(?<=password=)[^&]*", "***", url)


class Environment:
    """Typed look at environment variables. An empty variable counts as not set.

    Every reader takes the variable's name and its default, and raises `SettingError`.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str, *, pattern: str, may_hold: str) -> str:
        """A value that the regular expression `pattern` matches as a whole."""
        value = self._variables.get(name) or default
        if not re.fullmatch(pattern, value):
            raise SettingError(name, value, may_hold)
        return value

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number, `low` and `high` included."""
        may_hold = f"a whole number from {low} to {high}"
        digits = self.text(name, str(default), pattern=r"-?[0-9]{1,18}", may_hold=may_hold)
        if not low <= int(digits) <= high:
            raise SettingError(name, digits, may_hold)
        return int(digits)

    def choice(self, name: str, default: str, choices: Collection[str]) -> str:
        """One of `choices`."""
        value = self._variables.get(name) or default
        if value not in choices:
            raise SettingError(name, value, " or ".join(choices))
        return value

    def switch(self, name: str, default: bool) -> bool:
        """Whether it is on: "1" or "0"."""
        return self.choice(name, str(int(default)), ("0", "1")) == "1"

    def folder(self, name: str, default: str) -> Path:
        """A folder, as an absolute path; it need not be there yet."""
        value = self._variables.get(name) or default
        if "\0" in value or ((path := Path(value).expanduser()).exists() and not path.is_dir()):
            raise SettingError(name, value, "the path of a folder, such as ./var")
        return path.absolute()

    def redis_url(self, name: str, default: str) -> str:
        """Where a Redis is: redis://, rediss:// (TLS) or unix:// (a socket's path)."""
        value = self._variables.get(name) or default
        if not _names_a_redis(value):
            raise SettingError(name, value, f"a Redis address, such as {REDIS_URL}, rediss://… or unix:///path")
        return value

    def smtp_server(self, name: str, default: str) -> SmtpServer:
        """Where mail is handed over: smtp:// or smtps:// (TLS)."""
        value = self._variables.get(name) or default
        try:
            return SmtpServer.parse(value)
        except ValueError:  # its reason might quote a password
            raise SettingError(name, discreet(value), MAY_HOLD) from None

    def celery_url(self, name: str, default: str) -> str:
        """A broker's or result backend's address. Which schemes there are is up to Celery."""
        return self.text(
            name,
            default,
            pattern=r"[A-Za-z][A-Za-z0-9+.-]*://\S*",
            may_hold=f"an address that Celery knows, such as {REDIS_URL}",
        )


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What worker and server must agree on."""

    redis_url: str = REDIS_URL
    """The Redis that keeps the record of all tasks."""
    broker_url: str = REDIS_URL
    """Celery's broker."""
    result_backend: str = REDIS_URL
    """Celery's result backend."""
    namespace: str = "phloem"
    """Part of every key, so that several installations can share one Redis."""
    retention_tasks: int = 100_000
    """Tasks kept; beyond that the oldest finished ones go."""
    retention_days: int = 7
    """Days that a finished task and its result are kept."""
    keep_calls: bool = True
    """Whether the original arguments are kept, so that a task can be run again."""
    data_dir: Path = Path("var")
    """Uploads, results, schedule and Redis' disk image."""
    upload_limit: int = UPLOAD_LIMIT
    """Bytes that one upload, or one fetched file, may have."""
    files_limit: int = 10_000
    """Uploads that are kept at a time, and as many results."""
    smtp: SmtpServer = SmtpServer()
    """The mail server; unless told otherwise the local mailbox."""
    mail_backoff: int = MAIL_BACKOFF
    """Seconds before a mail that could not be sent is tried again; twice as long each time."""

    @classmethod
    def of_record(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Those that say where the record is and what it keeps. SettingError on nonsense.

        The rest is for jobs and server, and at its defaults: a stranger's worker may have variables of these names
        that mean something else.
        """
        read = Environment(environ)
        return cls(
            redis_url=read.redis_url("REDIS_URL", REDIS_URL),
            namespace=read.text(
                "PHLOEM_NAMESPACE",
                "phloem",
                pattern=r"[A-Za-z0-9_.-]{1,64}",
                may_hold="1 to 64 letters, digits, dots, hyphens and underscores",
            ),
            retention_tasks=read.integer("PHLOEM_RETENTION_TASKS", 100_000, low=1, high=10**8),
            retention_days=read.integer("PHLOEM_RETENTION_DAYS", 7, low=1, high=3650),
            keep_calls=read.switch("PHLOEM_KEEP_CALLS", True),
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings that `environ` holds, defaults for the rest. SettingError on nonsense."""
        read = Environment(environ)
        record = cls.of_record(environ)
        return msgspec.structs.replace(
            record,
            broker_url=read.celery_url("CELERY_BROKER_URL", for_celery(record.redis_url)),
            result_backend=read.celery_url("CELERY_RESULT_BACKEND", for_celery(record.redis_url)),
            data_dir=read.folder("PHLOEM_DATA_DIR", "./var"),
            upload_limit=read.integer("PHLOEM_UPLOAD_LIMIT", UPLOAD_LIMIT, low=1, high=10**12),
            files_limit=read.integer("PHLOEM_FILES_LIMIT", 10_000, low=1, high=10**6),
            smtp=read.smtp_server("SMTP_URL", SMTP_URL),
            mail_backoff=read.integer("PHLOEM_MAIL_BACKOFF", MAIL_BACKOFF, low=1, high=MAIL_BACKOFF_LIMIT),
        )

    def make_data_dir(self) -> None:
        """Makes the data folder unless it is there. SettingError where nothing can be kept in it."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            # Permissions do not tell all: a disk may be mounted to be read only, and root is asked for none.
            with TemporaryFile(dir=self.data_dir):
                pass
        except OSError as error:
            held = str(self.data_dir)
            may_hold = f"a folder that this process can write to ({error.strerror})"
            raise SettingError("PHLOEM_DATA_DIR", held, may_hold) from error


def for_celery(redis_url: str) -> str:
    """The same Redis, as Celery wants it written.

    A socket is redis+socket:// there, with the database's number under another name, and rediss://
    must say how the certificate is checked, where the Redis client takes "required" for granted.
    """
    scheme, _, rest = redis_url.partition("://")
    if scheme == "unix":
        return "redis+socket://" + re.sub(r"(?<=[?&])db=", "virtual_host=", rest)
    if scheme == "rediss" and "ssl_cert_reqs=" not in rest:
        return f"{redis_url}{'&' if '?' in rest else '?'}ssl_cert_reqs=required"
    return redis_url


def _names_a_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no port, brackets that do not close
        return False
    if re.search(r"\s", url) or port == 0:
        return False
    database = parse_qs(parts.query).get("db", ["0"])[-1]
    if parts.scheme == "unix":
        return len(parts.path) > 1 and database.isdecimal()
    path = parts.path.strip("/") or "0"
    return parts.scheme in ("redis", "rediss") and bool(parts.hostname) and path.isdecimal() and database.isdecimal()
