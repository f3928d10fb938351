"""Pictures that every viewer opens are read, with the pixels that viewers show."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from phloem.files import FileStore
from phloem.jobs.errors import JobError
from phloem.jobs.picture.reading import opened
from tests import pictures
from tests.unit.worker.jobs.images.colours import GREEN, RED, alike, swapped_profile
from tests.unit.worker.jobs.picture.png_files import COLOUR, GREY, chunk, png, transparent

Read = Callable[[bytes], Image.Image]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    store = FileStore(tmp_path)

    def one(content: bytes) -> Image.Image:
        return opened(store.add("uploads", io.BytesIO(content), "picture", "image/png"), ("JPEG", "PNG", "WEBP"))[0]

    return one


def of_parts(image: Image.Image) -> list[object]:
    """The pixel in the middle of each part of a picture of `png`."""
    return [image.getpixel((x, 10)) for x in range(10, image.width, 20)]


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_transparent_grey_is_the_one_of_that_depth(read: Read, depth: int) -> None:
    white = (1 << depth) - 1
    image = read(png(GREY, depth, [(0,), (white,)], transparent(white)))
    assert of_parts(image) == [(0, 0, 0, 255), (255, 255, 255, 0)]


def test_of_sixteen_bits_of_grey_all_count(read: Read) -> None:
    image = read(png(GREY, 16, [(0x8001,), (0x8002,), (0xFFFF,)], transparent(0x8001)))
    assert of_parts(image) == [(128, 128, 128, 0), (128, 128, 128, 255), (255, 255, 255, 255)]


def test_of_sixteen_bits_of_each_colour_all_count(read: Read) -> None:
    pixels = [(0x8001, 0x4002, 0x2003), (0x8001, 0x4002, 0x2004), (0x8101, 0x4002, 0x2003), (0xFFFF, 0, 0)]
    image = read(png(COLOUR, 16, pixels, transparent(*pixels[0])))
    assert of_parts(image) == [(128, 64, 32, 0), (128, 64, 32, 255), (129, 64, 32, 255), (255, 0, 0, 255)]


def test_bits_beyond_the_depth_do_not_count(read: Read) -> None:
    image = read(png(COLOUR, 8, [RED, GREEN], transparent(*(0x5500 + sample for sample in RED))))
    assert of_parts(image) == [(*RED, 0), (*GREEN, 255)]


@pytest.mark.parametrize(
    "odd",
    [
        lambda: chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 70_000_000)),
        lambda: chunk(b"tEXt", b"Comment\0" + b"x" * 2_000_000),
        lambda: chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"x" * 5_000_000)),
        lambda: chunk(b"iCCP", b"profile\0\0" + zlib.compress(b"x" * 20_000_000)),
        lambda: chunk(b"iCCP", b"profile\0\1no method of ours"),
        lambda: chunk(b"iCCP", b"profile\0\0no zlib"),
        lambda: chunk(b"eXIf", b"no TIFF file"),
        lambda: chunk(b"gAMA", b"", damaged=True),
        lambda: chunk(b"tRNS", b"\0\0\0\0\0\0", damaged=True),
        lambda: chunk(b"tRNS", b"\0"),
    ],
    ids=["long zTXt", "long tEXt", "long iTXt", "long profile", "method", "zlib", "exif", "checksum", "tRNS", "short"],
)
def test_what_a_picture_does_without_may_be_odd(read: Read, odd: Callable[[], bytes]) -> None:
    image = read(png(COLOUR, 8, [RED, GREEN], odd()))  # made here, and not by each process that collects tests
    assert image.convert("RGB").getpixel((10, 10)) == RED


def test_a_profile_of_megabytes_counts(read: Read) -> None:
    profile = swapped_profile()
    # Whatever follows the tags of a profile is no part of its colours.
    longer = (len(profile) + 3_000_000).to_bytes(4) + profile[4:] + bytes(3_000_000)
    image = read(png(COLOUR, 8, [RED, GREEN], chunk(b"iCCP", b"profile\0\0" + zlib.compress(longer))))
    assert alike([image.getpixel((10, 10))], [RED[::-1]], by=24)  # type: ignore[list-item]


@pytest.mark.parametrize("exif", [b"", b"no TIFF file", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0"])
def test_metadata_that_make_no_sense_are_left_aside(read: Read, exif: bytes) -> None:
    content = pictures.encoded(pictures.picture(400, 300), "JPEG", exif=b"Exif\0\0" + exif)
    assert read(content).size == (400, 300)


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT"])
def test_damage_in_what_a_picture_needs_is_damage(read: Read, kind: bytes) -> None:
    content = png(COLOUR, 8, [RED, GREEN])
    place = content.index(kind) + 4
    with pytest.raises(JobError, match="damaged or incomplete|cannot be read"):
        read(content[:place] + bytes(4) + content[place + 4 :])
