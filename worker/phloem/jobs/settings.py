"""The settings of the bundled jobs, beside those that they share with the server."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import IPv6Address
from typing import Self
from urllib.parse import urlsplit

import msgspec

from phloem.settings import Environment, SettingError, Settings
from phloem.settings.smtp import ADDRESS

URL = "http://127.0.0.1:8000"
"""Where `phloem serve` listens unless told otherwise."""

REPORT_TO = "operator@localhost"
"""An address that the local mailbox takes mail for."""

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL = rf"https?://({_LABEL}(\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?(/[A-Za-z0-9._~/-]*)?"


class JobSettings(Settings, frozen=True, kw_only=True):
    """The settings of the bundled jobs."""

    url: str = URL
    """The address of the page, for links in mails and reports. Without a slash at its end."""
    report_to: str = REPORT_TO
    """The mail address that gets the daily report."""
    fetch_private: bool = False
    """Whether fetch_url may reach addresses that are not of the public Internet."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings in `environ`, defaults for the rest. Raises SettingError for a value that is refused."""
        shared = msgspec.structs.asdict(Settings.from_environment(environ))
        read = Environment(environ)
        may_hold = f"the address of the page, such as {URL} or https://tasks.example.com"
        url = read.text("PHLOEM_URL", _url(environ) + shared["prefix"], pattern=_URL, may_hold=may_hold)
        if not _leads_somewhere(url):
            raise SettingError("PHLOEM_URL", url, may_hold)
        return cls(
            **shared,
            url=url.rstrip("/"),
            report_to=read.text(
                "PHLOEM_REPORT_TO",
                REPORT_TO,
                pattern=ADDRESS.pattern,
                may_hold="a mail address",
            ),
            fetch_private=read.switch("PHLOEM_FETCH_PRIVATE", False),
        )


def _url(environ: Mapping[str, str]) -> str:
    """The address of the web process of the same Procfile, for a browser on this machine."""
    url = f"http://127.0.0.1:{environ.get('PORT')}"
    return url if re.fullmatch(_URL, url) and _leads_somewhere(url) else URL


def _leads_somewhere(url: str) -> bool:
    """Whether the port is valid, and the text in brackets, if there are any, is an IPv6 address."""
    try:
        parts = urlsplit(url)
        if "[" in url:
            IPv6Address(str(parts.hostname))
        port = parts.port
    except ValueError:
        return False
    return port != 0
