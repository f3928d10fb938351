"""A shop whose page shows how far an export is, with all of Phloem at /phloem, for `flask run`."""

import phloem
from flask import Flask, redirect, render_template, url_for
from phloem_server.flask import Phloem
from tasks import celery, export
from werkzeug.wrappers import Response

app = Flask(__name__)
app.extensions["celery"] = celery
Phloem(app, url_prefix="/phloem")


@app.get("/")
def home() -> str:
    return render_template("export.html")


@app.post("/exports")
def start() -> Response:
    return redirect(url_for("show", task_id=export.delay(100).id))


@app.get("/exports/<task_id>")
def show(task_id: str) -> str:
    # Here your application decides whether this visitor may see the export.
    return render_template("export.html", task_id=task_id, token=phloem.share(task_id))


@app.get("/exports/<task_id>/token")
def token(task_id: str) -> str:
    # And here again: the bar asks for the next token before its own expires.
    return phloem.share(task_id)
