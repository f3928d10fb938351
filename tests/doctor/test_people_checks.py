"""What the doctor finds in the OpenID Connect provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phloem_server.commands.doctor.installation import Installation
from tests.doctor.examined import results, trouble
from tests.openid.false_provider import CLIENT, FalseProvider, false_provider


@pytest.fixture
def provider() -> Iterator[FalseProvider]:
    with false_provider() as running:
        yield running


def environ(provider: FalseProvider) -> dict[str, str]:
    return {
        "PHLOEM_OIDC_ISSUER": provider.url,
        "PHLOEM_OIDC_CLIENT_ID": CLIENT,
        "PHLOEM_OIDC_ROLES": "groups:staff=viewer",
    }


def verdict(variables: dict[str, str]) -> str:
    return results(Installation(variables), "openid-provider")["openid-provider"].verdict


def test_a_provider_that_tells_its_addresses_and_keys_is_fine(provider: FalseProvider) -> None:
    assert verdict(environ(provider)) == "ok"


def test_without_a_provider_there_is_nothing_to_look_at() -> None:
    assert verdict({}) == "skipped"


def test_a_provider_that_calls_itself_otherwise_is_found(provider: FalseProvider, tmp_path: Path) -> None:
    found = trouble("openid-provider", tmp_path, {**environ(provider), "PHLOEM_OIDC_ISSUER": f"{provider.url}/"})
    assert f"calls itself {provider.url}; PHLOEM_OIDC_ISSUER has to say exactly that" in found.evidence


def test_a_provider_without_keys_is_found(provider: FalseProvider, tmp_path: Path) -> None:
    provider.answers["/keys"] = (404, b"")
    assert "answered 404" in trouble("openid-provider", tmp_path, environ(provider)).evidence
