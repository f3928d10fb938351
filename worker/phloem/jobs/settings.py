"""What the bundled jobs are told by the environment, beside what worker and server agree on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

import msgspec

from phloem.settings import Environment, Settings

URL = "http://127.0.0.1:8000"
"""Where `phloem serve` listens unless told otherwise."""

REPORT_TO = "operator@localhost"
"""Somebody whose mail the local mailbox keeps."""


class JobSettings(Settings, frozen=True, kw_only=True):
    """The settings of the bundled jobs."""

    url: str = URL
    """Where people open the page, as links in mails and reports have it. No slash at its end."""
    report_to: str = REPORT_TO
    """Who gets the daily report."""
    fetch_private: bool = False
    """Whether fetch_url may reach addresses that are not of the public Internet."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """The settings that `environ` holds, defaults for the rest. SettingError on nonsense."""
        shared = msgspec.structs.asdict(Settings.from_environment(environ))
        read = Environment(environ)
        url = read.text(
            "PHLOEM_URL",
            _url(environ),
            pattern=r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?",
            may_hold=f"the address of the page, such as {URL} or https://tasks.example.com",
        )
        return cls(
            **shared,
            url=url.rstrip("/"),
            report_to=read.text(
                "PHLOEM_REPORT_TO",
                REPORT_TO,
                pattern=r"[^\s@,<>]+@[^\s@,<>]+",
                may_hold="a mail address",
            ),
            fetch_private=read.switch("PHLOEM_FETCH_PRIVATE", False),
        )


def _url(environ: Mapping[str, str]) -> str:
    """Where the web process of the same Procfile is, as far as a browser on this machine goes."""
    port = environ.get("PORT") or ""
    return f"http://127.0.0.1:{port}" if port.isdecimal() and len(port) <= 5 else URL
