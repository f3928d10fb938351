"""The command line of `python -m tools.pictures`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests import chromium
from tools.pictures import film, scenes, stage
from tools.pictures.catalogue import FOLDER, files

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Takes every picture anew. Returns the exit status: 1 where one became larger than it may be."""
    path = chromium.find()
    if path is None:
        print("There is no Chromium: put one on PATH, or name it in PHLOEM_CHROMIUM.", file=sys.stderr)
        return 2
    (ROOT / FOLDER).mkdir(exist_ok=True)
    with stage.running() as shop, chromium.running(path) as browser:
        film.take(shop, browser, ROOT)
        scenes.take(shop, browser, ROOT)
    large = 0
    for name, picture in files().items():
        size = (ROOT / name).stat().st_size
        large += size > picture.most_bytes
        print(f"{name}  {size:,} bytes of at most {picture.most_bytes:,}")
    return min(large, 1)


if __name__ == "__main__":
    sys.exit(main())
