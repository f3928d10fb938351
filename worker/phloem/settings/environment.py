"""Reading environment variables: typed, with a default, and with one sentence for every refusal.

`Environment` has the readers. The server's and the jobs' own settings use the same ones, so every refusal says which
variable it is about, what it held, and what it may hold.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from phloem.errors import PhloemError
from phloem.settings.smtp import MAY_HOLD, SmtpServer, without_credentials

REDIS_URL = "redis://127.0.0.1:6390/0"
"""Where `phloem redis` listens."""

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
    """A URL fit for logs: user and password are replaced by "***"."""
    url = re.sub(r"(?<=://).*@", "***@", url, flags=re.DOTALL)
    return re.sub(r"(?<=password=)[^&]*", "***", url)


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

    def redis_url(self, name: str, default: str) -> str:
        """The URL of a Redis: redis://, rediss:// (TLS) or unix:// (a socket's path)."""
        value = self._variables.get(name) or default
        if not _names_a_redis(value):
            raise SettingError(name, value, f"a Redis address, such as {REDIS_URL}, rediss://… or unix:///path")
        return value

    def smtp_server(self, name: str, default: str) -> SmtpServer:
        """A mail server by its URL: smtp:// or smtps:// (TLS)."""
        value = self._variables.get(name) or default
        try:
            return SmtpServer.parse(value)
        except ValueError:  # its text might quote a password
            raise SettingError(name, without_credentials(value), MAY_HOLD) from None

    def celery_url(self, name: str, default: str) -> str:
        """The URL of a broker or a result backend, with any scheme: those are Celery's."""
        return self.text(
            name,
            default,
            pattern=r"[A-Za-z][A-Za-z0-9+.-]*://\S*",
            may_hold=f"an address that Celery knows, such as {REDIS_URL}",
        )


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
