"""The mailbox over HTTP: what arrived, one message, and what is attached to it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, request, send_file
from werkzeug.wrappers import Response

from phloem_server.commands.mailbox import letter
from phloem_server.commands.mailbox.store import MESSAGES_KEPT, Arrived, Mailbox
from phloem_server.transport.modes.choice import run_in_thread
from phloem_server.web.problem import Problem

if TYPE_CHECKING:
    from phloem_server.settings import Config

LIMIT = MESSAGES_KEPT
"""Messages in one answer, at most."""

PAGE = 50


def blueprint(config: Config) -> Blueprint:
    """The calls under /api/v1/mailbox."""
    calls = Blueprint("mailbox", __name__, url_prefix="/api/v1/mailbox")
    mailbox = Mailbox(config.data_dir)

    @calls.before_request
    def only_where_mail_comes() -> None:
        if not config.smtp.is_local_mailbox:
            raise Problem(
                404, f"Mail goes to {config.smtp.address} (SMTP_URL), so there is no local mailbox to look into."
            )

    @calls.get("")
    def arrived() -> Response:
        limit = request.args.get("limit", str(PAGE))
        if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= LIMIT:
            raise Problem(400, f"limit is {limit[:80]!r}; it takes a whole number from 1 to {LIMIT}.")
        before = request.args.get("before")
        found = run_in_thread(lambda: mailbox.newest(int(limit) + 1, before))
        shown = found[: int(limit)]
        return _json({"messages": shown, "next": shown[-1].id if len(found) > len(shown) else None})

    @calls.get("/<message_id>")
    def message(message_id: str) -> Response:
        head = found(message_id)
        read = _read(mailbox.path(message_id), letter.read)
        return _json({**msgspec.to_builtins(head), **msgspec.to_builtins(read)})

    @calls.get("/<message_id>/source")
    def source(message_id: str) -> Response:
        found(message_id)
        return _offer(mailbox.path(message_id), f"{message_id}.eml")

    @calls.get("/<message_id>/attachments/<int:part>")
    def attachment(message_id: str, part: int) -> Response:
        found(message_id)
        read = _read(mailbox.path(message_id), lambda content: letter.attachment(content, part))
        if read is None:
            raise Problem(404, f"The message {message_id} has no part {part} that could be downloaded.")
        filename, content = read
        return _offer(io.BytesIO(content), filename)

    def found(message_id: str) -> Arrived:
        arrived = run_in_thread(lambda: mailbox.get(message_id))
        if arrived is None:
            raise Problem(404, f"There is no message {message_id[:200]!r}, or no longer.")
        return arrived

    return calls


def _read(path: Path, how: Any) -> Any:
    """What `how` makes of the file. Problem where it went meanwhile, or is no message."""
    try:
        return run_in_thread(lambda: how(path.read_bytes()))
    except FileNotFoundError:
        raise Problem(404, f"There is no message {path.stem!r} any longer.") from None
    except letter.Unreadable as error:
        raise Problem(422, str(error)) from error


def _offer(content: Path | io.BytesIO, filename: str) -> Response:
    """To be saved, never shown: it came from anybody, and could act in our name."""
    answer = send_file(
        content, mimetype="application/octet-stream", as_attachment=True, download_name=filename, etag=False
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json", headers={"Cache-Control": "no-store"})
