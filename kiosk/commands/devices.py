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
from kiosk.attached import code_scanner, keypad, speaker, to_printer
from kiosk.card_readers import card_reader
from kiosk.commands.check import Check
from kiosk.config import (
    Config,
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
    SpeakerAlsa,
)
from offline_cache.files import is_held

OPEN_SECONDS = 6.0
TAKEN = frozenset({"port-busy", "no-port"})
"""Conditions of a port that is there and cannot be opened: the running agent has it."""

UNPROVEN = frozenset({"listening", "unconfirmed", "busy"})
"""Conditions that tell neither that the device works nor that it does not: a port that was opened and cannot
show what is at its other end, a sound that nobody is known to have heard, a card that another plays on."""

STOP_FIRST = "stop the agent, then look again"
MAY_NOT = "add the user to the port's group (dialout, or lp for a USB printer), or correct the udev rule"
Make = Callable[[Callable[[Any], None]], Device]
"""Makes a driver from its listener."""


def check_devices(config: Config) -> list[Check]:
    """One check a device."""
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
        _keys(devices.keypad),
        _sound(devices.speaker, config.store.path),
    ]


def _reader(spec: SdtSerial | SdtUsb | SdtHid | None) -> Check:
    what = "ID card reader"
    if spec is None:
        return _absent(what, "id_card")
    port = spec.port if isinstance(spec, SdtSerial) else None
    return _test(what, lambda changed: card_reader(spec, changed), port=port)


def _receipts(spec: EscposSerial | EscposNetwork | EscposUsb | None, *, running: bool) -> Check:
    what = "receipt printer"
    if spec is None:
        return _absent(what, "receipt_printer")
    if running and isinstance(spec, EscposNetwork):  # a second connection would empty it in mid-receipt
        return Check(what, "unknown", "the running agent has it", STOP_FIRST)
    try:
        profile = load_profile(spec.profile)
        transport = to_printer(spec)
    except (BadProfile, ValueError) as error:
        return Check(what, "bad", str(error), "correct the configuration")
    return _test(
        what,
        lambda changed: ReceiptPrinter(transport=transport, profile=profile, listener=changed),
        port="" if isinstance(spec, EscposNetwork) else spec.port,
    )


def _certificates(spec: IppPrinter | None, *, running: bool) -> Check:
    what = "A4 printer"
    if spec is None:
        return _absent(what, "document_printer")
    if running:
        return Check(what, "unknown", "the running agent has it", STOP_FIRST)
    return _test(
        what,
        lambda changed: DocumentPrinter(host=spec.host, port=spec.port, path=spec.path, listener=changed),
    )


def _bank_cards(spec: PosTcp | None, *, running: bool) -> Check:
    what = "bank card terminal"
    if spec is None:
        return _absent(what, "payment_terminal")
    if running:
        return Check(what, "unknown", "the running agent has it", STOP_FIRST)
    return _test(what, lambda changed: PaymentTerminal(host=spec.host, port=spec.port, listener=changed))


def _chip_cards(spec: PcscReader | None) -> Check:
    """Beside a running agent too: pcscd has many clients, and no card is touched."""
    what = "smart card reader"
    if spec is None:
        return _absent(what, "smart_card")
    return _test(
        what, lambda changed: SmartCardReader(reader=spec.reader, python=spec.python, listener=changed)
    )


def _codes(spec: ScannerSerial | ScannerHidPos | None) -> Check:
    what = "code scanner"
    if spec is None:
        return _absent(what, "code_scanner")
    return _test(what, lambda changed: code_scanner(spec, changed, time.monotonic), port=spec.port)


def _camera(*, there: bool) -> Check:
    if not there:
        return _absent("camera", "camera")
    return Check("camera", "unknown", "the browser has it", "begin an item that takes a picture")


def _keys(spec: KeypadEvdev | None) -> Check:
    """No key has to be pressed."""
    what = "keypad"
    if spec is None:
        return _absent(what, "keypad")
    return _test(what, lambda changed: keypad(spec, changed, time.monotonic), port=spec.port or "")


def _sound(spec: SpeakerAlsa | None, store: Path) -> Check:
    """Three tones, also beside a running agent: whoever is at the terminal hears them."""
    what = "loudspeaker"
    if spec is None:
        return _absent(what, "speaker")

    def made(changed: Callable[[Any], None]) -> Device:
        device = speaker(spec, changed, time.monotonic)
        device.heard(heard.answered(store, spec.device))
        return device

    return _test(what, made)


def _absent(what: str, table: str) -> Check:
    return Check(what, "unknown", "not configured", f"name it under [devices.{table}] if there is one")


def _test(what: str, make: Make, *, port: str | None = "") -> Check:
    """Open, wait until something is known, test, close.

    `port` is a serial line's: the agent may have it; None is USB, which says itself whether somebody has it.
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
