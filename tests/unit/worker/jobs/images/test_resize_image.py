"""The picture job, with real pictures and a real file store."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import phloem
from phloem.files import FileStore
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.jobs import resize_image as module
from phloem.jobs.errors import JobError
from phloem.jobs.resize_image import resize_image, sizes_within
from tests import pictures
from tests.unit.worker.jobs.images.colours import BLUE, GREEN, GREY, RED, alike, corner_colours
from tests.unit.worker.jobs.images.kinds import Images, Upload


def test_a_picture_is_made_in_three_sizes(upload: Upload, images: Images) -> None:
    content = pictures.jpeg(1600, 1200)

    result = resize_image(upload(content), 800, 800)

    assert [image.size for image in images(result)] == [(800, 600), (400, 300), (160, 120)]
    assert [image.format for image in images(result)] == ["JPEG"] * 3
    assert [each["filename"] for each in result["files"]] == [
        "cat-800.jpg",
        "cat-400.jpg",
        "cat-160.jpg",
    ]
    assert result["originals"] == [{"filename": "cat.jpg", "size": len(content), "width": 1600, "height": 1200}]
    assert result["refused"] == []


def test_a_photograph_of_five_megabytes_becomes_much_smaller(upload: Upload, images: Images) -> None:
    content = pictures.large_jpeg()
    assert 4_500_000 < len(content) < 6_000_000

    result = resize_image(upload(content))

    assert [image.size for image in images(result)] == [(1200, 900), (600, 450), (160, 120)]
    assert sum(each["size"] for each in result["files"]) < len(content) / 4


@pytest.mark.parametrize(
    ("original", "box", "expected"),
    [
        ((4032, 3024), (1200, 1200), [(1200, 900), (600, 450), (160, 120)]),
        ((3024, 4032), (1200, 1200), [(900, 1200), (450, 600), (120, 160)]),
        ((4000, 1000), (1200, 100), [(400, 100), (200, 50), (160, 40)]),
        ((1000, 1000), (200, 200), [(200, 200), (160, 160), (100, 100)]),
        ((1000, 1000), (100, 100), [(100, 100), (50, 50)]),
        ((300, 200), (1200, 1200), [(300, 200), (160, 107), (150, 100)]),
        ((160, 160), (160, 160), [(160, 160), (80, 80)]),
        ((1, 1), (1200, 1200), [(1, 1)]),
        ((4096, 1), (1200, 1200), [(1200, 1), (600, 1), (160, 1)]),
        ((2, 1), (1, 1), [(1, 1)]),
    ],
)
def test_sizes_keep_the_shape_and_are_never_larger_than_the_original(
    original: tuple[int, int], box: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    assert sizes_within(original, box) == expected


# What is where once the picture is upright; as stored, red is at the top left.
UPRIGHT = {
    1: [RED, GREEN, BLUE, GREY],
    2: [GREEN, RED, GREY, BLUE],
    3: [BLUE, GREY, RED, GREEN],
    4: [GREY, BLUE, GREEN, RED],
    5: [RED, GREY, BLUE, GREEN],
    6: [GREY, RED, GREEN, BLUE],
    7: [BLUE, GREEN, RED, GREY],
    8: [GREEN, BLUE, GREY, RED],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_picture_is_turned_upright(upload: Upload, images: Images, orientation: int) -> None:
    result = resize_image(upload(pictures.jpeg(400, 300, orientation=orientation)), 400, 400)

    expected = (400, 300) if orientation < 5 else (300, 400)
    [original] = result["originals"]
    assert (original["width"], original["height"]) == expected
    for image in images(result):
        assert alike(corner_colours(image), UPRIGHT[orientation])


WHOLE = pictures.jpeg(orientation=6)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pictures.jpeg(), "JPEG"),
        (pictures.jpeg(progressive=True), "JPEG"),
        # A text where the camera's notes have the picture's width.
        (WHOLE.replace(b"\x01\x0f\0\2", b"\1\0\0\2"), "JPEG"),
        (pictures.transparent_png(), "PNG"),
        *(
            (pictures.encoded(pictures.picture(400, 300, mode), "PNG"), "PNG")
            for mode in ("1", "L", "LA", "P", "RGB", "RGBA")
        ),
        *((pictures.encoded(pictures.picture(400, 300, mode), "JPEG"), "JPEG") for mode in ("L", "CMYK")),
        (pictures.encoded(pictures.picture(400, 300), "WEBP"), "WEBP"),
        (pictures.encoded(pictures.picture(400, 300, "RGBA"), "WEBP", lossless=True), "WEBP"),
        (pictures.encoded(pictures.picture(400, 300), "AVIF"), "AVIF"),
        (pictures.encoded(pictures.picture(400, 300, "RGBA"), "AVIF"), "AVIF"),
    ],
)
def test_every_kind_of_picture_keeps_its_format(upload: Upload, images: Images, content: bytes, kind: str) -> None:
    result = resize_image(upload(content), 200, 200)

    assert {image.format for image in images(result)} == {kind}


def test_a_file_of_several_pictures_gives_the_first(upload: Upload, images: Images) -> None:
    several = pictures.encoded(
        pictures.picture(400, 300),
        "MPO",
        save_all=True,
        append_images=[Image.new("RGB", (400, 300))],
    )

    for image in images(resize_image(upload(several))):
        assert image.format == "JPEG"
        assert alike(corner_colours(image), [RED, GREEN, BLUE, GREY])


AVIF = pictures.encoded(pictures.picture(60, 40), "AVIF")


@pytest.mark.parametrize(
    ("content", "filename", "sentence"),
    [
        (b"Dear all,\n", "notes.txt", "notes.txt cannot be read as a JPEG, PNG, WebP or AVIF picture."),
        (b"", "empty.jpg", "empty.jpg cannot be read as a JPEG, PNG, WebP or AVIF picture."),
        (b"<svg/>", "a.svg", "a.svg cannot be read as a JPEG, PNG, WebP or AVIF picture."),
        (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
            "a.eps",
            "a.eps cannot be read as a JPEG, PNG, WebP or AVIF picture.",
        ),
        (
            pictures.encoded(pictures.picture(9, 9), "BMP"),
            "a.jpg",
            "a.jpg cannot be read as a JPEG, PNG, WebP or AVIF picture.",
        ),
        (WHOLE[: len(WHOLE) // 2], "cat.jpg", "cat.jpg is damaged or incomplete."),
        (
            pictures.transparent_png()[:-200],
            "cat.png",
            "cat.png is damaged or incomplete.",
        ),
        (
            pictures.encoded(pictures.picture(400, 300), "WEBP")[:300],
            "cat.webp",
            "cat.webp is damaged or incomplete.",
        ),
        (
            pictures.encoded(pictures.picture(400, 300), "AVIF")[:-100],
            "cat.avif",
            "cat.avif is damaged or incomplete.",
        ),
        # An item that is not there.
        (AVIF[:81] + b"\0" + AVIF[82:], "item.avif", "item.avif is damaged or incomplete."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0IHDR", "cut.png", "cut.png is damaged or incomplete."),
        (
            pictures.bomb_png(),
            "bomb.png",
            "bomb.png is too large: it has more than 40,000,000 pixels.",
        ),
        (
            pictures.bomb_png(10_000, 10_000),
            "bomb.png",
            "bomb.png is too large: it has more than 40,000,000 pixels.",
        ),
        (
            pictures.bomb_png(8_000, 5_001),
            "bomb.png",
            "bomb.png is too large: it has more than 40,000,000 pixels.",
        ),
    ],
)
def test_what_is_no_good_picture_is_refused_in_one_sentence(
    upload: Upload, tmp_path: Path, content: bytes, filename: str, sentence: str
) -> None:
    with pytest.raises(JobError) as refusal:
        resize_image(upload(content, filename))

    assert str(refusal.value) == sentence
    assert not (tmp_path / "files").exists()


def test_an_upload_that_is_gone_is_told(store: FileStore) -> None:
    with pytest.raises(JobError, match=r"^The uploaded picture is no longer there\.$"):
        resize_image("0" * 32)


def test_every_step_is_shown_below_the_whole(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    lines: list[object] = []
    real_step = phloem.step

    def step(*args: Any, **kwargs: Any) -> Any:
        opened.append(real_step(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(phloem, "step", step)
    monkeypatch.setattr(phloem, "log", lines.append)

    resize_image(upload(pictures.jpeg(1600, 1200)))

    assert [each.description for each in opened] == [
        "Resizing cat.jpg",
        "Opening",
        "Making 1,200 x 900",
        "Making 600 x 450",
        "Making 160 x 120",
    ]
    assert all(each.done for each in opened)
    assert [(each.current, each.total) for each in (opened[0], opened[2])] == [(4, 4), (3, 3)]
    assert [str(line).rpartition(",")[0] for line in lines] == [
        "cat.jpg: 1,600 x 1,200 -> 1,200 x 900",
        "cat.jpg: 1,600 x 1,200 -> 600 x 450",
        "cat.jpg: 1,600 x 1,200 -> 160 x 120",
    ]


def test_of_several_pictures_the_good_ones_are_made_and_the_others_named(upload: Upload, images: Images) -> None:
    ids = [upload(pictures.jpeg(400, 300), "a.jpg"), upload(b"no picture", "b.jpg"), "0" * 32]
    ids.append(upload(pictures.transparent_png(), "c.png"))

    result = resize_image(ids, 200, 200)

    assert [each["filename"] for each in result["originals"]] == ["a.jpg", "c.png"]
    assert {image.format for image in images(result)} == {"JPEG", "PNG"}
    assert result["refused"] == [
        "b.jpg cannot be read as a JPEG, PNG, WebP or AVIF picture.",
        "The uploaded picture is no longer there.",
    ]


@pytest.mark.parametrize("error", [TypeError, RuntimeError, struct.error])
def test_whatever_a_decoder_raises_the_other_pictures_are_made(
    upload: Upload, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    real, failed = Image.open, list[str]()

    def fails_once(*args: Any, **options: Any) -> Image.Image:
        if not failed:
            failed.append("failed")
            raise error
        return real(*args, **options)

    monkeypatch.setattr("phloem.jobs.picture.reading.Image.open", fails_once)
    result = resize_image([upload(WHOLE, "bad.jpg"), upload(WHOLE, "good.jpg")])
    assert result["refused"] == ["bad.jpg is damaged or incomplete."]
    assert [each["filename"] for each in result["originals"]] == ["good.jpg"]


def test_if_none_of_several_is_a_picture_the_job_fails(upload: Upload) -> None:
    with pytest.raises(JobError, match=r"^None of the 2 pictures could be made smaller\. a\.jpg cannot be read"):
        resize_image([upload(b"no", "a.jpg"), upload(b"no", "b.jpg")])


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP", "AVIF"])
def test_a_picture_is_saved_in_the_format_that_is_asked_for(upload: Upload, images: Images, format: str) -> None:
    for image in images(resize_image(upload(pictures.transparent_png()), 100, 100, format=format)):
        assert image.format == format.upper()
        clear = {"JPEG": (255, 255, 255)}.get(format, (0, 0, 0, 0))
        assert image.getpixel((2, 2)) == clear


def test_a_pillow_without_avif_says_so(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(module.SAVED_AS, "AVIF")
    with pytest.raises(JobError, match="cannot write AVIF"):
        resize_image(upload(pictures.jpeg()), format="AVIF")


def test_the_form_asks_for_pictures_and_two_bounds() -> None:
    schema = Signature.of(resize_image).schema

    assert schema["required"] == ["upload"]
    accept = ["image/jpeg", "image/png", "image/webp", "image/avif"]
    one, several = schema["properties"]["upload"]["anyOf"]
    assert (one["format"], one["accept"]) == ("upload", accept)
    assert (several["items"]["format"], several["items"]["accept"], several["maxItems"]) == ("upload", accept, 20)
    assert schema["properties"]["width"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 4096,
        "default": 1200,
        "description": "pixels at most, of the largest size",
    }
    for refused in (0, 4097, "800", 800.5, True):
        with pytest.raises(ArgumentsError, match=r"^width: expected "):
            Signature.of(resize_image).check(["0" * 32, refused], {})
