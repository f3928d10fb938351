"""The pages of the shop."""

import phloem
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shop.tasks import export

PHLOEM = "http://127.0.0.1:8000"


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "export.html", {"phloem": PHLOEM})


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    return redirect("show", task_id=export.delay(100).id)


def show(request: HttpRequest, task_id: str) -> HttpResponse:
    # Here your application decides whether this visitor may see the export.
    context = {"phloem": PHLOEM, "task_id": task_id, "token": phloem.share(task_id)}
    return render(request, "export.html", context)


def token(request: HttpRequest, task_id: str) -> HttpResponse:
    # And here again: the bar asks for the next token before its own expires.
    return HttpResponse(phloem.share(task_id), content_type="text/plain")
