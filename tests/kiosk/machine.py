"""A machine's /sys and /dev in a folder, laid out as Linux lays them out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

CONTROLLER = "devices/pci0000:00/0000:00:14.0"
_CLASS_OF = {"lp": "usbmisc", "hidraw": "hidraw", "video": "video4linux", "event": "input"}


class Machine:
    """Nothing is plugged in but a root hub."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bus = root / "sys/bus/usb/devices"
        self._bus.mkdir(parents=True)
        (root / "dev/serial/by-path").mkdir(parents=True)
        self.plug("usb1", 0x1D6B, 0x0002, (0x09, 0, 0), device_class=0x09, product="xHCI Host Controller")

    def plug(
        self,
        path: str,
        vendor: int,
        product_id: int,
        *interfaces: tuple[int, int, int],
        nodes: Sequence[str] = (),
        device_class: int = 0,
        manufacturer: str = "",
        product: str = "",
        serial: str = "",
    ) -> Path:
        """A device; `nodes` belong to its first interface. Answers its folder."""
        folder = self.root / "sys" / CONTROLLER / "/".join(_way(path))
        folder.mkdir(parents=True)
        _write(folder, idVendor=f"{vendor:04x}", idProduct=f"{product_id:04x}")
        _write(folder, bDeviceClass=f"{device_class:02x}", manufacturer=manufacturer)
        _write(folder, product=product, serial=serial)
        self._link(self._bus / path, folder)
        name = "1-0" if path == "usb1" else path
        for number, (kind, subclass, protocol) in enumerate(interfaces):
            inside = folder / f"{name}:1.{number}"
            inside.mkdir()
            _write(inside, bInterfaceClass=f"{kind:02x}", bInterfaceSubClass=f"{subclass:02x}")
            _write(inside, bInterfaceProtocol=f"{protocol:02x}")
            self._link(self._bus / inside.name, inside)
        for node in nodes:
            self._node(folder / f"{name}:1.0", node)
        return folder

    def port(self, node: str) -> str:
        """udev's name of a serial port."""
        name = f"pci-0000:00:14.0-{node}-port0"
        (self.root / "dev/serial/by-path" / name).symlink_to(f"../../{node}")
        return f"/dev/serial/by-path/{name}"

    def link(self, name: str, node: str) -> str:
        """A udev rule's name of a node."""
        (self.root / "dev" / name).symlink_to(node)
        return f"/dev/{name}"

    def _node(self, interface: Path, node: str) -> None:
        kind = next((each for begin, each in _CLASS_OF.items() if node.startswith(begin)), "tty")
        folder = interface / kind / node
        folder.mkdir(parents=True)
        place = self.root / "sys/class" / kind
        place.mkdir(parents=True, exist_ok=True)
        self._link(place / node, folder)
        (self.root / "dev" / node).touch()

    def _link(self, link: Path, target: Path) -> None:
        link.symlink_to(os.path.relpath(target, link.parent))


def _way(path: str) -> list[str]:
    """``1-2.3`` lies in ``usb1/1-2/1-2.3``."""
    if path == "usb1":
        return ["usb1"]
    bus, ports = path.split("-")
    steps = ports.split(".")
    return [f"usb{bus}", *(f"{bus}-{'.'.join(steps[: number + 1])}" for number in range(len(steps)))]


def _write(folder: Path, **files: str) -> None:
    """The kernel has no file for a text that a device has not."""
    for name, text in files.items():
        if text:
            (folder / name).write_text(text + "\n", encoding="utf-8")
