"""The `phloem` command with a server that soon gives up who is silent: in seconds, where it else takes a minute.

python -m tests.browser.hasty serve …
"""

from __future__ import annotations

from functools import partial

from phloem_server.__main__ import main
from phloem_server.transport.modes import choice

prepare = choice.prepare


def hurry(mode: str) -> None:
    """Shortens what it waits for, once eventlet has replaced what it replaces."""
    prepare(mode)
    import flask_socketio

    from phloem_server.app import create as app
    from phloem_server.live import hub as viewers

    vars(viewers).update(BEHIND_AFTER=0.5, SILENT_LIMIT=1.0)
    vars(app)["SocketIO"] = partial(flask_socketio.SocketIO, ping_interval=1, ping_timeout=1)


if __name__ == "__main__":
    vars(choice)["prepare"] = hurry
    main()
