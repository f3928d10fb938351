"""Names of hosts in other scripts, as browsers look them up."""

from __future__ import annotations

import pytest

from phloem.jobs.download.host_name import ascii_name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("faß.de", "xn--fa-hia.de"),  # IDNA 2003 would lead to fass.de
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("Ⓖⓞ.example", "go.example"),
        ("☃.net", "xn--n3h.net"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--fa-hia.de", "xn--fa-hia.de"),
        ("EXAMPLE.com.", "example.com"),
        ("under_score.example", "under_score.example"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_a_name_is_spelt_as_browsers_spell_it(host: str, name: str) -> None:
    assert ascii_name(host) == name


@pytest.mark.parametrize("host", ["", ".", "a..b", "a b", "a\u0000b", "\ud800.de", f"{'ü' * 60}.de", f"{'a' * 64}.de"])
def test_what_is_no_name_is_refused(host: str) -> None:
    with pytest.raises(ValueError):
        ascii_name(host)
