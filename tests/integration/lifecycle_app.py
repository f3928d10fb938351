"""Tasks that end in every way a task can end."""

from __future__ import annotations

import os
import pickle
import signal
import time
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.exceptions import Ignore, Reject

import phloem
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.values import SERIALIZERS, register_msgpack
from tests.waiting import wait_until

app = Celery("lifecycle", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)
# What a dead worker had not acknowledged comes again after this many seconds, instead of an hour.
app.conf.broker_transport_options = {"visibility_timeout": 2}
register_msgpack()
app.conf.accept_content = list(SERIALIZERS)
phloem.attach(app)


@app.task
def add(x: int, y: int) -> int:
    return x + y


@app.task(ignore_result=True)
def forget(password: str) -> None:
    phloem.log("I was here")


@app.task
def fail() -> None:
    raise ValueError("this cannot work")


@app.task(throws=(KeyError,))
def expected() -> None:
    raise KeyError("nobody needs to see where")


@app.task(bind=True, max_retries=3)
def flaky(self: Task[..., str]) -> str:
    if self.request.retries < 2:
        try:
            raise ConnectionError("the other side is away")
        except ConnectionError as error:
            raise self.retry(exc=error, countdown=self.request.retries) from error
    return "at last"


@app.task(bind=True, max_retries=3)
def count_down(self: Task[..., str], number: int, password: str = "none") -> str:
    """Goes on as a try with other arguments."""
    if number:
        raise self.retry(
            args=[number - 1], kwargs={"password": "geheim"}, countdown=0, exc=ValueError(f"{number} left")
        )
    return "zero"


@app.task
def sleep(seconds: float) -> None:
    for _ in phloem.track(range(int(seconds * 100)), "Sleeping"):
        time.sleep(0.01)


@app.task(soft_time_limit=1)
def too_slow() -> None:
    time.sleep(30)


@app.task(time_limit=1)
def much_too_slow() -> None:
    time.sleep(30)


@app.task
def die_at_once() -> None:
    """Ends the process with SIGKILL, and with it what was not recorded of the task before."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_when_recorded(task_id: str, said: str) -> None:
    """Ends the process with SIGKILL; what is not recorded by then dies with it."""
    record = RedisChannel(Settings(redis_url=os.environ["REDIS_URL"]))
    wait_until(lambda: said in [entry.message for entry in record.short_log(task_id, 100)], 40, f"{said} is recorded")
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(bind=True)
def die(self: Task[..., None]) -> None:
    phloem.log("goodbye")
    kill_when_recorded(self.request.id, "goodbye")


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def die_once(self: Task[..., str], marker: str) -> str:
    """The message comes again when its child dies."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        kill_when_recorded(self.request.id, State.STARTED)
    return "the second time"


@app.task(acks_late=True)
def hold_on(seconds: float) -> None:
    """Its message comes again when its whole worker dies."""
    sleep(seconds)


@app.task
def reject() -> None:
    raise Reject("not for me", requeue=False)


@app.task
def ignore() -> None:
    raise Ignore


@app.task(bind=True)
def front(self: Task[..., None], x: int) -> None:
    """Goes on as another task under its own id."""
    raise self.replace(add.s(x, x))


@app.task(bind=True, acks_late=True)
def picky(self: Task[..., str]) -> str:
    """Takes its message the second time."""
    if not self.request.delivery_info["redelivered"]:
        raise Reject("not now", requeue=True)
    return "now"


@app.task(bind=True)
def says_failure(self: Task[..., None]) -> None:
    self.update_state(
        state="FAILURE", meta={"exc_type": "ValueError", "exc_message": ["row 3"], "exc_module": "builtins"}
    )
    raise Ignore


@app.task
def exits() -> None:
    raise SystemExit(3)


@app.task(bind=True)
def passes_on(self: Task[..., Any], inner: str) -> Any:
    """Sends its headers with another task, whose id is `inner`. Returns what it sees of them."""
    add.apply_async((1, 1), task_id=inner, headers=self.request.headers)
    return self.request.headers


@app.task(acks_late=True)
def pid() -> int:
    return os.getpid()


@app.task(bind=True)
def own_headers(self: Task[..., dict[str, str]]) -> dict[str, str]:
    """What a producer sent beside the arguments, under names that might be ours."""
    return {name: self.request.get(name) for name in ("run", "received_at")}


@app.task
def unwilling() -> Any:
    """Its result cannot be looked at."""

    class Unwilling:
        def __repr__(self) -> str:
            raise RuntimeError

        def __reduce__(self) -> tuple[type, tuple[()]]:
            return (str, ())

    phloem.log(Unwilling.__name__)
    return {"password": "geheim", "count": 3}


@app.task(bind=True)
def got(self: Task[..., None], *args: Any, **kwargs: Any) -> None:
    """Writes down what it got."""
    told = {name: value for name, value in vars(self.request).items() if name not in ("id", "correlation_id")}
    Path(os.environ["PHLOEM_DATA_DIR"], f"got-{self.request.id}").write_bytes(pickle.dumps((args, kwargs, told)))
