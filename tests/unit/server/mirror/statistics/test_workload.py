from __future__ import annotations

import msgspec

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.statistics.workload import Workload


def sent(entry: str | None, offset: int = 1) -> Task:
    return Task(id="t1", state=State.PENDING, offset=offset, first_offset=1, schedule=entry)


def test_a_run_is_filed_under_the_entry_it_names_now() -> None:
    work, before, after = Workload(), sent("hourly"), sent("daily", 2)
    work.note(None, before)
    assert work.runs("hourly", 5) == [before]
    work.note(before, after)
    assert (work.runs("hourly", 5), work.runs("daily", 5)) == ([], [after])


def test_the_last_run_of_each_entry_is_known() -> None:
    work, first, second = Workload(), sent("hourly"), Task(id="t2", state=State.PENDING, offset=2, first_offset=2)
    second = msgspec.structs.replace(second, schedule="hourly")
    work.note(None, first)
    work.note(None, second)
    assert work.last_runs() == {"hourly": second}


def test_an_entry_without_a_run_is_forgotten() -> None:
    work, before, after = Workload(), sent("hourly"), sent("daily", 2)
    work.note(None, before)
    work.note(before, after)
    work.note(after, None)
    assert work._runs == {}
