"""Pictures as viewers show them: upright, in sRGB, without metadata."""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import suppress

from PIL import Image, ImageCms, UnidentifiedImageError

from phloem.files import StoredFile
from phloem.jobs.errors import JobError
from phloem.jobs.picture import png

PIXELS_LIMIT = 40_000_000
"""Most pixels of a picture. Each takes four bytes of memory, several times, however small the file is."""

SRGB = ImageCms.createProfile("sRGB")

ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by the orientation that its camera noted (Exif 2.32, 4.6.4)."""

_DAMAGED = (OSError, SyntaxError, ValueError, RuntimeError, TypeError, struct.error)
"""What Pillow's decoders raise for content that is incomplete or corrupt."""


def opened(source: StoredFile, formats: tuple[str, ...]) -> tuple[Image.Image, str]:
    """The picture, and its format, one of `formats`. Raises JobError if it cannot be read."""
    content = source.path.read_bytes()
    name = source.filename
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            # Pillow only warns of a picture that is over its own limit and not twice as large.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image, kind = _read(content, formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise JobError(f"{name} is too large: it has more than {PIXELS_LIMIT:,} pixels.") from None
    except UnidentifiedImageError:
        raise JobError(f"{name} cannot be read as a JPEG, PNG, WebP or AVIF picture.") from None
    except _DAMAGED:
        raise JobError(f"{name} is damaged or incomplete.") from None
    return image, kind


def _read(content: bytes, formats: tuple[str, ...]) -> tuple[Image.Image, str]:
    chunks = png.read(content)
    file = Image.open(io.BytesIO(chunks.content if chunks else content), formats=formats)
    if file.width * file.height > PIXELS_LIMIT:
        raise Image.DecompressionBombError
    file.load()  # getexif() would do that, and what is damaged be taken for odd metadata
    profile = chunks.profile if chunks else file.info.get("icc_profile")
    opaque = png.alpha(chunks, file) if chunks else None
    image = _eight_bits(file)
    if opaque is not None:
        image = image.convert("LA" if image.mode in ("1", "L") else "RGBA")
        image.putalpha(opaque)
    # A JPEG of several pictures, as phones make them, is a format of its own (MPO); the first one is the picture.
    kind = "JPEG" if file.format == "MPO" else str(file.format)
    return _in_srgb(_upright(image, _orientation(file)), profile), kind


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode != "I;16":
        return image
    # convert() would clip 16-bit greys at 255.
    return image.convert("I").point([(grey * 255 + 32895) >> 16 for grey in range(65536)], "L")


def _orientation(image: Image.Image) -> object:
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001  # viewers open a picture whatever its metadata is, and Pillow raises anything
        return None


def _upright(image: Image.Image, orientation: object) -> Image.Image:
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if mode == "RGBA" or image.mode not in ("CMYK", "L"):
        image = image.convert(mode)
    if profile:
        # A profile that does not fit the picture is ignored.
        with suppress(ImageCms.PyCMSError, ValueError):
            of = io.BytesIO(profile)
            image = ImageCms.profileToProfile(image, of, SRGB, outputMode=mode) or image
    image = image.convert(mode)
    image.info.clear()
    return image
