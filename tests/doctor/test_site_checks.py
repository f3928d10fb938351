"""What the doctor finds in a proxy: each test plants a mistake in a real nginx before real web processes."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import requests
import trustme

from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.access.tokens.issuer import Issuer, Order
from phloem_server.commands.doctor.installation import Installation
from tests import nginx
from tests.child import Child
from tests.doctor.examined import results, trouble
from tests.nginx import Nginx
from tests.processes import PHLOEM, START_SECONDS, Redis, free_port, procfile, settings
from tests.waiting import wait_until

HOST = socket.gethostname()
"""A name of this machine under which others may reach it."""

NAMES = tuple(
    f"url-{name}" for name in ("reach", "prefix", "origin", "websocket", "idle", "sticky", "uploads", "closed")
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[trustme.CA]:
    """Signs the certificates of this module; those who look at REQUESTS_CA_BUNDLE trust it."""
    made = trustme.CA()
    bundle = tmp_path_factory.mktemp("authority") / "authority.pem"
    made.cert_pem.write_to_path(bundle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        yield made


def answers(port: int) -> bool:
    """Whether a web process is ready."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def ports(redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """The ports of two web processes that trust the proxy, and of one that knows nothing of it."""
    nginx.find()
    folder = tmp_path_factory.mktemp("webs")
    trusting = {"PHLOEM_TRUSTED_PROXIES": "127.0.0.1", "PHLOEM_PASSWORD": "open sesame"}
    webs = {free_port(): trusting, free_port(): trusting, free_port(): {}}
    children = []
    try:
        for port, variables in webs.items():
            environment = {**settings(port, redis_server.url, folder), **variables}
            children.append(Child(procfile()["web"], folder / f"{port}.log", environment))
        for port, child in zip(webs, children, strict=True):
            wait_until(partial(answers, port), START_SECONDS, child.log)
        yield [*webs]
    finally:
        for child in children:
            child.kill()


@pytest.fixture
def proxy(ports: list[int], authority: trustme.CA, tmp_path: Path) -> Iterator[Nginx]:
    """The proxy before the two, not started yet."""
    with Nginx(tmp_path / "nginx", ports[:2], authority) as made:
        yield made


@pytest.fixture
def naive(ports: list[int], authority: trustme.CA, tmp_path: Path) -> Iterator[Nginx]:
    """The proxy before the process that knows nothing of it, not started yet."""
    with Nginx(tmp_path / "naive", ports[2:], authority) as made:
        yield made


def test_nothing_is_wrong_with_the_configuration_of_the_documentation(proxy: Nginx, tmp_path: Path) -> None:
    proxy.start(nginx.several)
    environ = {"PHLOEM_PASSWORD": "open sesame", "PHLOEM_DATA_DIR": str(tmp_path / "data")}
    found = results(Installation(environ, url=proxy.url, patience=1), *NAMES)
    assert {name: result.verdict for name, result in found.items()} == {
        **dict.fromkeys(NAMES, "ok"),
        "url-sticky": "skipped",
        "url-closed": "skipped",
    }


def test_nothing_is_wrong_with_the_configuration_for_caddy(
    redis_server: Redis, authority: trustme.CA, tmp_path: Path
) -> None:
    command = nginx.find("caddy")
    port, at = free_port(), free_port()
    url = f"https://localhost:{at}/phloem"
    certificate = authority.issue_cert("localhost")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "crt")
    certificate.private_key_pem.write_to_path(tmp_path / "key")
    config = nginx.documented("Caddyfile").replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    config = config.replace("tools.example.com {", f"https://localhost:{at} {{\n\ttls {tmp_path}/crt {tmp_path}/key")
    alone = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
    (tmp_path / "Caddyfile").write_text(alone + config)
    knowing = {"PHLOEM_TRUSTED_PROXIES": "127.0.0.1", "PHLOEM_PREFIX": "/phloem"}
    environment = settings(port, redis_server.url, tmp_path) | knowing
    web = Child(procfile()["web"], tmp_path / "web.log", environment)
    line = f"exec {command} run --adapter caddyfile --config {tmp_path}/Caddyfile"
    caddy = Child(line, tmp_path / "caddy.log", {**environment, "HOME": str(tmp_path)})
    try:
        wait_until(partial(answers, port), START_SECONDS, web.log)
        wait_until(lambda: "serving initial configuration" in caddy.log(), START_SECONDS, caddy.log)
        found = results(Installation({}, url=url, patience=1), *NAMES)
        assert {name for name, result in found.items() if result.verdict == "ok"} == {*NAMES} - {
            "url-sticky",
            "url-closed",
        }, found
    finally:
        caddy.kill()
        web.kill()


def test_an_address_where_nobody_listens_is_found(tmp_path: Path) -> None:
    found = trouble("url-reach", tmp_path, url=f"http://127.0.0.1:{free_port()}/phloem")
    assert "refused" in found.evidence


def test_a_certificate_that_nobody_trusts_is_found(
    proxy: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    proxy.start()
    assert "certificate" in trouble("url-reach", tmp_path, url=proxy.url).evidence.lower()


def test_a_proxy_that_does_not_reach_the_server_is_found(authority: trustme.CA, tmp_path: Path) -> None:
    with Nginx(tmp_path / "nginx", [free_port()], authority) as proxy:
        proxy.start()
        assert "answered 502 by nginx" in trouble("url-reach", tmp_path, url=proxy.url).evidence


def test_a_path_that_leads_elsewhere_is_found(proxy: Nginx, tmp_path: Path) -> None:
    proxy.start()
    found = trouble("url-reach", tmp_path, url=proxy.url.replace("/phloem", "/flower"))
    assert "answered 404" in found.evidence


def test_a_server_that_does_not_know_its_path_is_found(naive: Nginx, tmp_path: Path) -> None:
    naive.start(nginx.stripped)
    found = trouble("url-prefix", tmp_path, url=naive.url)
    assert found.evidence == "People open /phloem, the page looks below /."
    assert "PHLOEM_PREFIX=/phloem" in found.cure


def test_a_server_that_takes_its_own_page_for_another_sites_is_found(naive: Nginx, tmp_path: Path) -> None:
    naive.start(nginx.stripped)
    found = trouble("url-origin", tmp_path, url=naive.url)
    assert f"this server is http://localhost:{naive.port}" in found.evidence
    assert f"PHLOEM_URL={naive.url}" in found.cure


def test_a_proxy_that_lets_no_websocket_through_is_found(proxy: Nginx, tmp_path: Path) -> None:
    proxy.start(nginx.without_websocket)
    found = trouble("url-websocket", tmp_path, url=proxy.url, PHLOEM_PASSWORD="open sesame")
    assert "400" in found.evidence
    assert "Upgrade" in found.cure


@pytest.mark.parametrize(
    ("edits", "cut"),
    [([], "A WebSocket was cut after 1"), ([nginx.without_websocket], "A request of long-polling was cut after 1")],
)
def test_a_proxy_that_cuts_silent_connections_is_found(
    proxy: Nginx, tmp_path: Path, edits: list[nginx.Edit], cut: str
) -> None:
    proxy.start(lambda config: config.replace("proxy_read_timeout 60s", "proxy_read_timeout 1s"), *edits)
    found = trouble("url-idle", tmp_path, url=proxy.url, patience=10, PHLOEM_PASSWORD="open sesame")
    assert cut in found.evidence
    assert "pings every 25 s" in found.evidence


def test_long_polling_that_is_answered_late_enough_is_not_called_cut(proxy: Nginx, tmp_path: Path) -> None:
    proxy.start(nginx.without_websocket)
    seen = Installation({"PHLOEM_PASSWORD": "open sesame"}, url=proxy.url, patience=0.5)
    assert results(seen, "url-idle")["url-idle"].verdict == "ok"


def test_a_token_lets_the_doctor_in_as_the_password_does(proxy: Nginx, redis_server: Redis, tmp_path: Path) -> None:
    proxy.start()
    with closing(RedisChannel(Settings(redis_url=redis_server.url, namespace="test"))) as channel:
        made = Issuer(channel.keys, channel.tokens).issue(Order(role="viewer", expires="1h"))
    assert results(Installation({}, url=proxy.url), "url-websocket")["url-websocket"].reason == (
        "The page asks who looks. PHLOEM_PASSWORD takes its password, or a token from "
        "`phloem tokens create --role viewer`."
    )
    seen = Installation({"PHLOEM_PASSWORD": made.token}, url=proxy.url, patience=0.5)
    found = results(seen, "url-websocket", "url-idle")
    assert {result.verdict for result in found.values()} == {"ok"}, found


def test_processes_that_take_turns_without_websocket_are_found(proxy: Nginx, tmp_path: Path) -> None:
    proxy.start(nginx.several, nginx.without_websocket)
    found = trouble("url-sticky", tmp_path, url=proxy.url, PHLOEM_PASSWORD="open sesame")
    assert "came to another process" in found.evidence
    assert "ip_hash" in found.cure


def test_a_proxy_that_refuses_uploads_is_found(proxy: Nginx, tmp_path: Path) -> None:
    proxy.start(lambda config: config.replace("client_max_body_size 50m;", ""))
    found = trouble("url-uploads", tmp_path, url=proxy.url)
    assert "answered 413 by nginx" in found.evidence
    assert "client_max_body_size 50m" in found.cure


def test_a_page_that_is_open_to_other_machines_is_found(
    redis_server: Redis, authority: trustme.CA, tmp_path: Path
) -> None:
    port = free_port()
    with Nginx(tmp_path / "nginx", [port], authority) as proxy:
        url = proxy.url.replace("localhost", HOST)
        environment = settings(port, redis_server.url, tmp_path) | {"PHLOEM_URL": url}
        web = Child(procfile()["web"], tmp_path / "web.log", environment)
        try:
            wait_until(partial(answers, port), START_SECONDS, web.log)
            proxy.start(lambda config: config.replace("listen 443 ssl", f"listen {proxy.port} ssl"))
            found = trouble("url-closed", tmp_path, url=url)
            assert found.evidence == f"{url}/api/v1/tasks answered without a password."
        finally:
            web.kill()


def test_the_command_prints_what_is_wrong_and_ends_with_status_1(proxy: Nginx, redis_url: str, tmp_path: Path) -> None:
    proxy.start(nginx.without_websocket)
    mistakes = {"PHLOEM_PASSWORD": "open sesame", "PHLOEM_NAMESPACES": "x"}
    environment = settings(free_port(), redis_url, tmp_path) | mistakes

    def doctor(*options: str) -> subprocess.CompletedProcess[str]:
        command = [*PHLOEM, "doctor", "--url", proxy.url, "--patience", "0", *options]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50, check=False)

    done = doctor()
    assert (done.returncode, done.stderr) == (1, "")
    assert "Did you mean PHLOEM_NAMESPACE?" in done.stdout
    assert "proxy_set_header Upgrade" in " ".join(done.stdout.split())
    done = doctor("--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (1, False)
    wrong = {check["name"] for check in told["checks"] if check["verdict"] == "wrong"}
    assert {"setting-names", "redis-password", "workers-there", "url-websocket"} <= wrong
