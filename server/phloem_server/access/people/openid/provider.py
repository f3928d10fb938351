"""What the provider says: its addresses, its keys, and the claims about a person for a code."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import PreparedRequest, RequestException, Response, Session

from phloem_server.access.people.openid import id_token
from phloem_server.access.people.openid.attempt import Attempt
from phloem_server.access.people.openid.claims import NAMES
from phloem_server.access.people.openid.documents import Document
from phloem_server.access.people.openid.errors import IdTokenRefused, ProviderFailed, SignInDenied, quoted
from phloem_server.access.people.openid.fetching import bounded, get_json, json_of, unreachable
from phloem_server.settings.identity import ISSUER, OpenID, is_protected

EXCHANGES_LIMIT = 8
"""Codes that are exchanged at once: a provider that answers slowly is not to take up this server."""

EXCHANGE_WAIT_SECONDS = 10.0
"""For which another one waits for its turn."""

SCOPES = ("openid", "profile", "email")
"""What is asked for. A scope that is called as a claim that the settings look at, such as `groups`, is asked for where
the provider has it. `offline_access` is not: nothing is done on behalf of people who are away."""

METHODS = ("client_secret_basic", "client_secret_post")
"""Ways to prove that this server is the client, the better one first."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What discovery tells (OpenID Connect Discovery 1.0, 3), as far as it is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    scopes_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = METHODS[:1]
    code_challenge_methods_supported: tuple[str, ...] | None = None


