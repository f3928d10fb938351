"""What the provider says counts where it is as it has to be, and is refused in a sentence everywhere else."""

from __future__ import annotations

import json
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme
from joserfc import jwt
from joserfc.jwk import OctKey

from phloem_server.access.people.openid import fetching, provider
from phloem_server.access.people.openid.documents import FRESH_SECONDS, PAUSE_SECONDS
from phloem_server.access.people.openid.errors import IdTokenRefused, ProviderFailed, SignInDenied
from phloem_server.access.people.openid.id_token import SKEW_SECONDS
from tests.openid.false_provider import CLIENT, DISCOVERY, SECRET, FalseProvider
from tests.processes import free_port
from tests.tls_front import tls_front
from tests.unit.server.access.people.openid.visitor import BACK, Visitor
from tests.waiting import wait_until


def test_a_person_is_who_the_provider_says(visitor: Visitor) -> None:
    claims = visitor.claims()
    assert (claims["preferred_username"], claims["groups"]) == ("ada", ["staff"])


def test_the_code_is_asked_for_with_pkce_and_a_nonce_and_without_a_refresh_token(
    visitor: Visitor, upstream: FalseProvider
) -> None:
    code, attempt = visitor.go()
    asked = upstream.codes[code]
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["nonce"] == attempt.nonce
    assert asked["scope"].split() == ["openid", "profile", "email", "groups"]
    assert attempt.verifier not in json.dumps(asked)


def test_a_code_without_its_verifier_is_worth_nothing(visitor: Visitor) -> None:
    code, _ = visitor.go()
    _, other = visitor.go()
    with pytest.raises(SignInDenied, match=r"does not take its own code back \(invalid_grant: no such code\)"):
        visitor.provider.claims(code, other, BACK)


def test_a_code_counts_once(visitor: Visitor) -> None:
    code, attempt = visitor.go()
    visitor.provider.claims(code, attempt, BACK)
    with pytest.raises(SignInDenied):
        visitor.provider.claims(code, attempt, BACK)


def test_a_public_client_has_no_secret_and_names_itself(upstream: FalseProvider) -> None:
    visitor = Visitor(upstream, PHLOEM_OIDC_CLIENT_SECRET="")
    assert visitor.claims()["sub"] == "1"
    assert upstream.granted[-1]["client_id"] == CLIENT
    assert "client_secret" not in upstream.granted[-1]


def test_a_secret_goes_into_the_body_where_the_provider_takes_it_nowhere_else(upstream: FalseProvider) -> None:
    upstream.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    Visitor(upstream).claims()
    assert upstream.granted[-1]["client_secret"] == SECRET


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"aud": "another"}, "is for another client: its aud is another, expected was phloem"),
        ({"aud": ["another"]}, "is for another client"),
        ({"aud": None}, "says nothing of aud"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "was made for another client: its azp is another"),
        ({"aud": [CLIENT, "another"]}, "says nothing of azp"),
        ({"iss": "https://elsewhere.example"}, "is by another provider: its iss is https://elsewhere.example"),
        ({"iss": None}, "says nothing of iss"),
        ({"nonce": "another"}, "belongs to another sign-in: its nonce"),
        ({"nonce": None}, "says nothing of nonce"),
        ({"exp": None}, "says nothing of exp"),
        ({"exp": "tomorrow"}, "its exp is tomorrow"),
        ({"exp": float("nan")}, "cannot be used"),
        ({"iat": None}, "says nothing of iat"),
        ({"sub": None}, "says nothing of sub"),
        ({"at_hash": "x"}, "its at_hash is x"),
    ],
)
def test_an_id_token_that_is_not_meant_for_this_sign_in_is_refused(
    visitor: Visitor, upstream: FalseProvider, claims: dict[str, Any], sentence: str
) -> None:
    upstream.claims |= claims
    with pytest.raises(IdTokenRefused, match=sentence):
        visitor.claims()


