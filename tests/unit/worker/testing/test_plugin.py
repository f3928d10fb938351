"""The pytest fixture that users' tests have, as they have it: in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from phloem.testing import plugin as fixtures
from phloem.testing.plugin import Reported

USE = """
import logging
import phloem


def test_what_a_task_says_and_does_is_caught(phloem_run):
    with phloem.step("Sending", total=4, unit="mail") as step:
        step.advance()
        assert phloem_run.percent == 25
        logging.getLogger("mine").warning("slow")
        print("to", "ada")
    assert [step.done for step in phloem_run.steps] == [True]
    assert phloem_run.message == "Sending"
    assert phloem_run.lines == [("warning", "slow"), ("info", "to ada")]


def test_every_test_begins_with_nothing(phloem_run):
    assert (phloem_run.steps, phloem_run.percent, phloem_run.message, phloem_run.lines) == ((), None, None, [])


def test_without_it_nothing_is_caught():
    phloem.log("nobody hears this")
"""


EAGER = """
import threading
from celery import Celery
import phloem
from phloem.settings import RecordSettings

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.task_always_eager = True
phloem.attach(app, RecordSettings(redis_url="redis://127.0.0.1:1/0"))


@app.task
def count(upto):
    for _ in phloem.track(range(upto), "Counting"):
        print("one more")


def test_an_eager_task_reports_to_the_test_and_to_nobody_else(phloem_run):
    assert count.delay(2).successful()
    assert [(step.description, step.current, step.done) for step in phloem_run.steps] == [("Counting", 2, True)]
    assert phloem_run.lines == [("info", "one more")] * 2
    assert not ours()


def test_an_eager_task_without_the_fixture_is_recorded():
    count.delay(1)
    assert ours()


def test_no_thread_outlives_a_test():
    assert not ours()


def ours():
    return [thread for thread in threading.enumerate() if thread.name.startswith("phloem")]
"""


def run_pytest(folder: Path, test: str) -> None:
    (folder / "test_it.py").write_text(test)
    # Loaded by name, so that it does not matter whether this environment knows the entry point.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "phloem.testing.plugin",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, f"--rootdir={folder}", "test_it.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fixture_catches_what_a_task_reports(tmp_path: Path) -> None:
    run_pytest(tmp_path, USE)


def test_eager_tasks_of_an_attached_app_report_to_the_test(tmp_path: Path) -> None:
    run_pytest(tmp_path, EAGER)


def test_the_documented_example_works(tmp_path: Path) -> None:
    documentation = fixtures.__doc__
    assert documentation is not None
    example = documentation.partition("\n\n")[2].partition("It needs no Redis")[0]
    run_pytest(tmp_path, textwrap.dedent(example))


def test_all_messages_are_kept() -> None:
    reported = Reported()
    for number in range(3):
        reported._run.tell(f"message {number}")
    assert reported.messages == ["message 0", "message 1", "message 2"]
