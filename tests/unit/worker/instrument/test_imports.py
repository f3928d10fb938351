"""What an application waits for when it starts with `phloem.attach`."""

from __future__ import annotations

import subprocess
import sys

START = """
import sys
import phloem
phloem.attach
few = {"phloem.instrument.labels", "phloem.model.label", "phloem.redaction.fields", "redis.cluster", "unicodedata"}
print(*sorted(few & {*sys.modules}))
"""


def test_what_few_tasks_use_is_not_imported_before_one_does() -> None:
    ended = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == []


def test_a_twin_that_uses_them_has_imported_them() -> None:
    uses = START.replace("phloem.attach\n", "from phloem.model.label import label_of\nlabel_of('\\u00e4')\n")
    ended = subprocess.run([sys.executable, "-c", uses], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == ["phloem.model.label", "unicodedata"]
