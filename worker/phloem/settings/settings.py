"""The settings that the bundled jobs and the server share: the record's, Celery's, and those of files and mail."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgspec

from phloem.settings import celery_redis
from phloem.settings.data_folder import keep_private, refusal
from phloem.settings.embedded_redis import DATA_DIR, REDIS_URL, with_password
from phloem.settings.environment import Environment, SettingError
from phloem.settings.record import RecordSettings
from phloem.settings.redis_url import RedisUrl
from phloem.settings.smtp import SMTP_URL, SmtpServer

UPLOAD_LIMIT_BYTES = 50 * 1024 * 1024
FILES_LIMIT = 10_000
FILES_BYTES = 10 * 1024**3

NO_RESULTS = "disabled://"
"""Celery's name for a result backend that keeps nothing."""

MAIL_BACKOFF_SECONDS = 10

MAIL_BACKOFF_LIMIT = 590
"""Longest back-off in seconds. The third wait may be six times as long, and has to end within an hour: after that (its
visibility timeout) a Redis broker hands the message to a second worker."""


class Settings(RecordSettings, frozen=True, kw_only=True):
    """What the bundled jobs and the server must agree on."""

    broker_url: str = REDIS_URL
    """Celery's broker, as it was written: see `celery`."""
    result_backend: str = REDIS_URL
    """Celery's result backend, as it was written."""
    prefix: str = ""
    """The path below which the web process serves everything, as /phloem behind a proxy; "" is the root of its host."""
    data_dir: Path = Path("var")
    """The folder of uploads, results, the schedule and the embedded Redis' data."""
    upload_limit: int = UPLOAD_LIMIT_BYTES
    """Bytes that one upload, or one fetched file, may have."""
    files_limit: int = FILES_LIMIT
    """Uploads that are kept at a time, and as many results."""
    files_bytes: int = FILES_BYTES
    """Bytes that all uploads may have, and as many that all results may have."""
    smtp: SmtpServer = SmtpServer()
    """The server that mail is handed to; the local mailbox by default."""
    mail_backoff: int = MAIL_BACKOFF_SECONDS
    """Seconds before a mail that could not be sent is tried again; doubled with each try."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings in `environ`, defaults for the rest. Raises SettingError for a value that is refused."""
        read = Environment(environ)
        record = cls.of_record(environ)
        # Celery cannot use a cluster. It cannot do without a broker, and says so; it can do without results.
        results = NO_RESULTS if RedisUrl.parse(record.redis_url).kind == "cluster" else record.redis_url
        return msgspec.structs.replace(
            record,
            broker_url=with_password(read.celery_url("CELERY_BROKER_URL", record.redis_url), environ),
            result_backend=with_password(read.celery_url("CELERY_RESULT_BACKEND", results), environ),
            prefix=read.path_prefix("PHLOEM_PREFIX", "PHLOEM_URL"),
            data_dir=read.folder("PHLOEM_DATA_DIR", DATA_DIR),
            upload_limit=read.integer("PHLOEM_UPLOAD_LIMIT", UPLOAD_LIMIT_BYTES, low=1, high=10**12),
            files_limit=read.integer("PHLOEM_FILES_LIMIT", FILES_LIMIT, low=1, high=10**6),
            files_bytes=read.integer("PHLOEM_FILES_BYTES", FILES_BYTES, low=1, high=10**15),
            smtp=read.smtp_server("SMTP_URL", SMTP_URL),
            mail_backoff=read.integer("PHLOEM_MAIL_BACKOFF", MAIL_BACKOFF_SECONDS, low=1, high=MAIL_BACKOFF_LIMIT),
        )

    @property
    def celery(self) -> dict[str, Any]:
        """Celery's configuration of its broker and its result backend. SettingError if Celery cannot use them."""
        return celery_redis.configuration(self.broker_url, self.result_backend)

    def make_data_dir(self) -> str | None:
        """Makes the data folder unless it exists, and keeps it from other users; a sentence to show, if it was open.

        Raises SettingError if files cannot be written there.
        """
        try:
            opened = keep_private(self.data_dir)
            refused = refusal(self.data_dir)
        except OSError as error:
            refused = str(error.strerror)
        if refused is not None:
            raise SettingError(
                "PHLOEM_DATA_DIR", str(self.data_dir), f"a folder that this process can write to ({refused})"
            )
        return opened
