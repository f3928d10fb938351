"""What a test gets to see of messages that were sent."""

from __future__ import annotations

from typing import Any

Sent = list[dict[str, Any]]
"""Their headers, one mapping a message, in the order of sending."""
