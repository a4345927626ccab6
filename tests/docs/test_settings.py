"""docs/settings.md: every setting, with its default; and the example is a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from kiosk.config import Config, ConfigError, Section, load
from kiosk.config_devices import EscposNetwork, EscposUsb, SdtUsb, TouchElo
from tests.docs.pages import block, read, rows

PAGE = read("settings.md")
EXAMPLE = block(PAGE, "toml", "[terminal]")
NETWORK = block(PAGE, "toml", '[devices.receipt_printer]\ndriver = "escpos-network"')
PRINTER_USB = block(PAGE, "toml", '[devices.receipt_printer]\ndriver = "escpos-usb"')
USB = block(PAGE, "toml", "[devices.id_card]")
BENCH = block(PAGE, "toml", "[devices.touchscreen]")
SIGNED = block(PAGE, "toml", "[gateway]")


def sections(hint: Any) -> list[type[Section]]:
    """The tables that a setting may hold."""
    options = get_args(hint) or (hint,)
    return [each for each in options if isinstance(each, type) and issubclass(each, Section)]


def settings(kind: type[Section], where: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its dotted name, with its default (NODEFAULT where it must be given)."""
    hints = get_type_hints(kind, include_extras=True)
    if kind.__struct_config__.tag_field is not None:
        yield f"{where}.{kind.__struct_config__.tag_field}", kind.__struct_config__.tag
    for field in msgspec.structs.fields(kind):
        name = f"{where}.{field.name}".strip(".")
        inner = sections(hints[field.name])
        for each in inner:
            yield from settings(each, name)
        if not inner:
            yield name, field.default


DECLARED = list(settings(Config))
WRITTEN = rows(PAGE)


def test_every_setting_is_documented_and_no_other() -> None:
    assert len(DECLARED) > 25
    assert {name for name, _ in DECLARED} == set(WRITTEN)


def as_toml(value: Any) -> str:
    """A default as one would write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("name", "default"), DECLARED, ids=[f"{name}={value}" for name, value in DECLARED])
def test_value_and_default_are_those_of_the_code(name: str, default: Any) -> None:
    values, written, meaning = WRITTEN[name]
    assert meaning
    if name.endswith(".driver"):
        assert f"`{default}`" in values
    elif default is msgspec.NODEFAULT:
        assert "–" in written
    else:
        assert f"`{as_toml(default)}`" in written


def test_the_example_loads_and_gives_every_setting(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    config = load(file)
    given = {f"{table}.{key}" for table, key in _keys(EXAMPLE)}
    signed = {f"{table.partition('.adapters')[0]}.{key}" for table, key in _keys(SIGNED)}
    adapter = {f"gateway.adapters.{key}" for table, key in _keys(SIGNED) if ".adapters." in table}
    usb = {f"devices.id_card.{name}" for name in ("usb_path", "serial_number", "simulator")}
    simulated = {name for name in WRITTEN if name.endswith((".fidelity", ".script"))}
    simulated |= {"devices.door.simulator", "devices.lights.simulator", "devices.keypad.simulator"}
    other = {"devices.receipt_printer.host", "devices.touchscreen.baudrate"}
    elsewhere = {*other, "gateway.secret_file", "gateway.key_id", *adapter, *usb}
    assert set(WRITTEN) - given - simulated == elsewhere
    assert elsewhere - adapter - signed - usb == other
    assert config.terminal.id == "tj-hp-0001"


@pytest.mark.parametrize(("table", "kind"), [(NETWORK, EscposNetwork), (PRINTER_USB, EscposUsb)])
def test_a_printer_on_another_line_loads_in_its_place(tmp_path: Path, table: str, kind: type) -> None:
    before, _, after = EXAMPLE.partition("[devices.receipt_printer]")
    file = tmp_path / "terminal.toml"
    file.write_text(before + table + "\n[store]" + after.partition("[store]")[2], encoding="utf-8")
    assert isinstance(load(file).devices.receipt_printer, kind)


def test_the_reader_on_usb_loads_in_its_place(tmp_path: Path) -> None:
    before, _, after = EXAMPLE.partition("[devices.id_card]")
    file = tmp_path / "terminal.toml"
    file.write_text(before + USB + "\n[store]" + after.partition("[store]")[2], encoding="utf-8")
    assert load(file).devices.id_card == SdtUsb(usb_path="1-2.3")


def test_the_signed_gateway_loads_in_its_place(tmp_path: Path) -> None:
    for name in ("gateway-secret.txt", "licence.txt"):
        (tmp_path / name).write_text("0123456789abcdef", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    before, _, after = EXAMPLE.partition("[gateway]")
    file = tmp_path / "terminal.toml"
    file.write_text(
        before + SIGNED + "\n[devices.id_card]" + after.partition("[devices.id_card]")[2], "utf-8"
    )
    gateway = load(file).gateway
    assert (gateway.signer, list(gateway.adapters)) == ("hmac-sm3", ["household.migration-spouse"])


def test_a_touchscreen_on_the_bench_loads_in_its_place(tmp_path: Path) -> None:
    before, _, after = EXAMPLE.partition("[devices.touchscreen]")
    file = tmp_path / "terminal.toml"
    file.write_text(before + BENCH + "\n[store]" + after.partition("[store]")[2], encoding="utf-8")
    assert isinstance(load(file).devices.touchscreen, TouchElo)


def test_the_mistakes_shown_are_those_that_are_told(tmp_path: Path) -> None:
    file = tmp_path / "terminal.toml"
    text = EXAMPLE.replace('id = "tj-hp-0001"  ', 'id = "hp 1"  ').replace("port = 8600", "prot = 8600")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    told = {mistake.key: (mistake.why, mistake.remedy) for mistake in caught.value.mistakes}
    assert set(told) == {"terminal.id", "web.prot"}
    assert all(why in PAGE and remedy in PAGE for why, remedy in told.values())


def _keys(text: str) -> Iterator[tuple[str, str]]:
    table = ""
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        elif "=" in line:
            yield table, line.partition("=")[0].strip()
