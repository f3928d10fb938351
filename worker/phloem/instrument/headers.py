"""All headers that Phloem adds to Celery's messages. Any sender may set them, so none is trusted."""

from __future__ import annotations

CREATED = "phloem_created_at"
"""When the message was sent, in Unix seconds. Set by the producer."""

RECEIVED = "phloem_received_at"
"""When a worker's main process received the message, in Unix seconds. Set by that process, for its child."""

RUN = "phloem_run"
"""The token of the run that begins with the message. Set by a worker's main process, for its child."""

SCHEDULE = "phloem_schedule"
"""The entry of the schedule that the message was sent for. Set by beat, or by the server for a person."""

BY_HAND = "phloem_by_hand"
"""True in a message that a person sent for an entry of the schedule, ahead of beat."""

RETRY_OF = "phloem_retry_of"
"""The id of the task that this one runs again."""

CHOSEN_TEXTS = {"args": "phloem_args", "kwargs": "phloem_kwargs"}
"""The texts that are to be shown instead of the arguments, because the sender chose them."""
