"""The errors of the HTTP calls, and the one table that gives errors of the domain their HTTP status."""

from __future__ import annotations

from werkzeug.wrappers import Response

from phloem.errors import PhloemError
from phloem.instrument.calls.call import CallUnreadable
from phloem.instrument.signature import ArgumentsError
from phloem.record.record import ChannelError
from phloem.record.stores.users import LastAdmin
from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.people.errors import (
    PasswordWeak,
    UserInvalid,
    UsersFull,
    UserTaken,
    UserUnknown,
)
from phloem_server.access.tokens.errors import TokensFull, TokenUnfit, TokenUnknown
from phloem_server.boards.schedule import EntryUnknown
from phloem_server.boards.views import ViewInvalid, ViewsFull, ViewTaken, ViewUnknown
from phloem_server.control.again.errors import CallFixed, CallNotKept, TaskUnnamed
from phloem_server.control.errors import (
    NoAnswer,
    QueueGone,
    QueueUnknown,
    TaskNameUnknown,
    TaskNotLaunchable,
    TaskRefused,
    WorkerRefused,
)
from phloem_server.live.errors import RecordUnread
from phloem_server.mirror.query.values import QueryError
from phloem_server.web.problem import Problem, answer

RETRY_AFTER_SECONDS = 1
"""After which a call that found no record or no broker may be made again."""

STATUSES: dict[type[PhloemError], int] = {
    ArgumentsError: 422,
    CallFixed: 409,
    CallNotKept: 409,
    CallUnreadable: 409,
    ChannelError: 503,
    EntryUnknown: 404,
    NoAnswer: 503,
    QueryError: 400,
    QueueGone: 409,
    QueueUnknown: 422,
    RecordUnread: 503,
    Forbidden: 403,
    ScopeExceeded: 403,
    TaskNameUnknown: 422,
    TaskNotLaunchable: 422,
    TaskRefused: 409,
    TaskUnnamed: 409,
    LastAdmin: 409,
    PasswordWeak: 422,
    UserInvalid: 422,
    UserTaken: 409,
    UserUnknown: 404,
    UsersFull: 409,
    TokenUnfit: 422,
    TokenUnknown: 404,
    TokensFull: 409,
    ViewInvalid: 422,
    ViewUnknown: 404,
    ViewsFull: 409,
    ViewTaken: 409,
    WorkerRefused: 409,
}
"""HTTP statuses of errors of the domain; a subclass has that of its base."""


class TaskUnknown(Problem):
    """The record has no task of that id."""

    code = "task_unknown"
    status = 404

    def __init__(self, task_id: str) -> None:
        super().__init__(f"No task {task_id[:200]!r} is known; there was none, or it is no longer kept.")


class SessionUnknown(Problem):
    """No session of that id goes on, or it is somebody else's."""

    code = "session_unknown"
    status = 404

    def __init__(self, session_id: str) -> None:
        super().__init__(f"No session {session_id[:200]!r} of yours goes on.")


class TaskEnded(Problem):
    """The task has ended, so it cannot be revoked."""

    code = "task_ended"
    status = 409


class TaskNotEnded(Problem):
    """The task has not ended, so it cannot be run again."""

    code = "task_not_ended"
    status = 409


class TimeInvalid(Problem):
    """The times of a submission make no sense, contradict each other, or are past."""

    code = "time_invalid"
    status = 422


class FileUnknown(Problem):
    """The store has no file of that id."""

    code = "file_unknown"
    status = 404


class FileMissing(Problem):
    """A form came without the file that it is for."""

    code = "file_missing"
    status = 422


class UploadTooLarge(Problem):
    """The uploaded file has more bytes than one may have."""

    code = "file_too_large"
    status = 413


class FormTooLarge(Problem):
    """The form has more fields, or more bytes, beside its file than it may have."""

    code = "form_too_large"
    status = 413


class UploadsFull(Problem):
    """As many uploads are kept as there may be."""

    code = "store_full"
    status = 507


class MailboxAbsent(Problem):
    """Mail goes elsewhere, so there is no local mailbox."""

    code = "mailbox_absent"
    status = 404


class MailUnknown(Problem):
    """The mailbox has no message of that id."""

    code = "mail_unknown"
    status = 404


class MailUnreadable(Problem):
    """The message cannot be taken apart."""

    code = "mail_unreadable"
    status = 422


class AttachmentUnknown(Problem):
    """The message has no such part."""

    code = "attachment_unknown"
    status = 404


def of_domain(error: PhloemError) -> Response | None:
    """The answer that tells an error of the domain; None for one that the table does not have, which is a bug."""
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), None)
    if status is None:
        return None
    headers = [("Retry-After", str(RETRY_AFTER_SECONDS))] if status == 503 else []
    return answer(status, str(error), error.code, headers)
