from __future__ import annotations

from phloem.instrument.headers import CREATED, RECEIVED, RUN
from tests.unit.worker.instrument.handlers.process import Process


def test_what_is_of_this_worker_is_not_sent_with_the_next_try(process: Process) -> None:
    headers = {"id": "t2", RUN: "r1", RECEIVED: 1.0, "phloem_args": "of another task"}
    process.producer.sending(headers=headers, body=((), {}, {}))
    assert set(headers) == {"id", CREATED}
