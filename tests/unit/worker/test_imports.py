"""What importing Phloem brings and costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import phloem


def test_importing_phloem_brings_nothing_but_celery_redis_msgspec_and_the_standard_library() -> None:
    code = (
        "import sys, celery.app.base, celery.signals, kombu, redis, msgspec; before = set(sys.modules);"
        "import phloem.tqdm; phloem.attach, phloem.track;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    brought = set(found.stdout.split()) - set(sys.stdlib_module_names)
    assert brought <= {"phloem", "celery", "kombu", "billiard", "redis", "msgspec"}


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


def test_a_name_that_phloem_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trck'"):
        _ = phloem.trck  # type: ignore[attr-defined]
