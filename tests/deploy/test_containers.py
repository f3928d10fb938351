"""The image and the compose files. Nothing builds or runs them here: they are read, and what they start is started."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.child import Child
from tests.deploy.containerfile import Containerfile
from tests.deploy.dashboard import dashboard_metrics
from tests.deploy.programs import DEPLOY, check_command, documents, interpolated, metrics, unknown
from tests.processes import START_SECONDS, free_port, settings
from tests.waiting import wait_until

COMPOSE = ("compose.yaml", "compose.rabbitmq.yaml")
OURS = ("web", "worker", "beat")
PASSWORD = "correct horse"
IMAGE = Containerfile(DEPLOY / "Containerfile")


class Container:
    """The image's command with the image's variables, as a process of this machine."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.port = free_port()
        self.environment = {
            **settings(self.port, redis_url, folder),
            **IMAGE.environment,
            "PORT": str(self.port),
            "PHLOEM_DATA_DIR": str(folder),
            "PHLOEM_PASSWORD": PASSWORD,
        }
        self.child = Child(f"exec {shlex.join(IMAGE.command)}", folder / "web.log", self.environment)

    def healthy(self) -> bool:
        """Whether the image's health check says so."""
        assert self.child.status is None, self.child.log()
        command = [word.replace("8000", str(self.port)) for word in IMAGE.health_check]
        return subprocess.run(command, env=self.environment, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def container(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    started = Container(tmp_path_factory.mktemp("container"), redis_server.url)
    yield started
    started.child.kill()


def test_hadolint_has_nothing_to_say_about_the_image() -> None:
    hadolint = shutil.which("hadolint")
    assert hadolint is not None, "it is not there: bin/test installs it"
    said = subprocess.run([hadolint, DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "")


def test_the_image_starts_the_web_process_and_finds_it_healthy(container: Container) -> None:
    wait_until(container.healthy, START_SECONDS, container.child.log)


def test_prometheus_finds_every_figure_of_the_dashboard_as_it_is_told_to_ask(container: Container) -> None:
    [[job]] = [document["scrape_configs"] for document in documents("prometheus.yaml")]
    assert job["static_configs"] == [{"targets": [f"web:{IMAGE.environment['PORT']}"]}]
    wait_until(container.healthy, START_SECONDS, container.child.log)
    header = {"Authorization": f"{job['authorization']['type']} {PASSWORD}"}
    answer = requests.get(f"http://127.0.0.1:{container.port}/metrics", headers=header, timeout=40)
    shown = dashboard_metrics()
    assert shown - metrics(answer.text) == set()
    assert len(shown) > 10


@pytest.mark.parametrize("name", COMPOSE)
def test_a_compose_file_is_one(name: str) -> None:
    # Every process of the tests imports this module, and this takes a third of a second.
    from compose_spec import PyCompose

    [document] = documents(name)
    PyCompose.from_yaml(yaml.safe_dump(document)).validate()


def test_compose_starts_commands_that_there_are_with_variables_that_are_read() -> None:
    for name in COMPOSE:
        services = documents(name)[0]["services"]
        for service in OURS:
            assert unknown(services[service].get("environment", {})) == set(), (name, service)
    assert unknown(IMAGE.environment) == set()
    check_command(IMAGE.command)
    [document] = documents("compose.yaml")
    for service in ("worker", "beat"):
        check_command(document["services"][service]["command"])


def test_compose_asks_for_every_value_that_the_example_holds_and_for_no_other() -> None:
    texts = "".join((DEPLOY / name).read_text() for name in COMPOSE)
    asked = set(interpolated(texts))
    given = {line.partition("=")[0] for line in (DEPLOY / "env.example").read_text().splitlines() if line[0] != "#"}
    assert asked | {"PHLOEM_PASSWORD"} == given


def test_what_compose_mounts_from_the_clone_is_there() -> None:
    for name in COMPOSE:
        for service in documents(name)[0]["services"].values():
            for volume in service.get("volumes", []):
                source = volume.partition(":")[0]
                assert not source.startswith(".") or (DEPLOY / source).is_file(), volume
            build = service.get("build")
            assert build is None or (DEPLOY / build["context"] / build["dockerfile"]).is_file()
