"""A mail as it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Annotated
from urllib.parse import quote

from msgspec import Meta

from phloem.files import StoredFile, Upload
from phloem.jobs.errors import JobError
from phloem.settings.smtp import ADDRESS

ATTACHED_LIMIT_BYTES = 20_000_000
"""Most bytes of all attachments. Encoded they are a third larger, which common mail servers still take."""

Recipient = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", extra_json_schema={"format": "email"})]
Recipients = Annotated[Sequence[Recipient], Meta(min_length=1, max_length=100)]
Subject = Annotated[str, Meta(min_length=1, max_length=500)]
Body = Annotated[str, Meta(max_length=500_000, extra_json_schema={"format": "multiline"})]
Attachments = Annotated[Sequence[Upload], Meta(max_length=10)]

# Seven bits: not every server takes eight.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)


def written(
    task_id: str, sender: str, to: Sequence[str], subject: str, body: str, attached: Sequence[StoredFile] = ()
) -> bytes:
    """The message, with lines that end in CRLF. Raises JobError if it cannot be written.

    The Message-ID is made of the task's id: if the task runs again, its recipients can see that both are one mail.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = [_address(each) for each in to]
    message["Subject"] = checked_subject(subject)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{quote(task_id, safe='')}@{sender.rpartition('@')[2]}>"
    try:
        message.set_content(body)
    except UnicodeEncodeError:
        raise JobError("body has half of a character in it (a lone surrogate), which no mail can hold.") from None
    if (size := sum(file.size for file in attached)) > ATTACHED_LIMIT_BYTES:
        raise JobError(f"The attachments have {size:,} bytes in all; a mail takes {ATTACHED_LIMIT_BYTES:,}.")
    for file in attached:
        main, _, sub = file.content_type.partition("/")
        if main in ("message", "multipart"):  # would be read as a part of the mail itself
            main, sub = "application", "octet-stream"
        # A name that looks like an encoded word (RFC 2047) would be decoded.
        message.add_attachment(file.path.read_bytes(), main, sub, filename=file.filename.replace("=?", "= ?"))
    return message.as_bytes()


def _address(text: str) -> Address:
    try:
        if ADDRESS.fullmatch(text):
            return Address(addr_spec=text)
    except (ValueError, IndexError):  # two dots in a row, and the like
        pass
    raise JobError(f"to: {text[:80]!r} is no mail address such as ann@example.com.")


def checked_subject(text: str) -> str:
    """The subject, if it is one line that is read as it is written. Raises JobError if it is not.

    An encoded word (RFC 2047) is decoded by programs that write or read the header, and may hold a line break.
    """
    if not text.isprintable() or not text.strip():
        raise JobError(f"subject: {text[:80]!r} is no single line of printable text.")
    if str(_POLICY.header_factory("Subject", text)) != text:
        raise JobError(f"subject: {text[:80]!r} would be read as something else (an encoded word).")
    return text
