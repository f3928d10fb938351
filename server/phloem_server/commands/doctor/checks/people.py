"""The check of the OpenID Connect provider at which people sign in."""

from __future__ import annotations

from collections.abc import Iterator

from phloem_server.commands.doctor.check import CannotLook, Check, Trouble
from phloem_server.commands.doctor.installation import Installation
from phloem_server.settings.identity import ISSUER, openid


def provider(seen: Installation) -> Iterator[Trouble]:
    """A provider that cannot be reached, or that cannot be used as it is."""
    settings = openid(seen.environ)
    if settings is None:
        raise CannotLook(f"{ISSUER} is not set.")
    # Inside: most installations have none, and what it imports takes half a second.
    from phloem_server.access.people.openid.errors import ProviderFailed
    from phloem_server.access.people.openid.provider import Provider

    try:
        Provider(settings).check()
    except ProviderFailed as failure:
        yield Trouble(
            what="Nobody can sign in with OpenID Connect.",
            evidence=str(failure),
            cure=f"Try {ISSUER} from this machine: docs/openid.md says what the provider has to answer there.",
        )


CHECKS = (
    Check(
        name="openid-provider",
        question="Can people sign in at the OpenID Connect provider?",
        find=provider,
    ),
)
