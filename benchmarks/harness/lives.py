"""Tasks that run at the same time, as events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from phloem.model.event import Event


def lives(life: Callable[[], Iterator[Event]], at_once: int) -> Iterator[Event]:
    """Events of so many tasks at a time, each with the events of a `life`: when one ends, the next begins."""
    running = [life() for _ in range(at_once)]
    for place, events in enumerate(running):  # at different places of their lives, as tasks are
        for _ in range(place % 4):
            yield next(events)
    while True:
        for place, events in enumerate(running):
            event = next(events, None)
            if event is None:
                running[place] = life()
            else:
                yield event
