"""The server's settings: what is taken, what is refused and in which words."""

from pathlib import Path

import pytest

from phloem.settings import SettingError
from phloem_server.settings import Config


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
        ("PHLOEM_RABBITMQ_MANAGEMENT_URL", "amqp://guest:guest@localhost"),
        ("PHLOEM_ORIGINS", "*"),
        ("PHLOEM_ORIGINS", "null"),
        ("PHLOEM_ORIGINS", "example.com"),
        ("PHLOEM_ORIGINS", "https://example.com/path"),
        ("PHLOEM_ORIGINS", "https://a.example ftp://b.example"),
        ("PHLOEM_PASSWORD", "   "),
        ("PHLOEM_PASSWORD", "line\nline"),
        ("PHLOEM_TRUSTED_PROXIES", "proxy.example"),
        ("PHLOEM_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PHLOEM_UPLOAD_LIMIT", "50MB"),
        ("REDIS_URL", "http://localhost"),
    ],
)
def test_nonsense_is_refused_in_one_line_that_names_the_variable(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{variable} is .*; it may hold ") as refusal:
        read(tmp_path, **{variable: value})
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "phloem.example", "[::]"])
def test_it_is_known_whether_others_reach_an_address_and_whether_people_are_asked(tmp_path: Path, host: str) -> None:
    found = read(tmp_path, HOST=host)
    assert (found.host, found.is_local, found.is_protected) == (host.strip("[]"), False, False)
    assert read(tmp_path, HOST=host, PHLOEM_PASSWORD="open sesame").is_protected
    assert read(tmp_path).is_local


@pytest.mark.parametrize("password", ["x", "seven77", "aaaaaaaa", "121212121212"])
def test_an_address_that_others_reach_needs_a_password_that_is_not_soon_guessed(tmp_path: Path, password: str) -> None:
    with pytest.raises(SettingError, match=r"^PHLOEM_PASSWORD is '\*\*\*'; it may hold at least 8 characters"):
        read(tmp_path, HOST="0.0.0.0", PHLOEM_PASSWORD=password)
    assert read(tmp_path, HOST="127.0.0.1", PHLOEM_PASSWORD=password).password == password


def test_trusted_proxies_are_addresses_and_networks(tmp_path: Path) -> None:
    found = read(tmp_path, PHLOEM_TRUSTED_PROXIES="127.0.0.1, ::1 10.0.0.0/8").trusted_proxies
    assert [str(each) for each in found] == ["127.0.0.1/32", "::1/128", "10.0.0.0/8"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_an_address_of_the_loopback_needs_no_password(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, HOST=host).host == host.strip("[]")


def test_origins_come_in_one_spelling_whatever_separates_them(tmp_path: Path) -> None:
    text = "https://A.example:443, http://b.example:80\thttp://c.example:8080  https://a.example"
    config = read(tmp_path, PHLOEM_ORIGINS=text)
    assert config.origins == ("https://a.example", "http://b.example", "http://c.example:8080")
    ports = {("a.example", 443), ("b.example", 80), ("c.example", 8080)}
    assert config.names == {*ports, ("127.0.0.1", 8000), *((host, None) for host, _ in ports), ("127.0.0.1", None)}


def test_a_management_api_is_named_by_its_address_and_there_is_none_by_default(tmp_path: Path) -> None:
    url = "https://ann:geheim@rabbitmq.example/manage"
    assert read(tmp_path, PHLOEM_RABBITMQ_MANAGEMENT_URL=url).management_url == url
    assert read(tmp_path).management_url is None
    with pytest.raises(SettingError) as refusal:
        read(tmp_path, PHLOEM_RABBITMQ_MANAGEMENT_URL=f"{url} twice")
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize("variable", ["PHLOEM_PASSWORD", "PHLOEM_SECRET_KEY"])
def test_a_refused_secret_is_never_printed(tmp_path: Path, variable: str) -> None:
    with pytest.raises(SettingError) as refusal:
        read(tmp_path, **{"PHLOEM_PASSWORD": "right", variable: "hush\x07"})
    assert "hush" not in str(refusal.value)


def test_a_secret_key_is_taken_and_none_is_made(tmp_path: Path) -> None:
    key = "k" * 32
    assert read(tmp_path, PHLOEM_SECRET_KEY=key).secret_key == key
    assert read(tmp_path, PHLOEM_PASSWORD="right").secret_key == ""
