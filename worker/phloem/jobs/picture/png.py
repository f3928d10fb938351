"""A PNG file as its chunks (PNG specification, third edition): Pillow refuses some that every viewer opens."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, ImageChops

SIGNATURE = b"\x89PNG\r\n\x1a\n"

PROFILE_LIMIT_BYTES = 16 * 1024 * 1024
"""Most bytes of a colour profile; a longer one is left out, as a broken one is."""

_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_USED = (b"tRNS", b"iCCP", b"eXIf")
"""Chunks beside the critical ones that say how the picture looks. Texts, whose length Pillow limits, do not."""

_GREY, _COLOUR = 0, 2


class Png(NamedTuple):
    """A PNG file, and what Pillow is not to read in it."""

    content: bytes
    """The file without the chunks that the picture does without, its profile, and a transparent colour."""

    profile: bytes | None
    """The colour profile (ICC)."""

    depth: int
    """Bits of a sample."""

    transparent: tuple[int, ...] | None
    """The colour that stands for see-through, in samples of `depth` bits: one of a grey, three of a colour."""


def read(content: bytes) -> Png | None:
    """The file as its chunks; None if it is no PNG."""
    if not content.startswith(SIGNATURE) or len(content) < 33:
        return None
    depth, colour = content[24], content[25]
    kept, profile, transparent = [SIGNATURE], None, None
    for kind, data, chunk in _chunks(content):
        if kind == b"iCCP":
            profile = _profile(data)
        elif kind == b"tRNS" and colour in (_GREY, _COLOUR):
            transparent = _samples(data, 1 if colour == _GREY else 3, depth)
        else:
            kept.append(chunk)
    return Png(b"".join(kept), profile, depth, transparent)


def alpha(png: Png, image: Image.Image) -> Image.Image | None:
    """How opaque each pixel of `image`, which Pillow read of `png.content`, is; None without a transparent colour."""
    if png.transparent is None:
        return None
    if png.depth < 16:
        return _opaque(image.split(), _scaled(png.transparent, png.depth))
    if len(png.transparent) == 1:
        table = [255] * 65536
        table[png.transparent[0]] = 0
        return image.convert("I").point(table, "L")
    # Pillow reads the upper bytes of 16 bits. Read as if the lower came first, it gives those.
    lower = Image.open(io.BytesIO(png.content), formats=["PNG"])
    lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
    return ImageChops.lighter(
        _opaque(image.split(), tuple(sample >> 8 for sample in png.transparent)),
        _opaque(lower.split(), tuple(sample & 0xFF for sample in png.transparent)),
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, data, and all bytes of each chunk that is used. As viewers do, it leaves out what no picture needs if its
    checksum is wrong.
    """
    start = len(SIGNATURE)
    while start + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, start)
        end = start + 12 + length
        data, chunk = content[start + 8 : end - 4], content[start:end]
        whole = zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:])
        if kind in _CRITICAL or (kind in _USED and whole):
            yield kind, data, chunk
        start = end


def _profile(data: bytes) -> bytes | None:
    _, _, rest = data.partition(b"\0")
    unpack = zlib.decompressobj()
    try:
        profile = unpack.decompress(rest[1:], PROFILE_LIMIT_BYTES)
    except zlib.error:
        return None
    return profile if rest[:1] == b"\0" and unpack.eof else None


def _samples(data: bytes, count: int, depth: int) -> tuple[int, ...] | None:
    if len(data) < 2 * count:
        return None
    return tuple(sample & (1 << depth) - 1 for sample in struct.unpack_from(f">{count}H", data))


def _scaled(samples: tuple[int, ...], depth: int) -> tuple[int, ...]:
    return tuple(sample * 255 // ((1 << depth) - 1) for sample in samples)


def _opaque(bands: tuple[Image.Image, ...], transparent: tuple[int, ...]) -> Image.Image:
    """0 where every band has its value of `transparent`, else 255."""
    differs = [
        band.convert("L").point([0 if value == sample else 255 for value in range(256)])
        for band, sample in zip(bands, transparent, strict=True)
    ]
    opaque = differs[0]
    for other in differs[1:]:
        opaque = ImageChops.lighter(opaque, other)
    return opaque
