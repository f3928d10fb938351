"""The settings that the bundled jobs and the server share: the record's, Celery's, and those of files and mail."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self

import msgspec

from phloem.settings.environment import REDIS_URL, Environment, SettingError
from phloem.settings.record import RecordSettings
from phloem.settings.smtp import SMTP_URL, SmtpServer

UPLOAD_LIMIT_BYTES = 50 * 1024 * 1024
FILES_LIMIT = 10_000

MAIL_BACKOFF_SECONDS = 10

MAIL_BACKOFF_LIMIT = 590
"""Longest back-off in seconds. The third wait may be six times as long, and has to end within an hour: after that (its
visibility timeout) a Redis broker hands the message to a second worker."""


class Settings(RecordSettings, frozen=True, kw_only=True):
    """What the bundled jobs and the server must agree on."""

    broker_url: str = REDIS_URL
    """Celery's broker."""
    result_backend: str = REDIS_URL
    """Celery's result backend."""
    data_dir: Path = Path("var")
    """The folder of uploads, results, the schedule and the embedded Redis' data."""
    upload_limit: int = UPLOAD_LIMIT_BYTES
    """Bytes that one upload, or one fetched file, may have."""
    files_limit: int = FILES_LIMIT
    """Uploads that are kept at a time, and as many results."""
    smtp: SmtpServer = SmtpServer()
    """The server that mail is handed to; the local mailbox by default."""
    mail_backoff: int = MAIL_BACKOFF_SECONDS
    """Seconds before a mail that could not be sent is tried again; doubled with each try."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings in `environ`, defaults for the rest. Raises SettingError for a value that is refused."""
        read = Environment(environ)
        record = cls.of_record(environ)
        return msgspec.structs.replace(
            record,
            broker_url=read.celery_url("CELERY_BROKER_URL", for_celery(record.redis_url)),
            result_backend=read.celery_url("CELERY_RESULT_BACKEND", for_celery(record.redis_url)),
            data_dir=read.folder("PHLOEM_DATA_DIR", "./var"),
            upload_limit=read.integer("PHLOEM_UPLOAD_LIMIT", UPLOAD_LIMIT_BYTES, low=1, high=10**12),
            files_limit=read.integer("PHLOEM_FILES_LIMIT", FILES_LIMIT, low=1, high=10**6),
            smtp=read.smtp_server("SMTP_URL", SMTP_URL),
            mail_backoff=read.integer("PHLOEM_MAIL_BACKOFF", MAIL_BACKOFF_SECONDS, low=1, high=MAIL_BACKOFF_LIMIT),
        )

    def make_data_dir(self) -> None:
        """Makes the data folder unless it exists. Raises SettingError if files cannot be written there."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            # A file is the only sure test: a disk may be mounted read-only, and root passes every permission check.
            with TemporaryFile(dir=self.data_dir):
                pass
        except OSError as error:
            held = str(self.data_dir)
            may_hold = f"a folder that this process can write to ({error.strerror})"
            raise SettingError("PHLOEM_DATA_DIR", held, may_hold) from error


def for_celery(redis_url: str) -> str:
    """The address of the same Redis in Celery's spelling.

    Celery writes a socket as redis+socket:// and names the database `virtual_host`. For rediss:// it must be told how
    the certificate is checked; redis-py requires a valid one by default.
    """
    scheme, _, rest = redis_url.partition("://")
    if scheme == "unix":
        return "redis+socket://" + re.sub(r"(?<=[?&])db=", "virtual_host=", rest)
    if scheme == "rediss" and "ssl_cert_reqs=" not in rest:
        return f"{redis_url}{'&' if '?' in rest else '?'}ssl_cert_reqs=required"
    return redis_url
