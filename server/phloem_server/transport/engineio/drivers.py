"""How the library opens WebSockets, in each asynchronous mode."""

from __future__ import annotations

from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI


def driver_of(engine: Any) -> Any:
    """The class of the library by which this server opens WebSockets; None where it has long-polling only.

    Where the package gevent-websocket is installed, Engine.IO's class for gevent opens none by itself: it expects the
    server of that package, which bounds no message. The class that is taken instead needs what blocks to be replaced.
    """
    driver = engine._async.get("websocket")
    if engine.async_mode == "gevent" and not issubclass(driver, SimpleWebSocketWSGI):
        return SimpleWebSocketWSGI
    return driver


def is_taken(environ: dict[str, Any]) -> bool:
    """Whether the server of gevent-websocket has opened the WebSocket itself. Long-polling is left to that client."""
    if (opened := environ.get("wsgi.websocket")) is None:
        return False
    opened.close()
    return True
