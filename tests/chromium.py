"""The browser of the tests: where it is, and how it is started so that a page costs little."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Commands that start a browser, in the order in which they are tried; PHLOEM_CHROMIUM comes before them."""

PLAYWRIGHT_SWITCHES_OFF = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "Translate",
)
"""Features that Playwright switches off (its chromiumSwitches.ts); named here, since the last such list is the one."""

ADDRESS_BAR = ("WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxPopup")
"""The list below the address bar is a page of its own, which each window loads: half a second of CPU time."""


def find() -> str | None:
    """The path of the browser, None where there is none."""
    names = (os.environ.get("PHLOEM_CHROMIUM"), *NAMES)
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """That browser, without a window, for as long as the block runs."""
    arguments = ["--disable-features=" + ",".join((*PLAYWRIGHT_SWITCHES_OFF, *ADDRESS_BAR))]
    # Chromium's own sandbox cannot be had by root, nor in most containers.
    if os.geteuid() == 0 or os.environ.get("CI"):
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
