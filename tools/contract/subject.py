"""What is handed on: the types, their names in TypeScript, and the limits. Something new is added here."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import msgspec

from phloem.instrument.calls import call
from phloem.model import changes, state, task
from phloem.progress import outline
from phloem.record.stores import tokens
from phloem.record.stores import views as shared_views
from phloem_server.access.audit import entry
from phloem_server.access.tokens import issuer
from phloem_server.api import first_rows
from phloem_server.api.access import audit
from phloem_server.api.calls import answers
from phloem_server.boards import activity, queues, schedule, views, worker_answers, workers
from phloem_server.commands.mailbox import letter, store
from phloem_server.control import registry, reruns
from phloem_server.live import protocol
from phloem_server.mirror.query import arguments, comparisons, exclusion, query, search_text, values
from phloem_server.mirror.statistics import last_hour, queue_levels, releases

Kind = type[msgspec.Struct]

GROUPS = {"WAITING": state.WAITING, "RUNNING": state.RUNNING, "ENDED": state.ENDED}
"""States that belong together, by the name of the constant."""

TASK: Mapping[str, Kind] = {"Step": task.Step, "TaskError": task.Error, "Try": task.Try, "Task": task.Task}
"""A task and what it consists of, by their names in TypeScript; embed.d.ts has these alone."""

RECORD: Mapping[str, Kind] = {"LogEntry": task.LogEntry, "Position": changes.Position}

CALL: Mapping[str, Kind] = {"Follows": call.Follows, "KeptCall": reruns.Kept, "RegisteredJob": registry.Launchable}
"""What can be launched, and what is kept to run a task again."""

QUERY: Mapping[str, Kind] = {"Exclusion": exclusion.Exclusion, "Query": query.Query}
"""What clients write: each may leave out what it does not ask for."""

TO_SERVER: Mapping[str, Kind] = {f"{kind.__name__}Message": kind for kind in protocol.TO_SERVER.values()}

TO_CLIENT: Mapping[str, Kind] = {
    "Watching": protocol.Watching,
    "AnswerMessage": protocol.Answer,
    "RefusalMessage": protocol.Refusal,
    "DoneMessage": protocol.Done,
    "FrameMessage": protocol.Frame,
    "ResyncMessage": protocol.Resync,
    "StatusMessage": protocol.Status,
    "BoardMessage": protocol.Picture,
}

BOARDS: Mapping[str, Kind] = {
    "workers": workers.Workers,
    "queues": queues.Queues,
    "schedule": schedule.Entries,
    "now": activity.Picture,
    "views": views.Views,
}
"""What each board shows, by the board's name."""

BOARD_PARTS: Mapping[str, Kind] = {
    "RunningTask": workers.Job,
    "Worker": workers.Worker,
    "HeldTask": worker_answers.HeldTask,
    "WorkerAnswers": worker_answers.WorkerAnswers,
    "Queue": queues.Queue,
    "Run": schedule.Run,
    "Entry": schedule.Entry,
    "Moment": last_hour.Moment,
    "Job": last_hour.Job,
    "WaitingByQueue": queue_levels.WaitingByQueue,
    "Release": releases.Release,
    "SharedView": shared_views.SharedView,
    **{f"{name.capitalize()}Board": kind for name, kind in BOARDS.items()},
}

MAILBOX: Mapping[str, Kind] = {
    "MailArrived": store.Arrived,
    "MailAttachment": letter.Attachment,
    "MailContent": letter.Letter,
}

PAGE: Mapping[str, Kind] = {"FirstRowsMessage": first_rows.FirstRows}
"""What the page brings along."""

ACCESS: Mapping[str, Kind] = {
    "Token": tokens.Token,
    "IssuedToken": issuer.Issued,
    "OpenSession": answers.OpenSession,
    "KnownUser": answers.KnownUser,
    "AuditEntry": entry.KeptEntry,
    "AuditPage": audit.AuditPage,
}

NAMES: Mapping[Kind, str] = {
    kind: name
    for group in (TASK, RECORD, CALL, QUERY, TO_SERVER, TO_CLIENT, BOARD_PARTS, MAILBOX, PAGE, ACCESS)
    for name, kind in group.items()
}
"""The name of each type in TypeScript."""

NARROWER: Mapping[tuple[Kind, str], str] = {
    (protocol.Watch, "view"): "Query",
    (protocol.Answer, "totals"): "Totals",
    (protocol.Frame, "totals"): "Totals",
    (first_rows.FirstRows, "totals"): "Totals",
}
"""Fields of which TypeScript knows more than msgspec has to check."""

TABLES: Mapping[str, Kind] = {
    "task": task.Task,
    "step": task.Step,
    "error": task.Error,
    "try": task.Try,
    "log entry": task.LogEntry,
    "call": reruns.Kept,
    "follows": call.Follows,
    "registered task": registry.Launchable,
    "query": query.Query,
    "workers": workers.Workers,
    "worker": workers.Worker,
    "running task": workers.Job,
    "worker answers": worker_answers.WorkerAnswers,
    "held task": worker_answers.HeldTask,
    "queues": queues.Queues,
    "queue": queues.Queue,
    "entry": schedule.Entry,
    "run": schedule.Run,
    "moment": last_hour.Moment,
    "job": last_hour.Job,
    "waiting by queue": queue_levels.WaitingByQueue,
    "release": releases.Release,
    "now": activity.Picture,
    "views": views.Views,
    "shared view": shared_views.SharedView,
    "watch": protocol.Watch,
    "position": changes.Position,
    "answer": protocol.Answer,
    "refusal": protocol.Refusal,
    "seen": protocol.Seen,
    "frame": protocol.Frame,
    "watching": protocol.Watching,
    "board": protocol.Picture,
    "status": protocol.Status,
    "token": tokens.Token,
    "session": answers.OpenSession,
    "user": answers.KnownUser,
    "mail": store.Arrived,
    "mail content": letter.Letter,
    "attachment": letter.Attachment,
    "audit entry": entry.KeptEntry,
}
"""Types of whose fields docs/contract.md has a table, by the name that its markers have."""

LIMITS: Mapping[str, tuple[ModuleType, str]] = {
    "LOG_LIMIT_ENTRIES": (task, "LOG_LIMIT_ENTRIES"),
    "STEPS_LIMIT": (outline, "STEPS_SHOWN"),
    "ROWS_LIMIT": (query, "LIMIT"),
    "TEXT_LIMIT_CHARACTERS": (values, "TEXT_LIMIT_CHARACTERS"),
    "OLDEST_SECONDS": (values, "OLDEST_SECONDS"),
    "VALUES_LIMIT": (values, "VALUES_LIMIT"),
    "STARS_LIMIT": (values, "STARS_LIMIT"),
    "WORDS_LIMIT": (search_text, "WORDS_LIMIT"),
    "UNWANTED_TEXTS_LIMIT": (exclusion, "UNWANTED_TEXTS_LIMIT"),
    "ARGUMENTS_LIMIT": (arguments, "ARGUMENTS_LIMIT"),
    "COMPARISONS_LIMIT": (comparisons, "COMPARISONS_LIMIT"),
    "HOUR_MINUTES": (last_hour, "MINUTES"),
}
"""Numbers that the page goes by, by their names in TypeScript."""
