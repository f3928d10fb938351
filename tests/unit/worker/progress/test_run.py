"""A run that several threads write into."""

from __future__ import annotations

from phloem.progress.run import Run


class Late:
    """A watcher that begins to watch a run once another thread has ended it."""

    def __init__(self) -> None:
        self.watched: list[Run] = []

    def watch(self, watched: Run) -> None:
        watched.end()
        self.watched.append(watched)

    def unwatch(self, watched: Run) -> None:
        if watched in self.watched:
            self.watched.remove(watched)


def test_a_run_that_ends_while_another_thread_reports_is_watched_no_more() -> None:
    late = Late()
    Run("t1", "r1", late).tell("half way")
    assert late.watched == []
