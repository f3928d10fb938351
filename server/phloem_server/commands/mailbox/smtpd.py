"""Taking mail: the SMTP server of the mailbox, in the foreground, on loopback only."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from phloem.settings import SettingError
from phloem.settings.data_folder import keep_private
from phloem.settings.smtp import MAILBOX_PORT, SmtpServer
from phloem_server.commands.mailbox.store import Mailbox
from phloem_server.commands.output import tell, warn
from phloem_server.commands.redis import end_with_parent
from phloem_server.transport.listen import CannotListen

MESSAGE_LIMIT_BYTES = 32 * 1024 * 1024
"""Of one message: what most mail servers take, and some more."""

RECIPIENTS_LIMIT = 1000
"""Recipients of one message (RFC 5321, 4.5.3.1.8, wants 100 at least)."""

IDLE_SECONDS = 300
"""Until a client that sends nothing is disconnected (RFC 5321, 4.5.3.2.7)."""


class Arrivals:
    """The handler that aiosmtpd calls when mail comes."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accepts every recipient."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_LIMIT:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Accepts the message once it is on the disk."""
        content = envelope.original_content or b""
        keep = partial(self._mailbox.keep, content, envelope.mail_from or "", envelope.rcpt_tos)
        try:
            message_id = await asyncio.to_thread(keep)
        except OSError as error:
            warn(f"A message could not be kept: {error.strerror}.")
            return f"452 4.3.1 The mailbox cannot keep it: {error.strerror}"
        return f"250 2.0.0 Kept as {message_id}"


def run(server: SmtpServer, data_dir: Path) -> None:
    """Takes mail until SIGTERM or SIGINT comes, or the process that started this one ends.

    Exits with status 2 and one line where it cannot: SettingError, CannotListen.
    """
    if not server.is_local_mailbox:
        may_hold = f"smtp://127.0.0.1:{MAILBOX_PORT} or another port of this machine, without a password"
        raise SettingError("SMTP_URL", server.address, f"{may_hold}, for a local mailbox to listen there")
    mailbox = Mailbox(data_dir)
    try:
        if opened := keep_private(data_dir):
            tell(opened)
        mailbox.folder.mkdir(exist_ok=True)
        mailbox.sweep()
    except OSError as error:
        may_hold = f"a folder that this process can write to ({error.strerror})"
        raise SettingError("PHLOEM_DATA_DIR", str(data_dir), may_hold) from error
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's: each command of each client
    listener = bind(server)
    end_with_parent()
    asyncio.run(_listen(server, mailbox, listener))


def bind(server: SmtpServer) -> socket.socket:
    """A socket that listens at the address of `server`. CannotListen."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        return socket.create_server((server.host, server.port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CannotListen(
            f"The mailbox cannot listen on {server.address}: {reason}. End what listens there; or run phloem "
            f"mailbox, and all else, with SMTP_URL=smtp://127.0.0.1:{server.port % 65535 + 1}."
        ) from error


async def _listen(server: SmtpServer, mailbox: Mailbox, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    arrivals = Arrivals(mailbox)

    def conversation() -> SMTP:
        return SMTP(
            arrivals,
            data_size_limit=MESSAGE_LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",  # else it asks a name server for its own name
            ident="Phloem mailbox",
            timeout=IDLE_SECONDS,
            loop=loop,
        )

    listening = await loop.create_server(conversation, sock=listener)
    tell(f"The mailbox listens on {server.address} and keeps mail in {mailbox.folder}")
    await ended.wait()
    listening.close()  # without waiting for clients that are still connected
