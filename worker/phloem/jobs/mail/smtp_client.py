"""One conversation with a mail server: from the connection to its confirmation that it has the message.

Either all recipients get the message or none. The error says whether another try may help.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import phloem
from phloem.jobs.errors import JobError
from phloem.settings.smtp import SmtpServer

TIMEOUT_SECONDS = 30.0
"""How long it waits for a connection, and for each answer."""

CONFIRM_SECONDS = 600.0
"""How long it waits for the confirmation: a server that has the message may still look at it (RFC 5321, 4.5.3.2.6)."""

TIME_LIMIT_SECONDS = 15 * 60
"""How long a task may take that delivers a mail: the confirmation, and all that comes before it."""

CHUNK_BYTES = 64 * 1024
"""How much of the message is sent at a time."""

ANSWER_LIMIT_CHARACTERS = 400
"""How much of a server's own text an error has."""

_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's codes for a certificate that is whole, and that no trusted authority has signed."""
_AUTHORITY = " SSL_CERT_FILE may name a file with the certificate of the authority that signed it, or with itself."

Reply = tuple[int, bytes]


class Refused(JobError):
    """The server refuses the mail, and would refuse it again. No recipient has it."""


class Unavailable(JobError):
    """The server cannot take the mail now; another try may succeed. No recipient has it."""


class Unconfirmed(JobError):
    """The server may have the mail or not: another try might send it twice."""


def deliver(server: SmtpServer, message: bytes, recipients: Sequence[str]) -> None:
    """Hands over `message`, whose lines end in CRLF. Raises Refused, Unavailable or Unconfirmed if that fails."""
    with phloem.step("Sending", total=4) as whole, in_words(server):
        with phloem.step(f"Connecting to {server.address}"):
            smtp = connected(server)
        try:
            whole.advance()
            if server.user is not None and server.password is not None:
                with phloem.step("Signing in"):
                    smtp.login(server.user, server.password)
            whole.advance()
            address(smtp, server, len(message), recipients)
            whole.advance()
            send(smtp, server, message)
            whole.advance()
            # The server has the message, so an error after that does not matter.
            with suppress(OSError):
                smtp.quit()
        finally:
            smtp.close()


def connected(server: SmtpServer) -> smtplib.SMTP:
    """A connection, greeted and encrypted as asked. Certificates are checked; SSL_CERT_FILE may name authorities."""
    # The name by which it greets; smtplib would look it up, and may wait for a name server.
    own_name = "localhost" if server.is_local_mailbox else None
    if server.security == "tls":
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, own_name, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=TIMEOUT_SECONDS)
    try:
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def address(smtp: smtplib.SMTP, server: SmtpServer, size: int, recipients: Sequence[str]) -> None:
    """Names the sender and the recipients, and the size in bytes if the server supports that (RFC 1870)."""
    if (limit := smtp.esmtp_features.get("size", "")).isdecimal() and 0 < int(limit) < size:
        raise Refused(f"The mail has {size:,} bytes; {server.address} takes {int(limit):,}.")
    options = [f"SIZE={size}"] if smtp.has_extn("size") else []
    expect(smtp.mail(server.sender, options), f"{server.address} takes no mail from {server.sender}")
    for recipient in phloem.track(recipients, "Naming recipients", unit="recipient"):
        expect(smtp.rcpt(recipient), f"{server.address} does not take mail for {recipient}")


def send(smtp: smtplib.SMTP, server: SmtpServer, message: bytes) -> None:
    """Sends the message, and waits until the server confirms that it has it."""
    expect(smtp.docmd("DATA"), f"{server.address} does not take the message", 354)
    # A dot at the beginning of a line is doubled, since a dot alone ends the message (RFC 5321, 4.5.2).
    dotted = re.sub(rb"(?m)^\.", b"..", message)
    with phloem.step("Sending the message", total=len(dotted), unit="B") as step:
        for start in range(0, len(dotted), CHUNK_BYTES):
            chunk = dotted[start : start + CHUNK_BYTES]
            smtp.send(chunk)
            step.advance(len(chunk))
    try:
        if smtp.sock is not None:
            smtp.sock.settimeout(CONFIRM_SECONDS)
        smtp.send(b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")
        reply = smtp.getreply()
    except OSError as error:
        raise Unconfirmed(
            f"The connection to {server.address} broke before it said whether it has the mail "
            f"({_why(error, CONFIRM_SECONDS)}). "
            "See whether it arrived before you send it again."
        ) from error
    expect(reply, f"{server.address} does not take the message")


def expect(reply: Reply, refusal: str, code: int = 250) -> None:
    """Raises Unavailable for 4xx and Refused for 5xx (RFC 5321, 4.2.1), with the server's text, unless it is `code`."""
    if reply[0] in (code, code + 1):  # 251: the server will forward the mail
        return
    kind = Unavailable if 400 <= reply[0] < 500 else Refused
    raise kind(f"{refusal}: {reply[0]} {_words(reply[1])}".rstrip())


@contextmanager
def in_words(server: SmtpServer) -> Iterator[None]:
    """Raises what smtplib and the network raise as Refused or Unavailable, with a sentence."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        expect((error.smtp_code, _bytes(error.smtp_error)), f"{server.address} does not let us sign in")
    except smtplib.SMTPResponseException as error:
        expect((error.smtp_code, _bytes(error.smtp_error)), f"{server.address} says no")
    except smtplib.SMTPServerDisconnected as error:
        raise Unavailable(f"{server.address} ended the conversation: {_why(error)}.") from error
    except ssl.SSLCertVerificationError as error:
        cure = _AUTHORITY if error.verify_code in _UNKNOWN_AUTHORITY else ""
        raise Refused(f"The certificate of {server.address} is not good: {_why(error).rstrip('.')}.{cure}") from error
    except (ssl.SSLError, smtplib.SMTPException) as error:
        raise Refused(f"{server.address} cannot be spoken to as SMTP_URL says: {_why(error)}") from error
    except OSError as error:
        raise Unavailable(f"{server.address} cannot be reached: {_why(error)}.") from error


def _why(error: BaseException, waited: float | None = None) -> str:
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        return _why(error.__context__, waited)  # the error behind smtplib's
    if isinstance(error, TimeoutError):
        return f"no answer within {waited or TIMEOUT_SECONDS:g} s"
    said = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
    return _words(said.encode(errors="replace")) or type(error).__name__


def _words(said: bytes) -> str:
    """A server's text in one line."""
    return " ".join(said.decode(errors="replace").split())[:ANSWER_LIMIT_CHARACTERS]


def _bytes(said: str | bytes) -> bytes:
    return said if isinstance(said, bytes) else said.encode()
