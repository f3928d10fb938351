"""Segments of a path as they were sent: a name in an address may hold any character, slashes too.

WSGI hands over a path with its escapes undone, where a task called `nightly/log` cannot be told from the log of
`nightly`, and `//server/share` looks like two slashes too many. All servers that run us tell the target as it was sent
as well; from that, the path is made again with `%2F` and `%25` left in place, and `Name` undoes those two in the end.
Segments that stand for `.` and `..` are read there as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from flask import Flask
from werkzeug.routing import BaseConverter, Rule

from phloem_server.web.middleware.prefix import RAW_PATHS
from phloem_server.web.paths import DOTS

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Segments:
    """WSGI middleware around the door: hands over a path in which escaped slashes do not separate."""

    def __init__(self, wsgi_app: WSGIApplication) -> None:
        self._inside = wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["PATH_INFO"] = path_of(environ)
        return self._inside(environ, start_response)


class Name(BaseConverter):
    """A name in a rule, `<name:task_id>`: one segment, or several where a client did not escape its slashes."""

    regex = r"[\s\S]+?"
    part_isolating = False
    weight = 200

    def to_python(self, value: str) -> str:
        """The name itself."""
        return unquote(value)


class ReadRule(Rule):
    """A rule for addresses that are read; one that builds them when it is asked to.

    Werkzeug's own compiles two functions for that as it is added, which is most of what an application costs to make.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(rule: ReadRule, /, **values: object) -> tuple[str, str]:
            return super(ReadRule, rule)._compile_builder(append_unknown)(rule, **values)

        return build


def register(app: Flask) -> None:
    """Lets the rules of `app` take names, and leaves slashes that follow each other as they are."""
    app.url_rule_class = ReadRule
    app.url_map.converters["name"] = Name
    app.url_map.merge_slashes = False


def path_of(environ: WSGIEnvironment) -> str:
    """The path of a request within the application, as WSGI spells it, with `%2F` and `%25` left in place.

    Where the server does not tell the target, or a middleware has made another path of it, slashes all separate.
    """
    plain = environ.get("PATH_INFO", "")
    above = environ.get("SCRIPT_NAME", "").count("/")
    for entry in RAW_PATHS:
        sent = environ.get(entry, "").partition("?")[0].split("/")[1:]
        segments = [unquote_to_bytes(each.encode("latin-1", "replace")).decode("latin-1") for each in sent]
        for start in (0, above):
            if plain == "/" + "/".join(segments[start:]):
                own = zip(sent[start:], segments[start:], strict=True)
                return "/" + "/".join(DOTS.get(each) or _escaped(segment) for each, segment in own)
    return "/".join(map(_escaped, plain.split("/")))


def _escaped(segment: str) -> str:
    return segment.replace("%", "%25").replace("/", "%2F")
