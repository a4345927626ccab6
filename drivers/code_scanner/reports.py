"""Codes out of HID POS reports: length, AIM identifier, data, and whether the next report goes on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.code_scanner import aim
from drivers.code_scanner.descriptor import (
    AIM,
    BYTE_COUNT,
    CONTINUED,
    DECODED_DATA,
    INITIATE_READ,
    PREVENT_READ,
    Described,
    Place,
    Report,
    Usage,
)
from drivers.code_scanner.events import UnreadableReason
from drivers.code_scanner.raw import LONGEST, Raw

_LINE_ENDS = (b"\r\n", b"\r", b"\n")


class NoScannedData(ValueError):  # noqa: N818 - says what the device has not
    """The device has no report of scanned data whose layout is understood."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a Scanned Data Report lie."""

    report: Report
    data: Place
    length: Place | None
    aim: tuple[Place, Place, Place] | None
    continued: Place | None

    @classmethod
    def of(cls, device: Described) -> Layout:
        """The first report with Decoded Data. Raises NoScannedData."""
        for report in device.inputs if device.scanner else ():
            data = report.places.get(DECODED_DATA)
            if data is None:
                continue
            length = report.places.get(BYTE_COUNT)
            named = [report.places[usage] for usage in AIM if usage in report.places]
            parts = [data, *named, *([length] if length else [])]
            if all(part.whole_bytes for part in parts):
                identified = (named[0], named[1], named[2]) if len(named) == aim.SIZE else None
                return cls(report, data, length, identified, report.places.get(CONTINUED))
        raise NoScannedData("no report with Decoded Data in whole bytes")


class Assembler:
    """Turns reports into codes. Holds one code's bytes at most."""

    def __init__(self, layout: Layout, longest: int = LONGEST) -> None:
        self._layout = layout
        self._longest = longest
        self._body = bytearray()
        self._aim = b""
        self._reason: UnreadableReason | None = None
        self._asked = 0
        self._length = 0
        self._begun = False

    @property
    def busy(self) -> bool:
        """Whether another report of this code is awaited."""
        return self._begun

    @property
    def held(self) -> int:
        """Bytes held of it."""
        return len(self._body)

    def feed(self, report: bytes, asked: int) -> list[Raw]:
        """What `report` completes. A code that begins with it belongs to the asking `asked`."""
        layout = self._layout
        if layout.report.id and (not report or report[0] != layout.report.id):
            return []  # status and attributes: not ours to read
        if not self._begun:
            self._asked, self._begun = asked, True
        if len(report) != layout.report.size:
            self._spoil(UnreadableReason.BAD_REPORT)
            return []  # whether it was the last is not known: the next one, or silence, says
        self._take(report)
        if layout.continued is not None and _bit(report, layout.continued):
            return []
        return [self._ended()]

    def _take(self, report: bytes) -> None:
        data, identifier = self._data(report), self._identifier(report)
        if data is None:
            self._spoil(UnreadableReason.BAD_REPORT)
            return
        if self._aim and identifier and identifier != self._aim:
            self._spoil(UnreadableReason.UNFINISHED)  # another code in the midst of this one
            return
        self._aim = self._aim or identifier
        self._length += len(data)
        if self._length > self._longest:
            self._spoil(UnreadableReason.TOO_LONG)
        elif self._asked and self._reason is None:
            self._body += data

    def _spoil(self, reason: UnreadableReason) -> None:
        """It is no code any more. Its end must come before another can begin: no rest is taken for one."""
        self._reason = self._reason or reason
        self._wipe()

    def idle(self) -> list[Raw]:
        """No report followed for so long that none will."""
        if not self._begun:
            return []
        self._spoil(UnreadableReason.UNFINISHED)
        return [self._ended()]

    def forget(self) -> None:
        """What is under way is nobody's any more; its end is still waited for."""
        self._asked = 0
        self._wipe()

    def _data(self, report: bytes) -> bytes | None:
        """The part of the code in this report; None where its length is impossible."""
        data = report[self._layout.data.byte :][: self._layout.data.count]
        if self._layout.length is None:
            return data.rstrip(b"\0")
        length = report[self._layout.length.byte]
        return data[:length] if length <= len(data) else None

    def _identifier(self, report: bytes) -> bytes:
        """The AIM identifier; empty where the scanner leaves it out, in zeros or altogether."""
        found = bytes(report[place.byte] for place in self._layout.aim or ())
        return b"" if not any(found) else found

    def reset(self) -> None:
        """The device was opened anew."""
        self._ended()

    def _ended(self) -> Raw:
        body = bytes(self._body)
        # A suffix that was meant for a keyboard: it says nothing here.
        end = next((each for each in _LINE_ENDS if body.endswith(each)), b"")
        raw = Raw(self._asked, body.removesuffix(end), self._aim, self._reason)
        self._wipe()
        self._aim, self._reason = b"", None
        self._asked, self._length, self._begun = 0, 0, False
        return raw

    def _wipe(self) -> None:
        """Overwritten first: it may be personal."""
        self._body[:] = bytes(len(self._body))
        self._body.clear()


def _bit(report: bytes, place: Place) -> bool:
    return bool(report[place.byte] >> place.bit % 8 & 1)


def trigger_report(device: Described, *, on: bool) -> bytes | None:
    """The output report that lets the scanner read, or stops it; None where it has no Trigger Report."""
    for report in device.outputs:
        if not ({PREVENT_READ, INITIATE_READ} & report.places.keys()):
            continue
        wanted: dict[Usage, bool] = {PREVENT_READ: not on, INITIATE_READ: on}
        frame = bytearray(report.size)
        if report.id:
            frame[0] = report.id
        for usage, flag in wanted.items():
            place = report.places.get(usage)
            if place is not None and flag:
                frame[place.byte] |= 1 << place.bit % 8
        return bytes(frame) if report.id else b"\0" + bytes(frame)  # hidraw wants a number in any case
    return None
