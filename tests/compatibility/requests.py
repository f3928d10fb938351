"""What is asked: headers, queries and bodies, right and wrong ones."""

from __future__ import annotations

from tests.compatibility.processes import Stack

JSON = {"Content-Type": "application/json"}
PAGE = {"Accept": "text/html"}
BEARER = {"Authorization": f"Bearer {Stack.PASSWORD}"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

SEEDED = {
    "seed-hold": "PROGRESS",
    "seed-sum": "SUCCESS",
    "seed-broken": "FAILURE",
    "seed-flaky": "SUCCESS",
    "seed-import": "SUCCESS",
    "seed-private": "FAILURE",
    "seed-expired": "REVOKED",
    "seed-retrying": "RETRY",
    "seed-later": "RECEIVED",
    "seed-waiting": "PENDING",
}
"""The tasks that shop.py sends, and the state in which each stays."""

LISTS = (
    "state=SUCCESS&state=FAILURE",
    "name=shop.add",
    "name=shop.*&state=",
    "queue=nobody",
    f"worker={Stack.WORKER}&limit=1",
    "q=WAREHOUSE",
    "q=hunter2",
    "parent_id=seed-sum",
    "root_id=seed-sum&limit=1",
    "group_id=seed-group&limit=1",
    "retry_of=seed-sum",
    "not.name=shop.*",
    "not.state=SUCCESS&not.state=FAILURE&not.queue=orders",
    "not.q=seed&not.worker=nobody&limit=1",
    "not.parent_id=seed-sum&not.root_id=a&not.group_id=b&not.retry_of=c&limit=1",
    "within=3600&limit=1",
    "older=3600.5",
    "before=0",
)
WRONG_LISTS = (
    "limit=0",
    "limit=201",
    "limit=many",
    "state=DONE",
    "not.state=DONE",
    "colour=red",
    "not.colour=red",
    "not=SUCCESS",
    "name=a&name=b",
    "name=" + 21 * "*",
    "q=" + 501 * "x",
    "&".join(f"not.q={number}" for number in range(11)),
    "within=soon",
    "older=0",
    "before=-1",
)
SUBMISSIONS = (
    b'{"name":"shop.add","args":[1],"queue":"nobody"}',
    b'{"name":"shop.wait","kwargs":{"said":["x"]},"queue":"nobody","countdown":3600,"expires":7200}',
    b'{"name":"shop.wait","queue":"nobody","eta":"2100-01-01T00:00:00Z","expires":"2100-01-02T00:00:00+01:00"}',
    b'{"name":"shop.wait","queue":"nobody","eta":4102444800.5}',
)
WRONG_SUBMISSIONS = (
    b"",
    b"{",
    b"\xff",
    b"[]",
    b"{}",
    b'{"name":""}',
    b'{"name":"shop.none"}',
    b'{"name":"shop.ad"}',
    b'{"name":"shop.add"}',
    b'{"name":"shop.add","args":["one"]}',
    b'{"name":"shop.add","args":[1,2,3]}',
    b'{"name":"shop.add","args":[1],"kwargs":{"z":1}}',
    b'{"name":"shop.add","args":{}}',
    b'{"name":"shop.add","args":[1],"colour":"red"}',
    b'{"name":"shop.add","args":[1],"queue":"a\\nb"}',
    b'{"name":"shop.add","args":[1],"countdown":-1}',
    b'{"name":"shop.add","args":[1],"countdown":1,"eta":4102444800}',
    b'{"name":"shop.add","args":[1],"eta":"2030-01-31"}',
    b'{"name":"shop.add","args":[1],"eta":1000000000}',
    b'{"name":"shop.add","args":[1],"expires":"2001-01-01T00:00:00Z"}',
    b'{"name":"shop.add","args":[1],"expires":1e300}',
)
PAGES = ("/", "/tasks/any/thing", "/launch", "/mailbox", "/mailbox/any", "/workers", "/queues/", "/schedule", "/now")

MULTIPART = {"Content-Type": "multipart/form-data; boundary=part"}

LETTER = """\
From: Ann <ann@shop.example>\r
To: bob@shop.example\r
Subject: Letter %d\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=part\r
\r
--part\r
Content-Type: text/plain; charset=utf-8\r
\r
Hello\r
--part\r
Content-Type: text/csv\r
Content-Disposition: attachment; filename="orders.csv"\r
\r
a,b\r
--part--\r
"""
