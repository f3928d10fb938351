"""What the fixtures of this folder are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image

Upload = Callable[..., str]


Images = Callable[[dict[str, Any]], list[Image.Image]]
