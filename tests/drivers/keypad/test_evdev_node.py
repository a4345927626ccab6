"""The real python-evdev on umockdev's event node, which answers open, ioctl and read as the kernel does."""

from __future__ import annotations

import errno
import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from drivers.keypad import EvdevNode

LEFT, RIGHT, ENTER, F1, LETTER = 105, 106, 28, 59, 30
FOUR = (LEFT, RIGHT, ENTER, F1, LETTER)
NODE = "/dev/input/event5"
DEVICE = """\
P: /devices/virtual/input/input5/event5
N: input/event5
E: DEVNAME=/dev/input/event5
E: SUBSYSTEM=input
E: MAJOR=13
E: MINOR=69
A: dev=13:69

P: /devices/virtual/input/input5
E: SUBSYSTEM=input
A: name=Mocked Pad
"""
_KEY_BYTES = 96
"""KEY_MAX / 8 + 1."""


def bits(codes: Iterable[int], size: int) -> bytes:
    found = bytearray(size)
    for code in codes:
        found[code // 8] |= 1 << (code % 8)
    return bytes(found)


def ioctls(able: Iterable[int], held: Iterable[int]) -> str:
    """What the node answers, as `umockdev-record --ioctl` writes it: name, return value, data."""
    answers = [
        ("EVIOCGVERSION", 0, struct.pack("<i", 0x10001)),
        ("EVIOCGID", 0, struct.pack("<4H", 3, 0x1234, 0x5678, 0x110)),
        ("EVIOCGNAME", 11, b"Mocked Pad\0".ljust(256, b"\0")),
        ("EVIOCGPHYS", 1, bytes(256)),
        ("EVIOCGUNIQ", 1, bytes(256)),
        ("EVIOCGBIT(0)", 4, bits([0, 1, 4], 4)),
        ("EVIOCGBIT(1)", _KEY_BYTES, bits(able, _KEY_BYTES)),
        ("EVIOCGBIT(4)", 1, bits([4], _KEY_BYTES)),
        ("EVIOCGEFFECTS", 0, struct.pack("<i", 0)),
        ("EVIOCGKEY", _KEY_BYTES, bits(held, _KEY_BYTES)),
    ]
    lines = [f"{name} {returned} {data.hex().upper()}" for name, returned, data in answers]
    return "\n".join([f"@DEV {NODE}", *lines]) + "\n"


def moved(*moves: tuple[int, int]) -> str:
    """Key moves 0.15 s apart, each with its SYN_REPORT, as `evemu-record` writes them."""
    lines = []
    for number, (code, value) in enumerate(moves):
        at = f"{number * 0.15:.6f}"
        lines += [f"E: {at} 0001 {code:04x} {value:04d}", f"E: {at} 0000 0000 0000"]
    return "\n".join(lines) + "\n"


def listened(
    folder: Path, events: str, wanted: int, *, able: Iterable[int] = FOUR, held: Iterable[int] = ()
) -> dict[str, Any]:
    """What the driver heard in a child for which `NODE` is there."""
    run = shutil.which("umockdev-run")
    if run is None:
        pytest.fail("needs Debian's umockdev; the set-up installs it: make setup")
    parts = {"device": DEVICE, "ioctl": ioctls(able, held), "events": events}
    for name, text in parts.items():
        (folder / name).write_text(text, encoding="utf-8")
    told = subprocess.run(
        [
            run,
            f"--device={folder / 'device'}",
            f"--ioctl={NODE}={folder / 'ioctl'}",
            f"--evemu-events={NODE}={folder / 'events'}",
            "--",
            sys.executable,
            "-m",
            "tests.drivers.keypad.listening",
            NODE,
            str(wanted),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def test_presses_are_read_through_python_evdev(tmp_path: Path) -> None:
    keys = (RIGHT, RIGHT, LEFT, ENTER, F1)
    told = listened(tmp_path, moved(*((key, value) for key in keys for value in (1, 0))), 5)
    assert told["presses"] == ["next", "next", "previous", "select", "help"]
    assert told["conditions"] == ["ready"]
    assert told["passed"]
    assert ["device", "Mocked Pad"] in told["facts"]


def test_repeats_and_letters_are_not_told(tmp_path: Path) -> None:
    moves = [(RIGHT, 1), (RIGHT, 2), (RIGHT, 2), (RIGHT, 0), (LETTER, 1), (LETTER, 0), (ENTER, 1), (ENTER, 0)]
    told = listened(tmp_path, moved(*moves), 2)
    assert told["presses"] == ["next", "select"]
    assert ["other", "1"] in told["facts"]


def test_a_key_that_the_kernel_says_is_down_is_no_press(tmp_path: Path) -> None:
    told = listened(tmp_path, moved((ENTER, 2), (ENTER, 0), (RIGHT, 1), (RIGHT, 0)), 1, held=(ENTER,))
    assert told["presses"] == ["next"]


def test_a_node_without_the_keys_is_no_keypad(tmp_path: Path) -> None:
    told = listened(tmp_path, moved((LETTER, 1)), 0, able=(LETTER, LEFT, RIGHT))
    assert told["conditions"][0] == "not-a-keypad"
    assert not told["passed"]


def test_what_is_no_event_node_says_so_by_errno(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path, number in ((file, errno.ENOTTY), (tmp_path / "none", errno.ENOENT)):
        node = EvdevNode(str(path))
        with pytest.raises(OSError, match=path.name if number == errno.ENOENT else "ioctl") as caught:
            node.open()
        assert caught.value.errno == number
        node.close()


def test_a_node_that_is_not_open_gives_nothing() -> None:
    node = EvdevNode("/dev/input/event5")
    node.close()
    for ask in (node.read, node.held, node.keys, node.fileno):
        with pytest.raises(OSError, match="not open"):
            ask()


def test_a_node_is_not_grabbed_before_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    grabbed: list[str] = []

    class Device:
        """Any keyboard."""

        def __init__(self, path: str) -> None:
            self.path = path

        def capabilities(self, *, absinfo: bool) -> dict[int, list[int]]:
            return {1: [LETTER]}

        def grab(self) -> None:
            grabbed.append(self.path)

        def close(self) -> None: ...

    monkeypatch.setattr("drivers.keypad.node.InputDevice", Device)
    node = EvdevNode(NODE)
    node.open()
    assert (set(node.keys()), grabbed) == ({LETTER}, [])
    node.grab()
    assert grabbed == [NODE]
    node.close()
