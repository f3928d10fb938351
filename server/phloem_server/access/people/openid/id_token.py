"""Which ID tokens count: OpenID Connect Core 1.0, 3.1.3.7. The checks themselves are those of Authlib and joserfc."""

from __future__ import annotations

from typing import Any

import msgspec
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet

from phloem_server.access.people.openid.errors import IdTokenRefused, quoted

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures that count: those that only the provider can make. `none` is no signature, and HS256 would be signed with
what this server knows as well."""

SKEW_SECONDS = 60
"""By which the provider's clock and ours may differ."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What an ID token has to be for."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    """The one that came along."""


def claims_of(token: str, keys: KeySet, expected: Expected, now: float) -> dict[str, Any]:
    """The claims of an ID token that counts. `now` is in Unix seconds.

    IdTokenRefused. JoseError where no key of `keys` made the signature: the provider may have others by now.
    """
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except UnsupportedAlgorithmError as error:
        raise IdTokenRefused(
            f"The provider signs ID tokens in a way that does not count: {quoted(error.description)} "
            f"Expected is one of {', '.join(ALGORITHMS)}."
        ) from error
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    claims = CodeIDToken(read.claims, read.header, options, params)
    try:
        claims.validate(int(now), SKEW_SECONDS)
    except ClaimError as error:
        raise IdTokenRefused(_reason(error, read.claims, expected, now)) from error
    except JoseError as error:
        raise IdTokenRefused(f"The provider's ID token cannot be used: {quoted(error.description)}.") from error
    return read.claims


def _reason(error: ClaimError, claims: dict[str, Any], expected: Expected, now: float) -> str:
    """What is wrong with a claim, and what to do about it."""
    held = quoted(claims.get(error.claim))
    if isinstance(error, MissingClaimError):
        return f"The provider's ID token says nothing of {error.claim}, which it has to."
    is_in_future = isinstance(error, InvalidClaimError) and error.claim in ("iat", "nbf")
    if (isinstance(error, ExpiredTokenError) or is_in_future) and _is_time(claims.get("iat")):
        ahead = claims["iat"] - now
        return (
            f"The provider's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this server's, or its "
            f"ID token is {'not valid yet' if is_in_future else 'over'}; {SKEW_SECONDS} s are allowed. "
            "Set both clocks, as by NTP."
        )
    if error.claim == "nonce":
        return "The provider's ID token belongs to another sign-in: its nonce is not the one that was sent."
    wanted = {"iss": expected.issuer, "aud": expected.client_id, "azp": expected.client_id}.get(error.claim)
    meant = {"iss": "is by another provider", "aud": "is for another client", "azp": "was made for another client"}
    if wanted is None:
        return f"The provider's ID token cannot be used: its {error.claim} is {held}."
    return f"The provider's ID token {meant[error.claim]}: its {error.claim} is {held}, expected was {wanted}."


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
