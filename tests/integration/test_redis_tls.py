"""A Redis that is reached by TLS, in the spellings of redis-py and of Celery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from celery import Celery

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import ChannelError, ChannelRefused
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.mail_server import context
from tests.processes import Redis
from tests.tls_front import tls_front

EVENT = Event(id="t1", at=1.0, source="p", seq=1, run="r1", state=State.STARTED)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secured(redis_server: Redis, redis_url: str, authority: trustme.CA) -> Iterator[str]:  # an empty one
    """Host and port of a Redis behind TLS."""
    with tls_front(redis_server.port, context(authority.issue_cert("localhost"))) as port:
        yield f"localhost:{port}"


@pytest.mark.parametrize(
    "spelling",
    [
        "rediss://{host}/0?ssl_ca_certs={ca}",
        "rediss://{host}/0?ssl_cert_reqs=required&ssl_ca_certs={ca}&ssl_check_hostname=true",
        "rediss://{host}/0?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs={ca}",
        "rediss://{host}/0?ssl_cert_reqs=none",
        "valkeys://{host}/0?ssl_cert_reqs=CERT_NONE",
    ],
)
def test_one_address_is_good_for_the_record_and_for_celery(
    secured: str, authority: trustme.CA, tmp_path: Path, spelling: str
) -> None:
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    settings = Settings.from_environment({"PHLOEM_REDIS_URL": spelling.format(host=secured, ca=ca)})
    channel = RedisChannel(settings)
    assert channel.check() is None
    assert channel.record([EVENT]).verdicts == ("begin",)
    channel.close()
    app = Celery("tls", set_as_current=False)
    app.conf.update(settings.celery)
    with app.connection() as connection:
        connection.ensure_connection(max_retries=1)
        assert connection.default_channel.client.ping()
    app.backend.client.connection_pool.disconnect()


@pytest.mark.parametrize("query", ["", "?ssl_cert_reqs=CERT_REQUIRED"])
def test_a_certificate_that_nobody_trusts_is_not_accepted(secured: str, query: str) -> None:
    channel = RedisChannel(Settings(redis_url=f"rediss://{secured}/0{query}"))
    with pytest.raises(ChannelError, match="does not answer: .*certificate verify failed") as refusal:
        channel.record([EVENT])
    assert not isinstance(refusal.value, ChannelRefused)
