"""A run to be inside of, for tests of what a task reports."""

from collections.abc import Iterator

import pytest

from phloem.progress import current
from phloem.progress.run import Run


class Nobody:
    """Looks at no run: the test does."""

    def watch(self, watched: Run) -> None:
        pass

    def unwatch(self, watched: Run) -> None:
        pass


@pytest.fixture
def run() -> Iterator[Run]:
    """A run that this test is inside of; nothing looks at it but the test, and no other test's run is beside it."""
    current.forget()
    run = Run("t1", "r1", Nobody())
    current.enter(run)
    yield run
    current.leave()
