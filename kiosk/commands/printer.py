"""`kiosk printer probe`: what the receipt printer can do, as far as it came out on paper.

The page is printed and the printer asked once; what it answered is kept beside the configuration, so that the
numbers can be given, and given again, whenever somebody has looked at the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from drivers.receipt_printer import Profile
from drivers.receipt_printer.probe import Measured, Probe, Refused
from drivers.receipt_printer.probe_page import NUMBERS, looks
from drivers.receipt_printer.probe_result import BadAnswers, nearest, numbers, suggest, to_toml, usable
from kiosk.attached import to_printer
from kiosk.config import Config
from kiosk.config_devices import Simulated
from offline_cache.files import is_held

__all__ = [
    "BadAnswers",
    "CannotProbe",
    "conclude",
    "free",
    "measured",
    "print_page",
    "questions",
    "until_right",
    "write",
]

Say = Callable[[str], None]


class CannotProbe(Exception):  # noqa: N818 - reads as what it is
    """There is no page, or nothing kept of one: says why, and what to do."""


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file beside the configuration."""

    printed_at: str
    measured: Measured


def notes(config_file: Path) -> Path:
    """Where the answers of the printer are kept."""
    return config_file.with_suffix(".probe.json")


def print_page(config: Config, config_file: Path, say: Say) -> Measured:
    """Print the page, ask the printer, keep what it answered. Raises CannotProbe."""
    if config.devices.receipt_printer is None:
        raise CannotProbe("no receipt printer is configured: name it under [devices.receipt_printer]")
    if isinstance(config.devices.receipt_printer, Simulated):
        raise CannotProbe("the receipt printer is simulated: name the driver of one that is there")
    if is_held(config.store.path / "outbox.db"):
        raise CannotProbe("the running agent has the printer: stop it first")
    found = Probe(to_printer(config.devices.receipt_printer)).run()
    if isinstance(found, Refused):
        raise CannotProbe(f"nothing, or not all, was printed ({found.why}): mend that, then try again")
    _usable(found)
    kept = Kept(printed_at=_now(), measured=found)
    try:
        notes(config_file).write_bytes(msgspec.json.encode(kept) + b"\n")
    except OSError as error:
        say(f"{notes(config_file)}: {error.strerror}; answer now, later is not possible")
    return found


def measured(config_file: Path) -> Measured:
    """What the printer answered when the page was printed. Raises CannotProbe."""
    try:
        kept = msgspec.json.decode(notes(config_file).read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError) as error:
        raise CannotProbe("no page was printed with this configuration: leave out --came-out") from error
    _usable(kept.measured)
    return kept.measured


def _usable(found: Measured) -> None:
    """Before anybody looks at numbers that would help nothing. Raises CannotProbe."""
    try:
        usable(found)
    except BadAnswers as error:
        raise CannotProbe(str(error)) from error


def questions(found: Measured) -> str:
    """What to look for on the paper, and what the printer said by itself."""
    lines = [f"  {number:2} {looks(number)}" for number in NUMBERS]
    ways = {"GS ( H": found.process_id, "GS r": found.queued_status}
    told = {
        "model": found.model or "not told",
        "its own font": found.font or "not told",
        "status (DLE EOT)": ", ".join(map(str, found.asked)),
        "tells that a job is done": ", ".join(way for way, known in ways.items() if known),
        "reports by itself (GS a)": "yes" if found.status_back else "no",
        "can be emptied (DLE DC4 8)": "yes" if found.clears else "no",
    }
    return "\n".join([*(f"{name}: {value}" for name, value in told.items()), "On the paper:", *lines])


def conclude(typed: str, found: Measured) -> tuple[Profile, str]:
    """The profile of a printer of which these numbers came out right, and what to tell. Raises BadAnswers."""
    profile = suggest(numbers(typed), found, _now())
    near = nearest(profile)
    if not near.differs:
        return profile, f'{near.name} says the same: profile = "{near.name}"'
    return profile, f"nearest is {near.name}; this printer differs in: {', '.join(near.differs)}"


def free(file: Path) -> None:
    """That a profile can be written there, before anything is printed. Raises CannotProbe."""
    if file.suffix != ".toml":
        raise CannotProbe(f"{file}: name a file that ends in .toml, as the configuration wants it")
    if file.exists():
        raise CannotProbe(f"{file} is there already: name another, or move it away")


def write(profile: Profile, file: Path) -> None:
    """The profile as a new file; one that is there is left as it is. Raises CannotProbe."""
    free(file)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(to_toml(profile))
    except OSError as error:
        raise CannotProbe(f"{file}: {error.strerror}; the answers can be given again") from error


def until_right(ask: Callable[[], str], say: Say, found: Measured) -> tuple[Profile, str]:
    """`ask` for the numbers until they can be; what is wrong with them is said each time."""
    while True:
        try:
            return conclude(ask(), found)
        except BadAnswers as error:
            say(str(error))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
