"""PNG files made chunk by chunk, with what Pillow writes in none."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

GREY, COLOUR = 0, 2


def chunk(kind: bytes, data: bytes, *, damaged: bool = False) -> bytes:
    check = zlib.crc32(kind + data) ^ damaged
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def png(colour: int, depth: int, pixels: Sequence[Sequence[int]], *chunks: bytes, repeat: int = 20) -> bytes:
    """A picture of rows of these pixels, each of samples of `depth` bits; the chunks come before its data."""
    samples = [sample for pixel in pixels for _ in range(repeat) for sample in pixel]
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    bits += "0" * (-len(bits) % 8)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8)
    header = struct.pack(">IIBBBBB", len(pixels) * repeat, repeat, depth, colour, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(row * repeat))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + data + chunk(b"IEND", b"")


def transparent(*samples: int) -> bytes:
    """The chunk that makes a colour see-through."""
    return chunk(b"tRNS", struct.pack(f">{len(samples)}H", *samples))
