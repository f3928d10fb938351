"""Which form of a built file a client takes: brotli, gzip, or as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from werkzeug.datastructures import Accept
from werkzeug.security import safe_join

ENDINGS: Mapping[str, str] = MappingProxyType({"br": ".br", "gzip": ".gz"})
"""The content codings that the build writes beside its files, the smaller first: how the names of those end."""


def coding(folder: Path, name: str, accepted: Accept) -> str | None:
    """The content coding in which the file `name` is sent; None where it is sent as it is.

    A file that the build found too small to compress has no other form.
    """
    best = accepted.best_match([*ENDINGS, "identity"], "identity")
    if best == "identity":
        return None
    compressed = safe_join(str(folder), name + ENDINGS[best])
    return best if compressed is not None and Path(compressed).is_file() else None
