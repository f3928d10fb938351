"""Starting and ending the processes: what stays, what goes, what is said."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.api import Api
from tests.child import Child
from tests.processes import PHLOEM, ROOT, START_SECONDS, free_port, procfile, refusal, settings
from tests.waiting import wait_until

DEV = "exec " + shlex.join([sys.executable, "bin/processes.py"])


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    return {**settings(free_port(), redis_url, tmp_path), "PHLOEM_LEASE_SECONDS": "3"}


@pytest.fixture
def everything(tmp_path: Path, environment: dict[str, str]) -> Iterator[Child]:
    """What bin/dev runs once all is set up, ready to be used."""
    with running(tmp_path / "dev.log", environment) as child:
        yield child


@contextmanager
def running(log: Path, environment: dict[str, str]) -> Iterator[Child]:
    child = Child(DEV, log, environment)

    def ready() -> bool:
        assert child.status is None, child.log()
        return "Phloem is ready" in child.log()

    try:
        wait_until(ready, START_SECONDS, child.log)
        yield child
    finally:
        for group in started(child).values():
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        child.kill()


def ended(child: Child, number: signal.Signals, seconds: float = 20) -> int | None:
    """The exit status after that signal."""
    child.signal(number)
    wait_until(lambda: child.status is not None, seconds, child.log)
    return child.status


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


def test_both_procfiles_name_the_same_processes_and_one_adds_redis_and_the_mailbox() -> None:
    assert list(procfile()) == ["web", "worker", "beat"]
    lines = (ROOT / "Procfile.dev").read_text().splitlines()
    assert lines == [
        *(ROOT / "Procfile").read_text().splitlines(),
        "redis: exec phloem redis",
        "mailbox: exec phloem mailbox",
    ]


def test_the_address_is_said_once_when_the_page_can_be_opened_and_a_signal_ends_everything(
    everything: Child, environment: dict[str, str]
) -> None:
    groups = started(everything)
    assert set(groups) == {"web", "worker", "beat"}
    assert ended(everything, signal.SIGINT) == 130
    assert [name for name, group in groups.items() if not group_is_gone(group)] == []
    (line,) = [line for line in everything.log().splitlines() if line.startswith("Phloem is ready")]
    assert f"http://127.0.0.1:{environment['PORT']}" in line


def test_a_scheduled_task_outlives_a_stop_in_mid_job_and_runs_when_it_is_due(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    api = Api(f"http://127.0.0.1:{environment['PORT']}")
    with running(tmp_path / "first.log", environment) as child:
        due = time.time() + 10
        runs = api.submit("countdown", duration=120)
        body = {"name": "phloem.jobs.countdown", "kwargs": {"duration": 0}, "eta": due}
        scheduled = api.post("/tasks", json=body).json()["id"]
        states = ["PROGRESS", "RECEIVED"]
        wait_until(lambda: [api.task(each)["state"] for each in (runs, scheduled)] == states, 60, child.log)
        assert ended(child, signal.SIGINT, 12) == 130
    with running(tmp_path / "second.log", environment):
        assert api.ended(runs)["state"] == "LOST"
        done = api.ended(scheduled)
    assert done["state"] == "SUCCESS"
    assert done["started_at"] >= due


HASTY = """
import sys
sys.path.insert(0, "BIN")
import processes
processes.FINISH, processes.manager.KILL_WAIT, processes.PATIENCE = 0.5, 3.0, 3.5
sys.exit(processes.main())
"""


def _in_folder(folder: Path, environment: dict[str, str]) -> Child:
    """The Procfile of a folder, run by the same program, which waits less for what does not end."""
    command = shlex.join([sys.executable, "-c", HASTY.replace("BIN", str(ROOT / "bin"))])
    return Child(f"cd {shlex.quote(str(folder))} && exec {command}", folder / "log", environment)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists a process' children")
@pytest.mark.parametrize("names", ["web worker beat", "web worker beat redis"])
def test_a_signal_that_comes_while_processes_start_ends_everything(
    tmp_path: Path, environment: dict[str, str], names: str
) -> None:
    (tmp_path / "Procfile").write_text("".join(f"{name}: exec sleep 600\n" for name in names.split()))
    child = _in_folder(tmp_path, environment)
    try:
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        wait_until(lambda: children.read_text().split(), START_SECONDS, child.log)
        assert ended(child, signal.SIGINT, 12) == 130
        assert [name for name, group in started(child).items() if not group_is_gone(group)] == []
    finally:
        child.kill()


# No shell: that cannot take up a signal which was ignored where it was started, as in the background of a script.
STUBBORN = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGQUIT, lambda *_: (time.sleep(1), pathlib.Path("given-back").touch()))
print("deaf", flush=True)
while True:
    signal.pause()
"""


def test_a_worker_has_time_to_give_back_what_it_holds_and_is_killed_when_it_still_does_not_end(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    worker = shlex.join(["exec", sys.executable, "stubborn.py"])
    (tmp_path / "Procfile").write_text(f"web: exec sleep 600\nworker: {worker}\n")
    child = _in_folder(tmp_path, environment)
    try:
        wait_until(lambda: len(started(child)) == 2 and "deaf" in child.log(), START_SECONDS, child.log)
        assert ended(child, signal.SIGINT, 12) == 130
        wait_until(lambda: all(map(group_is_gone, started(child).values())), 5, child.log)
    finally:
        child.kill()
    assert (tmp_path / "given-back").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a parent that ended")
def test_nothing_is_left_when_it_is_killed(everything: Child) -> None:
    groups = started(everything)
    os.kill(everything.pid, signal.SIGKILL)
    wait_until(lambda: all(map(group_is_gone, groups.values())), 60, f"all have ended: {groups}")


@pytest.fixture
def three(tmp_path: Path, environment: dict[str, str]) -> Iterator[Child]:
    """Processes that do nothing, for what is the same whatever they are."""
    (tmp_path / "Procfile").write_text("".join(f"{name}: exec sleep 600\n" for name in ("web", "worker", "beat")))
    child = _in_folder(tmp_path, environment)
    try:
        wait_until(lambda: len(started(child)) == 3, START_SECONDS, child.log)
        yield child
    finally:
        child.kill()


def test_a_terminal_that_is_closed_ends_everything(three: Child) -> None:
    groups = started(three)
    assert ended(three, signal.SIGHUP, 12) == 143
    assert [name for name, group in groups.items() if not group_is_gone(group)] == []


def test_when_one_process_dies_all_end_and_its_status_is_passed_on(three: Child) -> None:
    groups = started(three)
    os.kill(groups["web"], signal.SIGKILL)
    wait_until(lambda: three.status is not None, 60, three.log)
    assert three.status == 128 + signal.SIGKILL
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
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert port in result.stderr
    assert "Traceback" not in result.stderr
