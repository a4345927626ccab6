"""`kiosk doctor` on devices: opens each that the configuration names, tests it, lets it go.

Beside a running agent nothing of its is touched: a serial port has one owner and says so, and what is reached
over a network is left alone (a second driver would empty the agent's printer, or hang up its dialogue).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.device import Device
from drivers.document_printer import DocumentPrinter
from drivers.payment_terminal import PaymentTerminal
from drivers.receipt_printer import BadProfile, ReceiptPrinter, load_profile
from drivers.smart_card import SmartCardReader
from kiosk import heard
from kiosk.aids import keypad, speaker
from kiosk.attached import code_scanner, printer_line
from kiosk.card_readers import card_reader
from kiosk.commands.check import Check
from kiosk.config import Config
from kiosk.config_devices import (
    EscposNetwork,
    EscposSerial,
    EscposUsb,
    IppPrinter,
    KeypadEvdev,
    PcscReader,
    PosTcp,
    ScannerHidPos,
    ScannerSerial,
    SdtHid,
    SdtSerial,
    SdtUsb,
    Simulated,
    SpeakerAlsa,
    TouchEgalax,
    TouchElo,
    TouchEvdev,
    TouchMicrotouch,
)
from kiosk.config_gpio import DoorOnGpio, LightsOnGpio
from kiosk.gpio_lines import door_switch, status_lights
from kiosk.touch_panel import touchscreen
from kiosk.unclaimed import Unclaimed, unclaimed
from offline_cache.files import is_held

OPEN_SECONDS = 6.0
TAKEN = frozenset({"port-busy", "no-port", "line-busy"})
"""Conditions of a port or line that is there and cannot be opened: the running agent has it."""

UNPROVEN = frozenset({"listening", "unconfirmed", "busy"})
"""Conditions that tell neither that the device works nor that it does not: a port that was opened and cannot
show what is at its other end, a sound that nobody is known to have heard, a card that another plays on."""

MOST_UNCLAIMED = 20
"""Devices that are told one by one."""

STOP_FIRST = "stop the agent, then look again"
MAY_NOT = "add the user to the port's group (dialout, or lp for a USB printer), or correct the udev rule"
Make = Callable[[Callable[[Any], None]], Device]
"""Makes a driver from its listener."""


def check_devices(config: Config, root: Path = Path("/")) -> list[Check]:
    """One check a device, and one for each that is plugged in below `root` and that nothing claims."""
    devices = config.devices
    running = is_held(config.store.path / "outbox.db")
    return [
        _reader(devices.id_card),
        _receipts(devices.receipt_printer, running=running),
        _certificates(devices.document_printer, running=running),
        _bank_cards(devices.payment_terminal, running=running),
        _chip_cards(devices.smart_card),
        _codes(devices.code_scanner),
        _camera(there=devices.camera is not None),
        _door(devices.door),
        _lights(devices.lights),
        *_unclaimed(*unclaimed(devices, root)),
        _touches(devices.touchscreen),
        _keys(devices.keypad),
        _sound(devices.speaker, config.store.path),
    ]


def _unclaimed(found: list[Unclaimed], plugged: int) -> list[Check]:
    what = "plugged in"
    checks = [Check(what, "unknown", str(each), each.remedy) for each in found[:MOST_UNCLAIMED]]
    if rest := found[MOST_UNCLAIMED:]:
        checks.append(Check(what, "unknown", f"{len(rest)} more that nothing claims", "see `lsusb -t`"))
    if plugged and not checks:
        checks.append(Check(what, "good", f"{plugged} on USB and serial ports, each of them configured"))
    return checks


def _reader(spec: SdtSerial | SdtUsb | SdtHid | Simulated | None) -> Check:
    what = "ID card reader"
    if spec is None:
        return _absent(what, "id_card")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    port = spec.port if isinstance(spec, SdtSerial) else None
    return _test(what, lambda changed: card_reader(spec, changed), port=port)


def _receipts(spec: EscposSerial | EscposNetwork | EscposUsb | Simulated | None, *, running: bool) -> Check:
    what = "receipt printer"
    if spec is None:
        return _absent(what, "receipt_printer")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    if running and isinstance(spec, EscposNetwork):  # a second connection would empty it in mid-receipt
        return Check(what, "unknown", "the running agent has it", STOP_FIRST)
    try:
        profile = load_profile(spec.profile)
        transport = printer_line(spec)
    except (BadProfile, ValueError) as error:
        return Check(what, "bad", str(error), "correct the configuration")
    return _test(
        what,
        lambda changed: ReceiptPrinter(transport=transport, profile=profile, listener=changed),
        port="" if isinstance(spec, EscposNetwork) else spec.port,
    )


def _certificates(spec: IppPrinter | Simulated | None, *, running: bool) -> Check:
    what = "A4 printer"
    if spec is None:
        return _absent(what, "document_printer")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    if running:
        return Check(what, "unknown", "the running agent has it", STOP_FIRST)
    return _test(
        what,
        lambda changed: DocumentPrinter(host=spec.host, port=spec.port, path=spec.path, listener=changed),
    )


def _bank_cards(spec: PosTcp | Simulated | None, *, running: bool) -> Check:
    what = "bank card terminal"
    if spec is None:
        return _absent(what, "payment_terminal")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    if running:
        return Check(what, "unknown", "the running agent has it", STOP_FIRST)
    return _test(what, lambda changed: PaymentTerminal(host=spec.host, port=spec.port, listener=changed))


def _chip_cards(spec: PcscReader | Simulated | None) -> Check:
    """Beside a running agent too: pcscd has many clients, and no card is touched."""
    what = "smart card reader"
    if spec is None:
        return _absent(what, "smart_card")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    return _test(
        what, lambda changed: SmartCardReader(reader=spec.reader, python=spec.python, listener=changed)
    )


def _codes(spec: ScannerSerial | ScannerHidPos | Simulated | None) -> Check:
    what = "code scanner"
    if spec is None:
        return _absent(what, "code_scanner")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    return _test(what, lambda changed: code_scanner(spec, changed, time.monotonic), port=spec.port)


def _camera(*, there: bool) -> Check:
    if not there:
        return _absent("camera", "camera")
    return Check("camera", "unknown", "the browser has it", "begin an item that takes a picture")


def _door(spec: DoorOnGpio | Simulated | None) -> Check:
    what = "door switch"
    if spec is None:
        return _absent(what, "door")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    return _test(what, lambda changed: door_switch(spec, changed), port=None)


def _lights(spec: LightsOnGpio | Simulated | None) -> Check:
    what = "lights"
    if spec is None:
        return _absent(what, "lights")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    return _test(what, lambda changed: status_lights(spec, changed), port=None)


def _touches(spec: TouchEvdev | TouchElo | TouchMicrotouch | TouchEgalax | Simulated | None) -> Check:
    """Beside a running agent too: an input device has many listeners, and a serial line has one."""
    what = "touchscreen"
    if spec is None:
        return _absent(what, "touchscreen")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    return _test(what, lambda changed: touchscreen(spec, changed, time.monotonic), port=spec.port)


def _keys(spec: KeypadEvdev | Simulated | None) -> Check:
    """No key has to be pressed."""
    what = "keypad"
    if spec is None:
        return _absent(what, "keypad")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)
    return _test(what, lambda changed: keypad(spec, changed, time.monotonic), port=spec.port)


def _sound(spec: SpeakerAlsa | Simulated | None, store: Path) -> Check:
    """Three tones, also beside a running agent: whoever is at the terminal hears them."""
    what = "loudspeaker"
    if spec is None:
        return _absent(what, "speaker")
    if isinstance(spec, Simulated):
        return _simulated(what, spec)

    def made(changed: Callable[[Any], None]) -> Device:
        device = speaker(spec, changed, time.monotonic)
        device.heard(heard.answered(store, spec.device))
        return device

    return _test(what, made)


def _absent(what: str, table: str) -> Check:
    return Check(what, "unknown", "not configured", f"name it under [devices.{table}] if there is one")


def _simulated(what: str, spec: Simulated) -> Check:
    how = "in memory" if spec.fidelity == "memory" else "byte by byte"
    return Check(
        what, "unknown", f"simulated {how}: there is no device", "the agent's log names its control socket"
    )


def _test(what: str, make: Make, *, port: str | None = "") -> Check:
    """Open, wait until something is known, test, close.

    `port` is a serial line's: the agent may have it; None is USB or GPIO, which say so themselves.
    """
    heard = threading.Event()
    device = make(lambda _: heard.set())
    device.open()
    try:
        heard.wait(OPEN_SECONDS)
        outcome = device.self_test()
        health = device.health()
    finally:
        device.close()
    facts = ", ".join(f"{name} {value}" for name, value in outcome.facts)
    found = f"{outcome.summary}" + (f" ({facts})" if facts else "")
    if health.condition in UNPROVEN:
        return Check(what, "unknown", found, health.remedy)
    if outcome.passed:
        return Check(what, "good", found, health.remedy)
    if health.condition in TAKEN and port and Path(port).exists() and not _may_open(port):
        return Check(what, "bad", f"{port} may not be opened", MAY_NOT)
    if health.condition in TAKEN and (port is None or (port and Path(port).exists())):
        return Check(what, "unknown", "another program has the port", STOP_FIRST)
    return Check(what, "bad", f"{found}; {health.cause}".rstrip("; "), health.remedy)


def _may_open(port: str) -> bool:
    """Whether this user may; a driver may not tell that from a port that another has."""
    return os.access(port, os.R_OK | os.W_OK)
