"""The colours of pictures, compared."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageCms

RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 30), (30, 30, 220), (128, 128, 128)


def corner_colours(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours near the four corners, clockwise from the top left."""
    rgb = image.convert("RGB")
    left, top, right, bottom = 3, 3, image.width - 4, image.height - 4
    points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return [pixel for point in points if isinstance(pixel := rgb.getpixel(point), tuple)]


def alike(found: Sequence[tuple[int, ...]], expected: Sequence[tuple[int, ...]], by: int = 12) -> bool:
    pairs = zip(found, expected, strict=True)
    return all(abs(a - b) <= by for one, other in pairs for a, b in zip(one, other, strict=True))


def swapped_profile() -> bytes:
    """A colour profile like sRGB's, but with red and blue the other way round."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in ((b"rXYZ", b"XXXX"), (b"bXYZ", b"rXYZ"), (b"XXXX", b"bXYZ")):
        assert profile.count(old) == 1
        profile = profile.replace(old, new)
    return profile
