"""The fields of a task by which lists are indexed."""

from phloem_server.mirror.query.values import ID_LIMIT_CHARACTERS, TEXT_LIMIT_CHARACTERS

GROUPS = ("name", "queue", "worker", "owner", "release")
"""Fields with few different values, in which `*` stands for any text."""

LINKS = ("parent_id", "root_id", "group_id", "retry_of")
"""Fields that hold the id of another task."""


def limit_of(name: str) -> int:
    """Most characters of the value of a field."""
    return ID_LIMIT_CHARACTERS if name in LINKS else TEXT_LIMIT_CHARACTERS
