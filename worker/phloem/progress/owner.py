"""What a step needs of the run that it belongs to."""

from __future__ import annotations

from typing import Protocol, TypeVar

Step = TypeVar("Step", contravariant=True)


class Owner(Protocol[Step]):
    """The run that a step belongs to, as the step sees it."""

    def open(self, step: Step) -> None:
        """Adds a new step, and gives it its key."""

    def close(self, step: Step) -> None:
        """Takes note that a step has ended: it no longer counts towards its parent."""

    def discard(self, step: Step) -> None:
        """Removes a step and all steps below it from what is reported."""

    def tell(self, message: str) -> None:
        """Makes `message` the current message of the run."""
