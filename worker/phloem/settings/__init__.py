"""Settings from environment variables, as frozen records.

environment     readers for one variable each, and `SettingError`
record          the settings of the record: all that `phloem.attach` reads
settings        those that the bundled jobs and the server share
redis_url       the address of a Redis, in every spelling
celery_redis    the same Redis in Celery's configuration
redact          names and patterns of secrets: PHLOEM_REDACT
smtp            the mail server that SMTP_URL names
data_folder     the data folder, kept from other users of the machine
embedded_redis  the password of the embedded Redis, which its clients find in the data folder
secret_file     secrets that are made once, in files that only their owner reads
"""

from typing import TYPE_CHECKING, Any

from phloem.settings.embedded_redis import REDIS_URL, WHERE_IT_IS, is_embedded, redis_password
from phloem.settings.environment import Environment, SettingError, without_password
from phloem.settings.record import LEASE_SECONDS, RecordSettings
from phloem.settings.redis_url import RedisUrl

if TYPE_CHECKING:
    from phloem.settings.settings import MAIL_BACKOFF_LIMIT, Settings

__all__ = [
    "LEASE_SECONDS",
    "MAIL_BACKOFF_LIMIT",
    "REDIS_URL",
    "WHERE_IT_IS",
    "Environment",
    "RecordSettings",
    "RedisUrl",
    "SettingError",
    "Settings",
    "is_embedded",
    "redis_password",
    "without_password",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        # What is attached needs those of the record alone.
        if name not in ("MAIL_BACKOFF_LIMIT", "Settings"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from phloem.settings import settings

        return getattr(settings, name)
