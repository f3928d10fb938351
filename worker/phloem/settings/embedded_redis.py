"""The password of the embedded Redis, which its clients find in the data folder.

Once the page asks for a password, so does this Redis: otherwise every user of the machine could walk around the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from phloem.settings.secret_file import kept_secret, read_secret

REDIS_URL = "redis://127.0.0.1:6390/0"
"""Where `phloem redis` listens."""

WHERE_IT_IS = "`phloem redis` starts one there; PHLOEM_REDIS_URL names another, as --redis does for a server"
"""What to do where that one does not answer."""

DATA_DIR = "./var"
"""The data folder, unless PHLOEM_DATA_DIR names another."""


def is_embedded(address: str) -> bool:
    """Whether that is where `phloem redis` listens. A password may be hidden in `address`."""
    return address.replace("***@", "") == REDIS_URL


def password_file(data_dir: Path, port: int) -> Path:
    """Where the password of the Redis is kept that has its data in this folder, and listens on this port."""
    return data_dir / f"redis-password-{port}"


def redis_password(environ: Mapping[str, str], data_dir: Path, port: int) -> str | None:
    """The password of that Redis; None while it needs none. OSError where one has to be made and cannot be kept.

    With PHLOEM_PASSWORD it needs one, and goes on to need it: whichever process comes first makes it.
    """
    file = password_file(data_dir, port)
    return kept_secret(file) if environ.get("PHLOEM_PASSWORD") else read_secret(file)


def with_password(url: str, environ: Mapping[str, str]) -> str:
    """The address of a Redis, with the password that is kept for it if it is the embedded one.

    That one is known by its address: it listens on this machine only. An address with credentials stays as it is.
    """
    if url.partition("://")[0] not in ("redis", "valkey"):  # a list of hosts is not for urlsplit
        return url
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError:  # it is refused where it is read
        return url
    if parts.username or parts.password or "password=" in parts.query or not _is_loopback(parts.hostname or ""):
        return url
    data_dir = Path(environ.get("PHLOEM_DATA_DIR") or DATA_DIR).expanduser().absolute()
    password = None
    if url == REDIS_URL and not (environ.get("PHLOEM_REDIS_URL") or environ.get("REDIS_URL")):
        with suppress(OSError, ValueError):  # then Redis cannot keep it there either, and says so
            password = redis_password(environ, data_dir, port)
    else:
        password = read_secret(password_file(data_dir, port))
    # With the name of the user, it is no error either where no password is needed.
    return url if password is None else re.sub("(?<=://)", f"default:{password}@", url, count=1)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
