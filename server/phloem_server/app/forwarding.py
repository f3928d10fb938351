"""Puts together what sends the audit elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from phloem.record.stores.duties import DutyStore
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.forwarding.forwarder import Forwarder
from phloem_server.access.audit.forwarding.syslog import Syslog
from phloem_server.access.audit.forwarding.target import Target
from phloem_server.access.audit.forwarding.webhook import Webhook
from phloem_server.settings import Config


def forwarders(config: Config, chain: Chain, duties: DutyStore) -> dict[str, Forwarder]:
    """A loop for each place that the settings name, by the name of its thread."""
    return {f"audit-{target.name}": Forwarder(chain, duties, target) for target in _targets(config)}


def _targets(config: Config) -> Iterator[Target]:
    if config.audit.syslog is not None:
        yield Syslog(config.audit.syslog)
    if config.audit.webhook is not None:
        yield Webhook(config.audit.webhook, config.audit.webhook_secret)
