"""A script of faults for a simulated device: typed TOML, read like the configuration that names it.

What each word does to the device is `drivers.simulated.faults`; docs/simulated-devices.md has an example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, field

from kiosk.config_file import ConfigError, Mistake, Section, read

FaultName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9-]{1,40}$",
        title="a name of small letters, digits and hyphens",
        description='[fault.paper-runs-out] or the like, with `what = "..."` below it',
    ),
]
Uses = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=604_800)]
Length = Annotated[float, Meta(ge=0.1, le=604_800)]


class Fault(Section, frozen=True, kw_only=True):
    """When a fault begins and how long it lasts; which faults there are depends on the device."""

    what: str
    after_uses: Uses | None = None
    at_seconds: Seconds | None = None
    for_seconds: Length | None = None

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """It begins by one of the two, and what befalls a single use has no length."""
        if self.after_uses is None and self.at_seconds is None:
            yield "after_uses", "is missing", "say after how many uses it begins, or write `at_seconds`"
        elif self.after_uses is not None and self.at_seconds is not None:
            yield "at_seconds", "is given beside `after_uses`", "take one of the two out"
        if self.what == "card-unreadable" and self.for_seconds is not None:
            yield "for_seconds", "is of no use: it befalls the next card alone", "take it out"


class CardReaderFault(Fault, frozen=True, kw_only=True):
    """Of an ID card reader."""

    what: Literal["unplugged", "silent", "sam-failed", "card-unreadable"]


class ReceiptPrinterFault(Fault, frozen=True, kw_only=True):
    """Of a receipt printer."""

    what: Literal["unplugged", "silent", "paper-low", "paper-out", "paper-jam", "cover-open", "head"]


class DocumentPrinterFault(Fault, frozen=True, kw_only=True):
    """Of an A4 printer."""

    what: Literal["unplugged", "paper-low", "paper-out", "toner-low", "toner-out", "paper-jam", "cover-open"]


class CodeScannerFault(Fault, frozen=True, kw_only=True):
    """Of a code scanner."""

    what: Literal["unplugged", "silent"]


class PaymentTerminalFault(Fault, frozen=True, kw_only=True):
    """Of a bank card terminal."""

    what: Literal["unplugged", "silent", "out-of-service"]


class SmartCardFault(Fault, frozen=True, kw_only=True):
    """Of a smart card reader."""

    what: Literal["unplugged", "no-service", "silent"]


class UnusedFault(Fault, frozen=True, kw_only=True):
    """Of a device that tells nothing of its uses."""

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """It begins at a time."""
        yield from Fault.mistakes(self)
        if self.after_uses is not None and self.at_seconds is None:
            yield (
                "after_uses",
                "is of no use: this device does not tell its uses",
                "write `at_seconds` instead",
            )


class DoorFault(Fault, frozen=True, kw_only=True):
    """Of a door switch."""

    what: Literal["unplugged", "open"]


class LightsFault(UnusedFault, frozen=True, kw_only=True):
    """Of status lights."""

    what: Literal["unplugged", "stuck"]


class KeypadFault(Fault, frozen=True, kw_only=True):
    """Of an accessible keypad."""

    what: Literal["unplugged", "port-busy"]


class SpeakerFault(UnusedFault, frozen=True, kw_only=True):
    """Of a loudspeaker."""

    what: Literal["unplugged", "busy", "denied", "failed"]


class TouchscreenFault(UnusedFault, frozen=True, kw_only=True):
    """Of a touchscreen, which tells nobody of its touches."""

    what: Literal["unplugged", "silent", "failed"]


class _CardReader(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, CardReaderFault] = field(default_factory=dict)


class _ReceiptPrinter(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, ReceiptPrinterFault] = field(default_factory=dict)


class _DocumentPrinter(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, DocumentPrinterFault] = field(default_factory=dict)


class _CodeScanner(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, CodeScannerFault] = field(default_factory=dict)


class _PaymentTerminal(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, PaymentTerminalFault] = field(default_factory=dict)


class _SmartCard(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, SmartCardFault] = field(default_factory=dict)


class _Door(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, DoorFault] = field(default_factory=dict)


class _Lights(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, LightsFault] = field(default_factory=dict)


class _Keypad(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, KeypadFault] = field(default_factory=dict)


class _Speaker(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, SpeakerFault] = field(default_factory=dict)


class _Touchscreen(Section, frozen=True, kw_only=True):
    fault: dict[FaultName, TouchscreenFault] = field(default_factory=dict)


SCRIPTS: Mapping[str, type[Section]] = {
    "id_card": _CardReader,
    "receipt_printer": _ReceiptPrinter,
    "document_printer": _DocumentPrinter,
    "code_scanner": _CodeScanner,
    "payment_terminal": _PaymentTerminal,
    "smart_card": _SmartCard,
    "door": _Door,
    "lights": _Lights,
    "keypad": _Keypad,
    "speaker": _Speaker,
    "touchscreen": _Touchscreen,
}


def read_script(device: str, path: Path) -> list[Fault]:
    """The faults that `path` names for the device of this name, in their order. Raises ConfigError."""
    faults: list[Fault] = list(read(SCRIPTS[device], path).fault.values())
    if not faults:  # an empty script is a forgotten one
        missing = Mistake("fault", 0, "is missing", "add a table [fault.NAME], or take the script out")
        raise ConfigError(path, (missing,))
    return faults