def test_several_audiences_count_where_this_client_is_the_one_it_was_made_for(
    visitor: Visitor, upstream: FalseProvider
) -> None:
    upstream.claims |= {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert visitor.claims()["sub"] == "1"


@pytest.mark.parametrize(
    ("seconds", "claims", "sentence"),
    [
        (3 * SKEW_SECONDS, {}, r"clock is 1(79|80) s ahead of this server's, or its ID token is not valid yet; 60 s"),
        (-3600, {}, r"clock is 360[01] s behind this server's, or its ID token is over; 60 s are allowed"),
    ],
)
def test_a_clock_that_is_off_is_told_with_the_seconds(
    visitor: Visitor, upstream: FalseProvider, seconds: float, claims: dict[str, Any], sentence: str
) -> None:
    upstream.clock = seconds
    with pytest.raises(IdTokenRefused, match=sentence):
        visitor.claims()


@pytest.mark.parametrize("seconds", [SKEW_SECONDS - 5, 5 - SKEW_SECONDS])
def test_a_clock_may_be_off_by_less_than_a_minute(visitor: Visitor, upstream: FalseProvider, seconds: int) -> None:
    upstream.clock = seconds
    upstream.claims["exp"] = int(time.time()) + min(seconds, 0)
    if seconds > 0:
        upstream.claims.pop("exp")
    assert visitor.claims()["sub"] == "1"


def test_a_key_that_is_new_is_fetched_once(visitor: Visitor, upstream: FalseProvider) -> None:
    visitor.claims()
    upstream.turn_key()
    visitor.now += PAUSE_SECONDS
    asked = upstream.asked.count("/keys")
    visitor.claims()
    visitor.claims()
    assert upstream.asked.count("/keys") == asked + 1


def test_signatures_with_keys_that_nobody_knows_do_not_have_them_fetched_each_time(
    visitor: Visitor, upstream: FalseProvider
) -> None:
    visitor.claims()
    published = upstream.key
    upstream.turn_key()
    upstream.answers["/keys"] = (200, json.dumps({"keys": [published.as_dict(private=False)]}).encode())
    visitor.now += PAUSE_SECONDS
    asked = upstream.asked.count("/keys")
    for _ in range(3):
        with pytest.raises(IdTokenRefused, match=r"no signature that counts: .*No key for kid"):
            visitor.claims()
    assert upstream.asked.count("/keys") == asked + 1


def test_a_signature_by_another_key_of_the_same_name_is_refused(visitor: Visitor, upstream: FalseProvider) -> None:
    published = upstream.key
    upstream.turn_key()
    upstream.answers["/keys"] = (200, json.dumps({"keys": [published.as_dict(private=False)]}).encode())
    upstream.issued = jwt.encode({"alg": "ES256", "kid": published.kid}, {"sub": "1"}, upstream.key)
    with pytest.raises(IdTokenRefused, match="no signature that counts"):
        visitor.claims()


def test_a_token_without_a_signature_is_refused(visitor: Visitor, upstream: FalseProvider) -> None:
    upstream.algorithm = "none"
    with pytest.raises(IdTokenRefused, match=r"signs ID tokens in a way that does not count: .*'none'"):
        visitor.claims()


@pytest.mark.parametrize("secret", [SECRET, ""])
def test_a_signature_with_what_this_server_knows_as_well_is_refused(upstream: FalseProvider, secret: str) -> None:
    visitor = Visitor(upstream, PHLOEM_OIDC_CLIENT_SECRET=secret)
    known = OctKey.import_key(secret or json.dumps(upstream.key.as_dict(private=False)))
    upstream.issued = jwt.encode({"alg": "HS256"}, {"iss": upstream.url, "sub": "1"}, known, algorithms=["HS256"])
    with pytest.raises(IdTokenRefused, match="in a way that does not count"):
        visitor.claims()


@pytest.mark.parametrize("issued", ["", "a.b", "a.b.c", "é", "..", "eyJhbGciOiJFUzI1NiJ9.e30."])
def test_what_is_no_token_is_refused(visitor: Visitor, upstream: FalseProvider, issued: str) -> None:
    upstream.answers["/token"] = (200, json.dumps({"access_token": "a", "id_token": issued}).encode())
    with pytest.raises(IdTokenRefused):
        visitor.claims()


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b'{"access_token": "a"}', "sent no ID token"),
        (200, b"[]", "no object"),
        (200, b"<html>", "no JSON"),
        (200, b"\xff", "no JSON"),
        (500, b"{}", "answered 500"),
        (401, b'{"error": "invalid_client"}', "refuses this server .*PHLOEM_OIDC_CLIENT_ID"),
    ],
)
def test_what_is_no_answer_to_a_code_is_told(
    visitor: Visitor, upstream: FalseProvider, status: int, body: bytes, sentence: str
) -> None:
    upstream.answers["/token"] = (status, body)
    with pytest.raises(ProviderFailed, match=sentence):
        visitor.claims()


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
def test_no_redirect_is_followed(visitor: Visitor, upstream: FalseProvider, path: str) -> None:
    upstream.moved[path] = f"{upstream.url}/elsewhere"
    with pytest.raises(ProviderFailed, match="answered 302"):
        visitor.claims()
    assert "/elsewhere" not in upstream.asked


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"issuer": "http://127.0.0.1:1"}, "calls itself http://127.0.0.1:1; PHLOEM_OIDC_ISSUER has to say exactly"),
        ({"issuer": None}, "cannot be used"),
        ({"token_endpoint": None}, "cannot be used"),
        ({"token_endpoint": "http://elsewhere.example/token"}, "has to begin with https"),
        ({"jwks_uri": "file:///etc/passwd"}, "has to begin with https"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "has to begin with https"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not take PKCE"),
    ],
)
def test_a_provider_that_says_what_none_may_say_is_refused(
    visitor: Visitor, upstream: FalseProvider, metadata: dict[str, Any], sentence: str
) -> None:
    upstream.metadata = metadata
    with pytest.raises(ProviderFailed, match=sentence):
        visitor.provider.metadata()


