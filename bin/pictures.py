"""Takes the pictures of README and documentation from the running page: `python bin/pictures.py`, after bin/test.

Real processes, real jobs, a real browser: the pictures show what the program does. One picture for each theme.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests import chromium  # noqa: E402  # the path is set first
from tests.api import Api  # noqa: E402
from tests.pictures import large_jpeg  # noqa: E402
from tests.processes import Stack  # noqa: E402
from tests.waiting import wait_until  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1200, 490
SCALE = 2
"""Pixels of the picture for each pixel of the page: sharp on every screen."""

THEMES: dict[Literal["light", "dark"], str] = {"light": "tasks.png", "dark": "tasks-dark.png"}


def main() -> None:
    """Launches jobs of every kind, and takes the list while some of them run."""
    path = chromium.find()
    if path is None:
        sys.exit("There is no Chromium; bin/test installs one.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)) as stack, chromium.running(path) as browser:
        api = Api(stack.url)
        photo = _upload(api, "harbour.jpg", large_jpeg())
        letter = _upload(api, "letter.txt", b"Dear all,")
        for upload in (photo, letter):
            api.ended(api.submit("resize_image", upload=upload, width=1600))
        api.ended(api.submit("countdown", duration=2))
        running = [api.submit("countdown", duration=seconds) for seconds in (90, 60)]
        waiting = [api.submit("countdown", duration=30), api.submit("resize_image", upload=photo)]
        for theme, name in THEMES.items():
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme, device_scale_factor=SCALE
            )
            page.goto(stack.url)
            page.locator(f'[data-task="{waiting[0]}"]').wait_for()
            wait_until(lambda: (api.task(running[1])["percent"] or 0) > 12, 30, "the bars have moved")
            page.screenshot(path=FOLDER / name)
            page.close()


def _upload(api: Api, name: str, content: bytes) -> str:
    return str(api.post("/uploads", files={"file": (name, content)}).json()["id"])


if __name__ == "__main__":
    main()
