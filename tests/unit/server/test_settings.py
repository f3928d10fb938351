"""The server's settings: what is taken, what is refused and in which words."""

import stat
from pathlib import Path

import pytest

from phloem.settings import SettingError
from phloem_server.settings import Config
from phloem_server.web.secret_key import SECRET_KEY_FILE


def read(folder: Path, **variables: str) -> Config:
    return Config.from_environment({"PHLOEM_DATA_DIR": str(folder), **variables})


def test_without_any_variable_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.host, config.port, config.async_mode) == ("127.0.0.1", 8000, "eventlet")
    assert config.password is None
    assert config.origins == ()


def test_messages_leave_directly_unless_the_plain_way_is_asked_for(tmp_path: Path) -> None:
    assert [read(tmp_path).fanout, read(tmp_path, PHLOEM_FANOUT="plain").fanout] == ["direct", "plain"]


def test_it_takes_ten_thousand_viewers_and_shares_its_port_with_nobody_unless_told_so(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert (config.connections, config.share_port) == (10_000, False)
    config = read(tmp_path, PHLOEM_CONNECTIONS="7", PHLOEM_SHARE_PORT="1")
    assert (config.connections, config.share_port) == (7, True)


def test_workers_are_asked_every_two_seconds_unless_told_otherwise(tmp_path: Path) -> None:
    assert (read(tmp_path).survey_seconds, read(tmp_path, PHLOEM_SURVEY_SECONDS="60").survey_seconds) == (2, 60)


def test_the_settings_shared_with_workers_are_among_them(tmp_path: Path) -> None:
    config = read(tmp_path, PHLOEM_NAMESPACE="blue", PHLOEM_UPLOAD_LIMIT="1000")
    assert (config.namespace, config.upload_limit) == ("blue", 1000)
    assert config.data_dir == tmp_path


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "80 "),
        ("HOST", "no host"),
        ("HOST", "127.0.0.1:80"),
        ("HOST", "http://localhost"),
        ("HOST", "[::1"),
        ("PHLOEM_ASYNC_MODE", "asyncio"),
        ("PHLOEM_FANOUT", "fast"),
        ("PHLOEM_CONNECTIONS", "0"),
        ("PHLOEM_CONNECTIONS", "many"),
        ("PHLOEM_CONNECTIONS", "1000001"),
        ("PHLOEM_SURVEY_SECONDS", "0"),
        ("PHLOEM_SHARE_PORT", "perhaps"),
        ("PHLOEM_ORIGINS", "*"),
        ("PHLOEM_ORIGINS", "null"),
        ("PHLOEM_ORIGINS", "example.com"),
        ("PHLOEM_ORIGINS", "https://example.com/path"),
        ("PHLOEM_ORIGINS", "https://a.example ftp://b.example"),
        ("PHLOEM_PASSWORD", "   "),
        ("PHLOEM_PASSWORD", "line\nline"),
        ("PHLOEM_UPLOAD_LIMIT", "50MB"),
        ("REDIS_URL", "http://localhost"),
    ],
)
def test_nonsense_is_refused_in_one_line_that_names_the_variable(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{variable} is .*; it may hold ") as refusal:
        read(tmp_path, **{variable: value})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "phloem.example", "[::]"])
def test_an_address_that_others_reach_needs_a_password_and_the_refusal_says_so(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingError, match=r"^HOST is .*PHLOEM_PASSWORD is set: PHLOEM_PASSWORD='"):
        read(tmp_path, HOST=host)
    assert read(tmp_path, HOST=host, PHLOEM_PASSWORD="open sesame").host == host.strip("[]")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_an_address_of_the_loopback_needs_no_password(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, HOST=host).host == host.strip("[]")


def test_origins_come_in_one_spelling_whatever_separates_them(tmp_path: Path) -> None:
    text = "https://A.example:443, http://b.example:80\thttp://c.example:8080  https://a.example"
    config = read(tmp_path, PHLOEM_ORIGINS=text)
    assert config.origins == ("https://a.example", "http://b.example", "http://c.example:8080")
    assert {"a.example", "b.example", "c.example"} <= config.hosts


@pytest.mark.parametrize("variable", ["PHLOEM_PASSWORD", "PHLOEM_SECRET_KEY"])
def test_a_refused_secret_is_never_printed(tmp_path: Path, variable: str) -> None:
    with pytest.raises(SettingError) as refusal:
        read(tmp_path, **{"PHLOEM_PASSWORD": "right", variable: "hush\x07"})
    assert "hush" not in str(refusal.value)


def test_without_a_password_no_secret_key_is_made(tmp_path: Path) -> None:
    assert read(tmp_path / "new").secret_key == ""
    assert not (tmp_path / "new").exists()


def test_a_secret_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = read(tmp_path / "new", PHLOEM_PASSWORD="right")
    kept = tmp_path / "new" / SECRET_KEY_FILE
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert read(tmp_path / "new", PHLOEM_PASSWORD="right").secret_key == first.secret_key
    assert [each.name for each in kept.parent.iterdir()] == [SECRET_KEY_FILE]


def test_a_secret_key_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / SECRET_KEY_FILE).write_text("")
    assert len(read(tmp_path, PHLOEM_PASSWORD="right").secret_key) >= 32


def test_a_given_secret_key_is_not_kept(tmp_path: Path) -> None:
    key = "k" * 32
    assert read(tmp_path, PHLOEM_PASSWORD="right", PHLOEM_SECRET_KEY=key).secret_key == key
    assert not (tmp_path / SECRET_KEY_FILE).exists()


def test_a_data_folder_that_cannot_hold_the_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"^PHLOEM_DATA_DIR is "):
        read(tmp_path / "file" / "below", PHLOEM_PASSWORD="right")
