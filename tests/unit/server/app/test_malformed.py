"""Requests with a malformed body, host or query: on every route each is refused, and none is an error of the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from celery.schedules import crontab
from flask import Flask
from werkzeug.test import Client

from phloem.model.event import Event
from phloem.model.state import State
from phloem.testing import MemoryChannel
from phloem_server.app.create import create_app
from phloem_server.control.registry import Registry
from phloem_server.mirror.follower import Follower
from phloem_server.settings import Config

HOST = {"Host": "127.0.0.1"}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
VALUES = {"task_id": "over", "name": "nightly", "file_id": "0" * 32, "message_id": "x", "part": "1", "path": "x"}
"""What stands for the variable parts of a path."""

BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a NUL": b"\0",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "cut UTF-8": b'{"name": "\xe2\x82',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"name": "resize"}'.encode("utf-16"),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "a deep value": b'{"name": "resize", "kwargs": {"x": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "a huge number": b'{"name": "resize", "countdown": 1e999}',
    "many digits": b'{"name": "resize", "eta": ' + b"9" * 5000 + b"}",
    "many digits in a value": b'{"name": "resize", "kwargs": {"width": ' + b"9" * 5000 + b"}}",
    "NaN": b'{"name": "resize", "countdown": NaN}',
    "NaN in a value": b'{"name": "resize", "args": [NaN, Infinity]}',
    "half of a surrogate pair": b'{"name": "\\ud800", "kwargs": {"\\udfff": "\\ud800"}}',
    "half of a pair in a value": b'{"name": "resize", "args": ["\\ud800"], "kwargs": {}}',
    "half of a pair in retry": b'{"args": ["\\udc00"], "kwargs": {"\\udc00": 1}}',
    "control characters": b'{"name": "resize\\u0000", "queue": "\\u0000", "args": ["\\u0000"]}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"resize"',
    "wrong types": b'{"name": 1, "args": {}, "kwargs": [], "queue": [], "countdown": "x", "eta": {}, "expires": []}',
    "wrong types in retry": b'{"args": {"a": 1}, "kwargs": [1], "terminate": 1, "signal": 9}',
    "a key twice": b'{"name": "resize", "name": "quiet", "args": [], "args": 1}',
    "years": b'{"name": "resize", "eta": "9999-12-31T23:59:59-23:59", "expires": "0001-01-01T00:00:00+23:59"}',
    "a form without parts": b"--x--\r\n",
    "half of a part": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
    "a part without a name": b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
    "a part without fields": b"--x\r\n\r\nabc\r\n--x--\r\n",
    "a part in no encoding": b"--x\r\nContent-Disposition: form-data; name=file; filename*=x''%f\r\n\r\na\r\n--x--\r\n",
    "a field as a file": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n',
    "binary fields": b"--x\r\n\xff\xfe: \x80\r\nContent-Type: \xff\r\n\r\n\xff\r\n--x--\r\n",
    "a form": b"password=%ff&password=%00&next=%ff&=&&&" + b"a=b&" * 2000,
}
TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=\xff",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\xff",
    "application/x-www-form-urlencoded; charset=nonsense",
    "text/plain",
    ";;;",
    "",
)
HOSTS = (
    *("[fe80::1%25eth0]", "[fe80::1%eth0]:80", "[::1%25lo]", "[::1", "::1]", "[]", "[v1.x]", "[::1]x", "[::1]:x"),
    *("", " ", ":", ":80", "a:b:c", "127.0.0.1:99999", "127.0.0.1:", "127.0.0.1:+80", "127.0.0.1, 127.0.0.1"),
    *("user@127.0.0.1", "127.0.0.1/x", "127.0.0.1?x", "127.0.0.1#x", "127.0.0.1\\x", "\xff", "127.0.0.1%00", "\u00b2"),
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    config = Config(async_mode="threading", data_dir=tmp_path)
    celery = Celery("test", broker="memory://", set_as_current=False)
    celery.task(name="resize", shared=False)(resize)
    celery.conf.beat_schedule = {"nightly": {"task": "resize", "schedule": crontab()}}
    channel = MemoryChannel()
    over = Event(id="over", at=1.0, source="p", seq=1, run="r", name="resize", state=State.FAILURE, call=b"[[],{}]")
    channel.record([over])
    app = create_app(config, follower=Follower(channel), channel=channel, registry=Registry(celery, "test"))
    yield app
    app.extensions["phloem"].close()
    celery.control.purge()
    celery.close()


def resize(width: int = 1, x: object = None, *rest: object) -> None: ...


def calls(app: Flask) -> Iterator[tuple[str, str]]:
    """Method and path of every call that can have a body."""
    yield "POST", "/socket.io/?EIO=4&transport=polling"
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            for method in (rule.methods or set()) & CHANGING:
                path = app.url_map.bind("127.0.0.1").build(
                    rule.endpoint, {name: VALUES.get(name, "x") for name in rule.arguments}, method
                )
                yield method, path


def test_a_malformed_body_is_never_an_error_of_the_server(app: Flask) -> None:
    client = Client(app.wsgi_app)
    failed = []
    for method, path in calls(app):
        for kind, body in BODIES.items():
            for media in TYPES:
                answer = client.open(path, method=method, data=body, content_type=media, headers=HOST, buffered=True)
                if answer.status_code >= 500:
                    failed.append((method, path, kind, media, answer.status_code))
    assert failed == []
    assert len(list(calls(app))) >= 6


@pytest.mark.parametrize("host", HOSTS)
def test_an_odd_host_is_refused(app: Flask, host: str) -> None:
    for path in ("/", "/healthz", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling", "/sign-in"):
        answer = Client(app.wsgi_app).get(path, headers={"Host": host}, buffered=True)
        assert 400 <= answer.status_code < 500, path
