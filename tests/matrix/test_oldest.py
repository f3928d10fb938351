"""The oldest versions that Phloem promises; `python -m tests.matrix` tries all of them."""

from __future__ import annotations

import tomllib

import pytest

from tests.matrix.combinations import CELERY, REDIS_PY, combinations
from tests.matrix.environment import scenario
from tests.matrix.pythons import NEWEST, OLDEST
from tests.processes import ROOT

LIBRARY = tomllib.loads((ROOT / "worker" / "pyproject.toml").read_text())["project"]
SOURCE = [ROOT / "worker", ROOT / "server"]


@pytest.mark.timeout(400)
def test_the_oldest_celery_and_redis_py_do_all_that_the_newest_do() -> None:
    oldest = ROOT / ".venv" / "oldest" / "bin" / "python"
    assert oldest.exists(), f"{oldest} is not there: bin/test makes it"
    versions, differences = scenario(oldest, source=SOURCE)
    assert differences == {}
    assert versions["celery"].startswith(f"{next(iter(CELERY))}.")
    assert versions["redis"].startswith(f"{REDIS_PY[0]}.")


def test_the_matrix_begins_with_what_the_library_asks_for() -> None:
    assert f"celery>={next(iter(CELERY))},<6" in LIBRARY["dependencies"]
    assert f"redis>={REDIS_PY[0]}" in LIBRARY["dependencies"]
    assert LIBRARY["requires-python"] == f">=3.{OLDEST}"
    promised = [f"Programming Language :: Python :: 3.{minor}" for minor in range(OLDEST, NEWEST + 1)]
    assert [each for each in LIBRARY["classifiers"] if "Python :: 3." in each] == promised


def test_each_python_is_tried_with_the_newest_celery_and_an_old_one_that_says_it_runs_there() -> None:
    tried = list(combinations(["3.14", "3.11", "3.13"]))
    assert {(each.celery, each.redis_py) for each in tried if each.python == "3.11"} == {
        (celery, redis_py) for celery in CELERY for redis_py in REDIS_PY
    }
    others = [tuple(each) for each in tried if each.python != "3.11"]
    assert others == [
        ("3.13", "5.5", "5.0"),
        ("3.13", "newest", "newest"),
        ("3.14", "5.6", "5.0"),
        ("3.14", "newest", "newest"),
    ]
