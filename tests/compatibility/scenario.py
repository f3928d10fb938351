"""One conversation of clients of the first protocol with a whole installation, told as text."""

from __future__ import annotations

import json
import re
import smtplib
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.compatibility import live, terminal
from tests.compatibility.clients import Answer, ask
from tests.compatibility.normal import Normal
from tests.compatibility.processes import Stack, wait_until
from tests.compatibility.recording import answer_tag, figures, form, keep, present
from tests.compatibility.requests import (
    BEARER,
    FORM,
    JSON,
    LETTER,
    LISTS,
    MULTIPART,
    PAGE,
    PAGES,
    SEEDED,
    SUBMISSIONS,
    WRONG_LISTS,
    WRONG_SUBMISSIONS,
)

RECORDED = Path(__file__).with_name("recorded")


class Scenario:
    """What is asked, in its order. `answers` has, for each file, what was answered under what was asked."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.normal = Normal()
        self.answers: dict[str, dict[str, str]] = {}
        for value, name in stack.places().items():
            self.normal.learn(value, name)

    def run(self) -> None:
        """All of it."""
        self._settle()
        with ThreadPoolExecutor(2) as aside:
            watched = aside.submit(terminal.told, self.stack, self.normal)
            closed = aside.submit(self._closed)
            self._reading()
            self._files()
            self._mailbox()
            self._pages()
            self._strangers()
            self.answers["closed.txt"] = closed.result()
            self.answers["watch.txt"] = watched.result()
        talk = live.Talk(self.stack, self.normal)
        self.answers["live.txt"] = talk.told
        talk.refusals()
        talk.boards()
        talk.views()
        talk.polling()
        with terminal.following(self.stack, self.normal, self.answers["watch.txt"]):
            talk.changes(others=1)
        self._acting()
        talk.loss(self._lost)

    def _settle(self) -> None:
        """Waits until all that was sent has come as far as it comes, and the workers were asked."""
        found: dict[str, str] = {}

        def settled() -> bool:
            found.update({task["id"]: task["state"] for task in self._json("/api/v1/tasks")["tasks"]})
            return found == SEEDED

        wait_until(settled, lambda: f"{found}\n{self.stack.logs()}")
        self.stack.tell("turn")
        self.stack.tell("say I am here")

        def held() -> bool:
            task = self._json("/api/v1/tasks/seed-hold")
            return bool(task["steps"]) and task["steps"][0]["current"] == 1 and task["message"] == "I am here"

        wait_until(held, lambda: str(self._json("/api/v1/tasks/seed-hold")))
        for port in (self.stack.port, self.stack.closed_port):
            wait_until(partial(self._asked, port), lambda: str(self._json("/api/v1/workers")))

    def _asked(self, port: int) -> bool:
        """Whether a web process knows of the worker."""
        body = json.loads(ask(port, "GET", "/api/v1/workers", BEARER).body)
        return any(worker["online"] and worker["queues"] for worker in body["workers"])

    def _json(self, path: str) -> Any:
        return json.loads(ask(self.stack.port, "GET", path).body)

    def _told(
        self,
        file: str,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        name: str = "",
        how: Callable[[Answer], str] | None = None,
    ) -> Answer:
        """Asks the open web process, and keeps the answer; `how` tells the body otherwise than as it is."""
        answer = ask(self.stack.port, method, path, headers, body)
        keep(self.answers.setdefault(file, {}), self.normal, (method, path, headers, body), answer, name=name, how=how)
        return answer

    def _reading(self) -> None:
        """Tasks and logs, what can be launched, and the boards."""
        file = "reading.txt"

        def get(path: str) -> Answer:
            return self._told(file, "GET", path)

        everything = get("/api/v1/tasks")
        assert len(json.loads(everything.body)["tasks"]) == len(SEEDED)
        for query in LISTS:
            get(f"/api/v1/tasks?{query}")
        before = ""
        for number in (1, 2, 3, 4):
            page = self._told(file, "GET", f"/api/v1/tasks?limit=3{before}", name=f"page {number} of tasks")
            before = f"&before={json.loads(page.body)['next']}"
        for query in WRONG_LISTS:
            get(f"/api/v1/tasks?{query}")
        for task_id in SEEDED:
            get(f"/api/v1/tasks/{task_id}")
            get(f"/api/v1/tasks/{task_id}/log")
        after = ""
        for number in (1, 2, 3):
            path = f"/api/v1/tasks/seed-import/log?limit=2{after}"
            page = self._told(file, "GET", path, name=f"page {number} of a log")
            after = f"&after={json.loads(page.body)['next']}"
        for path in ("none", "none/log", "a/b", quote("ä\n"), "seed-sum/log?after=x", "seed-sum/log?limit=0"):
            get(f"/api/v1/tasks/{path}")
        get("/api/v1/tasks/seed-sum/log?limit=1001")
        get("/api/v1/tasks/seed-sum/log?limit=1&limit=2")
        for path in ("registry", "session", "workers", "queues", "schedule", "now"):
            get(f"/api/v1/{path}")
        self._told(file, "HEAD", "/api/v1/registry")
        for method, path in (
            ("PUT", "tasks"),
            ("DELETE", "tasks/seed-sum"),
            ("GET", "tasks/seed-sum/revoke/"),
            ("POST", "workers"),
            ("PATCH", "now"),
            ("GET", "schedule/new%20year/run"),
            ("POST", "nothing"),
        ):
            self._told(file, method, f"/api/v1/{path}")
        self._told(file, "GET", "/api/v1/nothing", PAGE)

    def _files(self) -> None:
        """Uploads, and files handed out."""
        file, path = "files.txt", "/api/v1/uploads"
        for name, kind, content in (
            ("a größer.txt", "text/plain", b"0123456789"),
            ("page.html", "text/html", b"<script>1</script>"),
            ("one more.txt", "text/plain", b"x"),
        ):
            answer = self._told(file, "POST", path, MULTIPART, form(name, kind, content), name=f"upload {name}")
            if answer.status == 201:
                kept = json.loads(answer.body)["id"]
                self.normal.learn(kept, f"<{name}>")
                section = self.answers[file]
                section[f"upload {name}"] = section[f"upload {name}"].replace(kept, f"<{name}>")
                self._told(file, "GET", f"/api/v1/files/{kept}", name=f"file {name}")
                self._told(file, "HEAD", f"/api/v1/files/{kept}", name=f"head of file {name}")
                self._told(file, "GET", f"/api/v1/files/{kept}", {"Range": "bytes=2-4"}, name=f"part of {name}")
                self._told(file, "GET", f"/api/v1/files/{kept}", {"Range": "bytes=99-"}, name=f"no part of {name}")
                again = {"If-None-Match": answer_tag(self.stack.port, kept)}
                self._told(file, "GET", f"/api/v1/files/{kept}", again, name=f"file {name}, again")
        self._told(file, "GET", "/api/v1/files/none")
        self._told(file, "POST", path, MULTIPART, form("big", "text/plain", bytes(2000)), name="upload of too much")
        self._told(file, "POST", path, {**MULTIPART, "Content-Length": "1000000"}, name="upload of far too much")
        self._told(file, "POST", path, MULTIPART, form("", "text/plain", b"x"), name="upload without a name")
        self._told(file, "POST", path, JSON, b"{}")
        self._told(file, "POST", path)
        self._told(file, "GET", path)

    def _mailbox(self) -> None:
        """Mail that arrived."""
        file, path = "mailbox.txt", "/api/v1/mailbox"
        for number in (1, 2):
            with smtplib.SMTP("127.0.0.1", self.stack.mail_port, timeout=20) as server:
                server.sendmail("ann@shop.example", ["bob@shop.example"], LETTER % number)
            kept = self._json(path)["messages"][0]["id"]
            self.normal.learn(kept, f"<message {number}>")
        self._told(file, "GET", path)
        self._told(file, "GET", f"{path}?limit=1")
        self._told(file, "GET", f"{path}?limit=1&before={kept}")
        for wrong in ("?limit=0", "?limit=1001", "?limit=x", "/none", "/none/source", "/none/attachments/1"):
            self._told(file, "GET", f"{path}{wrong}")
        message = self._told(file, "GET", f"{path}/{kept}")
        self._told(file, "GET", f"{path}/{kept}/source")
        part = json.loads(message.body)["attachments"][0]["part"]
        self._told(file, "GET", f"{path}/{kept}/attachments/{part}")
        self._told(file, "GET", f"{path}/{kept}/attachments/99")
        self._told(file, "GET", f"{path}/{kept}/attachments/x")
        self._told(file, "DELETE", f"{path}/{kept}")

    def _pages(self) -> None:
        """The pages, of which only the heads are told: they are no part of the contract."""
        file = "pages.txt"
        for path in (*PAGES, "/embed.js"):
            self._told(file, "GET", path, PAGE, how=present)
        for path in ("/embed.d.ts", "/embed.react.d.ts", "/embed.vue.d.ts"):
            self._told(file, "GET", path, how=present)  # they grow
            told = self.answers[file][f"GET {path}"]  # what kind of file that is differs from system to system
            self.answers[file][f"GET {path}"] = re.sub(r"(?m)^(Content-Type): .+$", r"\1: <of such files>", told)
        for path in ("/healthz", "/readyz", "/none", "/assets/none.js", "/a/b", "/sign-in", "/sign-out", "/healthz/"):
            self._told(file, "GET", path)
        self._told(file, "GET", "/metrics", how=figures)
        self._told(file, "GET", "/none%3Cb%3E", PAGE)
        self._told(file, "HEAD", "/healthz")
        self._told(file, "POST", "/healthz")
        self._told(file, "POST", "/")
        self._told(file, "OPTIONS", "/api/v1/tasks")

    def _strangers(self) -> None:
        """Requests by another name, and from pages of others."""
        file, path = "strangers.txt", "/api/v1/session"
        for host in (
            "evil.example",
            "evil.example:80",
            "a b",
            "",
            "localhost",
            f"localhost:{self.stack.port}",
            "[::1]",
        ):
            self._told(file, "GET", path, {"Host": host})
        self._told(file, "GET", path, {"Origin": "https://evil.example"})
        self._told(file, "GET", "/api/v1/session?x=%FF")
        sent = {**JSON, "Content-Length": "2"}
        for more in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": f"http://127.0.0.1:{self.stack.port}"},
            {"Sec-Fetch-Site": "same-origin"},
        ):
            self._told(file, "POST", "/api/v1/tasks", {**sent, **more}, b"{}")
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        self._told(file, "OPTIONS", "/api/v1/tasks", asked)
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            self._told(file, "GET", "/socket.io/?EIO=4&transport=polling", headers)

    def _closed(self) -> dict[str, str]:
        """The web process that has a password, and other origins whose pages may connect."""
        told: dict[str, str] = {}
        port, origin, other = self.stack.closed_port, {"Origin": Stack.ORIGIN}, {"Origin": "https://evil.example"}

        def one(method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
            answer = ask(port, method, path, headers, body)
            keep(told, self.normal, (method, path, headers, body), answer)
            return answer

        for path in ("/api/v1/session", "/metrics", "/healthz", "/readyz", "/socket.io/?EIO=4&transport=polling"):
            one("GET", path)
        one("GET", "/api/v1/tasks?state=SUCCESS", PAGE)
        one("GET", "/none?x=1", PAGE)
        one("GET", "/embed.d.ts", {"If-None-Match": "*"})
        one("GET", "/api/v1/session", BEARER)
        one("GET", "/api/v1/mailbox", BEARER)
        one("GET", "/api/v1/tasks/seed-sum", BEARER)
        one("GET", "/api/v1/session", {**BEARER, "Host": "evil.example"})
        one("GET", "/api/v1/session", {**BEARER, **origin})
        one("GET", "/api/v1/session", {**BEARER, **other})
        one("POST", "/api/v1/tasks", {**JSON, **origin}, b"{}")
        one("POST", "/api/v1/tasks", {**JSON, **BEARER, **origin}, b"{}")
        one("POST", "/api/v1/tasks", {**JSON, **BEARER, **other}, b"{}")
        one("OPTIONS", "/api/v1/tasks", {**origin, "Access-Control-Request-Method": "POST"})
        one("OPTIONS", "/api/v1/tasks", {**other, "Access-Control-Request-Method": "POST"})
        one("GET", "/sign-in")
        one("GET", "/sign-in?next=/tasks/a?b=%22")
        one("GET", "/sign-in?next=//evil.example")
        one("PUT", "/sign-in")
        one("GET", "/sign-out")
        one("POST", "/sign-in", FORM, b"password=" + 9000 * b"x")
        wrong: tuple[tuple[str, str, dict[str, str], bytes | None], ...] = (
            ("GET", "/api/v1/session", {"Authorization": "Bearer guess"}, None),
            ("POST", "/sign-in", FORM, b"password=guess&next=/tasks/a"),
            ("POST", "/sign-in", FORM, b"password="),
        )
        with ThreadPoolExecutor(len(wrong)) as pool:  # each is answered a second later
            refused = [pool.submit(ask, port, *each) for each in wrong]
            for each, refusal in zip(wrong, refused, strict=True):
                keep(told, self.normal, each, refusal.result())
        password = quote(Stack.PASSWORD).encode()
        answer = one("POST", "/sign-in", FORM, b"next=/tasks/a?b=1&password=" + password)
        one("POST", "/sign-in", {**FORM, **origin}, b"next=//evil.example&password=" + password)
        cookie = {"Cookie": answer.header("Set-Cookie").partition(";")[0]}
        self.normal.learn(cookie["Cookie"].partition("=")[2], "<cookie>")
        one("GET", "/api/v1/session", cookie)
        one("GET", "/api/v1/workers/", {"Cookie": "phloem_session=person.x.y"})
        one("POST", "/sign-out", cookie)
        return told

    def _acting(self) -> None:
        """Tasks sent, revoked and run again."""
        file, tasks = "acting.txt", "/api/v1/tasks"
        ids = [json.loads(self._told(file, "POST", tasks, JSON, body).body)["id"] for body in SUBMISSIONS]
        for body in WRONG_SUBMISSIONS:
            self._told(file, "POST", tasks, JSON, body)
        self._told(file, "POST", tasks, {"Content-Type": "text/plain"}, b"{}")
        self._told(file, "POST", tasks)
        self._told(file, "POST", tasks, {**JSON, "Content-Length": "2000000"})
        for number, task_id in enumerate(ids, 1):
            self._told(file, "GET", f"{tasks}/{task_id}", name=f"task {number} that was sent")
        revoke = f"{tasks}/{ids[0]}/revoke"
        self._told(file, "POST", revoke, name="revoke a task that waits")
        self._reaches(f"{tasks}/{ids[0]}", "REVOKED")
        self._told(file, "POST", revoke, JSON, b'{"terminate":true,"signal":"SIGKILL"}', name="terminate it")
        self._told(file, "GET", f"{tasks}/{ids[0]}", name="it was revoked")
        self._noted(f"{tasks}/{ids[0]}", 1)
        self._told(file, "GET", f"{tasks}/{ids[0]}/log", name="its log")
        self._running(file)
        for body in (b"{", b"[]", b'{"terminate":1}', b'{"signal":"SIGINT"}', b'{"colour":"red"}'):
            self._told(file, "POST", f"{tasks}/seed-waiting/revoke", JSON, body)
            self._told(file, "POST", f"{tasks}/seed-sum/retry", JSON, body)
        self._told(file, "POST", f"{tasks}/seed-sum/revoke")
        self._told(file, "POST", f"{tasks}/seed-sum/revoke", {"Content-Type": "text/plain"}, b"{}")
        self._told(file, "POST", f"{tasks}/none/revoke")
        self._told(file, "POST", f"{tasks}/none/retry")
        self._told(file, "POST", f"{tasks}/seed-waiting/retry")
        self._told(file, "POST", f"{tasks}/seed-private/retry")
        self._told(file, "POST", f"{tasks}/seed-sum/retry", JSON, b'{"args":[]}')
        self._told(file, "POST", f"{tasks}/seed-sum/retry", JSON, b'{"args":7}')
        for name, body in (("as it was", b"{}"), ("otherwise", b'{"args":[5],"kwargs":{"y":6}}')):
            again = self._told(file, "POST", f"{tasks}/seed-sum/retry", JSON, body, name=f"run again {name}")
            path = f"{tasks}/{json.loads(again.body)['id']}"
            self._reaches(path, "SUCCESS")
            self._told(file, "GET", path, name=f"the task that ran again {name}")
        for path in ("none/run", "every%20day/run?x=1", "new%20year/run"):
            self._told(file, "POST", f"/api/v1/schedule/{path}")
        self._told(file, "POST", "/api/v1/schedule/new%20year/run", JSON, b'{"x":1}')
        board = partial(self._json, "/api/v1/schedule")
        wait_until(
            lambda: all(e["last"] for e in board()["entries"]) and board()["entries"][0]["last"]["state"] == "SUCCESS",
            lambda: str(board()),
        )
        self._told(file, "GET", "/api/v1/schedule")
        ended = self._told(file, "POST", f"{tasks}/seed-later/revoke", JSON, b"{}")
        assert ended.status == 202, ended
        self._reaches(f"{tasks}/seed-later", "REVOKED")

    def _running(self, file: str) -> None:
        """A task that runs is revoked, and then stopped."""
        sent = b'{"name":"shop.hold","kwargs":{"name":"hold"}}'
        path = json.loads(self._told(file, "POST", "/api/v1/tasks", JSON, sent).body)["url"]
        wait_until(lambda: self._json(path)["steps"], lambda: str(self._json(path)))
        self._told(file, "POST", f"{path}/revoke", JSON, b"{}", name="revoke a task that runs")
        self._told(file, "POST", f"{path}/revoke", JSON, b'{"terminate":true,"signal":"SIGKILL"}', name="stop it")
        self._reaches(path, "REVOKED")
        self._noted(path, 2)
        self._told(file, "GET", path, name="it was stopped")
        self._told(file, "GET", f"{path}/log", name="the log of what was stopped")

    def _reaches(self, path: str, state: str) -> None:
        wait_until(lambda: self._json(path)["state"] == state, lambda: str(self._json(path)))

    def _noted(self, path: str, times: int) -> None:
        """Waits until the log says so many times what was asked: the server writes it a moment later."""
        log = f"{path}/log"
        wait_until(lambda: str(self._json(log)).count("Asked to be") == times, lambda: str(self._json(log)))

    def _lost(self) -> None:
        """What is answered while Redis is away."""
        file, tasks = "lost.txt", "/api/v1/tasks"
        self._told(file, "GET", "/healthz")
        self._told(file, "GET", "/readyz")
        self._told(file, "GET", f"{tasks}/seed-sum")
        self._told(file, "GET", f"{tasks}/seed-sum/log")
        self._told(file, "GET", f"{tasks}?queue=nobody&name=shop.wait&limit=1&before=12")
        self._told(file, "POST", f"{tasks}/seed-sum/retry")
        self._told(file, "POST", tasks, JSON, b'{"name":"shop.add","args":[1]}')
        self._told(file, "POST", "/api/v1/schedule/new%20year/run")


def converse() -> dict[str, dict[str, str]]:
    """The whole conversation: file -> what was asked -> what was answered."""
    with tempfile.TemporaryDirectory(prefix="phloem-old-") as folder, closing(Stack(Path(folder))) as stack:
        stack.start()
        scenario = Scenario(stack)
        try:
            scenario.run()
        except BaseException:
            print(stack.logs())
            raise
        return scenario.answers
