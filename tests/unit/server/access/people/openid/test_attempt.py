"""An answer of the provider counts in the browser that asked for it, for a while, and once."""

from __future__ import annotations

import pytest

from phloem.testing.access import MemoryDuties
from phloem_server.access.people.openid import attempt as module
from phloem_server.access.people.openid.attempt import Attempts
from phloem_server.access.people.openid.errors import SignInExpired

KEY = "k" * 32


def test_the_answer_to_an_attempt_finds_it_again() -> None:
    attempts = Attempts(lambda: KEY, MemoryDuties())
    began, kept = attempts.begin("/tasks/1")
    assert attempts.finish(kept, began.state) == began
    assert began.target == "/tasks/1"


def test_what_the_browser_keeps_tells_neither_nonce_nor_verifier() -> None:
    began, kept = Attempts(lambda: KEY, MemoryDuties()).begin("/")
    other, _ = Attempts(lambda: "o" * 32, MemoryDuties()).begin("/")
    assert len({began.nonce, began.verifier, began.state, other.nonce, other.verifier}) == 5
    assert began.nonce not in kept
    assert began.verifier not in kept


def test_an_attempt_counts_once_whichever_process_is_asked() -> None:
    shared = MemoryDuties()
    here, there = Attempts(lambda: KEY, shared), Attempts(lambda: KEY, shared)
    began, kept = here.begin("/")
    assert there.finish(kept, began.state).state == began.state
    with pytest.raises(SignInExpired):
        here.finish(kept, began.state)


@pytest.mark.parametrize("what", ["state", "cookie", "key", "age", "nothing", "nonsense"])
def test_an_answer_to_something_else_is_refused(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(lambda: KEY, MemoryDuties())
    began, kept = attempts.begin("/")
    other, others = attempts.begin("/")
    given = {
        "state": (kept, other.state),
        "cookie": (others, began.state),
        "key": (Attempts(lambda: "o" * 32, MemoryDuties()).begin("/")[1], began.state),
        "age": (kept, began.state),
        "nothing": ("", ""),
        "nonsense": (kept[:-1] + "\udc80", "\udc80"),
    }[what]
    if what == "age":
        monkeypatch.setattr(module, "LIFETIME_SECONDS", -1)
    with pytest.raises(SignInExpired, match="10 minutes|-1 minutes"):
        attempts.finish(*given)
