"""How an answer is written down, under what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.compatibility.clients import Answer, ask
from tests.compatibility.normal import Normal


def keep(
    told: dict[str, str],
    normal: Normal,
    request: tuple[str, str, Mapping[str, str] | None, bytes | None],
    answer: Answer,
    *,
    name: str = "",
    how: Callable[[Answer], str] | None = None,
) -> None:
    """Adds an answer to those that were told, under what was asked unless it has a name."""
    method, path, headers, body = request
    said = [f"{header}: {value}" for header, value in (headers or {}).items()]
    said += [repr(body)[1:]] if body is not None and len(body) < 500 else []
    asked = " | ".join([f"{method} {path if len(path) < 200 else path[:50] + '…'}", *said])
    title = normal.text(name or asked)
    assert title not in told, f"{title} was asked before"
    told[title] = normal.answer(answer, body=how(answer) if how else None)


def figures(answer: Answer) -> str:
    """The names of all figures, and what is said of them; those of the process are the platform's."""
    lines = answer.text.splitlines()
    return "\n".join(line for line in lines if line.startswith("#") and " process_" not in line)


def form(filename: str, kind: str, content: bytes) -> bytes:
    """A form with a file."""
    name = f'name="file"; filename="{filename}"' if filename else 'name="other"'
    head = f"--part\r\nContent-Disposition: form-data; {name}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + content + b"\r\n--part--\r\n"


def answer_tag(port: int, file_id: str) -> str:
    """The ETag of a file."""
    return ask(port, "HEAD", f"/api/v1/files/{file_id}").header("ETag")


def present(answer: Answer) -> str:
    """Of a body, whether there is one."""
    return "(something)" if answer.body else ""
