"""Mails the report of yesterday: a job for every midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, url_for

from phloem.jobs.app import app
from phloem.jobs.build_report import report
from phloem.jobs.errors import JobError, Passing
from phloem.jobs.results import named


@app.task(
    name="phloem.jobs.daily_report",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    autoretry_for=(Passing,),
    max_retries=3,
    retry_backoff=True,
    soft_time_limit=5 * 60,
    time_limit=6 * 60,
)
def daily_report() -> dict[str, Any]:
    """Makes yesterday's report and mails it to whoever PHLOEM_REPORT_TO names."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    history, file = report(yesterday, yesterday, "PDF")
    subject = f"Jobs on {history.title}: {len(history.tasks):,} ran, {len(history.failures):,} failed"
    body = f"""{subject}.

The report is attached, and can be read here: {url_for("file", file_id=file.id)}
What runs now: {url_for("home")}
"""
    # The task is running inside the Flask application, whose settings and addresses these are.
    settings, celery = current_app.config["SETTINGS"], current_app.extensions["celery"]
    letter = {"to": [settings.report_to], "subject": subject, "body": body, "attachments": [file.id]}
    mail = celery.send_task("phloem.jobs.send_email", kwargs=letter)
    return {"files": [named(file)], "mailed_to": settings.report_to, "mail": url_for("task", task_id=mail.id)}
