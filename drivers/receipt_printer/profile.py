"""What a printer model can do, as data: paper, character set, cutter, how it confirms and is cleared.

A profile is a TOML file in `profiles/`, or any path that ends in ``.toml``. What it says of a printer is from
a source that it names, was found out on the printer itself (`probe`), or is `assumed`: then it is the value
that does least harm where it is wrong.
"""

from __future__ import annotations

import difflib
import tomllib
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.exc import DriverError
from drivers.receipt_printer.charset import Charset

CELL_DOTS = 12
"""Width of a half-width character of font A; its height, and a Chinese character, are 24 dots."""
GLYPH_DOTS = 24
MAX_DOTS = 832
"""The widest paper, 112 mm."""


class BadProfile(DriverError, ValueError):  # noqa: N818 - reads as what it is
    """A profile does not exist or does not say what it must."""


class Cutter(StrEnum):
    """How the paper is cut after a job."""

    PARTIAL = "partial"
    FULL = "full"
    NONE = "none"  # torn off by hand


class QrBy(StrEnum):
    """Who draws a QR code."""

    PRINTER = "printer"
    DRIVER = "driver"


class Confirm(StrEnum):
    """How the printer tells that it has come to the end of a job."""

    PROCESS_ID = "process-id"  # GS ( H: answers with the job's own token
    QUEUED_STATUS = "queued-status"  # GS r 1: answered in turn, after all that was sent before


class Clear(StrEnum):
    """How leftovers of an earlier job are removed; tried in the profile's order."""

    REALTIME = "realtime"  # DLE DC4 8: acknowledged, works offline and in the middle of a command
    FLUSH = "flush"  # fill the open command with zeros, CAN, ESC @, and cut off whatever came out


FACTS = (
    "dots",
    "cells",
    "charset",
    "cutter",
    "rows_per_second",
    "buffer_bytes",
    "qr",
    "confirm",
    "clear",
    "status_back",
)
"""The settings of a profile that say what the printer is; the others are how we want our papers."""


class Confirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found out on a printer: when, and which numbers of the probe page came out right."""

    at: str
    right: tuple[int, ...]
    wrong: tuple[int, ...]


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model. Lengths are dots (203 dpi: 8 a millimetre)."""

    title: str
    models: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # where the facts are from
    assumed: tuple[str, ...] = ()  # those of FACTS that no source tells
    confirmed: Confirmed | None = None
    dots: Annotated[int, msgspec.Meta(ge=192, le=MAX_DOTS, multiple_of=8)]  # printable width
    cells: Annotated[int, msgspec.Meta(ge=16, le=69)]  # columns of font A
    charset: Charset
    cutter: Cutter
    density: Annotated[int, msgspec.Meta(ge=-6, le=6)]  # GS ( K; 0 leaves the printer's own setting
    line_gap: Annotated[int, msgspec.Meta(ge=0, le=48)]  # between lines of text
    tail: Annotated[int, msgspec.Meta(ge=0, le=255)]  # fed before the cut
    rows_per_second: Annotated[int, msgspec.Meta(ge=100, le=4000)]  # printing speed
    buffer_bytes: Annotated[int, msgspec.Meta(ge=256)]  # receive buffer
    qr: QrBy
    confirm: Confirm
    clear: Annotated[tuple[Clear, ...], msgspec.Meta(min_length=1)]
    status_back: bool  # GS a: the printer says by itself that something changed

    def __post_init__(self) -> None:
        """The columns must fit the dots, and what is assumed must be a fact."""
        unknown = sorted(set(self.assumed) - set(FACTS))
        if unknown:
            raise ValueError(f"assumed: {unknown[0]} is none of {', '.join(FACTS)}")
        if self.cells * CELL_DOTS > self.dots:
            raise ValueError(f"{self.cells} cells of {CELL_DOTS} dots do not fit {self.dots} dots")


def profile_names() -> list[str]:
    """Names of the profiles that come with the driver."""
    files = resources.files("drivers.receipt_printer.profiles").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load_profile(name: str) -> Profile:
    """The profile called `name`, or the one in the file at `name` when that ends in ``.toml``.

    Raises BadProfile with what is wrong and, for a name, what may have been meant.
    """
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise BadProfile(f"{name}: {error.strerror}") from error
    elif name in (known := profile_names()):
        text = (resources.files("drivers.receipt_printer.profiles") / f"{name}.toml").read_text("utf-8")
    else:
        close = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"
        raise BadProfile(f"no printer profile {name!r}{hint}")
    try:
        return msgspec.convert(tomllib.loads(text), Profile)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise BadProfile(f"{name}: {error}") from error
