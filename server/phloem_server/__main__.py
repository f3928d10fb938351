"""The `phloem` command.

eventlet and gevent replace parts of the standard library, and must do so before Flask, redis or Celery are imported.
So nothing is imported up here that imports them: each command brings what it needs, after that.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from phloem_server import __version__
from phloem_server.transport.modes import choice
from phloem_server.transport.modes.mode import MODES

if TYPE_CHECKING:
    from phloem.record.redis_record import RedisChannel

REDIS_PATIENCE = 5.0
"""Seconds for which a Redis that does not answer yet is waited for at the start: they often start together."""

DISMISSAL = 1.0
"""Seconds within which the viewers of a process that stops are sent away: they come back to another, or to its heir."""

_SAID_AFTER = 1.0
_SHARED = (
    click.option("--host", metavar="H", help="The address to listen on (HOST, 127.0.0.1)."),
    click.option("--port", metavar="P", help="The port to listen on (PORT, 8000)."),
    click.option("--redis", "redis_url", metavar="URL", help="The Redis that holds the record (REDIS_URL)."),
    click.option("--share-port", is_flag=True, help="Other web processes may listen there too (PHLOEM_SHARE_PORT)."),
    click.option("--async-mode", metavar="MODE", help=f"{', '.join(MODES)} (PHLOEM_ASYNC_MODE)."),
)


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.group()
@click.version_option(__version__, prog_name="phloem", message="%(prog)s %(version)s")
def main() -> None:
    """Phloem: what your Celery workers do, in every browser, the moment it happens."""


@main.command()
@_shared
@click.option(
    "--app",
    metavar="MODULE:CELERY",
    help="The Celery app whose tasks can be launched, as for celery -A.",
)
def serve(
    host: str | None,
    port: str | None,
    redis_url: str | None,
    share_port: bool,
    async_mode: str | None,
    app: str | None,
) -> None:
    """The web process."""
    # Options become variables, so that the app, which reads the environment as well, sees the same.
    given = {"HOST": host, "PORT": port, "REDIS_URL": redis_url, "PHLOEM_ASYNC_MODE": async_mode}
    given["PHLOEM_SHARE_PORT"] = "1" if share_port else None
    os.environ.update({name: value for name, value in given.items() if value is not None})
    choice.prepare(os.environ.get("PHLOEM_ASYNC_MODE") or MODES[0])
    with _one_line():
        _serve(app)


@main.command()
@click.option(
    "--port",
    metavar="P",
    type=click.IntRange(1, 65535),
    help="The port to listen on, on loopback (6390).",
)
@click.option("--dir", "data_dir", metavar="D", help="Where to keep the data (PHLOEM_DATA_DIR, ./var).")
def redis(port: int | None, data_dir: str | None) -> None:
    """The embedded Redis (Valkey), in the foreground."""
    with _one_line():
        from phloem.settings import Environment
        from phloem_server.commands import redis as embedded

        given = {"PHLOEM_DATA_DIR": data_dir} if data_dir else {}
        folder = Environment({**os.environ, **given}).folder("PHLOEM_DATA_DIR", "./var")
        embedded.run(port or embedded.DEFAULT_PORT, folder)


@main.command()
@click.option("--dir", "data_dir", metavar="D", help="Where to keep the mail (PHLOEM_DATA_DIR, ./var).")
def mailbox(data_dir: str | None) -> None:
    """The local mailbox, in the foreground: takes mail where SMTP_URL says, and sends none on."""
    with _one_line():
        from phloem.settings import Environment
        from phloem.settings.smtp import SMTP_URL
        from phloem_server.commands.mailbox import smtpd

        given = {"PHLOEM_DATA_DIR": data_dir} if data_dir else {}
        read = Environment({**os.environ, **given})
        smtpd.run(read.smtp_server("SMTP_URL", SMTP_URL), read.folder("PHLOEM_DATA_DIR", "./var"))


@main.command()
@click.argument("task_id", required=False)
@click.option("--url", metavar="URL", help="The web process (http://127.0.0.1:PORT). PHLOEM_PASSWORD opens it.")
@click.option("--state", multiple=True, metavar="STATE", help="Only tasks in this state; may be given again.")
@click.option("--name", metavar="NAME", help="Only tasks of this name; * stands for anything.")
@click.option("--queue", metavar="QUEUE", help="Only tasks of this queue.")
@click.option("--worker", metavar="WORKER", help="Only tasks of this worker.")
@click.option("--query", "-q", "q", metavar="TEXT", help="Only tasks with this in name, id, message or arguments.")
@click.option("--limit", type=int, metavar="N", help="The newest N tasks, at most 200 (200).")
def watch(task_id: str | None, url: str | None, state: tuple[str, ...], **given: str | int | None) -> None:
    """The live view in a terminal: all tasks, or one until it ends. Piped, a line for each change.

    The exit status of one task is 0 for SUCCESS, and 1 for FAILURE, REVOKED and LOST.
    """
    view: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if state:
        view["state"] = [each.upper() for each in state]
    if task_id is not None and view:
        raise click.UsageError("What narrows the list does not go with a TASK_ID.")
    with _one_line():
        from phloem.settings import Environment
        from phloem_server.commands.watch.session import CannotWatch, run

        port = Environment(os.environ).integer("PORT", 8000, low=1, high=65535)
        try:
            status = run(
                url or f"http://127.0.0.1:{port}",
                os.environ.get("PHLOEM_PASSWORD") or None,
                {"view": view} if task_id is None else {"task": task_id},
                _say,
            )
        except CannotWatch as error:
            _say(str(error))
            status = 2
    raise SystemExit(status)


@click.command("phloem")
@_shared
@click.pass_context
def celery_command(context: click.Context, /, share_port: bool, **options: str | None) -> None:
    """Phloem's live dashboard, for the app that -A names."""
    # Celery and much else are imported by now, too late to become green. So the server starts anew in this process.
    app = context.parent.params.get("app") if context.parent else None
    arguments = [sys.executable, "-m", "phloem_server", "serve"]
    if isinstance(app, str):
        arguments += ["--app", app]
    flags = {
        "host": "--host",
        "port": "--port",
        "redis_url": "--redis",
        "async_mode": "--async-mode",
    }
    for name, flag in flags.items():
        if (value := options.get(name)) is not None:
            arguments += [flag, value]
    if share_port:
        arguments.append("--share-port")
    os.execv(sys.executable, arguments)


