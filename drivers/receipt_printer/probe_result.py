"""From what came out right to a profile: the nearest that there is, and one of its own.

A profile made here claims nothing that did not come out right or was not answered; what the page cannot show
is `assumed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from drivers.receipt_printer.charset import Charset
from drivers.receipt_printer.probe import Measured
from drivers.receipt_printer.probe_page import (
    ASCII,
    BARS,
    CHAINS,
    CUTS,
    FONTS,
    NUMBERS,
    OWN_CODE,
    PICTURE,
    RULERS,
    looks,
)
from drivers.receipt_printer.profile import (
    CELL_DOTS,
    FACTS,
    Clear,
    Confirm,
    Confirmed,
    Cutter,
    Profile,
    QrBy,
    load_profile,
    profile_names,
)

_SEEN = tuple(fact for fact in FACTS if fact not in ("rows_per_second", "buffer_bytes"))
"""What the page and the questions tell; speed and buffer they do not."""


class BadAnswers(ValueError):  # noqa: N818 - reads as what it is
    """The numbers cannot be, or no profile can be made of them; says which and why."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The shipped profile that says most of what was found, and where it says something else."""

    name: str
    differs: tuple[str, ...]


def numbers(text: str) -> frozenset[int]:
    """The numbers that a technician typed: ``1-9, 14``. Raises BadAnswers with what is not one."""
    found: set[int] = set()
    for part in re.split(r"[\s,，、]+", text.strip()):
        match = re.fullmatch(r"(\d{1,4})(?:[-–－~](\d{1,4}))?", part)
        if match is None:
            raise BadAnswers(f"{part!r} is no number; write them like 1-9, 14")
        first = int(match[1])
        last = int(match[2] or first)
        if not (first <= last and first in NUMBERS and last in NUMBERS):
            raise BadAnswers(f"{part} is not on the page: its numbers are {NUMBERS[0]} to {NUMBERS[-1]}")
        found.update(range(first, last + 1))
    return frozenset(found)


def suggest(right: frozenset[int], measured: Measured, at: str) -> Profile:
    """The profile of a printer of which these numbers came out right, asked `at` (ISO 8601).

    Raises BadAnswers where the numbers contradict each other, or where this driver cannot use the printer.
    """
    usable(measured)
    _check(right)
    charsets = [charset for number, (charset, _) in FONTS.items() if number in right]
    dots = max(BARS[number] for number in BARS if number in right)
    cells = min(max(RULERS[number] for number in RULERS if number in right), dots // CELL_DOTS)
    cutter = next((cut for number, cut in CUTS.items() if number in right), Cutter.NONE)
    return Profile(
        title=f"{measured.model or 'a printer that does not tell its model'}, as its probe page came out",
        models=(measured.model,) if measured.model else (),
        sources=("the probe page of this driver",),
        assumed=("rows_per_second", "buffer_bytes"),
        confirmed=Confirmed(at=at, right=tuple(sorted(right)), wrong=tuple(sorted({*NUMBERS} - right))),
        dots=dots,
        cells=cells,
        charset=charsets[-1] if charsets else Charset.NONE,
        cutter=cutter,
        density=0,
        line_gap=8,
        tail=96 if cutter is Cutter.NONE else 24,
        rows_per_second=400,
        buffer_bytes=4096,
        qr=QrBy.PRINTER if OWN_CODE in right else QrBy.DRIVER,
        confirm=Confirm.PROCESS_ID if measured.process_id else Confirm.QUEUED_STATUS,
        clear=(Clear.REALTIME, Clear.FLUSH) if measured.clears else (Clear.FLUSH,),
        status_back=measured.status_back,
    )


def usable(measured: Measured) -> None:
    """Raises BadAnswers where the driver would never print on such a printer, whatever its page shows."""
    if 1 not in measured.asked:
        raise BadAnswers(
            "it does not answer DLE EOT 1, and a mute printer gets no citizen's data: "
            "look at cable, speed and its switch for two-way; else this driver cannot use it"
        )
    if not (measured.process_id or measured.queued_status):
        raise BadAnswers(
            "it answers neither GS r nor GS ( H, so nobody could tell whether a receipt came out: "
            "this driver cannot use it"
        )


def _check(right: frozenset[int]) -> None:
    for chain in CHAINS:
        for before, after in pairwise(chain):
            if after in right and before not in right:
                raise BadAnswers(
                    f"{after} cannot be right where {before} is wrong ({looks(before)}): look again"
                )
    needed = {PICTURE: "names are drawn", ASCII: "figures are sent as text"}
    needed |= {min(RULERS): "nothing is narrower", min(BARS): "nothing is narrower"}
    for number, why in needed.items():
        if number not in right:
            raise BadAnswers(f"without {number} ({looks(number)}) this driver cannot use the printer: {why}")


def nearest(profile: Profile, names: Iterable[str] | None = None) -> Nearest:
    """Of the profiles that come with the driver (or of `names`) the one that differs in the fewest facts."""
    found = [
        Nearest(name, tuple(fact for fact in _SEEN if getattr(known, fact) != getattr(profile, fact)))
        for name in (profile_names() if names is None else names)
        for known in (load_profile(name),)
    ]
    return min(found, key=lambda each: len(each.differs))


def to_toml(profile: Profile) -> str:
    """The profile as a file that `load_profile` reads back to the same."""
    fields = [name for name in profile.__struct_fields__ if name != "confirmed"]
    lines = [f"{name} = {_toml(getattr(profile, name))}" for name in fields]
    if profile.confirmed is not None:
        lines += ["", "[confirmed]"]
        told = profile.confirmed.__struct_fields__
        lines += [f"{name} = {_toml(getattr(profile.confirmed, name))}" for name in told]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # A printer's own words could hold what means something in TOML.
    return '"' + "".join(char for char in str(value) if char.isprintable() and char not in '"\\') + '"'
