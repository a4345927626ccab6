"""The configuration: an error for every mistake, with key, line and remedy."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from kiosk.config import Config, ConfigError, load
from kiosk.config_devices import (
    EscposNetwork,
    EscposSerial,
    EscposUsb,
    KeypadEvdev,
    PcscReader,
    SdtHid,
    SdtSerial,
    SdtUsb,
)
from kiosk.config_gpio import DoorOnGpio, LightsOnGpio
from kiosk.credential import Credential

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
    assert isinstance(config.devices.id_card, SdtSerial)
    assert config.devices.id_card.baudrate == 9600
    assert config.visit.idle_seconds == 60


def test_the_driver_decides_what_a_device_table_holds(tmp_path: Path) -> None:
    text = GOOD.replace(
        'driver = "escpos-serial"\nport = "/dev/ttyS2"', 'driver = "escpos-network"\nhost = "192.0.2.9"'
    )
    printer = read(tmp_path, text).devices.receipt_printer
    assert printer == EscposNetwork(host="192.0.2.9", port=9100)


def printer_on_usb(port: str) -> str:
    usb = f'driver = "escpos-usb"\nport = "{port}"'
    return GOOD.replace('driver = "escpos-serial"\nport = "/dev/ttyS2"', usb)


def test_a_printer_on_usb_is_named_by_the_path_of_its_node(tmp_path: Path) -> None:
    printer = read(tmp_path, printer_on_usb("/dev/usb/receipt-printer")).devices.receipt_printer
    assert printer == EscposUsb(port="/dev/usb/receipt-printer")
    for wrong in ("lp0", "04b8:0202", ""):
        found = mistakes(tmp_path, printer_on_usb(wrong))
        assert "/dev/usb/receipt-printer" in found["devices.receipt_printer.port"][1]


def test_a_printer_is_named_by_its_address_not_by_a_name(tmp_path: Path) -> None:
    network = 'driver = "escpos-network"\nhost = "printer.local"'
    found = mistakes(tmp_path, GOOD.replace('driver = "escpos-serial"\nport = "/dev/ttyS2"', network))
    assert "192.0.2.7" in found["devices.receipt_printer.host"][1]


POS = '\n[devices.payment_terminal]\ndriver = "pos-tcp"\nhost = "HOST"\nport = 9420\n'


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_card_terminals_service_runs_on_this_machine(tmp_path: Path, host: str) -> None:
    assert read(tmp_path, GOOD + POS.replace("HOST", host)).devices.payment_terminal is not None


def test_a_card_terminal_over_the_network_is_refused_for_its_lines_are_plain(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD + POS.replace("HOST", "192.0.2.9"))
    assert "127.0.0.1" in found["devices.payment_terminal.host"][1]


def on_usb(tag: str, *lines: str, demo: bool = False) -> str:
    """With a reader on USB; `lines` are its settings."""
    serial = 'driver = "sdt-serial"\nport = "/dev/ttyS1"\nbaudrate = 9600'
    text = GOOD.replace(serial, "\n".join((f'driver = "{tag}"', *lines)))
    return text.replace("[web]", "demo = true\n\n[web]") if demo else text


@pytest.mark.parametrize(("tag", "kind"), [("sdt-usb", SdtUsb), ("sdt-hid", SdtHid)])
def test_a_reader_on_usb_is_named_by_its_port_or_number_or_not_at_all(
    tmp_path: Path, tag: str, kind: type[SdtUsb | SdtHid]
) -> None:
    assert read(tmp_path, on_usb(tag)).devices.id_card == kind()
    named = read(tmp_path, on_usb(tag, 'usb_path = "1-2.3"', 'serial_number = "A 1"')).devices.id_card
    assert named == kind(usb_path="1-2.3", serial_number="A 1")


@pytest.mark.parametrize("path", ["", "1", "1-", "1-2.", "usb1-2", "1-2:1.0", "/dev/bus/usb/001/002"])
def test_what_is_no_usb_path_is_told_with_an_example(tmp_path: Path, path: str) -> None:
    found = mistakes(tmp_path, on_usb("sdt-usb", f'usb_path = "{path}"'))
    assert "1-2.3" in found["devices.id_card.usb_path"][1]


def test_a_simulated_reader_is_for_the_demo_only(tmp_path: Path) -> None:
    simulated = 'simulator = "usb.sock"'
    [(key, (_, remedy))] = mistakes(tmp_path, on_usb("sdt-usb", simulated)).items()
    assert (key, "demo = true" in remedy) == ("devices.id_card.simulator", True)
    shown = read(tmp_path, on_usb("sdt-usb", simulated, demo=True)).devices.id_card
    assert shown == SdtUsb(simulator=tmp_path / "usb.sock")


def test_a_build_without_simulators_refuses_a_simulated_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.config_devices.SIMULATED_BUS", "drivers.id_card.no_simulator.usb_backend")
    found = mistakes(tmp_path, on_usb("sdt-usb", 'simulator = "usb.sock"', demo=True))
    assert {key: remedy for key, (_, remedy) in found.items()} == {"devices.id_card.simulator": "take it out"}


SCANNER = '\n[devices.code_scanner]\ndriver = "DRIVER"\nport = "PORT"\n'


@pytest.mark.parametrize(
    ("driver", "port"), [("scanner-serial", "/dev/ttyS3"), ("scanner-hidpos", "/dev/code-scanner")]
)
def test_a_scanner_is_a_serial_module_or_a_hid_pos_device(tmp_path: Path, driver: str, port: str) -> None:
    text = GOOD + SCANNER.replace("DRIVER", driver).replace("PORT", port)
    assert read(tmp_path, text).devices.code_scanner is not None


def test_a_scanner_that_is_a_keyboard_has_no_name(tmp_path: Path) -> None:
    text = GOOD + SCANNER.replace("DRIVER", "keyboard").replace("PORT", "/dev/input/event0")
    assert "scanner-serial" in mistakes(tmp_path, text)["devices.code_scanner.driver"][1]


def test_a_smart_card_reader_needs_no_more_than_its_driver(tmp_path: Path) -> None:
    reader = read(tmp_path, GOOD + '\n[devices.smart_card]\ndriver = "pcsc"\n').devices.smart_card
    assert reader == PcscReader(reader=None, python=Path("/usr/bin/python3"))


TOUCH = '\n[devices.touchscreen]\ndriver = "DRIVER"\nport = "PORT"\n'


@pytest.mark.parametrize(
    ("driver", "port"),
    [
        ("touch-evdev", "/dev/input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event"),
        ("touch-evdev", "/dev/input/by-id/usb-eGalax_Inc._Touch-event"),
        ("touch-elo", "/dev/ttyS1"),
        ("touch-microtouch", "/dev/ttyS1"),
        ("touch-egalax", "/dev/ttyS1"),
    ],
)
def test_a_touchscreen_is_an_input_device_or_a_serial_controller(
    tmp_path: Path, driver: str, port: str
) -> None:
    text = GOOD + TOUCH.replace("DRIVER", driver).replace("PORT", port)
    assert read(tmp_path, text).devices.touchscreen is not None


@pytest.mark.parametrize("port", ["/dev/input/event3", "/dev/ttyS1", "/dev/input/by-path/a b"])
def test_an_input_device_is_named_by_a_link_that_stays(tmp_path: Path, port: str) -> None:
    text = GOOD + TOUCH.replace("DRIVER", "touch-evdev").replace("PORT", port)
    assert "by-path" in mistakes(tmp_path, text)["devices.touchscreen.port"][1]


PAD = '\n[devices.keypad]\ndriver = "keypad-evdev"\n'
BY_PATH = 'port = "/dev/input/by-path/pci-0000:00:14.0-usb-0:5:1.0-event-kbd"\n'


def test_a_keypad_needs_no_more_than_its_port(tmp_path: Path) -> None:
    pad = read(tmp_path, GOOD + PAD + BY_PATH).devices.keypad
    assert isinstance(pad, KeypadEvdev)
    assert {press: names[0] for press, names in pad.keys.items()} == {
        "previous": "KEY_LEFT",
        "next": "KEY_RIGHT",
        "select": "KEY_ENTER",
        "help": "KEY_HELP",
    }


@pytest.mark.parametrize(
    ("lines", "setting", "word"),
    [
        ("", "port", "is missing"),
        (BY_PATH + 'select = ["KEY_ENTRE"]\n', "select", "KEY_ENTRE is no key"),
        (BY_PATH + 'select = ["KEY_LEFT"]\n', "select", "KEY_LEFT stands under previous"),
        (BY_PATH + "help = []\n", "help", ""),
        (BY_PATH + 'help = ["help"]\n', "help", ""),
        ('port = "event3"\n', "port", ""),
        ('port = "/dev/input/event3"\n', "port", "event3"),
    ],
)
def test_a_mistake_about_keys_is_told_at_its_setting(
    tmp_path: Path, lines: str, setting: str, word: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD + PAD + lines)
    [mistake] = caught.value.mistakes
    assert mistake.key.startswith(f"devices.keypad.{setting}")
    assert word in mistake.why
    assert mistake.remedy


@pytest.mark.parametrize("port", ["/dev/keypad", "/dev/input/by-id/usb-Pad-event-kbd", "/dev/input/pad"])
def test_a_keypad_is_named_by_any_link_that_stays(tmp_path: Path, port: str) -> None:
    assert read(tmp_path, f'{GOOD}{PAD}port = "{port}"\n').devices.keypad is not None


def test_a_simulated_keypad_is_for_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = PAD + 'simulator = "pad.sock"\n'
    assert set(mistakes(tmp_path, GOOD + simulated)) == {"devices.keypad.simulator"}
    demo = (GOOD + simulated).replace("[terminal]\n", "[terminal]\ndemo = true\n", 1)
    pad = read(tmp_path, demo).devices.keypad
    assert isinstance(pad, KeypadEvdev)
    assert pad.simulator == tmp_path / "pad.sock"
    monkeypatch.setattr("kiosk.config_devices.SIMULATED_PAD", "drivers.keypad.no_simulator.node")
    assert set(mistakes(tmp_path, demo)) == {"devices.keypad.simulator"}


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


SIGNED = GOOD.replace('signer = "none"', 'signer = "hmac-sm3"\nsecret_file = "secret.txt"\nkey_id = "tj-hp"')
ADAPTED = GOOD.replace(
    "[devices.id_card]",
    """[gateway.adapters."household.migration-spouse"]
