"""What the doctor finds in the audit: each test changes it in a real Valkey."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from phloem.record.redis_record import RedisChannel
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import Entry
from phloem_server.commands.doctor.check import Trouble
from phloem_server.commands.doctor.installation import Installation
from phloem_server.settings import Config
from tests.doctor.examined import results, trouble

STREAM, CHAIN = "phloem:{phloem}:audit", "phloem:{phloem}:audit:chain"


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def environ(redis_url: str, tmp_path: Path) -> dict[str, str]:
    """An installation with an audit of five entries."""
    environ = {"PHLOEM_REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(tmp_path)}
    append(environ, *range(1, 6))
    return environ


def append(environ: dict[str, str], *numbers: int) -> None:
    config = Config.from_environment(environ)
    with closing(RedisChannel(config)) as channel:
        Chain.of(config, channel).append(
            [
                Entry(at=1.0, kind="session", means="page", action="revoke", target=f"task-{number}")
                for number in numbers
            ]
        )


def found(environ: dict[str, str], tmp_path: Path) -> Trouble:
    return trouble("audit-chain", tmp_path, environ)


def test_an_untouched_audit_is_whole(environ: dict[str, str]) -> None:
    assert results(Installation(environ), "audit-chain")["audit-chain"].verdict == "ok"


def test_where_nothing_was_audited_there_is_nothing_to_look_at(redis_url: str, tmp_path: Path) -> None:
    environ = {"PHLOEM_REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(tmp_path)}
    assert results(Installation(environ), "audit-chain")["audit-chain"].verdict == "skipped"


def test_an_entry_that_was_removed_is_found(environ: dict[str, str], tmp_path: Path, client: Any) -> None:
    client.xdel(STREAM, client.xrange(STREAM)[2][0])
    assert "Entry 3 is missing" in found(environ, tmp_path).evidence


def test_an_entry_that_was_changed_is_found(environ: dict[str, str], tmp_path: Path, client: Any) -> None:
    entries = client.xrange(STREAM)
    client.delete(STREAM)
    for _, fields in entries:
        text = json.loads(fields[b"text"])
        text["target"] = text["target"].replace("task-2", "task-7")
        client.xadd(STREAM, {**fields, b"text": json.dumps(text, separators=(",", ":"))})
    said = found(environ, tmp_path).evidence
    assert said.startswith("Entry 2 ")
    assert said.count("Entry") == 1


def test_an_end_that_was_cut_off_is_found_by_what_was_seen_here(
    environ: dict[str, str], tmp_path: Path, client: Any
) -> None:
    *_, (_, fields), (gone, _) = client.xrange(STREAM)
    client.xdel(STREAM, gone)
    client.hset(CHAIN, mapping={"number": fields[b"number"], "hash": fields[b"hash"]})
    assert "Entry 5 is missing at the end: this machine saw more." in found(environ, tmp_path).evidence


def test_an_audit_that_is_gone_is_found(environ: dict[str, str], tmp_path: Path, client: Any) -> None:
    client.delete(STREAM, CHAIN)
    assert "Entries 1 to 5 are missing" in found(environ, tmp_path).evidence


def test_another_key_is_told_from_a_change(environ: dict[str, str], tmp_path: Path) -> None:
    seen = found({**environ, "PHLOEM_SECRET_KEY": "k" * 32}, tmp_path)
    assert seen.evidence == "5 entries, from number 1 to 5."
    assert "PHLOEM_SECRET_KEY" in seen.cure
