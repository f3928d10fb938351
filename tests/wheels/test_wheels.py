"""What is in the wheels, and what they say of themselves."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.version import Version
from trove_classifiers import classifiers

from tests.matrix.environment import build_wheels

HOME = "https://phloem.example.org"

pytestmark = pytest.mark.timeout(400)


class Wheel:
    """A wheel: the names of its files, and what it says of itself."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.names = archive.namelist()
            [said] = [name for name in self.names if name.endswith(".dist-info/METADATA")]
            self.metadata = Metadata.from_email(archive.read(said), validate=True)  # as the package index does
            entries = said.replace("METADATA", "entry_points.txt")
            self.entry_points = archive.read(entries).decode()
            self.readme = self.metadata.description or ""

    def asks_for(self, extra: str = "") -> list[str]:
        """What is required, with an extra or without one."""
        found = self.metadata.requires_dist or []
        return sorted(
            f"{each.name}{each.specifier}"
            for each in found
            if each.marker is None or (extra and each.marker.evaluate({"extra": extra}))
        )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Wheel, Wheel]:
    """The library's and the server's, as whoever publishes them builds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHLOEM_PROJECT_URL", f"{HOME}/")
        library, server = build_wheels(tmp_path_factory.mktemp("wheels"))
    return Wheel(library), Wheel(server)


def test_both_say_what_they_are(wheels: tuple[Wheel, Wheel]) -> None:
    for wheel in wheels:
        metadata = wheel.metadata
        assert set(metadata.classifiers or []) <= classifiers
        assert metadata.project_urls == {"Homepage": HOME}
        assert metadata.description_content_type == "text/markdown"
        assert wheel.readme.startswith("# Phloem")
        assert metadata.license_expression == "MIT"
        assert any(name.endswith("/licenses/LICENSE") for name in wheel.names)


def test_both_bring_their_types_and_nothing_beside_their_package(wheels: tuple[Wheel, Wheel]) -> None:
    for wheel, package in zip(wheels, ("phloem", "phloem_server"), strict=True):
        assert f"{package}/py.typed" in wheel.names
        assert {name.partition("/")[0].partition("-")[0] for name in wheel.names} == {package}
        assert not [name for name in wheel.names if "__pycache__" in name or "test_" in name]


def test_the_server_brings_the_page_and_the_command(wheels: tuple[Wheel, Wheel]) -> None:
    _, server = wheels
    assert "phloem_server/static/index.html" in server.names
    for ending in ("", ".br", ".gz"):
        assert f"phloem_server/static/embed.js{ending}" in server.names
    assert "phloem = phloem_server.__main__:main" in server.entry_points


def test_the_extra_server_is_the_server_of_the_same_version(wheels: tuple[Wheel, Wheel]) -> None:
    library, server = wheels
    version = library.metadata.version
    assert isinstance(version, Version)
    assert server.metadata.version == version
    assert f"phloem-server=={version}" in library.asks_for("server")
    assert f"phloem=={version}" in server.asks_for()


def test_the_library_leaves_redis_py_to_the_app(wheels: tuple[Wheel, Wheel]) -> None:
    library, _ = wheels
    assert library.asks_for() == ["celery<6,>=5.3", "msgspec<1,>=0.19", "redis>=5.0", "tqdm<5,>=4.66"]
