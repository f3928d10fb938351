"""A Redis in Celery's configuration: not all spellings that Phloem takes are Celery's, nor is all of it in its URLs."""

from __future__ import annotations

import re
import ssl
from typing import Any
from urllib.parse import quote

from phloem.settings.embedded_redis import REDIS_URL
from phloem.settings.environment import SettingError
from phloem.settings.redis_url import RedisUrl, kind_of

MAY_HOLD = (
    f"an address that Celery knows, such as {REDIS_URL}, rediss://…, redis+socket:///path, "
    "sentinel://…?master_name=… or amqp://…"
)

_CERTIFICATE_CHECKS = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}


def configuration(broker_url: str, result_backend: str) -> dict[str, Any]:
    """Celery's settings for its broker and its result backend. SettingError for a Redis that Celery cannot use."""
    return {
        **of_broker("CELERY_BROKER_URL", broker_url),
        **of_result_backend("CELERY_RESULT_BACKEND", result_backend),
    }


def of_broker(variable: str, url: str) -> dict[str, Any]:
    """Celery's settings for the broker whose address the variable holds. SettingError as above."""
    return _settings(variable, url, ("broker_url", "broker_transport_options", "broker_use_ssl"))


def of_result_backend(variable: str, url: str) -> dict[str, Any]:
    """The same for the result backend."""
    return _settings(variable, url, ("result_backend", "result_backend_transport_options", "redis_backend_use_ssl"))


def check(variable: str, url: str, *, master_name: str = "", takes_list: bool = False) -> None:
    """Raises SettingError for an address of a Redis that is none; whether another is one is Celery's affair.

    `master_name` is that of an app that names it elsewhere. `takes_list`: Celery tries one server after another.
    """
    kind = kind_of(url)
    for each in url.split(";") if takes_list and kind == "server" else [url]:
        try:
            if kind is not None:
                RedisUrl.parse(each, master_name=master_name)
        except ValueError as error:
            raise SettingError(variable, url, f"{MAY_HOLD}: {error}") from None  # it might quote a password


def for_celery(url: str) -> str:
    """The address of the same Redis in Celery's spelling; that of anything else as it is.

    Celery writes a socket as redis+socket:// and names the database `virtual_host`. For rediss:// it must be told how
    the certificate is checked; redis-py requires a valid one by default. It tries the servers of a list one by one.
    """
    kind = kind_of(url)
    if kind == "server" and ";" in url:
        return ";".join(map(for_celery, url.split(";")))
    scheme, _, rest = re.sub("^valkey", "redis", url).partition("://")
    if kind == "socket":
        return "redis+socket://" + re.sub(r"(?<=[?&])db=", "virtual_host=", rest)
    if scheme == "rediss" and "ssl_cert_reqs=" not in rest:
        return f"rediss://{rest}{'&' if '?' in rest else '?'}ssl_cert_reqs=required"
    if kind == "sentinel" and (read := _read(url)) is not None:
        user = f"{quote(read.username, safe='')}:{quote(read.password, safe='')}@"
        return ";".join(
            f"sentinel://{user if len(user) > 2 else ''}{_bracketed(host)}:{port}/{read.database}"
            for host, port in read.hosts
        )
    return f"{scheme}://{rest}"


def _settings(variable: str, url: str, names: tuple[str, str, str]) -> dict[str, Any]:
    address, options, tls = names
    settings: dict[str, Any] = {address: for_celery(url)}
    if kind_of(url) == "cluster":
        raise SettingError(variable, url, "an address of another kind, since Celery cannot use a Redis Cluster")
    if kind_of(url) == "sentinel" and (read := _read(url)) is not None:
        settings[options] = _transport_options(read)
        if read.tls:
            settings[tls] = _tls(read)
    return settings


def _read(url: str) -> RedisUrl | None:
    """What an address says; None if it is none of a Redis that we know: Celery may know more of it."""
    try:
        return RedisUrl.parse(url)
    except ValueError:
        return None


def _transport_options(read: RedisUrl) -> dict[str, Any]:
    """What Celery is told of Sentinels beside their addresses."""
    options: dict[str, Any] = {"master_name": read.master_name}
    return {**options, "sentinel_kwargs": read.sentinel_options} if read.sentinel_options else options


def _tls(read: RedisUrl) -> dict[str, Any]:
    """The certificates, as Celery's settings broker_use_ssl and redis_backend_use_ssl have them."""
    given = {name: value for name, value in read.options.items() if name.startswith("ssl_")}
    return {**given, "ssl_cert_reqs": _CERTIFICATE_CHECKS[given.get("ssl_cert_reqs", "required")]}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
