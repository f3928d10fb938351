"""The settings of the limits."""

from __future__ import annotations

import pytest

from phloem.settings import SettingError
from phloem_server.settings.limits import DEFAULTS, Kind, Rate, limits


def test_each_kind_has_a_limit_unless_it_is_off() -> None:
    assert limits({}) == DEFAULTS
    assert limits({"PHLOEM_LIMIT_LAUNCHES": "off"}) == {**DEFAULTS, "launches": None}


@pytest.mark.parametrize(
    ("kind", "text", "rate"),
    [
        ("requests", "10/s", Rate(10, 1)),
        ("watches", "600/min", Rate(600, 60)),
        ("uploads", "500000/h", Rate(500_000, 3600)),
        ("uploads", "2GB/h", Rate(2_000_000_000, 3600)),
    ],
)
def test_a_limit_is_so_many_within_a_time(kind: Kind, text: str, rate: Rate) -> None:
    assert limits({f"PHLOEM_LIMIT_{kind.upper()}": text})[kind] == rate


@pytest.mark.parametrize(
    ("kind", "text"), [("requests", "0/s"), ("requests", "1GB/h"), ("uploads", "1TB/h"), ("watches", "9")]
)
def test_anything_else_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(SettingError, match=f"^PHLOEM_LIMIT_{kind.upper()} is '{text}'; it may hold how many"):
        limits({f"PHLOEM_LIMIT_{kind.upper()}": text})
