"""Why nobody is signed in by a provider: each is a sentence for people."""

from __future__ import annotations

from phloem_server.web.problem import Problem

QUOTED_CHARACTERS = 200
"""Characters of what the provider says that are repeated."""


class SignInExpired(Problem):
    """The provider's answer belongs to no sign-in that this browser began, or to one that is over."""

    code = "sign_in_expired"
    status = 400


class SignInDenied(Problem):
    """The provider did not sign the person in, or not for this server."""

    code = "sign_in_denied"
    status = 403


class IdTokenRefused(Problem):
    """What the provider says of the person does not count."""

    code = "id_token_refused"
    status = 403


class ProviderFailed(Problem):
    """The provider cannot be reached, or answers what no provider may answer."""

    code = "provider_failed"
    status = 503
    temporary = True


def quoted(text: object) -> str:
    """What the provider says, fit to stand in a sentence."""
    plain = "".join(each if each.isprintable() else " " for each in str(text)).strip()
    return plain if len(plain) <= QUOTED_CHARACTERS else f"{plain[: QUOTED_CHARACTERS - 1]}…"
