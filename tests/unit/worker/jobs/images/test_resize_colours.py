"""Colours and transparency stay as they are, whatever kind of picture it is."""

from __future__ import annotations

import pytest
from PIL import Image, ImageCms

from phloem.jobs.resize_image import resize_image
from tests import pictures
from tests.unit.worker.jobs.images.colours import BLUE, GREEN, GREY, RED, alike, corner_colours, swapped_profile
from tests.unit.worker.jobs.images.kinds import Images, Upload


def test_what_is_see_through_stays_so(upload: Upload, images: Images) -> None:
    for image in images(resize_image(upload(pictures.transparent_png(), "logo.png"), 100, 100)):
        assert image.mode == "RGBA"
        assert image.getpixel((2, 2)) == (0, 0, 0, 0)
        assert image.getpixel((image.width - 3, 2)) == (*GREEN, 255)


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_colour_that_stands_for_see_through_stays_so(upload: Upload, images: Images, mode: str) -> None:
    image = Image.new(mode, (100, 100))
    transparency = (0, 0, 0) if mode == "RGB" else 0
    content = pictures.encoded(image, "PNG", transparency=transparency)

    for made in images(resize_image(upload(content, "logo.png"))):
        assert made.getpixel((5, 5)) == (0, 0, 0, 0)


def test_sixteen_bits_of_grey_are_scaled_not_clipped(upload: Upload, images: Images) -> None:
    content = pictures.encoded(Image.new("I;16", (50, 50), 0x8000), "PNG")

    for image in images(resize_image(upload(content, "scan.png"))):
        assert alike([*corner_colours(image)], [GREY] * 4, by=2)


def test_what_the_camera_wrote_is_gone(upload: Upload, images: Images) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    for content in (
        pictures.jpeg(icc_profile=profile, xmp=b"<x/>"),
        pictures.encoded(pictures.picture(400, 300), "PNG", icc_profile=profile, exif=exif),
        pictures.encoded(pictures.picture(400, 300), "WEBP", icc_profile=profile, exif=exif, xmp=b"<x/>"),
        pictures.encoded(pictures.picture(400, 300), "AVIF", icc_profile=profile, exif=exif, xmp=b"<x/>"),
    ):
        for image in images(resize_image(upload(content))):
            assert not dict(image.getexif())
            assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "PNG")])
def test_colours_of_another_profile_become_those_of_a_screen(
    upload: Upload, images: Images, mode: str, kind: str
) -> None:
    whole = pictures.picture(400, 300, mode)
    content = pictures.encoded(whole, kind, icc_profile=swapped_profile())

    for image in images(resize_image(upload(content))):
        expected = [(blue, green, red) for red, green, blue in (RED, GREEN, BLUE, GREY)]
        assert alike(corner_colours(image), expected, by=40)


def test_a_profile_that_is_none_is_left_aside(upload: Upload, images: Images) -> None:
    content = pictures.jpeg(400, 300, icc_profile=b"no profile at all" * 10)

    for image in images(resize_image(upload(content))):
        assert alike(corner_colours(image), [RED, GREEN, BLUE, GREY])
