"""The settings of the audit."""

from __future__ import annotations

import pytest

from phloem.settings import SettingError
from phloem_server.settings.audit import AuditSettings

SECRET = "a secret of some length"
URL = {"PHLOEM_AUDIT_WEBHOOK": "https://audit.example.com"}


def test_nothing_is_sent_anywhere_unless_it_is_said() -> None:
    assert AuditSettings.from_environment({}) == AuditSettings()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp://logs.example.com", ("logs.example.com", 514)),
        ("udp://[::1]:5514", ("::1", 5514)),
        ("unix:/dev/log", "/dev/log"),
        ("unix:///dev/log", "/dev/log"),
    ],
)
def test_syslog_is_a_server_or_a_socket(text: str, address: tuple[str, int] | str) -> None:
    assert AuditSettings.from_environment({"PHLOEM_AUDIT_SYSLOG": text}).syslog == address


@pytest.mark.parametrize(
    "text", ["logs.example.com", "tcp://host", "udp://", "udp://host:port", "udp://a@b", "udp://a/b"]
)
def test_other_syslogs_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="udp://host:514, or unix:/dev/log"):
        AuditSettings.from_environment({"PHLOEM_AUDIT_SYSLOG": text})


def test_a_webhook_is_protected_and_signed() -> None:
    read = AuditSettings.from_environment(
        {"PHLOEM_AUDIT_WEBHOOK": "https://audit.example.com/in", "PHLOEM_AUDIT_WEBHOOK_SECRET": SECRET}
    )
    assert (read.webhook, read.webhook_secret) == ("https://audit.example.com/in", SECRET)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"PHLOEM_AUDIT_WEBHOOK": "http://audit.example.com", "PHLOEM_AUDIT_WEBHOOK_SECRET": SECRET}, "WEBHOOK"),
        ({"PHLOEM_AUDIT_WEBHOOK": "https://audit.example.com"}, "WEBHOOK_SECRET"),
        (
            {"PHLOEM_AUDIT_WEBHOOK": "https://audit.example.com", "PHLOEM_AUDIT_WEBHOOK_SECRET": "short"},
            "WEBHOOK_SECRET",
        ),
        ({"PHLOEM_AUDIT_DAYS": "0"}, "DAYS"),
        ({"PHLOEM_AUDIT_ENTRIES": "99"}, "ENTRIES"),
    ],
)
def test_what_cannot_be_used_is_refused(environ: dict[str, str], name: str) -> None:
    with pytest.raises(SettingError, match=f"^PHLOEM_AUDIT_{name} is") as refused:
        AuditSettings.from_environment(environ)
    assert "short" not in str(refused.value)
