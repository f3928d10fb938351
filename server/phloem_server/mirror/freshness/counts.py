"""What following the record did so far, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Counts:
    """Messages `heard`, those of them before which something was missing (`gaps`), comparisons of our position with
    that of Redis (`checks`), and those that found something new (`catch_ups`).

    `checked_at` is up to when it is known that nothing was missed, on the monotonic clock; None before the first check.
    """

    heard: int = 0
    gaps: int = 0
    checks: int = 0
    catch_ups: int = 0
    checked_at: float | None = None

    def check(self, upto: float, *, found: bool) -> None:
        """Counts a comparison."""
        self.checks += 1
        self.catch_ups += found
        self.checked_at = upto
