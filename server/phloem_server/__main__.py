"""The `phloem` command: its options. What each subcommand does is in `commands` and `app`.

eventlet and gevent replace parts of the standard library, and must do so before Flask, redis or Celery are imported.
So nothing is imported at the top that imports them: each subcommand imports what it needs, after that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import click

from phloem_server import __version__
from phloem_server.commands import process_list
from phloem_server.commands.output import errors_in_one_line, warn
from phloem_server.transport.modes import choice
from phloem_server.transport.modes.mode import MODES

_SERVING = (
    click.option("--host", metavar="H", help="The address to listen on (HOST, 127.0.0.1)."),
    click.option("--port", metavar="P", help="The port to listen on (PORT, 8000)."),
    click.option("--redis", "redis_url", metavar="URL", help="The Redis that holds the record (PHLOEM_REDIS_URL)."),
    click.option("--prefix", metavar="/PATH", help="The path below which all is served (PHLOEM_PREFIX)."),
    click.option("--share-port", is_flag=True, help="Other web processes may listen there too (PHLOEM_SHARE_PORT)."),
    click.option("--async-mode", metavar="MODE", help=f"{', '.join(MODES)} (PHLOEM_ASYNC_MODE)."),
    click.option(
        "--broker",
        metavar="URL",
        help="The broker of an app that is not attached: shows its tasks as well (PHLOEM_BROKER).",
    ),
    click.option("--result-backend", metavar="URL", help="The result backend of that app (PHLOEM_RESULT_BACKEND)."),
)
"""The options of the web process, whichever command starts it."""

_VARIABLES = {
    "host": ("HOST",),
    "port": ("PORT",),
    "redis_url": ("PHLOEM_REDIS_URL", "REDIS_URL"),
    "prefix": ("PHLOEM_PREFIX",),
    "share_port": ("PHLOEM_SHARE_PORT",),
    "async_mode": ("PHLOEM_ASYNC_MODE",),
    "broker": ("PHLOEM_BROKER",),
    "result_backend": ("PHLOEM_RESULT_BACKEND",),
}
"""The variables that each option sets, so that an app, which reads the environment as well, sees the same."""


def _serving(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_SERVING):
        command = option(command)
    return command


def _to_environment(options: Mapping[str, str | bool | None]) -> None:
    """Options that were given become variables."""
    for option, value in options.items():
        if value is not None and value is not False:
            os.environ.update(dict.fromkeys(_VARIABLES[option], "1" if value is True else value))


def _hide(options: Mapping[str, Any]) -> None:
    """No password stays in the list of processes."""
    addresses = {"--redis": "redis_url", "--broker": "broker", "--result-backend": "result_backend"}
    process_list.hide({flag: options.get(option) for flag, option in addresses.items()})


def _use_redis(_: click.Context, __: click.Parameter, url: str | None) -> None:
    _to_environment({"redis_url": url})
    _hide({"redis_url": url})


_RECORD = click.option(
    "--redis",
    metavar="URL",
    expose_value=False,
    callback=_use_redis,
    help="The Redis that holds the record (PHLOEM_REDIS_URL).",
)
"""The option of commands that change something in the record."""

_ROLE = click.option(
    "--role", required=True, type=click.Choice(["viewer", "operator", "admin"]), help="What the user may do."
)
_OWNER = click.option("--owner", metavar="OWNER", help="Only the tasks of this owner.")


@click.group()
@click.version_option(__version__, prog_name="phloem", message="%(prog)s %(version)s")
def main() -> None:
    """Phloem: what your Celery workers do, in every browser, the moment it happens."""


@main.command()
@_serving
@click.option(
    "--app",
    metavar="MODULE:CELERY",
    help="The Celery app whose tasks can be launched, as for celery -A.",
)
def serve(app: str | None, **options: str | bool | None) -> None:
    """The web process."""
    _to_environment(options)
    _hide(options)
    choice.prepare(os.environ.get("PHLOEM_ASYNC_MODE") or MODES[0])
    with errors_in_one_line():
        from phloem_server.app.serve import serve as serve_app

        serve_app(app)


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
    with errors_in_one_line():
        from phloem.settings import Environment
        from phloem_server.commands import redis as embedded_redis

        given = {"PHLOEM_DATA_DIR": data_dir} if data_dir else {}
        folder = Environment({**os.environ, **given}).folder("PHLOEM_DATA_DIR", "./var")
        embedded_redis.run(port or embedded_redis.DEFAULT_PORT, folder)


@main.command()
@click.option("--dir", "data_dir", metavar="D", help="Where to keep the mail (PHLOEM_DATA_DIR, ./var).")
def mailbox(data_dir: str | None) -> None:
    """The local mailbox, in the foreground: takes mail where SMTP_URL says, and sends none on."""
    with errors_in_one_line():
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
@click.option("--owner", metavar="OWNER", help="Only tasks of this owner.")
@click.option(
    "--query", "-q", "q", metavar="TEXT", help="Only tasks with this in name, label, id, message or arguments."
)
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
    with errors_in_one_line():
        from phloem.settings import Environment
        from phloem_server.web.imports import WATCHED_WITHOUT, import_without

        import_without("socketio", *WATCHED_WITHOUT)
        from phloem_server.commands.watch.session import CannotWatch, run

        port = Environment(os.environ).integer("PORT", 8000, low=1, high=65535)
        try:
            status = run(
                url or f"http://127.0.0.1:{port}",
                os.environ.get("PHLOEM_PASSWORD") or None,
                {"view": view} if task_id is None else {"task": task_id},
                warn,
            )
        except CannotWatch as error:
            warn(str(error))
            status = 2
    raise SystemExit(status)


@main.group()
def users() -> None:
    """The people who may sign in with a name and a password of their own."""


@users.command("add")
@click.argument("name")
@_ROLE
@_OWNER
@_RECORD
def add_user(name: str, role: str, owner: str | None) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    with errors_in_one_line():
        from phloem_server.commands import users as commands

        commands.add(name, role, owner)


@users.command("list")
@_RECORD
def list_users() -> None:
    """List all users."""
    with errors_in_one_line():
        from phloem_server.commands import users as commands

        commands.show()


@users.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Also the only admin.")
@_RECORD
def remove_user(name: str, *, yes: bool) -> None:
    """Remove a user, and end its sessions."""
    with errors_in_one_line():
        from phloem_server.commands import users as commands

        commands.remove(name, last=yes)


@users.command("password")
@click.argument("name")
@_RECORD
def change_password(name: str) -> None:
    """Give a user another password, and end its sessions. It is asked for, or read from standard input."""
    with errors_in_one_line():
        from phloem_server.commands import users as commands

        commands.change_password(name)


@users.command("role")
@click.argument("name")
@_ROLE
@_OWNER
@_RECORD
def change_role(name: str, role: str, owner: str | None) -> None:
    """Give a user another role, limited to the tasks of an owner or to none, and end its sessions."""
    with errors_in_one_line():
        from phloem_server.commands import users as commands

        commands.change_role(name, role, owner)


@main.group()
def tokens() -> None:
    """Tokens: for programs, by a role, and for pages that show certain tasks."""


@tokens.command("create")
@click.option("--role", type=click.Choice(["viewer", "operator", "admin"]), help="What its bearer may do.")
@click.option("--task", metavar="ID", help="Only this task.")
@click.option("--root", metavar="ID", help="Only the tasks of the workflow that this task began.")
@_OWNER
@click.option(
    "--action",
    "actions",
    multiple=True,
    type=click.Choice(["see", "revoke", "retry"]),
    help="What its bearer may do with those tasks, in place of a role; may be given again (see).",
)
@click.option("--origin", metavar="ORIGIN", help="Only for pages of this origin, which may then connect.")
@click.option("--name", metavar="NAME", help="What the program is called that gets it.")
@click.option("--expires", metavar="TIME", default="1d", help="For how long, such as 30m, 12h or 90d (1d).")
@_RECORD
def create_token(**asked: Any) -> None:
    """Make a token, and print it: it is not shown again."""
    if all(asked[each] is None for each in ("role", "task", "root", "owner")):
        raise click.UsageError("It takes --role, or one of --task, --root and --owner.")
    with errors_in_one_line():
        from phloem_server.access.tokens.issuer import Order
        from phloem_server.commands import tokens as commands

        commands.create(Order(**asked))


@tokens.command("list")
@_RECORD
def list_tokens() -> None:
    """List the valid tokens that this command and the page made. Those of phloem.share are not known."""
    with errors_in_one_line():
        from phloem_server.commands import tokens as commands

        commands.show()


@tokens.command("revoke")
@click.argument("token_id", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="All tokens, those of phloem.share as well, by another key.")
@_RECORD
def revoke_token(token_id: str | None, *, every: bool) -> None:
    """Revoke a token by its id, or by itself, and end its connections."""
    if (token_id is None) != every:
        raise click.UsageError("It takes an ID, or --all.")
    with errors_in_one_line():
        from phloem_server.commands import tokens as commands

        if token_id is None:
            commands.revoke_all()
        else:
            commands.revoke(token_id)


@main.command()
@click.option("--redis", "redis_url", metavar="URL", help="The Redis that holds the record (PHLOEM_REDIS_URL).")
@click.option("--broker", metavar="URL", help="The broker of an app that is not attached (PHLOEM_BROKER).")
@click.option("--result-backend", metavar="URL", help="The result backend of that app (PHLOEM_RESULT_BACKEND).")
@click.option("--app", metavar="MODULE:CELERY", help="The Celery app, as for celery -A.")
@click.option("--url", metavar="URL", help="Where people open the page, through whatever proxy.")
@click.option(
    "--patience",
    type=click.FloatRange(0, 3600),
    default=30.0,
    metavar="S",
    help="Seconds for which a silent connection through the proxy is watched (30).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def doctor(app: str | None, url: str | None, patience: float, as_json: bool, **options: str | None) -> None:
    """What is wrong with this installation, how that shows, and what to do. The exit status is 1 if anything is.

    It looks with the settings of this shell, which have to be those of phloem serve.
    """
    _to_environment(options)
    _hide(options)
    import logging

    from phloem_server.commands.doctor import report
    from phloem_server.commands.doctor.examination import examine
    from phloem_server.commands.doctor.installation import Installation, by_name

    os.environ.update(by_name(os.environ))  # what --app imports may attach itself
    logging.disable()  # what is wrong is found, and told once
    seen = Installation(os.environ, target=app, url=url, patience=patience)
    try:
        results = examine(seen)
        wrong = report.as_json(list(results)) if as_json else report.as_text(results)
    finally:
        seen.close()
    raise SystemExit(int(wrong))


@click.command("phloem")
@_serving
@click.pass_context
def celery_command(context: click.Context, /, **options: str | bool | None) -> None:
    """Phloem's live dashboard, for the app that -A names."""
    from phloem_server.commands.celery_plugin import become_server

    _to_environment(options)
    become_server(context.parent.params.get("app") if context.parent else None)


if __name__ == "__main__":
    main()