def _serve(target: str | None) -> None:
    # Not at the top: eventlet is to replace what these bring before anything is made with it.
    import logging

    from phloem_server.settings import Config, announced
    from phloem_server.transport import listen
    from phloem_server.transport.serve import serve_until_signal

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    config = Config.from_environment(os.environ)
    config.make_data_dir()
    sock = listen.bind(config.host, config.port, shared=config.share_port)

    from phloem.record.redis_record import RedisChannel
    from phloem_server.app.create import create_app
    from phloem_server.control.registry import Registry
    from phloem_server.mirror.follower import Follower

    channel = RedisChannel(config)
    if warning := _wait_for(channel):
        _say(warning)
    registry = Registry.load(target, config)
    registry.warm_up()
    relay = Follower(channel)
    app = create_app(config, relay=relay, channel=channel, registry=registry)
    gc.collect()
    gc.freeze()  # what is here now stays: looking through it would stop everything for 50 ms each time
    relay.start()
    host, port = sock.getsockname()[:2]

    def stop() -> None:
        app.extensions["phloem"].dismiss(DISMISSAL)
        relay.stop()

    serve_until_signal(
        sock,
        app.wsgi_app,
        config.async_mode,
        on_start=lambda: print(f"Phloem is at {announced(host, port)}", flush=True),
        on_stop=stop,
    )


def _wait_for(channel: RedisChannel, clock: Callable[[], float] = time.monotonic) -> str | None:
    """Waits until Redis can hold the record; gives the warning that `check` has. ChannelError if it never can."""
    from phloem.record.record import ChannelError, ChannelRefused
    from phloem.settings import REDIS_URL

    start, said = clock(), False
    while True:
        try:
            return channel.check()
        except ChannelRefused:
            raise
        except ChannelError:
            waited = clock() - start
            if waited >= REDIS_PATIENCE:
                raise
            if waited >= _SAID_AFTER and not said:
                said = True
                # Not an error yet: standard error stays one line, should it come to that.
                hint = " (`phloem redis` starts one there)" if channel.address == REDIS_URL else ""
                print(f"phloem: waiting for Redis at {channel.address}{hint} …", flush=True)
        time.sleep(0.1)


@contextmanager
def _one_line() -> Iterator[None]:
    """What a person can put right is said in one line, with exit status 2 and no traceback."""
    from phloem.record.record import ChannelError
    from phloem.settings import SettingError
    from phloem_server.transport.listen import CannotListen

    try:
        yield
    except (SettingError, ChannelError, CannotListen) as error:
        _say(" ".join(str(error).split()))
        raise SystemExit(2) from None


def _say(line: str) -> None:
    print(f"phloem: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
