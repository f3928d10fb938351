"""oidc-provider, which the OpenID Foundation has certified, on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from tests.tether import TETHER

FOLDER = Path(__file__).parent


def client(url: str, **more: Any) -> dict[str, Any]:
    """A client of the provider: a server whose page is at `url`."""
    return {
        "client_id": "phloem",
        "client_secret": "the secret of the client",
        "redirect_uris": [f"{url}/sign-in/openid/callback"],
        "post_logout_redirect_uris": [f"{url}/"],
        **more,
    }


@contextmanager
def real_provider(*clients: dict[str, Any]) -> Iterator[str]:
    """The address of one that knows these clients. Without its packages the test is skipped, in CI it fails."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules").exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("tests/openid has no packages: npm ci makes them")
    command = [str(node), str(FOLDER / "provider.mjs"), json.dumps(clients)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        TETHER.hold(process.pid)
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            TETHER.release(process.pid)
            process.kill()


def sign_in(session: requests.Session, answer: requests.Response, name: str) -> requests.Response:
    """Fills in the forms of the provider, the first of which `answer` shows; what comes after the last of them."""
    while form := re.search(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', answer.text, re.DOTALL):
        fields = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form[2])
        given = {key: unescape(value) for key, value in fields} | {"login": name, "password": "any", "logout": "yes"}
        answer = session.post(urljoin(answer.url, unescape(form[1])), given, timeout=40)
    return answer
