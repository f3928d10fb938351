"""What the library reads from its environment, as one frozen record."""

from phloem.settings.settings import (
    MAIL_BACKOFF_LIMIT,
    REDIS_URL,
    Environment,
    SettingError,
    Settings,
    for_celery,
    without_password,
)

__all__ = [
    "MAIL_BACKOFF_LIMIT",
    "REDIS_URL",
    "Environment",
    "SettingError",
    "Settings",
    "for_celery",
    "without_password",
]
