"""What importing Phloem brings and costs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import phloem


def test_importing_phloem_brings_nothing_but_what_it_depends_on_and_tqdm_only_with_its_bars() -> None:
    code = (
        "import sys, celery.app.base, celery.signals, kombu, redis, msgspec; before = set(sys.modules);"
        "import phloem; phloem.attach, phloem.track; assert 'tqdm' not in sys.modules; import phloem.tqdm;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    brought = set(found.stdout.split()) - set(sys.stdlib_module_names)
    assert brought <= {"phloem", "celery", "kombu", "billiard", "redis", "msgspec", "tqdm"}


def test_importing_phloem_is_quick_and_what_reports_does_not_load_redis() -> None:
    code = """
import time, sys, celery
start = time.process_time()
import phloem
print(time.process_time() - start)
phloem.track, phloem.step, phloem.log
assert not {"redis", "kombu", "pytest"} & set(sys.modules)
"""
    best = min(
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60).stdout)
        for _ in range(3)
    )
    assert best < 0.060


def test_a_process_that_records_nothing_does_without_redis_and_one_that_records_has_it_before_it_forks() -> None:
    code = "import sys, celery, phloem; phloem.attach(celery.Celery(broker='memory://')); print('redis' in sys.modules)"
    for recorded in (False, True):
        environ = {**os.environ, "PHLOEM_RECORD": str(int(recorded))}
        found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environ, timeout=60)
        assert found.stdout.split() == [str(recorded).encode()]


def test_a_name_that_phloem_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trck'"):
        _ = phloem.trck  # type: ignore[attr-defined]
