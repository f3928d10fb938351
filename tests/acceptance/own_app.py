"""Somebody's Flask application, with a sign-in and a Flask-SocketIO of its own, and Phloem below /jobs.

SERVED_BY says what serves it: eventlet, gevent or threading, each with the standard library as it needs it.
"""

from __future__ import annotations

import os
import warnings

SERVED_BY = os.environ["SERVED_BY"]

if SERVED_BY == "eventlet":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import eventlet
    eventlet.monkey_patch()

from flask import Flask, redirect, request, session  # noqa: E402  # after what is patched
from flask_socketio import SocketIO  # noqa: E402
from werkzeug.wrappers import Response  # noqa: E402

from phloem_server.flask import Phloem  # noqa: E402

app = Flask(__name__)
app.config["SECRET_KEY"] = "of this application alone"
app.config["PHLOEM_PASSWORD"] = "open sesame"
Phloem(app, url_prefix="/jobs")
socketio = SocketIO(app, async_mode=SERVED_BY)


@app.before_request
def sign_in_first() -> Response | None:
    """All pages of this application need its own sign-in."""
    return None if "user" in session or request.path == "/sign-in" else redirect("/sign-in")


@app.post("/sign-in")
def sign_in() -> str:
    """Anybody may."""
    session["user"] = request.form["user"]
    return "signed in"


@app.get("/")
def home() -> str:
    """Who signed in."""
    return f"Hello {session['user']}"


def shout(text: str) -> str:
    """The text, in capitals."""
    return text.upper()


socketio.on_event("shout", shout)


if __name__ == "__main__":
    socketio.run(app, port=int(os.environ["PORT"]), allow_unsafe_werkzeug=True)
