"""A mode is prepared before anything that it changes is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.server.transport.server_process import DEADLINE_SECONDS, installed_modes, python


@pytest.mark.parametrize("mode", installed_modes)
def test_a_mode_is_prepared_before_anything_that_it_changes_is_imported(mode: str, tmp_path: Path) -> None:
    code = f"""
        import sys

        import phloem_server.__main__
        from phloem_server.transport.modes import choice

        late = ("flask", "werkzeug", "redis", "celery", "kombu", "socketio", "engineio", "phloem.settings", "msgspec")
        print(sorted(set(sys.modules) & {{*late, "eventlet", "gevent"}}))
        choice.prepare({mode!r})
        print(sorted(set(sys.modules) & {{*late, "eventlet", "gevent"}} - {{"redis"}}))
        import socket
        print(socket.socket.__module__)
    """
    with python(code, "-W", "error", cwd=tmp_path) as process:
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert err == ""
    before, after, module = out.splitlines()
    assert before == "[]"
    assert after == ("[]" if mode == "threading" else f"['{mode}']")
    assert module.partition(".")[0] == {"threading": "socket", "eventlet": "eventlet", "gevent": "gevent"}[mode]


@pytest.mark.parametrize("mode", [*installed_modes, "no such mode"])
def test_blocking_work_runs_where_it_holds_up_no_other_connection(mode: str, tmp_path: Path) -> None:
    code = f"""
        from phloem_server.transport.modes import choice

        choice.prepare({mode!r})
        import _thread

        # What the modes replace gives the id of a greenlet; this is that of the system's thread.
        ident = _thread.get_native_id
        main = ident()
        print(choice.run_in_thread(lambda: ("result", ident() != main)))
        try:
            choice.run_in_thread(lambda: 1 / 0)
        except ZeroDivisionError:
            print("raised")
    """
    with python(code, "-W", "error", cwd=tmp_path) as process:
        out, _ = process.communicate(timeout=DEADLINE_SECONDS)  # gevent prints each exception of a thread
    assert out.splitlines() == [str(("result", mode in ("eventlet", "gevent"))), "raised"]


@pytest.mark.parametrize("mode", installed_modes)
def test_the_mode_of_a_server_that_is_somebody_elses_is_that_of_its_first_request(mode: str, tmp_path: Path) -> None:
    marks = {"eventlet": {"eventlet.input": None}, "gevent": {"SERVER_SOFTWARE": "gevent/26.9 Python/3.11"}}
    code = f"""
        from phloem_server.transport.modes import choice

        environ = {marks.get(mode, {"SERVER_SOFTWARE": "gunicorn/27"})!r}
        try:
            print(choice.adopt(environ))
        except choice.ServerUnpatched as error:
            print(str(error).partition(",")[0])
        choice.load({mode!r}).prepare()
        disguised = {{"SERVER_SOFTWARE": "gunicorn/27", "gunicorn.socket": 1, "eventlet.input": 1}}
        print(choice.adopt(environ), choice.adopt(disguised))
    """
    with python(code, "-W", "error", cwd=tmp_path) as process:
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert err == ""
    first, second = out.splitlines()
    assert first == ("threading" if mode == "threading" else f"{mode} serves this application")
    assert second == f"{mode} {mode}"
