"""The configuration: an error for every mistake, with key, line and remedy."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from kiosk.config import Config, ConfigError, EscposNetwork, EscposSerial, load

GOOD = """\
[terminal]
id = "tj-hp-0001"
name = "和平区政务服务大厅"

[web]
port = 8600

[identity]
issuer = "https://id.example"
client_id = "tj-hp-0001"
key_file = "key.pem"
ca_file = "/etc/ssl/city.pem"

[gateway]
base_url = "https://gateway.example/v1"
signer = "none"
ca_file = "city.pem"

[devices.id_card]
driver = "sdt-serial"
port = "/dev/ttyS1"
baudrate = 9600

[devices.receipt_printer]
driver = "escpos-serial"
port = "/dev/ttyS2"

[store]
path = "store"
"""


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "terminal.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def mistakes(tmp_path: Path, text: str) -> dict[str, tuple[int, str]]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return {each.key: (each.line, each.remedy) for each in caught.value.mistakes}


def line_of(text: str, needle: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if needle in line)


def test_a_good_file_is_read_with_paths_beside_it(tmp_path: Path) -> None:
    config = read(tmp_path, GOOD)
    assert config.identity.key_file == tmp_path / "key.pem"
    assert config.identity.ca_file == Path("/etc/ssl/city.pem")
    assert isinstance(config.devices.receipt_printer, EscposSerial)
    assert config.devices.id_card is not None
    assert config.devices.id_card.baudrate == 9600
    assert config.visit.idle_seconds == 60


def test_the_driver_decides_what_a_device_table_holds(tmp_path: Path) -> None:
    text = GOOD.replace(
        'driver = "escpos-serial"\nport = "/dev/ttyS2"', 'driver = "escpos-network"\nhost = "192.0.2.9"'
    )
    printer = read(tmp_path, text).devices.receipt_printer
    assert printer == EscposNetwork(host="192.0.2.9", port=9100)


def test_a_printer_is_named_by_its_address_not_by_a_name(tmp_path: Path) -> None:
    network = 'driver = "escpos-network"\nhost = "printer.local"'
    found = mistakes(tmp_path, GOOD.replace('driver = "escpos-serial"\nport = "/dev/ttyS2"', network))
    assert "192.0.2.7" in found["devices.receipt_printer.host"][1]


def with_profile(name: str) -> str:
    return GOOD.replace('port = "/dev/ttyS2"', f'port = "/dev/ttyS2"\nprofile = "{name}"')


def test_an_unknown_profile_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    text = with_profile("epson-80mm-gb1803")
    found = mistakes(tmp_path, text)
    line, remedy = found["devices.receipt_printer.profile"]
    assert (line, remedy) == (line_of(text, "profile"), "did you mean `epson-80mm-gb18030`?")


def test_a_profile_of_ones_own_lies_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    shipped = files("drivers.receipt_printer.profiles") / "generic-58mm-gb18030.toml"
    own.write_text(shipped.read_text("utf-8"), encoding="utf-8")
    monkeypatch.chdir("/")
    printer = read(tmp_path, with_profile("own.toml")).devices.receipt_printer
    assert isinstance(printer, EscposSerial)
    assert printer.profile == str(own)
    own.write_text("title = 3\n", encoding="utf-8")
    assert "devices.receipt_printer.profile" in mistakes(tmp_path, with_profile("own.toml"))
    assert "devices.receipt_printer.profile" in mistakes(tmp_path, with_profile("none.toml"))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace('name = "和平区政务服务大厅"', 'nmae = "x"')
        .replace("port = 8600", "port = 99999")
        .replace('issuer = "https://id.example"', 'issuer = "http://id.example"')
        .replace('driver = "sdt-serial"', 'driver = "sdt-serail"')
        .replace("[store]", "[stroe]")
    )
    found = mistakes(tmp_path, text)
    assert found["terminal.nmae"] == (line_of(text, "nmae"), "did you mean `name`?")
    assert found["terminal.name"][1].startswith("add it under [terminal]")
    assert found["web.port"][0] == line_of(text, "99999")
    assert "https only" in found["identity.issuer"][1]
    assert found["devices.id_card.driver"] == (line_of(text, "sdt-serail"), "did you mean `sdt-serial`?")
    assert found["stroe"] == (line_of(text, "[stroe]"), "did you mean `store`?")
    assert found["store"][1] == "add a table [store]"


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("baudrate = 9600", 'baudrate = "9600"', "devices.id_card.baudrate"),
        ("baudrate = 9600", "baudrate = 12345", "devices.id_card.baudrate"),
        ("baudrate = 9600", "baudrate = true", "devices.id_card.baudrate"),
        ('id = "tj-hp-0001"', 'id = "x y"', "terminal.id"),
        ('key_file = "key.pem"', "key_file = 7", "identity.key_file"),
        ('signer = "none"', 'signer = "hmac"', "gateway.signer"),
        ("port = 8600", 'host = "0.0.0.0"', "web.host"),
        ('path = "store"', 'path = ""', "store.path"),
        ('port = "/dev/ttyS1"', 'port = ""', "devices.id_card.port"),
        ('port = "/dev/ttyS2"', 'port = ""', "devices.receipt_printer.port"),
        ('port = "/dev/ttyS2"', 'port = "/dev/ttyS2"\nprofile = 7', "devices.receipt_printer.profile"),
        ("[web]", "[visit]\nwarning_seconds = 5\n[web]", "visit.warning_seconds"),
        ("[web]\nport = 8600", "web = 3", "terminal.web"),
    ],
)
def test_one_mistake(tmp_path: Path, before: str, after: str, key: str) -> None:
    assert key in mistakes(tmp_path, GOOD.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after", "key", "remedy"),
    [
        ("port = 8600", "port = = 1", "web.port", "straight quotes"),
        ("port = 8600", "port = 8600 8601", "web.port", "one setting a line"),
        ("port = 8600", "port = 8600\nport = 8601", "web.port", "each key once"),
        ("port = 8600", "port ＝ 8600", "TOML", "write `key = value`"),
        ('path = "store"', 'path = "store"\n[web]', "web", "each table once"),
        ('"和平区政务服务大厅"', "和平区政务服务大厅", "terminal.name", "straight quotes"),
        ('"和平区政务服务大厅"', "“和平区政务服务大厅”", "terminal.name", "straight quotes"),
        ('"和平区政务服务大厅"', '"和平区政务服务大厅', "terminal.name", "close the quotes"),
        ('"key.pem"', r'"C:\keys\key.pem"', "identity.key_file", "single quotes"),
        ("port = 8600", "port = 2026-02-30", "web.port", "docs/settings.md"),
    ],
)
def test_broken_toml_is_told_with_its_place_and_a_remedy(
    tmp_path: Path, before: str, after: str, key: str, remedy: str
) -> None:
    text = GOOD.replace(before, after, 1)
    [(found, (line, told))] = mistakes(tmp_path, text).items()
    assert (found, remedy in told) == (key, True), told
    assert line == text[: text.index(after) + len(after)].count("\n") + 1


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('driver = "sdt-serial"', 'driver = ["sdt-serial"]', "devices.id_card.driver"),
        ('path = "store"', r'path = "a\u0000b"', "store.path"),
        ('client_id = "tj-hp-0001"', r'client_id = "tj-hp-0001\n"', "identity.client_id"),
        ('issuer = "https://id.example"', 'issuer = "https://id.example:99999"', "identity.issuer"),
        ('issuer = "https://id.example"', 'issuer = "https://[id.example"', "identity.issuer"),
        ('port = "/dev/ttyS2"', 'host = "999.1.1.1"', "devices.receipt_printer.host"),
        ('port = "/dev/ttyS2"', 'host = "192.0.2.9"\nport = 0', "devices.receipt_printer.port"),
    ],
)
def test_what_looks_right_and_cannot_be_is_told(tmp_path: Path, before: str, after: str, key: str) -> None:
    text = GOOD.replace(before, after)
    if "host" in after:
        text = text.replace("escpos-serial", "escpos-network")
    assert list(mistakes(tmp_path, text)) == [key]


def test_a_pattern_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is 'x y' → 3 to 40 letters, digits and hyphens$"):
        read(tmp_path, GOOD.replace('id = "tj-hp-0001"', 'id = "x y"'))


def test_a_byte_order_mark_and_another_systems_line_ends_are_no_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load(path) == read(tmp_path, GOOD)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_another_encoding_is_told_with_the_remedy(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "terminal.toml"
    path.write_bytes(GOOD.encode(encoding))
    with pytest.raises(ConfigError) as caught:
        load(path)
    [mistake] = caught.value.mistakes
    assert mistake.line == (line_of(GOOD, "name =") if encoding == "gb18030" else 1)
    assert mistake.remedy == "save it as UTF-8"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path / "nothing.toml")


def test_a_mistake_reads_like_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD.replace("signer", "singer"))
    assert re.search(
        r"line 16: gateway.singer: is not a setting → did you mean `signer`\?", str(caught.value)
    )
