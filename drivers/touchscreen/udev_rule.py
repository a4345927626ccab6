"""The udev rule that keeps a calibration matrix for libinput, written whole or not at all.

udev(7): keys of a rule, and patterns in what they match. libinput: LIBINPUT_CALIBRATION_MATRIX.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from drivers.touchscreen.calibration import IDENTITY, Affine

_MATRIX = re.compile(r'ENV\{LIBINPUT_CALIBRATION_MATRIX\}="([^"]*)"')
_HEAD = "# Written by `kiosk touchscreen calibrate`; the next calibration begins from it.\n"


class BadPort(ValueError):  # noqa: N818 - reads as what it is
    """A device that no rule can name."""


def by_link(port: str) -> str:
    """What matches the input device with this link under /dev. A bare node has another number after the next
    start, and raises BadPort."""
    name = port.removeprefix("/dev/")
    if not re.fullmatch(r"input/by-(path|id)/[^\"\\\x00-\x20]+", name):
        raise BadPort(f"{port} is no link under /dev/input/by-path or /dev/input/by-id")
    plain = re.sub(r"([*?[|])", r"[\1]", name)
    return f'SYMLINK=="{plain}"'


def by_name(name: str) -> str:
    """What matches the input device that the kernel gives this name; of a serial controller behind
    `inputattach`."""
    return f'ATTRS{{name}}=="{name}"'


def rule(matches: str, matrix: Affine) -> str:
    """The rule's file. Its number is to lie behind 60, where udev makes the links."""
    numbers = " ".join(f"{each:.9f}" for each in matrix)
    return (
        f'{_HEAD}ACTION!="remove", SUBSYSTEM=="input", KERNEL=="event*", {matches}, '
        f'ENV{{LIBINPUT_CALIBRATION_MATRIX}}="{numbers}"\n'
    )


def matrix_in(file: Path) -> Affine:
    """The matrix that `file` holds; without a file, the one that changes nothing. Raises OSError, and
    ValueError for a file that this did not write."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return IDENTITY
    found = _MATRIX.findall(text)
    numbers = [float(each) for each in found[0].split()] if len(found) == 1 else []
    if not text.startswith(_HEAD) or len(numbers) != len(IDENTITY) or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{file} is no rule of a calibration")
    return Affine(*numbers)


def write(file: Path, text: str) -> None:
    """Put `text` there, on the disk before it has the name; whoever reads has the old file or the new. Raises
    OSError."""
    draft = file.with_name(f".{file.name}.new")
    handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
