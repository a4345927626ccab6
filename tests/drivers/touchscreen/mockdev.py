"""An input device by umockdev, which is nobody's of ours: python-evdev opens /dev/input/eventN for it.

umockdev stands between a program and the kernel (LD_PRELOAD), so the program is a child of its own. Its
device is a file of udev properties, its ioctls a file of answers, its events one of evemu's.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

needs_umockdev = pytest.mark.skipif(
    shutil.which("umockdev-run") is None, reason="needs Debian's umockdev; make setup installs it"
)

NODE = "/dev/input/event5"
_DEVICE = """\
P: /devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/input/input5/event5
N: input/event5
S: input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event
E: DEVNAME=/dev/input/event5
E: SUBSYSTEM=input
E: ID_INPUT=1
E: ID_INPUT_TOUCHSCREEN=1
A: dev=13:69

P: /devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/input/input5
E: SUBSYSTEM=input
A: name=Mocked Touch
"""
_AXES = {0x00: 4095, 0x01: 2047, 0x2F: 9, 0x35: 4095, 0x36: 2047, 0x39: 65535}
_TEXT, _CODES, _TYPES = 256, 96, 4
"""Bytes that python-evdev asks for: of a name, of the codes of a type, of types and properties."""


def run(folder: Path, program: str, events: str, *, touchscreen: bool = True) -> str:
    """What `program` prints, a Python program in whose world the device is."""
    (folder / "device").write_text(_DEVICE, encoding="utf-8")
    (folder / "ioctl").write_text(_ioctls(touchscreen=touchscreen), encoding="utf-8")
    (folder / "events").write_text(events, encoding="utf-8")
    done = subprocess.run(
        [
            *("umockdev-run", "-d", str(folder / "device"), "-i", f"{NODE}={folder / 'ioctl'}"),
            *("-e", f"{NODE}={folder / 'events'}", "--", sys.executable, "-c", program),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _ioctls(*, touchscreen: bool) -> str:
    axes = _AXES if touchscreen else {}
    key = 0x14A if touchscreen else 30
    lines = [
        f"@DEV {NODE}",
        f"EVIOCGNAME(0) 13 {b'Mocked Touch'.ljust(_TEXT, bytes(1)).hex()}",
        f"EVIOCGID 0 {struct.pack('<4H', 3, 0x0EEF, 1, 0x100).hex()}",
        f"EVIOCGPHYS(0) 1 {bytes(_TEXT).hex()}",
        f"EVIOCGUNIQ(0) 1 {bytes(_TEXT).hex()}",
        "EVIOCGVERSION 0 01000100",
        "EVIOCGEFFECTS 0 00000000",
        f"EVIOCGPROP(0) {_TYPES} {_bits(_TYPES, 1)}",
        f"EVIOCGBIT(0) {_TYPES} {_bits(_TYPES, 0, 1, *([3] if axes else []))}",
        f"EVIOCGBIT(1) {_CODES} {_bits(_CODES, key)}",
    ]
    if axes:
        lines.append(f"EVIOCGBIT(3) 8 {_bits(_CODES, *axes)}")
    lines += [
        f"EVIOCGABS({code}) 0 {struct.pack('<6i', 0, 0, most, 0, 0, 0).hex()}" for code, most in axes.items()
    ]
    return "\n".join(lines).upper().replace(NODE.upper(), NODE) + "\n"


def _bits(size: int, *numbers: int) -> str:
    held = bytearray(size)
    for number in numbers:
        held[number // 8] |= 1 << number % 8
    return held.hex()
