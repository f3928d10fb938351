"""Who is limited, and by how much."""

from __future__ import annotations

from typing import Any

import pytest

from phloem_server.access.errors import RateLimited
from phloem_server.access.limits import buckets as module
from phloem_server.access.limits.buckets import Buckets
from phloem_server.access.limits.limits import ADDRESS_SHARE, Limits, headers
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal
from phloem_server.settings.limits import Kind, Rate
from phloem_server.web.environ import PEER, PRINCIPAL


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    """Ten calls a minute, and 1,000 bytes an hour."""
    return Limits({"requests": Rate(10, 60), "uploads": Rate(1000, 3600), "launches": None}, clock)


def caller(principal: Principal | None, address: str = "192.0.2.1") -> dict[str, Any]:
    return {PRINCIPAL: principal, PEER: address}


ANN = Principal.of_role("viewer", "session", name="ann", account="user:ann", session="1")


def admitted(limits: Limits, who: dict[str, Any], tries: int, kind: Kind = "requests") -> int:
    """How many of so many tries are let through."""
    count = 0
    for _ in range(tries):
        try:
            limits.take(kind, who)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_principal_may_do_as_much_at_once_as_within_the_time_and_then_at_its_pace(
    limits: Limits, clock: Clock
) -> None:
    assert admitted(limits, caller(ANN), 30) == 10
    clock.now += 12
    assert admitted(limits, caller(ANN), 30) == 2
    clock.now += 3600
    assert admitted(limits, caller(ANN), 30) == 10


def test_one_has_the_same_bucket_in_all_sessions_and_at_all_addresses(limits: Limits) -> None:
    admitted(limits, caller(ANN), 10)
    elsewhere = Principal.of_role("viewer", "session", name="ann", account="user:ann", session="2")
    assert admitted(limits, caller(elsewhere, "192.0.2.2"), 5) == 0


@pytest.mark.parametrize(
    "other",
    [
        Principal.of_role("viewer", "session", name="ann", account="openid:7", session="3"),
        Principal.of_role("viewer", "session", session="4"),
        Principal(kind="token", name="ann"),
        Principal(kind="token", name="ann", token="t2"),
    ],
)
def test_others_have_buckets_of_their_own(limits: Limits, other: Principal) -> None:
    admitted(limits, caller(ANN), 10)
    assert admitted(limits, caller(other), 20) == 10


@pytest.mark.parametrize("principal", [ANYONE, PASSWORD_HOLDER, None])
def test_those_that_cannot_be_told_apart_are_counted_by_their_address(
    limits: Limits, principal: Principal | None
) -> None:
    assert admitted(limits, caller(principal), 200) == 10 * ADDRESS_SHARE
    assert admitted(limits, caller(principal, "192.0.2.2"), 1) == 1


def test_an_address_is_limited_whoever_acts_there(limits: Limits) -> None:
    people = [Principal.of_role("viewer", "session", account=str(number)) for number in range(20)]
    assert sum(admitted(limits, caller(each), 10) for each in people) == 10 * ADDRESS_SHARE


def test_an_upload_may_be_larger_than_what_is_left_and_the_next_waits(limits: Limits, clock: Clock) -> None:
    limits.take("uploads", caller(ANN), 3000)
    with pytest.raises(RateLimited) as limited:
        limits.take("uploads", caller(ANN), 1)
    assert dict(limited.value.headers)["Retry-After"] == str(int(2001 * 3.6) + 1)
    clock.now += 2001 * 3.6 + 1
    limits.take("uploads", caller(ANN), 1)


def test_what_is_off_is_not_limited(limits: Limits) -> None:
    assert limits.take("launches", caller(ANN)) is None
    assert limits.take("watches", caller(ANN)) is None


def test_only_watch_is_counted_among_messages(clock: Clock) -> None:
    limits = Limits({"watches": Rate(1, 60)}, clock)
    for _ in range(5):
        limits.count_message(caller(ANN), "seen")
    limits.count_message(caller(ANN), "watch")
    with pytest.raises(RateLimited, match="You may make 1 watch messages within 60 s .*PHLOEM_LIMIT_WATCHES"):
        limits.count_message(caller(ANN), "watch")


def test_headers_tell_what_is_left_of_the_smaller_one(limits: Limits) -> None:
    limits.take("requests", caller(ANN))
    left = limits.take("requests", caller(ANN))
    assert left is not None
    assert dict(headers(left)) == {"RateLimit-Limit": "10", "RateLimit-Remaining": "8", "RateLimit-Reset": "12"}


def test_a_refusal_tells_when_to_come_again(limits: Limits) -> None:
    admitted(limits, caller(ANN), 10)
    with pytest.raises(RateLimited, match="Try again in 6 s") as limited:
        limits.take("requests", caller(ANN))
    assert dict(limited.value.headers) == {
        "Retry-After": "6",
        "RateLimit-Limit": "10",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "60",
    }


def test_of_very_many_those_that_were_quiet_for_longest_are_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUCKETS_LIMIT", 3)
    buckets = Buckets(Rate(1, 60), clock)
    for key in ("a", "b", "c", "a", "d"):
        buckets.take(key)
    assert not buckets.take("a").allowed
    assert buckets.take("b").allowed
    assert len(buckets._buckets) == 3
