"""tqdm's own tests, with Phloem's bars in the place of tqdm's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tqdm_suite.expected import failures
from tests.tqdm_suite.run import FILES, outcomes


@pytest.mark.parametrize("drawn", [True, False], ids=["drawn", "not drawn"])
def test_all_of_them_pass_but_those_that_the_documentation_names(tmp_path: Path, drawn: bool) -> None:
    found = outcomes(tmp_path, drawn=drawn)
    failed = {name.partition("[")[0] for name, outcome in found.items() if outcome == "failed"}
    expected = set() if drawn else set(failures())
    said = (tmp_path / "said.txt").read_text()
    assert failed == expected, f"not as documented: {sorted(failed ^ expected)}\n{said[-5000:]}"
    assert {name.partition("::")[0] for name in found} >= set(FILES) - {"tests_pandas.py"}
    assert sum(outcome == "passed" for outcome in found.values()) >= (140 if drawn else 80)


def test_each_failure_that_is_documented_has_a_reason() -> None:
    assert len(failures()) > 40
    assert all(len(reason.split()) > 3 for reason in failures().values())
