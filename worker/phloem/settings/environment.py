"""Reading environment variables: typed, with a default, and with one sentence for every refusal.

`Environment` has the readers. The server's and the jobs' own settings use the same ones, so every refusal says which
variable it is about, what it held, and what it may hold.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from phloem.errors import PhloemError
from phloem.settings import redact, redis_url
from phloem.settings.embedded_redis import REDIS_URL
from phloem.settings.redis_url import RedisUrl

if TYPE_CHECKING:
    from phloem.settings.smtp import SmtpServer

SHOWN_CHARACTERS = 80
"""Characters of a refused value that are shown."""


class SettingError(PhloemError, ValueError):
    """A variable holds what it may not. The text is the one line to print before an exit with status 2."""

    code = "setting_invalid"

    def __init__(self, name: str, held: str, may_hold: str) -> None:
        self.name = name
        shown = without_password(held)
        shown = shown if len(shown) <= SHOWN_CHARACTERS else shown[: SHOWN_CHARACTERS - 1] + "…"
        super().__init__(f"{name} is {shown!r}; it may hold {may_hold}")


def without_password(url: str) -> str:
    """A URL fit for logs, even if it is not well-formed: user and passwords are replaced by "***"."""
    url = re.sub(r"^([A-Za-z0-9+.-]*:?/+|(?=[^@]*:)).*@", r"\1***@", url, flags=re.DOTALL)
    return re.sub(
        r"(?i)(?<=[?&;])([^=&;]*(?:passw|pwd|secret|token|key(?!file)|auth|sig)[^=&;]*=)[^&;]*", r"\1***", url
    )


class Environment:
    """Environment variables, with a method for each type of value. An empty variable counts as not set.

    Every method takes the name of the variable and its default, and raises SettingError if the value is refused.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str, *, pattern: str, may_hold: str) -> str:
        """A value that the regular expression `pattern` matches as a whole."""
        value = self._variables.get(name) or default
        if not re.fullmatch(pattern, value):
            raise SettingError(name, value, may_hold)
        return value

    def release(self, name: str) -> str:
        """The name of a release, such as `2.4.1` or a commit; empty where nothing is set."""
        return self.text(
            name, "", pattern=r"[!-~]{0,100}", may_hold="1 to 100 printable ASCII characters without blanks"
        )

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
        """A folder, as an absolute path; it need not exist."""
        value = self._variables.get(name) or default
        if "\0" in value or ((path := Path(value).expanduser()).exists() and not path.is_dir()):
            raise SettingError(name, value, "the path of a folder, such as ./var")
        return path.absolute()

    def path_prefix(self, name: str, url_name: str) -> str:
        """The path below which something is served, else that of the URL `url_name`.

        It begins with a slash and ends with none; "" is the root.
        """
        value = self._variables.get(name) or ""
        if not value:
            name, value = url_name, _path(self._variables.get(url_name) or "")
        path = f"/{value.strip('/')}" if value.strip("/") else ""
        if not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", path):
            raise SettingError(name, value, "a path such as /phloem, of letters, digits, and any of . _ ~ -")
        return path

    def redis_url(self, *names: str, default: str) -> str:
        """The address of a Redis, in any spelling of `RedisUrl`: that of the first of these variables which is set."""
        name = next((name for name in names if self._variables.get(name)), names[0])
        value = self._variables.get(name) or default
        try:
            RedisUrl.parse(value)
        except ValueError as error:
            raise SettingError(name, value, f"{redis_url.MAY_HOLD}: {error}") from None  # it might quote a password
        return value

    def redactions(self, name: str) -> tuple[str, ...]:
        """Names and patterns of secrets; see `phloem.settings.redact`."""
        value = self._variables.get(name) or ""
        try:
            return redact.rules(value)
        except ValueError as error:
            raise SettingError(name, value, f"{redact.MAY_HOLD}: {error}") from error

    def smtp_server(self, name: str, default: str) -> SmtpServer:
        """A mail server by its URL: smtp:// or smtps:// (TLS)."""
        from phloem.settings import smtp  # which most processes that read settings do without

        value = self._variables.get(name) or default
        try:
            return smtp.SmtpServer.parse(value)
        except ValueError:  # its text might quote a password
            raise SettingError(name, smtp.without_credentials(value), smtp.MAY_HOLD) from None

    def celery_url(self, name: str, default: str) -> str:
        """The URL of a broker or a result backend, with any scheme: those are Celery's."""
        return self.text(
            name,
            default,
            pattern=r"[A-Za-z][A-Za-z0-9+.-]*://\S*",
            may_hold=f"an address that Celery knows, such as {REDIS_URL}",
        )


def _path(url: str) -> str:
    """The path of a URL; "" for what is no URL, which is refused where the URL is read."""
    try:
        return urlsplit(url).path if "://" in url else ""
    except ValueError:
        return ""
