"""The name in a Content-Disposition header, as browsers read it."""

from __future__ import annotations

import pytest

from phloem.jobs.download.file_name import file_name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=\"EURO.txt\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt"),
        ("attachment; filename*=UTF-8''%e2%82%ac.txt; filename=\"EURO.txt\"", "€.txt"),
        ("attachment; FileName* = utf-8'en'na%C3%AFve.txt", "naïve.txt"),
        ("attachment; filename*=iso-8859-1''%A3.txt", "£.txt"),
        ("attachment; filename*=UTF-8''%ff.txt; filename=plain.txt", "plain.txt"),
        ("attachment; filename*=klingon''x; filename=plain.txt", "plain.txt"),
        ("attachment; filename*=no-quotes; filename=plain.txt", "plain.txt"),
        ('attachment; filename="小説 größe.txt"', "小説 größe.txt"),
        ("attachment; filename=my report.txt", "my report.txt"),
        ("attachment; filename=my report.txt ; size=5", "my report.txt"),
        ('attachment; filename="a;b.txt"', "a;b.txt"),
        (r'attachment; filename="a \"quoted\" name.txt"', 'a "quoted" name.txt'),
        (r'attachment; filename="C:\folder\file.txt"', r"C:\folder\file.txt"),
        ('attachment; title="; filename=other.txt"; filename=right.txt', "right.txt"),
        ("filename=plain.txt", "plain.txt"),
        ("attachment; filename=first.txt; filename=second.txt", "first.txt"),
        ("inline", None),
        ("attachment; filename=", None),
        ('attachment; filename=""', None),
        ("attachment; myfilename=x", None),
        ("", None),
    ],
)
def test_the_name_is_the_one_that_a_browser_takes(disposition: str, name: str | None) -> None:
    assert file_name(disposition) == name
