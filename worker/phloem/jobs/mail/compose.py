"""A mail as it is sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import formatdate
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Meta

from phloem.files import StoredFile, Upload
from phloem.jobs.errors import JobError
from phloem.model.owner import MAIL_HEADER, in_mail
from phloem.settings.smtp import ADDRESS

ATTACHED_LIMIT_BYTES = 20_000_000
"""Most bytes of all attachments. Encoded they are a third larger, which common mail servers still take."""

Recipient = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", extra_json_schema={"format": "email"})]
Recipients = Recipient | Annotated[Sequence[Recipient], Meta(min_length=1, max_length=100)]
Subject = Annotated[str, Meta(min_length=1, max_length=500)]
Body = Annotated[str, Meta(max_length=500_000, extra_json_schema={"format": "multiline"})]
Attachments = Annotated[Sequence[Upload], Meta(max_length=10)]

LINE_CHARACTERS = 78
"""Most characters of a line of the header (RFC 5322, 2.1.1)."""


_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories of what no line of text has: controls, halves of characters, breaks of lines and paragraphs."""


class SubjectHeader(UniqueUnstructuredHeader):
    """A subject that comes back letter for letter: in one line of plain text, else as encoded words alone.

    White space between an encoded word and plain text is lost in some readers, and that between two encoded words in
    all of them (RFC 2047, 6.2), so there is none that belongs to the text.
    """

    name: str

    def fold(self, *, policy: Policy[Any]) -> str:
        """The header as it is sent."""
        text = str(self)
        line = f"{self.name}: {text}"
        if text.isascii() and text == text.strip() and len(line) <= LINE_CHARACTERS:
            return line + policy.linesep
        words = Header(text, "utf-8", maxlinelen=LINE_CHARACTERS - 2, header_name=self.name)
        return f"{self.name}: {words.encode(linesep=policy.linesep)}{policy.linesep}"


def _headers() -> HeaderRegistry:
    registry = HeaderRegistry()
    registry.map_to_type("subject", SubjectHeader)  # type: ignore[arg-type]  # the registry adds the base class
    return registry


# Seven bits: not every server takes eight.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=LINE_CHARACTERS, header_factory=_headers())


def written(
    task_id: str,
    sender: str,
    to: Sequence[str],
    subject: str,
    body: str,
    attached: Sequence[StoredFile] = (),
    *,
    owner: str | None = None,
) -> bytes:
    """The message, with lines that end in CRLF, which names its `owner`, if any. JobError if it cannot be written.

    The Message-ID is made of the task's id: if the task runs again, its recipients can see that both are one mail.
    """
    message = EmailMessage(policy=_POLICY)
    if owner is not None:
        message[MAIL_HEADER] = in_mail(owner)
    message["From"] = sender
    message["To"] = [_address(each) for each in to]
    message["Subject"] = checked_subject(subject)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{quote(task_id, safe='')}@{sender.rpartition('@')[2]}>"
    try:
        # A mail has no NUL (RFC 5322, 2.3), but what is encoded in it may.
        message.set_content(body, cte="base64" if "\0" in body else None)
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
    if not text.strip() or any(unicodedata.category(each) in _NO_TEXT for each in text):
        raise JobError(f"subject: {text[:80]!r} is no single line of printable text.")
    if str(_POLICY.header_factory("Subject", text)) != text:
        raise JobError(f"subject: {text[:80]!r} would be read as something else (an encoded word).")
    return text