class Provider:
    """The provider that the settings name. `clock` gives monotonic seconds, `now` Unix seconds."""

    def __init__(
        self,
        settings: OpenID,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._now = now
        self._metadata: Document[Metadata] = Document(self._discover, clock)
        self._keys: Document[KeySet] = Document(self._fetch_keys, clock)
        self._turns = threading.BoundedSemaphore(EXCHANGES_LIMIT)

    def metadata(self) -> Metadata:
        """What discovery tells. ProviderFailed."""
        return self._metadata.get()

    def check(self) -> None:
        """ProviderFailed unless the provider tells its addresses and its keys."""
        self.metadata()
        self._keys.get()

    def authorization_url(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where a person signs in at the provider. ProviderFailed."""
        metadata = self.metadata()
        with self._session(metadata, redirect_uri) as session:
            url, _ = session.create_authorization_url(
                metadata.authorization_endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
            return str(url)

    def end_session_url(self, return_to: str) -> str | None:
        """Where a person signs out at the provider (RP-Initiated Logout 1.0). None where that cannot be told."""
        try:
            endpoint = self.metadata().end_session_endpoint
        except ProviderFailed:
            return None
        if endpoint is None:
            return None
        query = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": return_to})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def claims(self, code: str, attempt: Attempt, redirect_uri: str) -> dict[str, Any]:
        """What the provider claims of the person who came back with a code.

        SignInDenied, IdTokenRefused, ProviderFailed.
        """
        metadata = self.metadata()
        with self._turn(), self._session(metadata, redirect_uri) as session:
            answer = self._exchange(session, metadata, code, attempt)
            id_token_text, access_token = answer.get("id_token"), answer.get("access_token")
            if not isinstance(id_token_text, str) or not isinstance(access_token, str):
                raise ProviderFailed("The provider sent no ID token with its access token. Is it OpenID Connect?")
            expected = id_token.Expected(
                issuer=self.settings.issuer,
                client_id=self.settings.client_id,
                nonce=attempt.nonce,
                access_token=access_token,
            )
            claims = self._verified(id_token_text, expected)
            if metadata.userinfo_endpoint is None or not self._wanted_claims() - claims.keys():
                return claims
            more = get_json(session, metadata.userinfo_endpoint, auth=_bearing(access_token))
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise IdTokenRefused(
                "What the provider says of the person is about somebody else: its sub is not the same."
            )
        return {**more, **claims}

    def _verified(self, token: str, expected: id_token.Expected) -> dict[str, Any]:
        for keys in (self._keys.get, self._keys.again):  # it may have others by now
            try:
                return id_token.claims_of(token, keys(), expected, self._now())
            except (JoseError, ValueError) as error:
                refused = error
        raise IdTokenRefused(f"The provider's ID token has no signature that counts: {quoted(refused)}.") from refused

    def _exchange(self, session: Any, metadata: Metadata, code: str, attempt: Attempt) -> dict[str, Any]:
        session.register_compliance_hook("access_token_response", _check_object)
        try:
            answer = session.fetch_token(
                metadata.token_endpoint, code=code, code_verifier=attempt.verifier, allow_redirects=False
            )
        except OAuthError as error:
            said = f"{quoted(error.error)}: {quoted(error.description)}" if error.description else quoted(error.error)
            if error.error in ("invalid_client", "unauthorized_client"):
                raise ProviderFailed(
                    f"The provider refuses this server ({said}). Look at PHLOEM_OIDC_CLIENT_ID and "
                    "PHLOEM_OIDC_CLIENT_SECRET."
                ) from error
            raise SignInDenied(f"The provider does not take its own code back ({said}). Begin again.") from error
        except RequestException as error:
            raise unreachable(metadata.token_endpoint, error) from error
        return dict(answer)

    def _session(self, metadata: Metadata, redirect_uri: str) -> Any:
        supported = metadata.token_endpoint_auth_methods_supported
        method = "none"
        if self.settings.client_secret is not None:
            method = next((each for each in METHODS if each in supported), METHODS[0])
        wanted = (*SCOPES, *sorted(each for each in self._wanted_claims() if each in metadata.scopes_supported))
        return bounded(
            OAuth2Session(
                self.settings.client_id,
                self.settings.client_secret,
                token_endpoint_auth_method=method,
                scope=" ".join(dict.fromkeys(wanted)),
                redirect_uri=redirect_uri,
                code_challenge_method="S256",
            )
        )

    def _wanted_claims(self) -> set[str]:
        """Names of claims that the settings look at, and one that names the person."""
        looked_at = {*self.settings.roles.sources, *filter(None, [self.settings.owner])}
        return {NAMES[0], *looked_at, *(each.partition(".")[0] for each in looked_at)} - {"offline_access"}

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=EXCHANGE_WAIT_SECONDS):
            raise ProviderFailed("Too many people sign in at this moment, or the provider answers slowly. Begin again.")
        try:
            yield
        finally:
            self._turns.release()

    def _discover(self) -> Metadata:
        url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        with bounded(Session()) as session:
            told = get_json(session, url)
        try:
            metadata = msgspec.convert(told, Metadata)
        except msgspec.ValidationError as error:
            raise ProviderFailed(
                f"What the provider says of itself at {url} cannot be used: {quoted(error)}."
            ) from error
        if metadata.issuer != self.settings.issuer:
            raise ProviderFailed(
                f"The provider at {url} calls itself {quoted(metadata.issuer)}; {ISSUER} has to say exactly that."
            )
        endpoints = (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
        for each in (*endpoints, metadata.userinfo_endpoint, metadata.end_session_endpoint):
            if each is not None and not is_protected(each):
                raise ProviderFailed(f"An address of the provider is {quoted(each)}; it has to begin with https.")
        methods = metadata.code_challenge_methods_supported
        if methods is not None and "S256" not in methods:
            raise ProviderFailed("The provider does not take PKCE with S256, which protects the code on its way.")
        return metadata

    def _fetch_keys(self) -> KeySet:
        url = self.metadata().jwks_uri
        with bounded(Session()) as session:
            told = get_json(session, url)
        try:
            return KeySet.import_key_set(told)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderFailed(f"The keys of the provider at {url} cannot be used: {quoted(error)}.") from error


def _bearing(token: str) -> Callable[[PreparedRequest], PreparedRequest]:
    """Sends an access token along."""

    def bearing(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return bearing


def _check_object(response: Response) -> Response:
    """What the token endpoint answers, once it is known to be an object. ProviderFailed."""
    if response.is_redirect or response.status_code >= 500:
        raise ProviderFailed(f"The provider answered {response.status_code} at {response.url}.")
    if not isinstance(json_of(response), dict):
        raise ProviderFailed(f"What the provider answered at {response.url} is no object.")
    return response
