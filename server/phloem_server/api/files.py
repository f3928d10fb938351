"""Files over HTTP: one comes in, one goes out."""

from __future__ import annotations

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from flask import request, send_file
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response

from phloem.files import StoreFull
from phloem_server.transport.modes.choice import run_in_thread
from phloem_server.web.problem import Problem

if TYPE_CHECKING:
    from phloem.files import FileStore, StoredFile

FIELD = "file"
"""The form field that holds the file."""

SHOWN = frozenset(
    {
        "application/pdf",
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
    }
)
"""Types that a browser may show. Others, HTML and SVG above all, could act in our name: saved."""

_FRAMING = 64 * 1024  # bytes that a multipart body may have around its file
_IN_MEMORY = 512 * 1024  # bytes of a file before it goes to a temporary one, and of everything that is no file
_PARTS = 16
_AN_HOUR = 3600


def receive(files: FileStore, limit: int) -> StoredFile:
    """Keeps the file of this request's form.

    Problem 413 for more than `limit` bytes, before any of it is in the store, also where the body does
    not tell its length; 422 where there is no file; 507 where too many are kept.
    """
    request.max_content_length = limit + _FRAMING
    with ExitStack() as opened:

        def spool(
            total_content_length: int | None,  # noqa: ARG001  the parser calls it so
            content_type: str | None,  # noqa: ARG001
            filename: str | None,  # noqa: ARG001
            content_length: int | None = None,  # noqa: ARG001
        ) -> IO[bytes]:
            stream = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed with `opened`
            return cast("IO[bytes]", opened.enter_context(stream))

        # The parser's own buffer, which it fills 64 KiB at a time, has to stay below this limit as well.
        parser = FormDataParser(spool, max_form_memory_size=_IN_MEMORY, max_form_parts=_PARTS)
        try:
            _, _, found = parser.parse(
                request.stream, request.mimetype, request.content_length, request.mimetype_params
            )
        except RequestEntityTooLarge:
            if (request.content_length or 0) > limit + _FRAMING:
                raise _too_large(limit) from None
            raise Problem(
                413,
                f"The form has more than its file: it takes up to {_PARTS} fields, with {_IN_MEMORY:,} bytes "
                f"beside an upload of at most {limit:,} bytes (PHLOEM_UPLOAD_LIMIT).",
            ) from None
        file = found.get(FIELD)
        if file is None or not file.filename:
            raise Problem(422, f"No file came: this takes multipart/form-data with a field named {FIELD}.")
        if file.stream.seek(0, 2) > limit:
            raise _too_large(limit)
        file.stream.seek(0)
        source = cast("BinaryIO", file.stream)
        name, kind = file.filename, file.mimetype
        try:
            return run_in_thread(lambda: files.add("uploads", source, name, kind, limit=limit))
        except StoreFull as full:
            raise Problem(507, f"The upload was not kept: {full}.") from full


def offer(file: StoredFile) -> Response:
    """The file as an answer: shown if that is safe, else saved; in parts and not twice if asked so."""
    shown = file.content_type in SHOWN
    answer = send_file(
        file.path,
        mimetype=file.content_type if shown else "application/octet-stream",
        as_attachment=not shown,
        download_name=file.filename,
        conditional=True,
        etag=file.id,
    )
    answer.headers["Cache-Control"] = f"private, max-age={_AN_HOUR}"
    # Whatever is in it acts in nobody's name.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return answer


def _too_large(limit: int) -> Problem:
    return Problem(413, f"An upload may have {limit:,} bytes (PHLOEM_UPLOAD_LIMIT); this has more.")
