"""The chain: that it is one, and that whatever is done to it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from phloem.record.stores.audit import End, Keep, Link
from phloem.testing.access import MemoryKeys
from phloem.testing.audit import MemoryAudit
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.last_seen import LastSeen, path_of
from phloem_server.access.audit.verification import BREAKS_LIMIT, verify
from tests.unit.server.access.audit.entries import chain_over, done

NEVER = End()


def breaks(chain: Chain, seen: End = NEVER) -> tuple[str, ...]:
    return verify(chain.store, chain.key, seen).breaks


@pytest.fixture
def ten(chain: Chain) -> Chain:
    """A chain with ten entries."""
    chain.append([done(number) for number in range(1, 11)])
    return chain


def test_an_untouched_chain_is_whole(chain: Chain, ten: Chain) -> None:
    assert verify(ten.store, ten.key).entries == 10
    assert breaks(ten) == ()
    assert [entry.target for entry in ten.newest("", 2)] == ["task-10", "task-9"]
    assert [entry.number for entry in ten.following("", 3)] == [1, 2, 3]


def test_an_empty_chain_is_whole(chain: Chain) -> None:
    assert breaks(chain) == ()


def test_what_is_not_kept_any_longer_breaks_nothing(store: MemoryAudit) -> None:
    chain = Chain(store, MemoryKeys(), secret="s" * 32, days=90, most=4, last_seen=LastSeen())
    for number in range(10):
        chain.append([done(number)])
    assert breaks(chain, seen=End(2, "whatever")) == ()
    assert verify(store, chain.key).entries == 4


@pytest.mark.parametrize("appended", [1, 3])
def test_what_is_removed_while_the_chain_is_read_breaks_nothing(
    store: MemoryAudit, monkeypatch: pytest.MonkeyPatch, appended: int
) -> None:
    chain = Chain(store, MemoryKeys(), secret="s" * 32, days=90, most=4, last_seen=LastSeen())
    other = Chain(store, MemoryKeys(), secret="s" * 32, days=90, most=4, last_seen=LastSeen())
    chain.append([done(number) for number in range(9)])
    following, ends = store.following, store.ends
    told: list[None] = []

    def overtake(entries: int) -> None:
        monkeypatch.setattr(store, "ends", ends)  # who appends asks as well
        other.append([done(10) for _ in range(entries)])
        monkeypatch.setattr(store, "ends", asked)

    def read(after: str, limit: int) -> tuple[Link, ...]:
        overtake(1)
        return following(after, limit)

    def asked() -> tuple[End, End]:
        if told:
            overtake(appended)  # also since they were read
        told.append(None)
        return ends()

    monkeypatch.setattr(store, "following", read)
    monkeypatch.setattr(store, "ends", asked)
    assert breaks(chain) == ()
    assert len(told) > 1


def _change(links: list[Link]) -> None:
    links[3] = msgspec.structs.replace(links[3], text=links[3].text.replace("task-4", "task-5"))


def _remove(links: list[Link]) -> None:
    del links[3:6]


def _exchange(links: list[Link]) -> None:
    links[3], links[4] = links[4], links[3]


def _renumber(links: list[Link]) -> None:
    del links[3]
    for place in range(3, 9):
        links[place] = msgspec.structs.replace(links[place], number=place + 1)


def _repeat(links: list[Link]) -> None:
    links.insert(4, links[3])


def _insert(links: list[Link]) -> None:
    links.insert(3, msgspec.structs.replace(links[3], text="{}", number=4))


def _cut(links: list[Link]) -> None:
    del links[8:]


def _cut_the_front(links: list[Link]) -> None:
    del links[:2]


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (_change, "Entry 4 "),
        (_remove, "Entries 4 to 6 are missing"),
        (_exchange, "Entry 4 is missing"),
        (_renumber, "Entry 4 "),
        (_repeat, "Entry 4 "),
        (_insert, "Entry 4 "),
        (_cut, "Entries 9 to 10 are missing at the end"),
        (_cut_the_front, "Entries 1 to 2 are missing"),
    ],
)
def test_whatever_is_done_to_entries_shows_where_it_was_done(
    ten: Chain, store: MemoryAudit, tamper: Callable[[list[Link]], None], said: str
) -> None:
    tamper(store._links)
    assert breaks(ten)[0].startswith(said)


def test_very_many_breaks_are_told_up_to_a_bound(ten: Chain, store: MemoryAudit) -> None:
    ten.append([done(number) for number in range(20)])
    store._links[:] = [msgspec.structs.replace(link, text="{}") for link in store._links]
    assert len(breaks(ten)) == BREAKS_LIMIT


def test_a_cut_end_that_was_covered_up_shows_to_who_saw_more(ten: Chain, store: MemoryAudit) -> None:
    seen = store._end
    del store._links[8:]
    store._end = End(8, store._links[-1].hash)
    assert breaks(ten) == ()
    assert breaks(ten, seen)[0].startswith("Entries 9 to 10 are missing at the end: this machine saw")


def test_an_end_that_was_replaced_shows_to_who_saw_another(ten: Chain, store: MemoryAudit) -> None:
    seen = store._end
    del store._links[9:]
    store._end = End(9, store._links[-1].hash)
    chain_over(store).append([done(99)])
    assert breaks(ten) == ()
    assert "is not the one that was seen there" in breaks(ten, seen)[0]


def test_who_does_not_know_the_key_cannot_append(ten: Chain, store: MemoryAudit) -> None:
    forger = chain_over(store, secret="another secret")
    forger.append([done(99)])
    verdict = verify(store, ten.key)
    assert verdict.other_keys == (11,)
    store._links[-1] = msgspec.structs.replace(store._links[-1], key=ten.key.name)
    assert breaks(ten)[0].startswith("Entry 11 ")


def test_processes_that_append_in_turn_make_one_chain(store: MemoryAudit) -> None:
    here, there = chain_over(store), chain_over(store)
    for number in range(1, 6):
        here.append([done(number)])
        there.append([done(number + 100), done(number + 200)])
    assert verify(store, here.key).entries == 15
    assert breaks(here) == ()


def test_a_process_that_finds_its_end_gone_says_so_in_the_chain(ten: Chain, store: MemoryAudit) -> None:
    seen = store._end
    del store._links[8:]
    store._end = End(8, store._links[-1].hash)
    ten.append([done(11)])
    [told, loss] = ten.newest("", 2)
    assert told.target == "task-11"
    assert (loss.action, loss.outcome) == ("audit", "failed")
    assert f"Entries up to number 10 (hash {seen.hash})" in loss.detail


def test_it_says_so_also_where_others_appended_meanwhile(ten: Chain, store: MemoryAudit) -> None:
    del store._links[8:]
    store._end = End(8, store._links[-1].hash)
    chain_over(store).append([done(number) for number in range(5)])
    ten.append([done(11)])
    assert "Entries up to number 10" in ten.newest("", 2)[1].detail


def test_others_that_append_are_no_loss(ten: Chain, store: MemoryAudit) -> None:
    chain_over(store).append([done(number) for number in range(500)])
    ten.append([done(11)])
    assert [entry.action for entry in ten.newest("", 600)] == ["revoke"] * 511


def test_what_others_append_meanwhile_is_read_once(
    ten: Chain, store: MemoryAudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, newest, read = store.append, store.newest, []
    other, first = chain_over(store), list(range(20))

    def overtaken(after: End, links: Sequence[Link], keep: Keep) -> End:
        if first:
            first.pop()
            monkeypatch.setattr(store, "append", append)
            other.append([done(100 + len(first))])
            monkeypatch.setattr(store, "append", overtaken)
        return append(after, links, keep)

    def reading(before: str, limit: int) -> tuple[Link, ...]:
        read.append(before)
        return newest(before, limit)

    other.append([done(99)])
    monkeypatch.setattr(store, "append", overtaken)
    monkeypatch.setattr(store, "newest", reading)
    ten.append([done(11)])
    assert not first
    assert len(read) == 1
    assert breaks(ten) == ()


def test_an_end_that_is_not_kept_any_longer_is_no_loss_also_where_that_happens_while_it_is_looked_for(
    ten: Chain, store: MemoryAudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = store.newest
    other, short = chain_over(store), Chain(store, MemoryKeys(), secret="s" * 32, days=90, most=4, last_seen=LastSeen())
    other.append([done(number) for number in range(500)])

    def reading(before: str, limit: int) -> tuple[Link, ...]:
        if before:
            monkeypatch.setattr(store, "newest", newest)
            short.append([done(99)])
        return newest(before, limit)

    monkeypatch.setattr(store, "newest", reading)
    ten.append([done(11)])
    assert store.newest is newest, "the end was looked for"
    assert {entry.action for entry in ten.newest("", 9)} == {"revoke"}


def test_an_end_that_goes_while_others_append_is_missed(
    ten: Chain, store: MemoryAudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, turns = store.append, iter(range(9))

    def overtaken(after: End, links: Sequence[Link], keep: Keep) -> End:
        match next(turns):
            case 0:
                append(store._end, [Link(number=11, text="{}", hash="h" * 64, key="k")], keep)
            case 1:
                del store._links[4:]
                store._end = End(4, store._links[-1].hash)
        return append(after, links, keep)

    monkeypatch.setattr(store, "append", overtaken)
    ten.append([done(11)])
    assert "Entries up to number 10" in ten.newest("", 2)[1].detail


def test_what_was_seen_outlives_the_process(store: MemoryAudit, tmp_path: Path) -> None:
    path = path_of(tmp_path, "phloem")
    chain_over(store, LastSeen(path)).append([done(1), done(2)])
    assert LastSeen(path).end == store._end
    store._links.clear()
    store._end = End()
    after = chain_over(store, LastSeen(path))
    after.append([done(3)])
    assert "Entries up to number 2" in after.newest("", 2)[1].detail
    assert LastSeen(path).end == store._end


def test_a_file_that_holds_something_else_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = path_of(tmp_path, "phloem")
    path.write_text("[")
    assert LastSeen(path).end == End()
    assert "cannot be read" in caplog.text


def test_a_disk_that_takes_nothing_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen = LastSeen(tmp_path / "missing" / "file")
    seen.keep(End(1, "a"))
    seen.keep(End(2, "b"))
    assert caplog.text.count("cannot be kept") == 1


def test_the_same_entries_after_an_answer_that_got_lost_are_kept_once(ten: Chain, store: MemoryAudit) -> None:
    before = ten._end
    ten.append([done(11)])
    ten._end = before  # as if the answer had not come
    ten.append([done(11)])
    assert [entry.number for entry in ten.newest("", 2)] == [11, 10]


def test_texts_from_outside_are_bounded_and_hold_no_secrets(chain: Chain) -> None:
    entry = msgspec.structs.replace(done(), target="\ud800" + "x" * 1000, detail="redis://ann:secret@host/0")
    chain.append([entry])
    [kept] = chain.newest("", 1)
    assert kept.target == "?" + "x" * 298 + "…"
    assert "secret" not in kept.detail
    assert breaks(chain) == ()


def test_what_is_no_entry_is_shown_as_none(ten: Chain, store: MemoryAudit) -> None:
    store._links[-1] = msgspec.structs.replace(store._links[-1], text="[")
    assert ten.newest("", 1)[0].detail == "What stands here is no entry of the audit."
