"""The check of the audit: whether its chain is whole."""

from __future__ import annotations

from collections.abc import Iterator

from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.last_seen import LastSeen, path_of
from phloem_server.access.audit.verification import verify
from phloem_server.commands.doctor.check import CannotLook, Check, Trouble
from phloem_server.commands.doctor.installation import Installation


def chain(seen: Installation) -> Iterator[Trouble]:
    """Entries that were changed, removed or exchanged."""
    config = seen.config
    last = LastSeen(path_of(config.data_dir, config.namespace)).end  # first: the chain may grow meanwhile
    store = seen.channel.audit
    if not (last.number or store.newest("", 1) or store.ends()[1].number):
        raise CannotLook("Nothing was audited yet.")
    verdict = verify(store, Chain.of(config, seen.channel).key, last)
    if verdict.breaks:
        yield Trouble(
            what="The audit is not as it was written: somebody changed it in Redis, or Redis lost a part of it.",
            evidence=" ".join(verdict.breaks),
            cure="Compare it with the copy that PHLOEM_AUDIT_SYSLOG or PHLOEM_AUDIT_WEBHOOK sent elsewhere, by number "
            "and hash. A Redis that was killed may have lost what came last, and then the next entry says so.",
        )
    if others := verdict.other_keys:
        yield Trouble(
            what="Entries of the audit cannot be checked, since they were written with another key.",
            evidence=f"{len(others)} entries, from number {others[0]} to {others[-1]}.",
            cure="Give this shell and every process of the server the same PHLOEM_SECRET_KEY. Where it was replaced, "
            "entries from before cannot be checked any more.",
        )


CHECKS = (
    Check(
        name="audit-chain",
        question="Is each entry of the audit as it was written, and none missing?",
        find=chain,
    ),
)
