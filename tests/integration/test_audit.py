"""The audit of several processes in one Redis."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from phloem.record.redis_record import RedisChannel
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.verification import verify
from phloem_server.settings import Config
from tests.processes import ROOT

APPENDING = """
import sys
from phloem.record.redis_record import RedisChannel
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import Entry
from phloem_server.settings import Config

config = Config.from_environment()
chain = Chain.of(config, RedisChannel(config))
for number in range(100):
    chain.append([Entry(at=1.0, kind="system", means="command", action="test", target=f"{sys.argv[1]}-{number}")])
"""


def test_processes_that_append_at_once_make_one_chain(redis_url: str, tmp_path: Path) -> None:
    environ = {"PHLOEM_REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(tmp_path), "PYTHONPATH": "worker:server"}
    processes = [
        subprocess.Popen([sys.executable, "-c", APPENDING, name], env=environ, cwd=ROOT) for name in ("one", "two")
    ]
    assert [process.wait(50) for process in processes] == [0, 0]
    config = Config.from_environment(environ)
    with closing(RedisChannel(config)) as channel:
        chain = Chain.of(config, channel)
        verdict = verify(channel.audit, chain.key)
        targets = [entry.target for entry in chain.following("", 1000)]
    assert (verdict.entries, verdict.breaks) == (200, ())
    for name in ("one", "two"):
        assert [target for target in targets if target.startswith(name)] == [f"{name}-{n}" for n in range(100)]
