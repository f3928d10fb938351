"""What workers can run, in a Redis that does not keep what it is brought."""

from __future__ import annotations

from typing import Any, cast

import pytest

from phloem.record.function_calls import FunctionCalls
from phloem.record.record import ChannelError
from phloem.record.redis_stores.forms import RedisForms
from phloem.record.stores.forms import Catalogue, TaskForm, digests

CATALOGUE = Catalogue(tasks=(TaskForm(name="count"),))


class Forgetful:
    """Functions that find a form missing whenever they are asked."""

    def call(self, name: str, *_: object) -> list[bytes]:
        return [each.encode() for each in digests(CATALOGUE)[1]]


def test_forms_that_are_forgotten_as_fast_as_they_are_brought_are_to_be_brought_again() -> None:
    unused: Any = None
    forms = RedisForms(unused, "here", "p:", cast(FunctionCalls, Forgetful()), unused)
    with pytest.raises(ChannelError, match="forgot forms of tasks") as raised:
        forms.offer("w1", CATALOGUE)
    assert raised.value.temporary
