"""What `attach` is asked for and does not do: each is a sentence in the log, and the application goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import celery
import msgspec

from phloem.instrument.messages.owners import OwnerOf
from phloem.logs import Once, logger_of
from phloem.settings import Environment, RecordSettings, SettingError

if TYPE_CHECKING:
    from phloem.instrument.labels import LabelOf

logger = logger_of(__name__)

_once = Once()


class Asked(NamedTuple):
    """What a call of `attach` asks for."""

    settings: RecordSettings | None
    owner: OwnerOf | None
    label: LabelOf | str | None


def released(settings: RecordSettings, release: str | None) -> RecordSettings:
    """The settings with a release; as they are, and a sentence in the log, if it can be none."""
    if release is None:
        return settings
    try:
        named = Environment({"release": release}).release("release")
    except (SettingError, TypeError) as error:
        _say(f"Tasks have no release: {error}")
        return settings
    return msgspec.structs.replace(settings, release=named)


def understood(label: LabelOf | str | None) -> LabelOf | str | None:
    """The label; None, and a sentence in the log, if it is neither a function nor a template."""
    if label is None:
        return None
    from phloem.instrument.labels import Labels  # not by each process that attaches, as it starts

    try:
        Labels(label)
    except SettingError as error:
        fault = error
    else:
        return label
    logger.error("Tasks have no labels: %s", fault)
    return None


def refuse_others(app: celery.Celery, first: Asked, second: Asked) -> None:
    """Logs once if a second call asks for something else than the first."""
    different = []
    if first.settings is not None and second.settings is not None:
        asked = [
            name
            for name in RecordSettings.__struct_fields__
            if name != "redact" and (name != "release" or second.settings.release)
        ]
        different = [name for name in asked if getattr(first.settings, name) != getattr(second.settings, name)]
    if second.owner is not None and not _same(second.owner, first.owner):
        different.append("owner")
    if second.label is not None and not _same(second.label, first.label):
        different.append("label")
    if different:
        _say(
            f"phloem.attach({app.main or 'app'}) with another {' and '.join(different)} is refused: this process is "
            "attached already, and all its apps share one record. Attach all of them with the same settings."
        )


def say_why(error: Exception) -> None:
    """Logs once why nothing is recorded: a setting in a sentence, anything else with its traceback."""
    if _once.is_new(str(error)):
        unexpected = not isinstance(error, SettingError)
        logger.error("Phloem records nothing of this process: %s", error, exc_info=unexpected)


def _say(said: str) -> None:
    """Logs a sentence once."""
    if _once.is_new(said):
        logger.error("%s", said)


def _same(one: object, other: object) -> bool:
    """Whether two functions are of the same code: a module that is imported by two names makes its own twice."""
    return one == other or getattr(one, "__code__", one) == getattr(other, "__code__", other)
