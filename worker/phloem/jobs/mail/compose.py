"""A mail as it goes over the wire."""

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

ATTACHED_LIMIT = 20_000_000
"""Bytes of all attachments: a third more on the way is what common mail servers still take."""

Recipient = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", extra_json_schema={"format": "email"})]
Recipients = Annotated[Sequence[Recipient], Meta(min_length=1, max_length=100)]
Subject = Annotated[str, Meta(min_length=1, max_length=500)]
Body = Annotated[str, Meta(max_length=500_000, extra_json_schema={"format": "multiline"})]
Attachments = Annotated[Sequence[Upload], Meta(max_length=10)]

# Seven bits all the way: not every server takes more.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)


def written(
    task_id: str, sender: str, to: Sequence[str], subject: str, body: str, attached: Sequence[StoredFile] = ()
) -> bytes:
    """The message, its lines ended by CRLF. JobError where it cannot be written.

    Its Message-ID is the task's: if the task runs again, whoever gets both can see that it is one mail.
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
    if (size := sum(file.size for file in attached)) > ATTACHED_LIMIT:
        raise JobError(f"The attachments have {size:,} bytes in all; a mail takes {ATTACHED_LIMIT:,}.")
    for file in attached:
        main, _, sub = file.content_type.partition("/")
        if main in ("message", "multipart"):  # would be taken for a part of the mail itself
            main, sub = "application", "octet-stream"
        # What looks like an encoded word would be read as one, whatever it spells.
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
    """One line of text that stands for itself. JobError where it would begin another header or read as another text.

    An encoded word (RFC 2047) is decoded by whatever writes or reads the header, and may spell a line break.
    """
    if not text.isprintable() or not text.strip():
        raise JobError(f"subject: {text[:80]!r} is no single line of printable text.")
    if str(_POLICY.header_factory("Subject", text)) != text:
        raise JobError(f"subject: {text[:80]!r} would be read as something else (an encoded word).")
    return text
