"""As much of curl as the pages use, for machines that have none: python curl.py -s --json '{}' URL."""

from __future__ import annotations

import argparse
import sys
from mimetypes import guess_type
from pathlib import Path

import requests


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
    given = parser.parse_args([option for each in sys.argv[1:] for option in _apart(each)])
    headers = dict(each.split(": ", 1) for each in given.H)
    if given.json is not None:
        headers["Content-Type"] = "application/json"
    name, _, path = given.F.partition("=@")
    answer = requests.request(
        given.X or ("GET" if given.json is None and not given.F else "POST"),
        given.url,
        headers=headers,
        data=None if given.json is None else given.json.encode(),
        files={name: (Path(path).name, Path(path).read_bytes(), guess_type(path)[0])} if given.F else None,
        timeout=30,
    )
    if given.i:
        print(f"HTTP/1.1 {answer.status_code} {answer.reason}")
        print("".join(f"{key}: {value}\n" for key, value in answer.headers.items()))
    if given.o:
        Path(given.o).write_bytes(answer.content)
    else:
        sys.stdout.buffer.write(answer.content)
    return 22 if given.f and not answer.ok else 0


def _apart(option: str) -> list[str]:
    """-sf as -s and -f."""
    flags = option[1:]
    return [f"-{flag}" for flag in flags] if option.startswith("-") and set(flags) <= set("sfi") else [option]


if __name__ == "__main__":
    sys.exit(main())
