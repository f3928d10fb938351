"""The mailbox over HTTP: what arrived, one message, and what is attached to it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
from flask import Blueprint, request, send_file
from msgspec import Meta
from werkzeug.wrappers import Response

from phloem_server.api.calls.answers import Mail, MailPage
from phloem_server.api.calls.errors import AttachmentUnknown, MailboxAbsent, MailUnknown, MailUnreadable
from phloem_server.api.calls.resource import owner, resource
from phloem_server.commands.mailbox import letter
from phloem_server.commands.mailbox.store import MESSAGES_KEPT, Arrived, Mailbox
from phloem_server.settings import Config
from phloem_server.transport.modes.choice import run_in_thread
from phloem_server.web.body import answer
from phloem_server.web.declared import needs, tells
from phloem_server.web.errors import QueryStringInvalid

PAGE_LIMIT = MESSAGES_KEPT
"""Messages in one answer, at most."""

PAGE = 50
"""Messages in one answer, where the call names no limit."""


def blueprint(config: Config) -> Blueprint:
    """The calls under /api/v1/mailbox."""
    calls = resource("mailbox", "/mailbox")
    mailbox = Mailbox(config.data_dir)

    @calls.before_request
    def only_where_mail_comes() -> None:
        if not config.smtp.is_local_mailbox:
            raise MailboxAbsent(
                f"Mail goes to {config.smtp.address} (SMTP_URL), so there is no local mailbox to look into."
            )

    @calls.get("")
    @needs("see", scoped=True)
    @tells(
        "Messages that arrived, newest first.",
        MailPage,
        query={"before": str, "limit": Annotated[int, Meta(ge=1, le=PAGE_LIMIT)]},
    )
    def arrived() -> Response:
        limit = request.args.get("limit", str(PAGE))
        if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= PAGE_LIMIT:
            raise QueryStringInvalid(f"limit is {limit[:80]!r}; it takes a whole number from 1 to {PAGE_LIMIT}.")
        before = request.args.get("before")
        whose = owner()
        found = run_in_thread(lambda: mailbox.newest(int(limit) + 1, before, owner=whose))
        shown = found[: int(limit)]
        return answer({"messages": shown, "next": shown[-1].id if len(found) > len(shown) else None})

    @calls.get("/<message_id>")
    @needs("see", scoped=True)
    @tells("A message.", Mail)
    def message(message_id: str) -> Response:
        head = found(message_id)
        read = _read(mailbox.path(message_id), letter.read)
        return answer({**msgspec.to_builtins(head), **msgspec.to_builtins(read)})

    @calls.get("/<message_id>/source")
    @needs("see", scoped=True)
    @tells("A message as it arrived.", media="application/octet-stream")
    def source(message_id: str) -> Response:
        found(message_id)
        return _offer(mailbox.path(message_id), f"{message_id}.eml")

    @calls.get("/<message_id>/attachments/<int:part>")
    @needs("see", scoped=True)
    @tells("What is attached to a message.", media="application/octet-stream")
    def attachment(message_id: str, part: int) -> Response:
        found(message_id)
        read = _read(mailbox.path(message_id), lambda content: letter.attachment(content, part))
        if read is None:
            raise AttachmentUnknown(f"The message {message_id} has no part {part} that could be downloaded.")
        filename, content = read
        return _offer(io.BytesIO(content), filename)

    def found(message_id: str) -> Arrived:
        whose = owner()
        arrived = run_in_thread(lambda: mailbox.get(message_id, owner=whose))
        if arrived is None:
            raise MailUnknown(f"There is no message {message_id[:200]!r}, or no longer.")
        return arrived

    return calls


def _read(path: Path, how: Any) -> Any:
    """What `how` makes of the file. MailUnknown if it went meanwhile, MailUnreadable if it is no message."""
    try:
        return run_in_thread(lambda: how(path.read_bytes()))
    except FileNotFoundError:
        raise MailUnknown(f"There is no message {path.stem!r} any longer.") from None
    except letter.Unreadable as error:
        raise MailUnreadable(str(error)) from error


def _offer(content: Path | io.BytesIO, filename: str) -> Response:
    """To be saved, never shown: a stranger sent it, and it could act in our name."""
    response = send_file(
        content, mimetype="application/octet-stream", as_attachment=True, download_name=filename, etag=False
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response