driver = "police-migration"
url = "https://police.example/zagl"
ca_file = "police.pem"
licence_file = "secret.txt"

[devices.id_card]""",
)


def with_secret(folder: Path, data: bytes = b"0123456789abcdef\n", mode: int = 0o600) -> Path:
    (folder / "secret.txt").write_bytes(data)
    (folder / "secret.txt").chmod(mode)
    return folder


class TestSigner:
    """[gateway] signer, and what each needs."""

    def test_a_shared_secret_is_named_and_not_kept(self, tmp_path: Path) -> None:
        gateway = read(with_secret(tmp_path), SIGNED).gateway
        assert (gateway.signer, gateway.secret_file, gateway.key_id) == (
            "hmac-sm3",
            tmp_path / "secret.txt",
            "tj-hp",
        )
        assert "0123456789abcdef" not in repr(gateway)

    @pytest.mark.parametrize("signer", ["hmac-sha256", "hmac-sm3", "x-tif"])
    def test_what_a_signer_lacks_is_told_together(self, tmp_path: Path, signer: str) -> None:
        text = GOOD.replace('signer = "none"', f'signer = "{signer}"')
        found = mistakes(tmp_path, text)
        assert set(found) == {"gateway.secret_file", "gateway.key_id"}
        assert {line for line, _ in found.values()} == {line_of(text, "[gateway]")}
        assert found["gateway.key_id"][1] == "add it under [gateway]: the id that the gateway gave"

    def test_message_signatures_need_nothing_or_both(self, tmp_path: Path) -> None:
        own = GOOD.replace('signer = "none"', 'signer = "rfc9421"')
        assert read(tmp_path, own).gateway.secret_file is None
        half = own.replace('"rfc9421"', '"rfc9421"\nkey_id = "tj-hp"')
        assert "the terminal's own key" in mistakes(tmp_path, half)["gateway.secret_file"][1]

    def test_a_secret_that_nobody_uses_is_told(self, tmp_path: Path) -> None:
        text = SIGNED.replace("hmac-sm3", "none")
        found = mistakes(with_secret(tmp_path), text)
        assert found["gateway.secret_file"] == (
            line_of(text, "secret_file"),
            "take it out, or name the signer that uses it",
        )

    def test_an_unknown_signer_is_told_with_the_known_ones(self, tmp_path: Path) -> None:
        found = mistakes(tmp_path, GOOD.replace('signer = "none"', 'signer = "hmac-md5"'))
        assert "'hmac-sm3'" in found["gateway.signer"][1]

    @pytest.mark.parametrize(
        ("data", "mode", "remedy"),
        [
            (b"short", 0o600, "16 to 1024 bytes"),
            (b"x" * 1025, 0o600, "16 to 1024 bytes"),
            (b"0123456789abcdef", 0o644, "chmod 600"),
        ],
    )
    def test_a_secret_that_cannot_be_used_is_told_with_its_line(
        self, tmp_path: Path, data: bytes, mode: int, remedy: str
    ) -> None:
        line, told = mistakes(with_secret(tmp_path, data, mode), SIGNED)["gateway.secret_file"]
        assert line == line_of(SIGNED, "secret_file")
        assert remedy in told
        assert data.decode() not in told

    def test_a_secret_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        assert "mode 0600" in mistakes(tmp_path, SIGNED)["gateway.secret_file"][1]
        text = SIGNED.replace('"secret.txt"', "3")
        told = mistakes(tmp_path, text)["gateway.secret_file"][1]
        assert told == 'write a path as text, or "credential:NAME" for what systemd hands over'

    def test_a_credential_is_named_and_not_looked_for_outside_of_its_unit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = SIGNED.replace('"secret.txt"', '"credential:gateway"').replace(
            '"key.pem"', '"credential:terminal-key"'
        )
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        config = read(tmp_path, text)
        assert config.gateway.secret_file == Credential("gateway")
        assert config.identity.key_file == Credential("terminal-key")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        assert "LoadCredentialEncrypted=gateway:" in mistakes(tmp_path, text)["gateway.secret_file"][1]
        with_secret(tmp_path).joinpath("secret.txt").rename(tmp_path / "gateway")
        assert read(tmp_path, text).gateway.secret_file == Credential("gateway")

    @pytest.mark.parametrize("name", ["", "a b", "../key", ".key", "a/b", "x" * 65, "名"])
    def test_a_credential_has_a_name_that_systemd_takes(self, tmp_path: Path, name: str) -> None:
        found = mistakes(tmp_path, GOOD.replace('"key.pem"', f'"credential:{name}"'))
        assert "the name that the unit gives it" in found["identity.key_file"][1]

    @pytest.mark.parametrize("key_id", ["a b", "", "x" * 129])
    def test_a_key_id_is_one_word(self, tmp_path: Path, key_id: str) -> None:
        text = SIGNED.replace('"tj-hp"', f'"{key_id}"')
        assert "without spaces" in mistakes(with_secret(tmp_path), text)["gateway.key_id"][1]


class TestAdapters:
    """[gateway.adapters."item"]."""

    def test_an_item_is_named_by_its_code(self, tmp_path: Path) -> None:
        adapters = read(with_secret(tmp_path), ADAPTED).gateway.adapters
        one = adapters["household.migration-spouse"]
        assert (one.url, one.ca_file, one.licence_file) == (
            "https://police.example/zagl",
            tmp_path / "police.pem",
            tmp_path / "secret.txt",
        )

    def test_every_mistake_of_an_adapter_has_its_line(self, tmp_path: Path) -> None:
        text = ADAPTED.replace("https://police", "http://police").replace('ca_file = "police.pem"\n', "")
        found = mistakes(tmp_path, text)
        where = "gateway.adapters.household.migration-spouse"
        assert set(found) == {f"{where}.url", f"{where}.ca_file", f"{where}.licence_file"}
        assert found[f"{where}.url"][0] == line_of(text, "http://police")
        assert found[f"{where}.ca_file"][0] == line_of(text, "[gateway.adapters")
        assert found[f"{where}.licence_file"][0] == line_of(text, "licence_file")

    def test_an_unknown_driver_is_told_with_the_one_that_was_meant(self, tmp_path: Path) -> None:
        text = ADAPTED.replace("police-migration", "police-migratoin")
        found = mistakes(with_secret(tmp_path), text)
        line, remedy = found["gateway.adapters.household.migration-spouse.driver"]
        assert (line, remedy) == (line_of(text, "migratoin"), "did you mean `police-migration`?")

    def test_a_code_without_quotes_is_told(self, tmp_path: Path) -> None:
        text = ADAPTED.replace('"household.migration-spouse"', "household.migration-spouse")
        assert "quotes included" in mistakes(with_secret(tmp_path), text)["gateway.adapters.household"][1]
        table = GOOD.replace('ca_file = "city.pem"', 'ca_file = "city.pem"\nadapters = 3')
        assert "gateway.adapters" in mistakes(tmp_path, table)


@pytest.mark.parametrize(
    "address",
    [
        "https://gateway.example:99999/v1",
        "https://gateway.example:port/v1",
        "https://:8443/v1",
        "https://[::1/v1",
        "https://user:word@gateway.example/v1",
    ],
)
def test_an_address_that_can_be_nobodys_is_a_mistake_and_no_traceback(address: str, tmp_path: Path) -> None:
    text = GOOD.replace("https://gateway.example/v1", address)
    line, remedy = mistakes(tmp_path, text)["gateway.base_url"]
    assert line == line_of(text, address)
    assert "https" in remedy


@pytest.mark.parametrize("host", ["300.1.1.1", "192.0.2", "::g", "1::2::3"])
def test_a_printers_address_is_one(host: str, tmp_path: Path) -> None:
    text = GOOD.replace(
        'driver = "escpos-serial"\nport = "/dev/ttyS2"', f'driver = "escpos-network"\nhost = "{host}"'
    )
    assert "devices.receipt_printer.host" in mistakes(tmp_path, text)


def test_a_driver_that_is_no_text_is_a_mistake_and_no_traceback(tmp_path: Path) -> None:
    text = GOOD.replace('driver = "sdt-serial"', 'driver = ["sdt-serial"]')
    assert "devices.id_card.driver" in mistakes(tmp_path, text)


DOOR = '\n[devices.door]\ndriver = "gpiod"\nchip = "pinctrl"\nline = LINE\n'
LIGHTS = '\n[devices.lights]\ndriver = "gpiod"\nchip = "/dev/gpio-cabinet"\n'


def test_door_and_lights_are_read(tmp_path: Path) -> None:
    text = GOOD + DOOR.replace("LINE", "17") + LIGHTS + 'status = "LAMP"\nhelp = 3\n'
    devices = read(tmp_path, text).devices
    assert devices.door == DoorOnGpio(chip="pinctrl", line=17)
    assert isinstance(devices.lights, LightsOnGpio)
    assert devices.lights.lines == {"status": "LAMP", "help": 3}


@pytest.mark.parametrize("line", ["-1", '""', '" DOOR"', "true", "1.5", "[1]"])
def test_a_line_that_cannot_be_is_told(tmp_path: Path, line: str) -> None:
    found = mistakes(tmp_path, GOOD + DOOR.replace("LINE", line))
    assert list(found) == ["devices.door.line"]
    assert "gpioinfo" in found["devices.door.line"][1]


def test_a_table_of_lights_names_one_and_no_line_twice(tmp_path: Path) -> None:
    assert "devices.lights.status" in mistakes(tmp_path, GOOD + LIGHTS)
    found = mistakes(tmp_path, GOOD + LIGHTS + "status = 3\nreceipt = 3\n")
    assert found["devices.lights.status"][1] == "give each light a line of its own"


@pytest.mark.parametrize(
    ("table", "device"), [(DOOR.replace("LINE", "0"), "door"), (LIGHTS + "status = 0\n", "lights")]
)
def test_a_simulated_chip_is_for_the_demo_and_not_for_a_field_build(
    tmp_path: Path, table: str, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD + table + 'simulator = "gpio.sock"\n'
    [(key, (_, remedy))] = mistakes(tmp_path, text).items()
    assert (key, "demo = true" in remedy) == (f"devices.{device}.simulator", True)
    demo = text.replace("[terminal]\n", "[terminal]\ndemo = true\n")
    assert getattr(read(tmp_path, demo).devices, device).simulator == tmp_path / "gpio.sock"
    monkeypatch.setattr("kiosk.config_gpio.SIMULATED_GPIO", "drivers.gpio.no_simulator.client")
    assert mistakes(tmp_path, demo)[f"devices.{device}.simulator"][1] == "take it out"
