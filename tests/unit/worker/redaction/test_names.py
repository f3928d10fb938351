"""A name is judged by its words."""

from __future__ import annotations

import pytest

from phloem.redaction import is_secret
from phloem.redaction.names import LAST, PAIRS, STEMS, WITHIN, WORDS


@pytest.mark.parametrize(
    "name",
    [
        *("pass", "userPass", "smtp_pass", "DB_PASS", "pin", "pin_code", "userPin", "PIN", "pin-2", "otp", "otp_code"),
        *("totpSecret", "cvv", "cvv2", "cardCvc", "jwt", "id_jwt", "AWSAccessKeyId", "aws_access_key_id", "accessKey"),
        *("PHPSESSID", "JSESSIONID", "ASP.NET_SessionId", "session_key", "sessId", "sid", "connect.sid", "csrftoken"),
        *("XSRF-TOKEN", "Set-Cookie", "Proxy-Authorization", "X-Auth", "oauth", "authCode", "code_verifier"),
        *("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "sig", "hmac", "passWord", "pass_phrase"),
        *("user[password]", "api-key-2", "password1", "SSHKey", "seed_phrase", "cardNumber", "mysqlpwd_pwd", "psk"),
        *("Kennwort", "passwort", "db.creds", "smtpPw"),
    ],
)
def test_a_name_with_the_word_of_a_secret_is_one(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "pinned",
            "pinboard",
            "mapping",
            "spin",
            "passenger",
            "passengers",
            "compass",
            "passive",
            "bypass",
            "passage",
        ),
        *("low_pass", "first_pass", "pass_count", "passed", "opinion", "side", "sidebar", "inside", "design", "assign"),
        *("signed", "signal", "optional", "option", "keyboard", "monkey", "turkey", "author", "authors", "authority"),
        *(
            "tokenizer",
            "tokenise",
            "secretary",
            "sessions",
            "session",
            "hotpot",
            "cvvs",
            "jwtless",
            "stopwatch",
            "pwned",
        ),
        *("code", "number", "phrase", "card", "", "_", "..."),
    ],
)
def test_a_name_that_only_sounds_like_one_is_none(name: str) -> None:
    assert not is_secret(name)


def test_texts_are_searched_for_a_part_of_every_name_in_the_tables() -> None:
    named = {*WITHIN, *WORDS, *LAST, *("_".join(pair) for pair in PAIRS)}
    assert all(map(is_secret, named))
    assert all(any(stem in name for stem in STEMS) for name in named)
