"""The udev rule that keeps a calibration matrix for libinput, and the matrix that is in force.

udev(7): keys of a rule, and patterns in what they match. libinput: LIBINPUT_CALIBRATION_MATRIX, read when the
device is added.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
from pathlib import Path

from drivers.touchscreen.calibration import IDENTITY, Affine

HEAD = "# Written by `kiosk touchscreen calibrate`.\n"
_PROPERTY = "LIBINPUT_CALIBRATION_MATRIX"
_DATABASE = Path("/run/udev/data")


class BadPort(ValueError):  # noqa: N818 - reads as what it is
    """A device that no rule can name."""


def rule(port: str, matrix: Affine) -> str:
    """The rule's file, for the input device with this link under /dev/input. Its number is to lie behind 60,
    where udev makes the links. A bare node has another number after the next start, and raises BadPort."""
    name = port.removeprefix("/dev/")
    if not re.fullmatch(r"input/by-(path|id)/[^\"\\\x00-\x20]+", name):
        raise BadPort(f"{port} is no link under /dev/input/by-path or /dev/input/by-id")
    plain = re.sub(r"([*?[|])", r"[\1]", name)
    numbers = " ".join(f"{each:.9f}" for each in matrix)
    return (
        f'{HEAD}ACTION!="remove", SUBSYSTEM=="input", KERNEL=="event*", SYMLINK=="{plain}", '
        f'ENV{{{_PROPERTY}}}="{numbers}"\n'
    )


def in_force(port: str, database: Path = _DATABASE) -> Affine:
    """The matrix that udev gave the device when it was plugged in; without one, that which changes nothing.

    Raises OSError where there is no such device, ValueError for a matrix that is none.
    """
    device = os.stat(port).st_rdev  # noqa: PTH116 - a link of udev's
    try:
        told = (database / f"c{os.major(device)}:{os.minor(device)}").read_text(encoding="utf-8")
    except FileNotFoundError:
        return IDENTITY
    for line in told.splitlines():
        if line.startswith(f"E:{_PROPERTY}="):
            return _matrix(line.partition("=")[2])
    return IDENTITY


def is_ours(file: Path) -> bool:
    """Whether the rule may be written there: nothing is there, or an earlier one. Raises OSError."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").startswith(HEAD)
    except FileNotFoundError:
        return True


def write(file: Path, text: str) -> None:
    """Put `text` there, on the disk before it has the name; whoever reads has the old file or the new. Raises
    OSError."""
    draft = file.with_name(f".{file.name}.new")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            draft.chmod(0o644)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _matrix(words: str) -> Affine:
    numbers = [float(each) for each in words.split()]
    if len(numbers) != len(IDENTITY) or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{_PROPERTY}={words} is no matrix")
    return Affine(*numbers)
