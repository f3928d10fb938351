"""docs/doctor.md names every check of the doctor."""

from __future__ import annotations

import re

from phloem_server.commands.doctor.examination import CHECKS
from tests.docs.pages import DOCS


def test_the_table_has_each_check_with_its_question() -> None:
    table = (DOCS / "doctor.md").read_text().partition("| check | question |")[2]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", table, re.MULTILINE)
    assert rows == [(check.name, check.question) for check in CHECKS]


def test_no_two_checks_have_the_same_name() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
