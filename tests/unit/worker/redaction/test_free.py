"""Free text is shown without the values of secret-looking names, in each notation."""

from __future__ import annotations

import pytest

from phloem.redaction import scrub


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("mysql -u ann --password geheim db", "mysql -u ann --password [redacted] db"),
        ("<user>ann</user><password>geheim</password>", "<user>ann</user><password>[redacted]</password>"),
        ('<Token kind="x">geheim</Token>', '<Token kind="x">[redacted]</Token>'),
        ("'token' => 'geheim', 'a' => 1", "'token' => [redacted], 'a' => 1"),
        ("os.environ['DB_PASS'] = 'geheim'", "os.environ['DB_PASS'] = [redacted]"),
        ("user[password]=geheim&user[name]=ann", "user[password]=[redacted]&user[name]=ann"),
        ("to=https%3A%2F%2Fx%2F%3Fkey%3Dgeheim", "to=https%3A%2F%2Fx%2F%3Fkey%3D[redacted]"),
        ('def connect(password: str = "geheim"):', "def connect(password: [redacted]):"),
        ("tokens=[('a', 'geheim'), ('b]', 'geheim')], n=1", "tokens=[redacted], n=1"),
        ("Cookie: a=geheim; b=geheim\nAccept: x", "Cookie: [redacted]\nAccept: x"),
        (
            "it sent 'Cookie: a=geheim' to <Host token='geheim'>",
            "it sent 'Cookie: [redacted]' to <Host token=[redacted]>",
        ),
        ("Cookie: a=geheim <Host token='ge heim'>, 'b'", "Cookie: [redacted]'b'"),
        ("curl -H 'Authorization: Bearer abcdefgh1', then", "curl -H 'Authorization: [redacted], then"),
        ('Authorization: Digest user="a", response="geheim"\nX', "Authorization: [redacted]\nX"),
        ("https://s3/x?X-Amz-Signature=geheim&X-Amz-Date=1", "https://s3/x?X-Amz-Signature=[redacted]&X-Amz-Date=1"),
        ("https://blob/x?sv=1&sig=ge%2Fheim%3D", "https://blob/x?sv=1&sig=[redacted]"),
        (
            "headers=[('x-api-key', 'geheim'), (b'token', b'ge heim')]",
            "headers=[('x-api-key', [redacted]), (b'token', [redacted])]",
        ),
        ("OrderedDict([('password', ['geheim', 1]), ('a', 1)])", "OrderedDict([('password', [redacted]), ('a', 1)])"),
        ("run(['mysql', '--password', 'geheim', 'db'])", "run(['mysql', '--password', [redacted], 'db'])"),
        ("password=b'ge heim'", "password=[redacted]"),
        ("PIN: 1234, otp=5678", "PIN: [redacted], otp=[redacted]"),
        ("İ password=geheim", "İ password=[redacted]"),
    ],
)
def test_the_value_of_a_secret_name_is_replaced(said: str, shown: str) -> None:
    assert scrub(said) == shown
    assert scrub(shown) == shown


@pytest.mark.parametrize(
    "said",
    [
        *("passengers: 12, compass=north, pinned=yes", "mapping: a=b", "the --token", "a < key > b", "<key/>text"),
        *("design: done", "step 1: inside=3", "low_pass=3"),
    ],
)
def test_other_names_keep_their_values(said: str) -> None:
    assert scrub(said) == said


def test_a_short_secret_is_replaced_where_it_is_a_word_by_itself() -> None:
    assert scrub("with 1234, of 12345 at x1234", ["1234"]) == "with [redacted], of 12345 at x1234"


def test_what_is_known_for_a_secret_hides_no_name_of_another() -> None:
    assert scrub("token-a: x, at token-a", ["token-a"]) == "[redacted]: [redacted], at [redacted]"


def test_what_is_known_for_a_secret_is_replaced_wherever_it_stands() -> None:
    assert scrub("ann said hunter2 twice: hunter2!", ["hunter2"]) == "ann said [redacted] twice: [redacted]!"
