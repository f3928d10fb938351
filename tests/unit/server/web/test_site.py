from __future__ import annotations

import os
from pathlib import Path

from phloem_server.web.site import Build


def test_the_build_is_that_of_the_page_which_is_there_now(tmp_path: Path) -> None:
    build, index = Build(tmp_path), tmp_path / "index.html"
    assert build.name() is None
    for number, name in enumerate(["0a1b", "2c3d"], 1):
        index.write_text(f'<head><meta charset="utf-8"><meta name="build" content="{name}"></head>')
        os.utime(index, (number, number))
        assert build.name() == build.name() == name
    index.unlink()
    assert build.name() is None


def test_a_page_without_a_name_has_no_build(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<head></head>")
    assert Build(tmp_path).name() is None
