"""Texts that are secrets wherever they stand."""

from __future__ import annotations

import pytest

from phloem.redaction import REDACTED, scrub, show
from phloem.redaction.shapes import PREFIXES

SAMPLES = {
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "Age": "AGE-SECRET-KEY-1QQPQZRFR7ZZ2WCV",
    "Atlassian": "ATATT3xFfGF0abcdefgh",
    "DigitalOcean": "dop_v1_0123456789abcdef",
    "Docker": "dckr_pat_abcDEF123456",
    "GitHub": "ghp_abcDEF0123456789",
    "GitLab": "glpat-abcDEF-0123456",
    "Google": "AIzaSyA0123456789abcdef",
    "Grafana": "glsa_abcDEF0123456789",
    "HashiCorp Vault": "hvs.CAESIabcdef",
    "Hugging Face": "hf_abcDEF0123456789",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmN",
    "Linear": "lin_api_abcDEF012345",
    "Mailgun": "key-0123456789abcdef0123456789abcdef",
    "Notion": "ntn_abcDEF0123456789",
    "npm": "npm_abcDEF0123456789",
    "OpenAI, Anthropic": "sk-proj-abcDEF0123456789",
    "Postman": "PMAK-0123456789abcdef-01",
    "PyPI": "pypi-AgEIcHlwaS5vcmc",
    "RubyGems": "rubygems_0123456789abcdef",
    "SendGrid": "SG.abcDEF012345.abcDEF0123456789",
    "Sentry": "sntrys_eyabcDEF0123",
    "Shopify": "shpat_0123456789abcdef",
    "Slack": "xoxb-123456-abcdef",
    "Square": "sq0atp-abcDEF012345",
    "Stripe": "sk_live_abcDEF012345",
    "Telegram": "123456789:AAabcdefghijklmnopqrstuvwxyz0123456",
}


def test_the_tokens_of_each_service_are_recognised_wherever_they_stand() -> None:
    assert SAMPLES.keys() == PREFIXES.keys()
    for token in SAMPLES.values():
        for text in (token, f"used {token}, failed", f"https://api/{token}/x", f"<{token}>", f"'{token}'"):
            assert scrub(text) == text.replace(token, REDACTED)
        assert token not in show({"a": [token, token.encode(), {token: 1}]})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("git clone https://x7f93kd02jf84ks92jd0@git.example.com/a", "git clone https://[redacted]@git.example.com/a"),
        ("at amqp://ann:pa/ss#w@host//", "at amqp://ann:[redacted]@host//"),
        ("curl -u ann:geheim https://x", "curl -u ann:[redacted] https://x"),
        ("to https://hooks.slack.com/services/T0/B0/xyz1", "to https://hooks.slack.com/services/[redacted]"),
        ("curl -H 'X: Bearer abc123def456'", "curl -H 'X: Bearer [redacted]'"),
        ("sent Basic YW5uOmh1bnRlcjI=", "sent Basic [redacted]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nab==\n-----END RSA PRIVATE KEY-----.", "[redacted]."),
        ("k='-----BEGIN PRIVATE KEY-----\\nMIIE", "k='[redacted]"),
    ],
)
def test_keys_and_passwords_within_addresses_are_recognised(said: str, shown: str) -> None:
    assert scrub(said) == shown
    assert scrub(shown) == shown


@pytest.mark.parametrize(
    "said",
    [
        *("git+ssh://git@github.com/a/b", "https://example.com:8000/a@b", "basic authentication", "the bearer of news"),
        *("tasks-and-risk-management-plan", "desk-sharing-arrangements", "3f2b8c1e-9a57-4c0e-8a44-0123456789ab"),
        *(
            "xoxo and more of it",
            "Tokenizer eyJ",
            "AKIA",
            "high_live_stream",
            "docker run -u 1000:1000 x",
            "-- BEGIN --",
            "//",
            "https://a.b/c?d",
        ),
    ],
)
def test_what_only_looks_a_little_like_one_is_shown(said: str) -> None:
    assert scrub(said) == said