@pytest.mark.parametrize("body", [b"[]", b'{"keys": 1}', b'{"keys": [{"kty": "RSA"}]}', b'{"keys": []}'])
def test_keys_that_are_none_are_refused(visitor: Visitor, upstream: FalseProvider, body: bytes) -> None:
    upstream.answers["/keys"] = (200, body)
    with pytest.raises(ProviderFailed, match="The keys of the provider"):
        visitor.claims()


def test_discovery_is_kept_and_fetched_again_when_it_is_old(visitor: Visitor, upstream: FalseProvider) -> None:
    def asked() -> int:
        return upstream.asked.count(DISCOVERY)

    visitor.claims()
    visitor.claims()
    assert asked() == 1
    visitor.now += FRESH_SECONDS
    visitor.claims()
    assert asked() == 2
    upstream.answers[DISCOVERY] = (503, b"")
    visitor.now += FRESH_SECONDS
    visitor.claims()
    assert asked() == 3


def test_a_provider_that_is_away_is_asked_no_more_often_than_once_in_a_while(
    visitor: Visitor, upstream: FalseProvider
) -> None:
    upstream.answers[DISCOVERY] = (503, b"")
    for _ in range(3):
        with pytest.raises(ProviderFailed, match="answered 503"):
            visitor.provider.metadata()
    assert upstream.asked == [DISCOVERY]
    upstream.answers.clear()
    visitor.now += PAUSE_SECONDS
    assert visitor.provider.metadata().issuer == upstream.url


def test_what_the_id_token_does_not_say_is_asked_for(visitor: Visitor, upstream: FalseProvider) -> None:
    upstream.claims = {"sub": "1"}
    upstream.more = {"groups": ["staff"], "preferred_username": "ada", "iss": "another"}
    claims = visitor.claims()
    assert (claims["groups"], claims["iss"]) == (["staff"], upstream.url)
    upstream.more["sub"] = "2"
    with pytest.raises(IdTokenRefused, match="about somebody else"):
        visitor.claims()


def test_an_answer_that_is_too_long_is_not_read(visitor: Visitor, upstream: FalseProvider) -> None:
    upstream.answers[DISCOVERY] = (200, b" " * (fetching.ANSWER_LIMIT_BYTES + 1))
    with pytest.raises(ProviderFailed, match="longer than 524,288 bytes"):
        visitor.provider.metadata()


def test_an_answer_that_takes_too_long_is_not_waited_for(
    visitor: Visitor, upstream: FalseProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ANSWER_SECONDS", -1.0)
    with pytest.raises(ProviderFailed, match="took longer"):
        visitor.provider.metadata()


def test_a_provider_that_is_not_there_cannot_be_reached(upstream: FalseProvider) -> None:
    nowhere = Visitor(upstream, PHLOEM_OIDC_ISSUER=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ProviderFailed, match=r"cannot be reached at .*/openid-configuration: .*refused"):
        nowhere.provider.check()


def test_a_provider_counts_with_a_certificate_that_is_trusted(
    upstream: FalseProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    with tls_front(upstream.server_port, context) as port:
        upstream.metadata = {"jwks_uri": f"https://localhost:{port}/keys", "issuer": f"https://localhost:{port}"}
        with pytest.raises(ProviderFailed, match="its certificate does not count .*certificate verify failed"):
            Visitor(upstream, PHLOEM_OIDC_ISSUER=upstream.metadata["issuer"]).provider.check()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
        Visitor(upstream, PHLOEM_OIDC_ISSUER=upstream.metadata["issuer"]).provider.check()


def test_only_so_many_codes_are_exchanged_at_once(upstream: FalseProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "EXCHANGES_LIMIT", 1)
    monkeypatch.setattr(provider, "EXCHANGE_WAIT_SECONDS", 0.05)
    visitor, held = Visitor(upstream), threading.Event()
    first, second = visitor.go(), visitor.go()
    upstream.held["/token"] = held
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(visitor.provider.claims, *first, BACK)
        wait_until(lambda: "/token" in upstream.asked, 10, "the first is on its way")
        try:
            with pytest.raises(ProviderFailed, match="Too many people sign in"):
                visitor.provider.claims(*second, BACK)
        finally:
            held.set()
        assert waiting.result(10)["sub"] == "1"
    assert visitor.provider.claims(*second, BACK)["sub"] == "1"


def test_people_sign_out_at_the_provider_where_it_can(visitor: Visitor, upstream: FalseProvider) -> None:
    url = visitor.provider.end_session_url("http://localhost:8000/")
    assert url == f"{upstream.url}/end?client_id=phloem&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8000%2F"
    upstream.metadata = {"end_session_endpoint": None}
    assert Visitor(upstream).provider.end_session_url("http://localhost:8000/") is None
