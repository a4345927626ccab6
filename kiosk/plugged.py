"""What is plugged into the machine: USB devices with their nodes, and serial ports, as the kernel tells them.

Read from the files of sysfs and the names in /dev below a folder, nothing is opened or asked. What a device
says of itself may be anything: it is bounded, and its control characters are taken out.
"""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

MOST_ENTRIES = 4096
"""Of one folder; no machine has as many."""
_LONGEST_FILE = 256
"""A USB string has 126 characters at most."""
_LONGEST_WORDS = 60
_LONGEST_SERIAL = 126

HUB, AUDIO, HID, PRINTER, SMART_CARD, VIDEO = 0x09, 0x01, 0x03, 0x07, 0x0B, 0x0E
"""Classes (USB-IF, Defined Class Codes)."""
KEYBOARD, MOUSE = (HID, 1, 1), (HID, 1, 2)
"""Interfaces with a boot protocol (HID 1.11, 4.3)."""
Interface = tuple[int, int, int]
"""Class, subclass, protocol."""

_DEVICE = re.compile(r"[0-9]{1,4}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}")
"""Bus and ports (kernel: Documentation/ABI/stable/sysfs-bus-usb); the root hubs are usb1, usb2."""
_INTERFACE = re.compile(rf"({_DEVICE.pattern}):[0-9]+\.[0-9]+")
_NODES = re.compile(r"(ttyUSB|ttyACM|lp|hidraw|video|event)[0-9]{1,5}")
_NODE_CLASSES = ("tty", "usbmisc", "hidraw", "video4linux", "input")
_BY_PATH = "dev/serial/by-path"
_PORTS = re.compile(r"tty(USB|ACM)[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Plugged:
    """A USB device, or (`path` is empty) a serial port of which sysfs tells no device.

    `path` is bus and ports, ``1-2.3``; `vendor` and `product` are None where they cannot be read; `nodes` are
    the names of its nodes: ``ttyUSB0``, ``lp0``, ``hidraw1``, ``video0``, ``event3``.
    """

    path: str
    vendor: int | None = None
    product: int | None = None
    words: str = ""
    serial_number: str = ""
    interfaces: frozenset[Interface] = frozenset()
    nodes: tuple[str, ...] = ()
    port: str = ""
    """The name of its serial port that stays the same after replugging, where udev has made one."""

    @property
    def classes(self) -> frozenset[int]:
        """Of its interfaces."""
        return frozenset(each[0] for each in self.interfaces)

    @property
    def ids(self) -> str:
        """Vendor and product as `lsusb` shows them."""
        return ":".join("????" if each is None else f"{each:04x}" for each in (self.vendor, self.product))


def look(root: Path = Path("/")) -> list[Plugged]:
    """Everything on USB that is no hub, by its path, then serial ports that are on none."""
    tree = root / "sys/bus/usb/devices"
    names = _names(tree)
    nodes = _nodes(root)
    links = {node_of(root, f"{_BY_PATH}/{name}"): name for name in _names(root / _BY_PATH)}
    interfaces: dict[str, set[Interface]] = {}
    for name in names:
        if found := _INTERFACE.fullmatch(name):
            interfaces.setdefault(found[1], set()).add(_interface(tree / name))
    devices = [
        _device(tree / name, frozenset(interfaces.get(name, ())), tuple(nodes.get(name, ())), links)
        for name in names
        if _DEVICE.fullmatch(name) and _number(tree / name / "bDeviceClass") != HUB
    ]
    known = {node for each in nodes.values() for node in each}
    ports = [name for name in _names(root / "dev") if _PORTS.fullmatch(name) and name not in known]
    return devices + [Plugged("", nodes=(name,), port=_port((name,), links)) for name in ports]


def node_of(root: Path, port: str) -> str:
    """The node's name behind `port`, which may be a link such as ``/dev/serial/by-path/...``."""
    place = root / port.lstrip("/")
    for _ in range(8):  # links to links; never for ever
        try:
            there = place.readlink()
        except (OSError, ValueError):
            break
        place = root / str(there).lstrip("/") if there.is_absolute() else place.parent / there
    return place.name


def shown(text: str, longest: int = _LONGEST_WORDS) -> str:
    """`text` without control characters (marks of direction too), in one line, cut to `longest`."""
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    words = " ".join(plain.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _device(
    place: Path, interfaces: frozenset[Interface], nodes: tuple[str, ...], links: Mapping[str, str]
) -> Plugged:
    return Plugged(
        path=place.name,
        vendor=_number(place / "idVendor"),
        product=_number(place / "idProduct"),
        words=shown(f"{_text(place / 'manufacturer')} {_text(place / 'product')}"),
        serial_number=shown(_text(place / "serial"), _LONGEST_SERIAL),
        interfaces=interfaces,
        nodes=nodes,
        port=_port(nodes, links),
    )


def _port(nodes: tuple[str, ...], links: Mapping[str, str]) -> str:
    """`links` are the names under /dev/serial/by-path, by the node that each stands for."""
    return next((f"/{_BY_PATH}/{shown(links[node], 120)}" for node in nodes if node in links), "")


def _interface(place: Path) -> Interface:
    names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
    # What cannot be read is no class that means anything: 00 is of no interface.
    first, second, third = (_number(place / name) or 0 for name in names)
    return first, second, third


def _nodes(root: Path) -> dict[str, list[str]]:
    """The nodes of each USB device: each entry of a class is a link into the folder of its interface."""
    found: dict[str, list[str]] = {}
    for kind in _NODE_CLASSES:
        folder = root / "sys/class" / kind
        for name in _names(folder):
            if not _NODES.fullmatch(name):
                continue
            inside = [match[1] for part in _parts(folder / name) if (match := _INTERFACE.fullmatch(part))]
            if inside:
                found.setdefault(inside[-1], []).append(name)  # the last: a device behind hubs
    return found


def _parts(link: Path) -> tuple[str, ...]:
    try:
        return link.resolve(strict=True).parts
    except (OSError, RuntimeError):  # a link to nothing, or in a circle
        return ()


def _names(folder: Path) -> list[str]:
    """Of what lies in `folder`, in order; the first `MOST_ENTRIES`."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return sorted(islice(_plain(entries), MOST_ENTRIES))
    return []


def _plain(entries: Iterator[os.DirEntry[str]]) -> Iterator[str]:
    return (entry.name for entry in entries)


def _text(file: Path) -> str:
    """The begin of `file`; empty where there is none."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        return os.read(handle, _LONGEST_FILE).decode("utf-8", "replace")
    except OSError:  # a device that went away meanwhile, or a folder
        return ""
    finally:
        os.close(handle)


def _number(file: Path) -> int | None:
    """Up to four hexadecimal digits; None where there are none."""
    text = _text(file).strip()
    return int(text, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", text) else None
