"""Sends random calls: `python -m tests.acceptance.secrets_producer plain|flask SEED CALLS`. Prints their ids.

`plain` has the tasks, and never finalizes its app. `flask` sends them by their names, from requests to a Flask app.
"""

from __future__ import annotations

import os
import sys

from celery import Celery
from flask import Flask

import phloem
from phloem.instrument import attachment
from tests.random_secrets import Secrets


def send(app: Celery, made: Secrets) -> list[str]:
    """Two calls, one of them under a name that its sender chose; their ids."""
    password, text, value = made.secret(), made.text(), made.value(2)
    args = ("ann", password, text, value, made.secret(), made.secret())
    kwargs = {made.name(): made.value(2), made.name(): made.secret()}
    named = app.send_task("secrets.repeat", args, kwargs, shadow=f"sign in with {password}: {text}")
    return [named.id, app.send_task("secrets.fail", (password, text, value)).id]


def from_a_plain_process(makes: list[Secrets]) -> list[str]:
    from tests.acceptance.secrets_app import app, fail, repeat

    assert (repeat.name, fail.name) == ("secrets.repeat", "secrets.fail")  # makes them, as a call of one does
    ids = [task_id for made in makes for task_id in send(app, made)]
    assert not app.finalized
    return ids


def from_flask(makes: list[Secrets]) -> list[str]:
    app = Celery("elsewhere", broker=os.environ["REDIS_URL"])
    app.conf.update(task_serializer="pickle", task_default_queue="secrets")
    phloem.attach(app)
    web = Flask("web")
    web.add_url_rule("/<int:number>", view_func=lambda number: send(app, makes[number]))
    client = web.test_client()
    return [task_id for number in range(len(makes)) for task_id in client.get(f"/{number}").get_json()]


if __name__ == "__main__":
    kind, seed, calls = sys.argv[1:]
    made = [Secrets(f"{seed}-{kind}-{number}") for number in range(int(calls))]
    print("\n".join({"plain": from_a_plain_process, "flask": from_flask}[kind](made)))
    assert attachment.flush(5)
