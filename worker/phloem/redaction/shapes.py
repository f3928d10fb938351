"""Texts that are secrets wherever they stand: tokens of known services, keys, and passwords in addresses."""

from __future__ import annotations

import re

from phloem.patterns import Pattern

MARK = "[redacted]"

PREFIXES: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS": {r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}": ("AKIA", "ASIA", "ABIA", "ACCA")},
    "Age": {r"AGE-SECRET-KEY-1[A-Z0-9]{8,}": ("AGE-SECRET-KEY-",)},
    "Atlassian": {r"ATATT3[\w=-]{8,}": ("ATATT3",)},
    "DigitalOcean": {r"do[opr]_v1_[a-f0-9]{8,}": ("_v1_",)},
    "Docker": {r"dckr_(?:pat|oat)_[\w-]{8,}": ("dckr_",)},
    "GitHub": {
        r"gh[opsur]_[A-Za-z0-9]{6,}": ("gho_", "ghp_", "ghs_", "ghu_", "ghr_"),
        r"github_pat_\w{6,}": ("github_pat_",),
    },
    "GitLab": {
        r"gl(?:pat|dt|rt|oas|ptt|ft|soat|agent|imt|cbt)-[\w.-]{6,}": (
            *("glpat-", "gldt-", "glrt-", "gloas-", "glptt-", "glft-", "glsoat-", "glagent-", "glimt-", "glcbt-"),
        )
    },
    "Google": {
        r"AIza[\w-]{8,}": ("AIza",),
        r"ya29\.[\w-]{8,}": ("ya29.",),
        r"GOCSPX-[\w-]{8,}": ("GOCSPX-",),
    },
    "Grafana": {r"gl(?:sa|c)_[\w=+-]{8,}": ("glsa_", "glc_")},
    "HashiCorp Vault": {r"hv[sbr]\.[\w-]{8,}": ("hvs.", "hvb.", "hvr.")},
    "Hugging Face": {r"hf_[A-Za-z0-9]{8,}": ("hf_",)},
    "JSON Web Token": {r"eyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*){0,3}": ("eyJ",), r"eyJ[\w-]{24,}": ("eyJ",)},
    "Linear": {r"lin_api_[A-Za-z0-9]{8,}": ("lin_api_",)},
    "Mailgun": {r"key-[0-9a-f]{32}": ("key-",)},
    "Notion": {r"ntn_[A-Za-z0-9]{8,}": ("ntn_",)},
    "npm": {r"npm_[A-Za-z0-9]{8,}": ("npm_",)},
    "OpenAI, Anthropic": {r"sk-[\w-]{12,}": ("sk-",)},
    "Postman": {r"PMAK-[0-9a-f-]{8,}": ("PMAK-",)},
    "PyPI": {r"pypi-[\w-]{12,}": ("pypi-",)},
    "RubyGems": {r"rubygems_[0-9a-f]{8,}": ("rubygems_",)},
    "SendGrid": {r"SG\.[\w-]{8,}\.[\w-]{8,}": ("SG.",)},
    "Sentry": {r"sntry[su]_[\w=+-]{8,}": ("sntrys_", "sntryu_")},
    "Shopify": {r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{8,}": ("shpat_", "shpca_", "shppa_", "shpss_")},
    "Slack": {r"xox[a-z]-[\w-]{6,}": ("xox",), r"xapp-[\w-]{8,}": ("xapp-",)},
    "Square": {r"sq0[a-z]{3}-[\w-]{8,}": ("sq0",)},
    "Stripe": {
        r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{4,}": ("k_live_", "k_test_"),
        r"whsec_[\w+=-]{8,}": ("whsec_",),
    },
    "Telegram": {r"[0-9]{8,10}:AA[\w-]{30,}": (":AA",)},
}
"""How the tokens of services look that mark theirs, and what to look for first: each holds one of these texts."""

SHORTEST = 10
"""Characters of the shortest token."""

_PATTERNS = {pattern: marks for kinds in PREFIXES.values() for pattern, marks in kinds.items()}
_TOKEN = Pattern(f"(?<![A-Za-z0-9])(?:{'|'.join(_PATTERNS)})")
_MARKS = tuple(dict.fromkeys(mark for marks in _PATTERNS.values() for mark in marks))
_DASHED = tuple(mark for mark in _MARKS if "-" in mark)
_UNDERSCORED = tuple(mark for mark in _MARKS if "_" in mark)
_OTHER = tuple(mark for mark in _MARKS if "_" not in mark and "-" not in mark)

_BEARER = Pattern(r"(?i:\b(bearer|basic)\s+)(?=[a-z]*[A-Z0-9=+/_.-])[\w.~+/-]{8,}=*")
_PEM = Pattern(r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL)
_LOGIN = Pattern(r"(//[^\s/:@?#\"']*:)(?![0-9]{1,5}[/?#\s])[^\s\"'<>]{1,1000}@")  # bounded: it is tried at each //
_USER = Pattern(r"(//)(?=[^\s/:@]*[0-9])[^\s/:@?#\"']{16,}@")
_USER_OPTION = Pattern(r"((?:^|\s)(?:-u|--user)[ =][^\s:]+:)(?![0-9]+(?:\s|\Z))\S+")
_HOOK = Pattern(r"((?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/)[\w/-]+")

PEM_BEGINS, PEM_ENDS = "-----BEGIN ", "-----END "


def without_shapes(text: str) -> str:
    """`text`, with a mark in place of each token, each PEM block, and each password within an address."""
    if len(text) < SHORTEST:
        return text
    if "//" in text:
        if "@" in text:
            text = _LOGIN.sub(rf"\1{MARK}@", text)
            text = _USER.sub(rf"\1{MARK}@", text)
        if "hook" in text:
            text = _HOOK.sub(rf"\1{MARK}", text)
    if "earer" in text or "asic" in text or "EARER" in text or "ASIC" in text:
        text = _BEARER.sub(rf"\1 {MARK}", text)
    if "-" in text:
        if "-u" in text:  # curl -u ann:geheim
            text = _USER_OPTION.sub(rf"\1{MARK}", text)
        if PEM_BEGINS in text:
            text = _PEM.sub(MARK, text)
        if _holds_any(text, _DASHED):
            text = _TOKEN.sub(MARK, text)
    if ("_" in text and _holds_any(text, _UNDERSCORED)) or _holds_any(text, _OTHER):
        text = _TOKEN.sub(MARK, text)
    return text


def _holds_any(text: str, marks: tuple[str, ...]) -> bool:
    # A search for each costs less than one regular expression for all.
    for mark in marks:  # noqa: SIM110  # a generator costs as much as the searches
        if mark in text:
            return True
    return False
