"""Pictures for tests, made on the fly. Each function gives the bytes of a file."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held; 6: turn the picture a quarter clockwise."""


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture whose corners are red, green, blue and grey, clockwise from the top left."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    half = (max(1, width // 2), max(1, height // 2))
    image.paste((220, 30, 30), (0, 0, *half))
    image.paste((30, 200, 30), (half[0], 0, width, half[1]))
    image.paste((30, 30, 220), (half[0], half[1], width, height))
    return image.convert(mode)


def jpeg(width: int = 800, height: int = 600, *, orientation: int = 1, **options: Any) -> bytes:
    """A JPEG with EXIF data and a comment, as cameras write them."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "Camera maker"
    return encoded(picture(width, height), "JPEG", exif=exif, comment=b"secret place", **options)


def large_jpeg() -> bytes:
    """A JPEG of about 5 MB and 4,032 x 3,024 pixels: what a phone makes."""
    # Noise is what makes a photograph large; enlarged a little, or it would compress to even more.
    noise = Image.effect_noise((2016, 1512), 48).resize((4032, 3024), Image.Resampling.BICUBIC)
    grey = Image.new("L", noise.size, 128)
    textured = Image.blend(picture(4032, 3024), Image.merge("RGB", (noise, grey, noise)), 0.5)
    return encoded(textured, "JPEG", quality=94)


def transparent_png(width: int = 400, height: int = 300) -> bytes:
    """A PNG whose left half is see-through."""
    image = picture(width, height, "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return encoded(image, "PNG")


def bomb_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small PNG whose header claims a size that would fill the memory."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of that format."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()
