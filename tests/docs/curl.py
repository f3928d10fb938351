"""As much of curl as the pages use, for machines that have none: python curl.py -s --json '{}' URL.

It imports the standard library alone: the pages call it some eighty times.
"""

from __future__ import annotations

import argparse
import sys
import urllib.error
import urllib.request
from http.cookiejar import MozillaCookieJar
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

BOUNDARY = "the-pages-have-no-such-line"


def main() -> int:
    """Make one request; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-f", action="store_true")
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-o", default="")
    parser.add_argument("-X", default="")
    parser.add_argument("-F", default="")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("--json", default=None)
    parser.add_argument("--data-urlencode", action="append", default=[])
    parser.add_argument("-L", action="store_true")  # here redirects are always followed
    parser.add_argument("-b", default="")
    parser.add_argument("-c", default="")
    given = parser.parse_args([option for each in sys.argv[1:] for option in _apart(each)])
    request = urllib.request.Request(given.url, method=given.X or None)
    if given.json is not None:
        request.data = given.json.encode()
        request.add_header("Content-Type", "application/json")
    elif given.data_urlencode:
        request.data = urlencode([each.split("=", 1) for each in given.data_urlencode]).encode()
    elif given.F:
        name, _, path = given.F.partition("=@")
        request.data = _form(name, Path(path))
        request.add_header("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    for header in given.H:
        request.add_header(*header.split(": ", 1))
    cookies = MozillaCookieJar()
    if given.b and Path(given.b).exists():
        cookies.load(given.b, ignore_discard=True)
    with _answer(request, cookies) as answer:
        content = answer.read()
    if given.c:
        cookies.save(given.c, ignore_discard=True)
    if given.i:
        print(f"HTTP/1.1 {answer.status} {answer.reason}")
        print("".join(f"{key}: {value}\n" for key, value in answer.headers.items()))
    if given.o:
        Path(given.o).write_bytes(content)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    return 22 if given.f and answer.status >= 400 else 0


def _answer(request: urllib.request.Request, cookies: MozillaCookieJar) -> Any:
    """The answer, of whichever status."""
    try:
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(cookies)
        return urllib.request.build_opener(*handlers).open(request, timeout=60)
    except urllib.error.HTTPError as error:
        return error


def _form(name: str, path: Path) -> bytes:
    """A form of one field, which holds a file."""
    kind = guess_type(path)[0] or "application/octet-stream"
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{path.name}"\r\n'
    head += f"Content-Type: {kind}\r\n\r\n"
    return head.encode() + path.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()


def _apart(option: str) -> list[str]:
    """-sf as -s and -f."""
    flags = option[1:]
    return [f"-{flag}" for flag in flags] if option.startswith("-") and set(flags) <= set("sfiL") else [option]


if __name__ == "__main__":
    sys.exit(main())
