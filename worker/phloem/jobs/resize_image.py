"""Makes pictures smaller: a job that takes uploads and returns files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta
from PIL import Image, features

import phloem
from phloem.files import StoredFile, Upload
from phloem.jobs.app import app, files
from phloem.jobs.errors import JobError
from phloem.jobs.picture.reading import opened
from phloem.jobs.results import keep, named, owner

Pixels = Annotated[int, Meta(ge=1, le=4096)]

THUMBNAIL = (160, 160)
"""Pixels."""

SAVED_AS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "JPEG": (".jpg", "image/jpeg", {"quality": 82, "optimize": True, "progressive": True}),
    "PNG": (".png", "image/png", {"optimize": True}),
    "WEBP": (".webp", "image/webp", {"quality": 80, "method": 5}),
}
"""Formats that are read and written: suffix, media type, and how Pillow saves them."""

if features.check("avif"):  # Pillow's own wheels have it, others may not
    SAVED_AS["AVIF"] = (".avif", "image/avif", {"quality": 65, "speed": 7})

Format = Literal["the same", "JPEG", "PNG", "WebP", "AVIF"]

Picture = Annotated[Upload, Meta(extra_json_schema={"accept": [kind for _, kind, _ in SAVED_AS.values()]})]
Pictures = Annotated[list[Picture], Meta(min_length=1, max_length=20)]

STEM_LIMIT_BYTES = 60
"""How much of a picture's name its files have: all files of 20 pictures fit into the 16 KiB of a shown result."""


@app.task(
    name="phloem.jobs.resize_image",
    shared=False,  # known to this app alone, not to every app of the process
    throws=(JobError,),
    soft_time_limit=10 * 60,
    time_limit=11 * 60,
)
def resize_image(
    upload: Picture | Pictures, width: Pixels = 1200, height: Pixels = 1200, format: Format = "the same"
) -> dict[str, Any]:
    """Makes uploaded pictures smaller, in several sizes.

    One fits into width x height, one into half of that, and one is a thumbnail. A picture keeps
    its shape, is turned upright, is never enlarged, and loses what the camera wrote about it. Of
    several, those that cannot be read are named, and the others made.

    Args:
        upload: JPEG, PNG, WebP or AVIF pictures, up to 20
        width: pixels at most, of the largest size
        height: pixels at most, of the largest size
        format: what they are saved as
    """
    if format == "AVIF" and "AVIF" not in SAVED_AS:
        raise JobError("The Pillow of this worker cannot write AVIF.")
    ids = [upload] if isinstance(upload, str) else upload
    made: list[dict[str, Any]] = []
    originals: list[dict[str, Any]] = []
    refused: list[str] = []
    for each in phloem.track(ids, "Resizing", unit="picture") if len(ids) > 1 else ids:
        try:
            source = uploaded(each)
            original, of_files = all_sizes(source, (width, height), format)
        except JobError as error:
            if len(ids) == 1:
                raise
            phloem.log(str(error), level="warning")
            refused.append(str(error))
        else:
            made += of_files
            originals.append(original)
    if not made:
        raise JobError(f"None of the {len(ids)} pictures could be made smaller. {refused[0]}")
    return {"files": made, "originals": originals, "refused": refused}


def uploaded(upload: str) -> StoredFile:
    """The upload with this id. Raises JobError if the task's owner has none."""
    source = files.get("uploads", upload, owner=owner())
    if source is None:
        raise JobError("The uploaded picture is no longer there.")
    return source


def all_sizes(source: StoredFile, box: tuple[int, int], format: Format) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Makes and keeps all sizes of one picture. Returns the original and the files, as the task's result names them."""
    with phloem.step(f"Resizing {source.filename}") as whole:
        with phloem.step("Opening"):
            original, kind = opened(source, tuple(SAVED_AS))
        sizes = sizes_within(original.size, box)
        whole.total = 1 + len(sizes)
        whole.advance()
        made = []
        for size in sizes:
            made.append(resized(original, size, kind if format == "the same" else format.upper(), source))
            whole.advance()
    described = {
        "filename": f"{stem(source)}{Path(source.filename).suffix}",
        "size": source.size,
        "width": original.width,
        "height": original.height,
    }
    return described, made


def sizes_within(original: tuple[int, int], box: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes that are made, largest first: one that fits the box, half of it, and a thumbnail."""
    largest = fitted(original, box)
    half = fitted(largest, (largest[0] / 2, largest[1] / 2))
    return sorted({largest, half, fitted(largest, THUMBNAIL)}, reverse=True)


def fitted(size: tuple[int, int], box: tuple[float, float]) -> tuple[int, int]:
    """The largest size of the same shape that fits into `box` and is not larger than `size`."""
    scale = min(box[0] / size[0], box[1] / size[1], 1)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resized(original: Image.Image, size: tuple[int, int], kind: str, source: StoredFile) -> dict[str, Any]:
    """Makes and keeps one size. Returns the file as the task's result names it."""
    suffix, content_type, options = SAVED_AS[kind]
    with phloem.step(f"Making {pixels(size)}", total=3) as step:
        image = original.resize(size, Image.Resampling.LANCZOS)
        if kind == "JPEG" and image.mode == "RGBA":  # JPEG has no transparency: white instead
            image = Image.alpha_composite(Image.new("RGBA", size, "white"), image).convert("RGB")
        step.advance()
        content = io.BytesIO()
        image.save(content, kind, **options)
        step.advance()
        content.seek(0)
        name = f"{stem(source)}-{size[0]}{suffix}"
        stored = keep(content, name, content_type)
        step.advance()
    from_to = f"{pixels(original.size)} -> {pixels(size)}"
    phloem.log(f"{source.filename}: {from_to}, {stored.size / 1000:,.0f} kB")
    return {**named(stored), "width": size[0], "height": size[1]}


def stem(source: StoredFile) -> str:
    """The name of a picture without its suffix, cut to STEM_LIMIT_BYTES."""
    return Path(source.filename).stem.encode()[:STEM_LIMIT_BYTES].decode(errors="ignore")


def pixels(size: tuple[int, int]) -> str:
    """A size as text: "1,200 x 900"."""
    return f"{size[0]:,} x {size[1]:,}"
