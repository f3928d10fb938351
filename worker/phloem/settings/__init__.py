"""Settings from environment variables, as frozen records.

environment  readers for one variable each, and `SettingError`
record       the settings of the record: all that `phloem.attach` reads
settings     those that the bundled jobs and the server share
smtp         the mail server that SMTP_URL names
"""

from phloem.settings.environment import REDIS_URL, Environment, SettingError, without_password
from phloem.settings.record import LEASE_SECONDS, RecordSettings
from phloem.settings.settings import MAIL_BACKOFF_LIMIT, Settings, for_celery

__all__ = [
    "LEASE_SECONDS",
    "MAIL_BACKOFF_LIMIT",
    "REDIS_URL",
    "Environment",
    "RecordSettings",
    "SettingError",
    "Settings",
    "for_celery",
    "without_password",
]
