"""Which pictures the command takes, and their files. It needs neither browser nor processes to say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]

FOLDER = "docs/pictures"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a page of Phloem, once for each theme."""

    name: str
    width: int
    height: int
    """Of the window, in CSS pixels."""

    scale: float = 2
    """Pixels of the picture for each of the page: 2 is sharp on every screen."""

    most_bytes: int = 120_000
    """Of its file: whoever clones the project loads all of them."""

    themes: tuple[Theme, ...] = ("light", "dark")

    def file(self, theme: Theme) -> str:
        """Its path in the clone."""
        return f"{FOLDER}/{self.name}{'-dark' if theme == 'dark' else ''}.webp"


TASKS = Picture(name="tasks", width=1440, height=640)
TASK = Picture(name="task", width=1200, height=860)
LAUNCH = Picture(name="launch", width=1200, height=620)
WALL = Picture(name="wall", width=1920, height=1080, scale=1, themes=("dark",))
FILM = Picture(name="job", width=1200, height=720, scale=1, most_bytes=400_000)

ALL = (TASKS, TASK, LAUNCH, WALL, FILM)


def files() -> dict[str, Picture]:
    """All files that the command writes, and what each is of."""
    return {picture.file(theme): picture for picture in ALL for theme in picture.themes}
