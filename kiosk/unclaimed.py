"""What is plugged in and no table of the configuration claims: what it probably is, and where to name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from drivers.id_card.usb import MIAXIS, SDT
from kiosk.config_devices import Devices, IppPrinter, SdtHid, SdtUsb
from kiosk.plugged import (
    AUDIO,
    HID,
    KEYBOARD,
    MOUSE,
    PRINTER,
    SMART_CARD,
    VIDEO,
    Plugged,
    look,
    node_of,
)

_PORT = "name {port} under the table of the device at its end, such as [devices.id_card]"
_NO_DRIVER = "no driver is for it: take it off where nobody needs it"
_A_PORT = "its port, best by its link in /dev/serial/by-path,"


def _under(*tables: str) -> str:
    """Those of `tables` that this agent has a driver for."""
    found = [f"[devices.{name}]" for name in tables if name in Devices.__struct_fields__]
    return ", ".join(found[:-1]) + (" or " if found[1:] else "") + found[-1]


_KNOWN: Mapping[tuple[int | None, int | None], tuple[str, str]] = {
    (SDT.vendor, SDT.product): (
        "a resident ID card reader",
        'name it under [devices.id_card] with driver = "sdt-usb"',
    ),
    (MIAXIS.vendor, MIAXIS.product): (
        "a MIAXIS ID card reader",
        'name it under [devices.id_card] with driver = "sdt-hid"',
    ),
    (0x1A86, 0x7523): ("a CH340 serial converter", _PORT),
    (0x1A86, 0x5523): ("a CH341 serial converter", _PORT),
    (0x10C4, 0xEA60): ("a CP210x serial converter", _PORT),
    (0x0403, 0x6001): ("an FT232 serial converter", _PORT),
    (0x067B, 0x2303): ("a PL2303 serial converter", _PORT),
}
"""Ids as the vendors' drivers in Linux name them (ch341, cp210x, ftdi_sio, pl2303); the readers' from
protocols/card-readers.md 3."""

_SERIAL = ("a serial port", _PORT)
_BY_KIND: tuple[tuple[Callable[[Plugged], bool], str, str], ...] = (
    (
        lambda each: PRINTER in each.classes,
        "a printer",
        'name it under [devices.receipt_printer] with driver = "escpos-usb", or, an A4 printer, '
        "[devices.document_printer]",
    ),
    (lambda each: SMART_CARD in each.classes, "a smart card reader", "name it under [devices.smart_card]"),
    (lambda each: VIDEO in each.classes, "a camera", "name it under [devices.camera]"),
    (
        lambda each: KEYBOARD in each.interfaces,
        "a keyboard, or a scanner or keypad that is one",
        "take it off, unless it is the terminal's own: set a scanner to HID POS, then name it under "
        + _under("code_scanner", "keypad"),
    ),
    (lambda each: MOUSE in each.interfaces, "a mouse", "take it off: citizens are served here"),
    (
        lambda each: HID in each.classes,
        "a touchscreen, a scanner or a keypad",
        "name it under " + _under("touchscreen", "code_scanner", "keypad"),
    ),
    (
        lambda each: AUDIO in each.classes,
        "a loudspeaker or a headset",
        "name it under " + _under("speaker") if "speaker" in Devices.__struct_fields__ else _NO_DRIVER,
    ),
    (lambda each: any(node.startswith("tty") for node in each.nodes), *_SERIAL),
)
"""By what its interfaces are; the first that fits."""
_UNKNOWN = ("nothing that is known here", _NO_DRIVER)

_ALL_OF: Mapping[str, int] = {"smart_card": SMART_CARD, "camera": VIDEO, "speaker": AUDIO}
"""Tables that claim every device of a class: who drives these finds them by itself."""
_MODELS: Mapping[type, tuple[int, int]] = {
    SdtUsb: (SDT.vendor, SDT.product),
    SdtHid: (MIAXIS.vendor, MIAXIS.product),
}


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A device that nothing claims; `probably` and `remedy` are for the technician."""

    device: Plugged
    probably: str
    remedy: str

    def __str__(self) -> str:
        """One line, without the remedy."""
        device = self.device
        name = " ".join(filter(None, (device.path, device.ids if device.path else "", device.words)))
        nodes = f" ({', '.join(device.nodes)})" if device.nodes else ""
        return f"{name}{nodes}: probably {self.probably}".lstrip()


@dataclass(slots=True)
class _Claims:
    """What a configuration names, by each way in which it can."""

    nodes: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    serial_numbers: set[str] = field(default_factory=set)
    models: set[tuple[int, int]] = field(default_factory=set)
    classes: set[int] = field(default_factory=set)

    def has(self, device: Plugged) -> bool:
        """Whether it names `device`; by one of its nodes, it names the whole."""
        return (
            bool(self.nodes.intersection(device.nodes))
            or device.path in self.paths
            or device.serial_number in self.serial_numbers
            or (device.vendor, device.product) in self.models
            or bool(self.classes & device.classes)
        )


def unclaimed(devices: Devices, root: Path = Path("/")) -> tuple[list[Unclaimed], int]:
    """What no table of `devices` claims of all that is plugged in below `root`; and how much that is."""
    claims = _claims(devices, root)
    found = look(root)
    return [Unclaimed(each, *_guess(each)) for each in found if not claims.has(each)], len(found)


def _claims(devices: Devices, root: Path) -> _Claims:
    """Any setting of a device that is a path in /dev claims the node there."""
    claims = _Claims()
    for name, spec in _tables(devices):
        settings = {key: getattr(spec, key) for key in spec.__struct_fields__}
        claims.nodes |= {
            node_of(root, str(each)) for each in settings.values() if str(each).startswith("/dev/")
        }
        claims.paths |= {each for each in (settings.get("usb_path"),) if each}
        claims.serial_numbers |= {each for each in (settings.get("serial_number"),) if each}
        named = settings.get("usb_path") or settings.get("serial_number") or settings.get("simulator")
        if not named and type(spec) in _MODELS:
            claims.models.add(_MODELS[type(spec)])
        if name in _ALL_OF:
            claims.classes.add(_ALL_OF[name])
        if isinstance(spec, IppPrinter) and ip_address(spec.host).is_loopback:
            claims.classes.add(PRINTER)  # a CUPS here has it
    return claims


def _tables(devices: Devices) -> Iterator[tuple[str, Any]]:
    for name in devices.__struct_fields__:
        spec = getattr(devices, name)
        if spec is not None and name not in devices.simulated:
            yield name, spec


def _guess(device: Plugged) -> tuple[str, str]:
    """What it probably is, and what to do."""
    by_kind = ((what, remedy) for fits, what, remedy in _BY_KIND if fits(device))
    what, remedy = _KNOWN.get((device.vendor, device.product)) or next(by_kind, _UNKNOWN)
    return what, remedy.replace("{port}", device.port or _A_PORT)
