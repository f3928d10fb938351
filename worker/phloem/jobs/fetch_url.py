"""Downloads a file: a job that streams, and tries again when the other side fails for a moment."""

from __future__ import annotations

from typing import Annotated, Any, BinaryIO, cast
from urllib.parse import SplitResult, unquote

from msgspec import Meta

import phloem
from phloem.files import FileTooLarge
from phloem.jobs.app import app, settings
from phloem.jobs.download.answer import Answer, Incomplete
from phloem.jobs.download.file_name import file_name
from phloem.jobs.download.http_client import get
from phloem.jobs.errors import JobError, Passing
from phloem.jobs.results import keep, named

Address = Annotated[
    str, Meta(pattern="^[Hh][Tt][Tt][Pp][Ss]?://[^/]", max_length=4000, extra_json_schema={"format": "uri"})
]


GZIP = ("gzip", "x-gzip")
GZIP_SUFFIXES = (".gz", ".tgz")


@app.task(
    name="phloem.jobs.fetch_url",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    # After up to 2, 4 and 8 seconds. The part is random: tasks that failed together do not all retry together.
    autoretry_for=(Passing,),
    max_retries=3,
    retry_backoff=2,
    retry_backoff_max=60,
    retry_jitter=True,
    soft_time_limit=15 * 60,
    time_limit=16 * 60,
)
def fetch_url(url: Address) -> dict[str, Any]:
    """Fetches a file from the public Internet.

    It follows up to five redirects, and tries three times more when the other side does not answer.

    Args:
        url: where it is, https://example.com/file
    """
    with get(url, private=settings.fetch_private) as (place, answer):
        stream = Stream(answer, place)
        filename = name_of(answer, place)
        if (answer.length or 0) > settings.upload_limit:
            raise too_large(filename)
        with phloem.step(f"Fetching {filename}", total=answer.length, unit="B") as stream.step:
            try:
                file = keep(cast("BinaryIO", stream), filename, type_of(answer), limit=settings.upload_limit)
            except FileTooLarge:
                raise too_large(filename) from None
            stream.step.total = file.size
    phloem.log(f"{place.hostname}: {file.filename}, {file.size:,} bytes")
    return {"files": [named(file)], "from": f"{place.scheme}://{place.netloc}{place.path}"}


class Stream:
    """The body of an answer, as a stream that moves a bar."""

    step: Any
    _left = b""

    def __init__(self, answer: Answer, place: SplitResult) -> None:
        self._answer = answer
        self._place = place

    def read(self, size: int) -> bytes:
        """The bytes that have arrived, at most `size`; none at the end. Raises Passing if it breaks off before that."""
        try:
            arrived = self._left or self._answer.read()
        except (OSError, Incomplete):
            raise self._broken_off() from None
        chunk, self._left = arrived[:size], arrived[size:]
        self.step.advance(len(chunk))
        return chunk

    def _broken_off(self) -> Passing:
        return Passing(f"{self._place.hostname} broke off after {self.step.current:,.0f} bytes.")


def name_of(answer: Answer, place: SplitResult) -> str:
    """The name that the other side gives the file, else the end of its address, else the host."""
    given = file_name(answer.header("Content-Disposition") or "")
    name = given or unquote(place.path.rpartition("/")[2]) or str(place.hostname)
    if coding(answer) in GZIP and not name.lower().endswith(GZIP_SUFFIXES):
        return f"{name}.gz"
    return name


def type_of(answer: Answer) -> str:
    """The media type; unknown if the body is compressed although that was not asked for."""
    return "" if coding(answer) else answer.header("Content-Type") or ""


def coding(answer: Answer) -> str:
    """How the body is compressed. It is kept compressed: a few bytes could become any number of bytes."""
    encoding = (answer.header("Content-Encoding") or "").strip().lower()
    return "" if encoding == "identity" else encoding


def too_large(filename: str) -> JobError:
    """The error for more bytes than are kept."""
    return JobError(f"{filename} has more than {settings.upload_limit:,} bytes (PHLOEM_UPLOAD_LIMIT).")
