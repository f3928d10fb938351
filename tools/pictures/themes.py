"""A page of the browser as a picture wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tools.pictures.catalogue import Picture, Theme


@contextmanager
def page_of(browser: Browser, url: str, picture: Picture, theme: Theme) -> Iterator[Page]:
    """A page with a fresh profile in a window of the picture's size."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.scale,
        color_scheme=theme,
        locale="en-GB",
        timezone_id="UTC",
        permissions=["notifications"],  # a browser without a window refuses them unasked
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()
