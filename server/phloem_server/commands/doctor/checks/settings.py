"""Checks of what this process was given: variables, the app, the data folder, and the mail server."""

from __future__ import annotations

import difflib
import os
import re
import smtplib
import ssl
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import phloem
import phloem_server
from phloem.record.record import ChannelError
from phloem.settings import SettingError
from phloem.settings.data_folder import refusal, within_reach
from phloem_server.commands.doctor.check import CannotLook, Check, Trouble
from phloem_server.commands.doctor.installation import Installation
from phloem_server.commands.doctor.words import said

MAIL_SECONDS = 5.0
"""For which a mail server is waited for."""

ALIKE = 0.8
"""Names at least that alike are taken for one another; 1 is the same name."""


def names(seen: Installation) -> Iterator[Trouble]:
    """Variables that look as if they were Phloem's, and are not."""
    known = variables()
    for name in sorted(seen.environ.keys() - known):
        if not difflib.get_close_matches(name.partition("_")[0], ["PHLOEM"], cutoff=ALIKE):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=ALIKE)
        if not near and not name.startswith("PHLOEM_"):
            continue
        yield Trouble(
            what=f"Nothing reads {name}, so it has no effect.",
            evidence=f"{name} is set.",
            cure=f"Did you mean {near[0]}?" if near else "Unset it. docs/settings.md lists all variables.",
        )


def values(seen: Installation) -> Iterator[Trouble]:
    """Variables with values that keep a process from starting."""
    try:
        config = seen.config
    except SettingError as error:
        yield Trouble(
            what=f"{error.name} has a value that cannot be used, so phloem serve does not start.",
            evidence=f"{error}.",
            cure=f"Set {error.name} to what it may hold, or unset it.",
        )
        return
    if not (config.is_local or config.is_protected or _has_users(seen)):
        yield Trouble(
            what="Others can reach this server, and it asks nobody who they are, so phloem serve does not start.",
            evidence=f"HOST is {config.host}. PHLOEM_PASSWORD is not set, and there are no users.",
            cure="Set PHLOEM_PASSWORD, or add users: `phloem users add NAME --role admin`.",
        )


def app(seen: Installation) -> Iterator[Trouble]:
    """An app that cannot be loaded."""
    _ = seen.config
    try:
        _ = seen.celery
    except SettingError as error:
        yield Trouble(
            what="The Celery app cannot be loaded, so phloem serve does not start.",
            evidence=f"{error}.",
            cure="Name it as for celery -A, in a folder and an environment in which `celery -A … inspect ping` works. "
            "Where workers are attached, no --app is needed.",
        )


def folder(seen: Installation) -> Iterator[Trouble]:
    """A data folder that cannot be written, or that others can read."""
    data = seen.config.data_dir
    if not data.exists():
        raise CannotLook(f"{data} does not exist yet; the first start makes it.")
    found = data.stat()
    if refused := refusal(data):
        yield Trouble(
            what="Uploads and results cannot be stored, so phloem serve does not start.",
            evidence=f"{data} has mode {stat.filemode(found.st_mode)}: {refused}.",
            cure=f"Run `chown -R {_user()} {data}`, or set PHLOEM_DATA_DIR to another folder.",
        )
    elif found.st_uid != os.geteuid():
        yield Trouble(
            what="The data folder belongs to another user, who can read and change what is kept there.",
            evidence=f"{data} is owned by user {found.st_uid}; this is user {os.geteuid()}.",
            cure="Run all processes that share it as one user, who owns it.",
        )
    elif open_to_others := within_reach(data):
        yield Trouble(
            what="Other users of this machine can reach what is kept in the data folder.",
            evidence=f"{open_to_others[0]} has mode {stat.filemode(open_to_others[0].stat().st_mode)}.",
            cure=f"Run `chmod -R go= {open_to_others[0]}`; the next start of phloem serve does it for all of it.",
        )


def mail(seen: Installation) -> Iterator[Trouble]:
    """A mail server that takes no mail."""
    server = seen.config.smtp
    if not seen.environ.get("SMTP_URL"):
        raise CannotLook("SMTP_URL is not set.")
    try:
        kind = smtplib.SMTP_SSL if server.security == "tls" else smtplib.SMTP
        with kind(server.host, server.port, timeout=MAIL_SECONDS) as client:
            if server.security == "starttls":
                client.starttls(context=ssl.create_default_context())
            if server.user and server.password:
                client.login(server.user, server.password)
            client.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Trouble(
            what="The mail server cannot be used, so send_email and send_newsletter fail.",
            evidence=f"{server.address} ({server.security}): {said(error)}",
            cure="Check host, port and credentials in SMTP_URL. `phloem mailbox` is one for trying things out.",
        )


@cache
def variables() -> frozenset[str]:
    """The names of all variables of Phloem: those that its modules read."""
    found: set[str] = set()
    for package in (phloem, phloem_server):
        for module in Path(str(package.__file__)).parent.rglob("*.py"):
            found.update(re.findall(r"\"(PHLOEM_[A-Z_]*[A-Z])\"", module.read_text()))
    return frozenset(found)


def _has_users(seen: Installation) -> bool:
    try:
        return bool(seen.channel.users.all())
    except ChannelError:
        return False  # whose trouble is another


def _user() -> str:
    return str(os.geteuid())


CHECKS = (
    Check(name="setting-names", question="Are there variables that nothing reads, such as misspelt ones?", find=names),
    Check(name="setting-values", question="Can each variable be used, and is no page open to others?", find=values),
    Check(name="app", question="Can the app of `--app` be loaded?", find=app),
    Check(name="data-folder", question="Can the data folder be written, and does nobody else read it?", find=folder),
    Check(name="mail-server", question="Does the mail server of `SMTP_URL` let this process in?", find=mail),
)
