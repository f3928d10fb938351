"""Starting and ending the processes: what stays, what goes, what is said."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import PHLOEM, ROOT, START_SECONDS, Child, free_port, procfile, refusal, settings, wait_until

DEV = f"exec {sys.executable} bin/processes.py"


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    return settings(free_port(), redis_url, tmp_path)


@pytest.fixture
def everything(tmp_path: Path, environment: dict[str, str]) -> Iterator[Child]:
    """What bin/dev runs once all is set up, ready to be used."""
    child = Child(DEV, tmp_path / "dev.log", environment)

    def ready() -> bool:
        assert child.status is None, child.log()
        return "Phloem is ready" in child.log()

    try:
        wait_until(ready, START_SECONDS, child.log)
        yield child
    finally:
        child.stop()


def started(child: Child) -> dict[str, int]:
    """Name and id of the processes that were started, from the lines that say so."""
    lines = [line.split("| ", 1)[1] for line in child.log().splitlines() if " started (pid=" in line]
    return {line.split()[0]: int(line.split("pid=")[1].rstrip(")")) for line in lines}


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_both_procfiles_name_the_same_processes_and_one_adds_redis() -> None:
    assert list(procfile()) == ["web", "worker", "beat"]
    lines = (ROOT / "Procfile.dev").read_text().splitlines()
    assert lines == [*(ROOT / "Procfile").read_text().splitlines(), "redis: exec phloem redis"]


def test_the_address_is_said_once_when_the_page_can_be_opened(everything: Child, environment: dict[str, str]) -> None:
    (line,) = [line for line in everything.log().splitlines() if line.startswith("Phloem is ready")]
    assert f"http://127.0.0.1:{environment['PORT']}" in line


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 143)])
def test_a_signal_ends_everything(everything: Child, number: signal.Signals, status: int) -> None:
    groups = started(everything)
    assert set(groups) == {"web", "worker", "beat"}
    everything.signal(number)
    wait_until(lambda: everything.status is not None, 20, everything.log)
    assert everything.status == status
    assert [name for name, group in groups.items() if not group_is_gone(group)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent that ended")
def test_nothing_is_left_when_it_is_killed(everything: Child) -> None:
    groups = started(everything)
    os.kill(everything.pid, signal.SIGKILL)
    wait_until(lambda: all(map(group_is_gone, groups.values())), 20, f"all have ended: {groups}")


def test_when_one_process_dies_all_end_and_its_status_is_passed_on(everything: Child) -> None:
    groups = started(everything)
    os.kill(groups["web"], signal.SIGKILL)
    wait_until(lambda: everything.status is not None, 20, everything.log)
    assert everything.status == 128 + signal.SIGKILL
    assert [name for name, group in groups.items() if not group_is_gone(group)] == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [("PORT", "eighty"), ("HOST", "0.0.0.0"), ("REDIS_URL", "nonsense"), ("PHLOEM_ASYNC_MODE", "sideways")],
)
def test_a_setting_that_makes_no_sense_is_one_line_and_status_2(
    environment: dict[str, str], variable: str, value: str
) -> None:
    line = refusal(DEV, {**environment, variable: value})
    assert variable in line
    assert value in line


def test_a_taken_port_is_one_line_and_status_2(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        assert environment["PORT"] in refusal(DEV, environment)


@pytest.mark.parametrize("port", ["0", "eighty", "65536"])
def test_phloem_redis_refuses_a_port_that_is_none_with_status_2(port: str) -> None:
    command = [*PHLOEM, "redis", "--port", port]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 2
    assert port in result.stderr
    assert "Traceback" not in result.stderr
