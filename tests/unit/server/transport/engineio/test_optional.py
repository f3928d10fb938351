"""A server imports no library that only clients of Socket.IO use."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem_server.transport.engineio.optional import UNUSED
from tests.unit.server.transport.server_process import DEADLINE_SECONDS, python


@pytest.mark.parametrize(
    ("before", "found"),
    [("import_socketio()", []), ("import requests; import_socketio()", ["requests"]), ("", [*UNUSED])],
    ids=["left out", "but for what is there already", "undefended"],
)
def test_socket_io_is_imported_without_what_only_its_clients_use_which_others_may_import(
    before: str, found: list[str], tmp_path: Path
) -> None:
    code = f"""
        import sys

        from phloem_server.transport.engineio.optional import UNUSED, import_socketio

        {before}
        import phloem_server.app.create
        print([name for name in UNUSED if name in sys.modules])
        import requests, valkey, websocket
    """
    with python(code, cwd=tmp_path) as process:
        out, err = process.communicate(timeout=DEADLINE_SECONDS)
    assert (out.strip(), err) == (str(found), "")
