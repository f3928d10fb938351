"""A shop whose page shows how far an export is, for `uvicorn app:app`. Phloem is a server beside it."""

from pathlib import Path

import phloem
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from tasks import export

app = FastAPI()
templates = Jinja2Templates(Path(__file__).parent / "templates")
templates.env.globals["phloem"] = "http://127.0.0.1:8000"


@app.get("/")
def home(request: Request) -> HTMLResponse:
    return templates.TemplateResponse(request, "export.html")


@app.post("/exports")
def start() -> RedirectResponse:
    return RedirectResponse(f"/exports/{export.delay(100).id}", status_code=303)


@app.get("/exports/{task_id}")
def show(request: Request, task_id: str) -> HTMLResponse:
    # Here your application decides whether this visitor may see the export. It is no `async def`, as `share` waits
    # for an answer of Redis.
    context = {"task_id": task_id, "token": phloem.share(task_id)}
    return templates.TemplateResponse(request, "export.html", context)


@app.get("/exports/{task_id}/token")
def token(task_id: str) -> PlainTextResponse:
    # And here again: the bar asks for the next token before its own expires.
    return PlainTextResponse(phloem.share(task_id))
