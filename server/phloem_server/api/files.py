"""Files: an upload comes in, an upload or a result goes out."""

from __future__ import annotations

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

from flask import Blueprint, request, send_file
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Response

from phloem.files import FileStore, Origin, StoredFile, StoreFull
from phloem_server.api.calls.answers import Uploaded
from phloem_server.api.calls.errors import FileMissing, FileUnknown, FormTooLarge, UploadsFull, UploadTooLarge
from phloem_server.api.calls.resource import caller, owner, resource
from phloem_server.transport.modes.choice import run_in_thread
from phloem_server.web.body import answer
from phloem_server.web.declared import needs, tells
from phloem_server.web.middleware.prefix import below
from phloem_server.web.paths import API

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
"""Types that a browser may show. Others, HTML and SVG above all, could act in our name: they are saved."""

_FRAMING_BYTES = 64 * 1024  # that a multipart body may have around its file
_IN_MEMORY_BYTES = 512 * 1024  # of a file before it goes to a temporary one, and of everything that is no file
_PARTS = 16
_CACHE_SECONDS = 3600


def blueprint(*, files: FileStore, limit: int) -> Blueprint:
    """The calls. `limit` is how many bytes an upload may have."""
    calls = resource("files")

    @calls.post("/uploads")
    @needs("launch", scoped=True)
    @tells("Keeps a file.", Uploaded, status=201, form={FIELD: {"type": "string", "format": "binary"}})
    def upload() -> Response:
        kept = receive(files, limit, Origin(owner=owner()))
        told = ("id", "filename", "size", "content_type")
        return answer(
            {name: getattr(kept, name) for name in told}, 201, location=below(request.environ, f"{API}/files/{kept.id}")
        )

    @calls.get("/files/<file_id>")
    @needs("see", scoped=True)
    @tells("A file.", media="*/*")
    def download(file_id: str) -> Response:
        kept, scope = files.find(file_id), caller().scope
        hidden = kept is not None and scope is not None and not scope.admits_file(kept.origin)
        if kept is None or hidden or not kept.path.is_file():
            raise FileUnknown(f"There is no file {file_id[:200]!r}, or no longer.")
        return offer(kept)

    return calls


def receive(files: FileStore, limit: int, origin: Origin) -> StoredFile:
    """Keeps the file of this request's form, which comes from there.

    UploadTooLarge for more than `limit` bytes, before any of it is in the store, also where the body does not tell its
    length; FormTooLarge; FileMissing; UploadsFull where too many are kept.
    """
    request.max_content_length = limit + _FRAMING_BYTES
    with ExitStack() as opened:
        file = _parse(opened, limit)
        if file is None or not file.filename:
            raise FileMissing(f"No file came: this takes multipart/form-data with a field named {FIELD}.")
        if file.stream.seek(0, 2) > limit:
            raise _too_large(limit)
        file.stream.seek(0)
        source = cast("BinaryIO", file.stream)
        name, kind = file.filename, file.mimetype
        try:
            return run_in_thread(lambda: files.add("uploads", source, name, kind, limit=limit, origin=origin))
        except StoreFull as full:
            raise UploadsFull(f"The upload was not kept: {full}.") from full


def offer(file: StoredFile) -> Response:
    """The file as an answer: shown if that is safe, else saved; with ranges and conditional requests."""
    shown = file.content_type in SHOWN
    response = send_file(
        file.path,
        mimetype=file.content_type if shown else "application/octet-stream",
        as_attachment=not shown,
        download_name=file.filename,
        conditional=True,
        etag=file.id,
    )
    response.headers["Cache-Control"] = f"private, max-age={_CACHE_SECONDS}"
    # Scripts in it have no rights here.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


def _parse(opened: ExitStack, limit: int) -> FileStorage | None:
    """The file of this request's form; its temporary file is closed with `opened`."""

    def spool(
        total_content_length: int | None,  # noqa: ARG001  the parser calls it so
        content_type: str | None,  # noqa: ARG001
        filename: str | None,  # noqa: ARG001
        content_length: int | None = None,  # noqa: ARG001
    ) -> IO[bytes]:
        stream = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  closed with `opened`
        return cast("IO[bytes]", opened.enter_context(stream))

    # The parser's own buffer, which it fills 64 KiB at a time, has to stay below this limit as well.
    parser = FormDataParser(spool, max_form_memory_size=_IN_MEMORY_BYTES, max_form_parts=_PARTS)
    try:
        _, _, found = parser.parse(request.stream, request.mimetype, request.content_length, request.mimetype_params)
    except RequestEntityTooLarge:
        if (request.content_length or 0) > limit + _FRAMING_BYTES:
            raise _too_large(limit) from None
        raise FormTooLarge(
            f"The form has more than its file: it takes up to {_PARTS} fields, with {_IN_MEMORY_BYTES:,} bytes "
            f"beside an upload of at most {limit:,} bytes (PHLOEM_UPLOAD_LIMIT)."
        ) from None
    return found.get(FIELD)


def _too_large(limit: int) -> UploadTooLarge:
    return UploadTooLarge(f"An upload may have {limit:,} bytes (PHLOEM_UPLOAD_LIMIT); this has more.")
