"""What a printer says about itself: bytes told apart, and folded into one closed picture.

Four kinds of bytes come from the printer, and may come at any moment and in each other's midst
(`protocols/receipt-printer.md`, "Status"; Epson's ESC/POS reference):

- the answer to `DLE EOT n`: one byte ``0xx1xx10``
- automatic status (`GS a`): ``0xx1xx00`` and three bytes ``0xx0xxxx``
- the answer to `GS r 1`, in its turn: one byte ``0xx0eenn``, end and near end, each told by two equal bits
- blocks: a header byte, printable bytes, NUL (`GS ( H`: 37 22, `DLE DC4 8`: 37 25, `GS I`: 5F)

Told apart by their fixed bits, wherever they stand, are answers to `DLE EOT` and XON/XOFF. A `GS r` has the
shape of an automatic status's later bytes: those are sent in one piece but for XON/XOFF (Epson, TM-T88III
specification, appendix G), and so they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Availability

MAX_BLOCK = 99
"""A printer's send buffer is 99 bytes (Epson, DLE DC4 fn=8): no longer block exists."""


_WITHIN_BLOCKS = frozenset((0x11, 0x12, 0x13, 0x16, 0x1A, 0x1E))
"""XON, XOFF and those answers to `DLE EOT` that are no printable character: no block has them."""


class Why(StrEnum):
    """Why an answer is not known."""

    NOT_ASKED = "not-asked"
    SILENT = "silent"  # no byte within the deadline
    MALFORMED = "malformed"  # bytes, but none of the shape asked for
    LOST = "lost"  # the port is gone


@dataclass(frozen=True, slots=True)
class Known:
    """A status byte, and when it came (monotonic seconds)."""

    value: int
    at: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, and why. Never to be read as good or as bad."""

    reason: Why


Answer = Known | Unknown


@dataclass(frozen=True, slots=True)
class Realtime:
    """The answer to a `DLE EOT n`; it does not say to which n."""

    value: int


@dataclass(frozen=True, slots=True)
class Queued:
    """The answer to a `GS r 1`: everything sent before it has been processed."""

    value: int


@dataclass(frozen=True, slots=True)
class StatusBack:
    """Four bytes of automatic status."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """Header byte and content (up to the NUL, which is not in it)."""

    header: int
    content: bytes


Inbound = Realtime | Queued | StatusBack | Block


class Parser:
    """Tells inbound bytes apart; holds at most one unfinished group, so its memory is bounded."""

    def __init__(self) -> None:
        self._back = bytearray()
        self._block = bytearray()
        self.strays = 0
        """Bytes that belong to nothing (noise, XON/XOFF)."""

    def reset(self) -> None:
        """Forget an unfinished group: the line was quiet, its rest will not come."""
        self.strays += len(self._back) + len(self._block)
        self._back.clear()
        self._block.clear()

    def feed(self, data: bytes) -> list[Inbound]:
        """Everything that `data` completes, in order."""
        return [found for byte in data if (found := self._byte(byte)) is not None]

    def _byte(self, byte: int) -> Inbound | None:
        if self._block and byte in _WITHIN_BLOCKS:
            return self._single(byte)
        if self._block:
            if self._fits_block(byte):
                return self._end_block() if byte == 0 else None
            self.strays += len(self._block)
            self._block.clear()
        if self._back and byte & 0x90 == 0:
            self._back.append(byte)
            return self._end_back() if len(self._back) == 4 else None
        if byte & 0x93 == 0x12:
            return self._single(byte)
        if byte & 0x90 == 0 and byte & 0x03 in (0, 0x03) and byte & 0x0C in (0, 0x0C):
            return Queued(byte)
        self._begin(byte)
        return None

    def _single(self, byte: int) -> Realtime | None:
        """An answer to `DLE EOT`, or XON/XOFF: neither ends a group that it stands in."""
        if byte & 0x93 == 0x12:
            return Realtime(byte)
        self.strays += 1
        return None

    def _begin(self, byte: int) -> None:
        """The first byte of a group, or of nothing."""
        if byte & 0x93 == 0x10:
            self.strays += len(self._back)
            self._back[:] = bytes([byte])
        elif byte in (0x37, 0x5F):
            self._block.append(byte)
        else:
            self.strays += 1

    def _fits_block(self, byte: int) -> bool:
        if byte == 0:
            self._block.append(byte)
            return True
        fits = 0x20 <= byte <= 0x7E and len(self._block) < MAX_BLOCK
        if fits:
            self._block.append(byte)
        return fits

    def _end_block(self) -> Block:
        block = Block(self._block[0], bytes(self._block[1:-1]))
        self._block.clear()
        return block

    def _end_back(self) -> StatusBack:
        back = StatusBack(bytes(self._back))
        self._back.clear()
        return back


class Paper(StrEnum):
    """The roll."""

    FULL = "full"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


class Cover(StrEnum):
    """The paper cover."""

    CLOSED = "closed"
    OPEN = "open"
    UNKNOWN = "unknown"


class CutterState(StrEnum):
    """The cutter."""

    OK = "ok"
    FAULT = "fault"
    UNKNOWN = "unknown"


class Head(StrEnum):
    """The print head: `hot` ends by itself, `fault` does not."""

    OK = "ok"
    HOT = "hot"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """The printer's state; each part is `unknown` until it was answered. `at` is monotonic seconds."""

    availability: Availability
    paper: Paper
    cover: Cover
    cutter: CutterState
    head: Head
    at: float

    def same_as(self, other: PrinterStatus) -> bool:
        """Whether the two say the same, whenever they were taken."""
        return self._parts() == other._parts()

    def _parts(self) -> tuple[StrEnum, ...]:
        return (self.availability, self.paper, self.cover, self.cutter, self.head)


def nothing_known(at: float) -> PrinterStatus:
    """The status of a printer that has not answered."""
    return PrinterStatus(
        Availability.UNKNOWN, Paper.UNKNOWN, Cover.UNKNOWN, CutterState.UNKNOWN, Head.UNKNOWN, at
    )


def from_answers(answers: Mapping[int, Answer], at: float) -> PrinterStatus:
    """Fold the answers to `DLE EOT` 1 to 4. A part stays unknown when the answer that tells it is."""
    printer, cause, error, paper = (_value(answers, n) for n in (1, 2, 3, 4))
    return PrinterStatus(
        availability=_offline(None if printer is None else bool(printer & 0x08)),
        paper=_paper(
            out=_any((paper, 0x60), (cause, 0x20)),
            low=None if paper is None else bool(paper & 0x0C),
            jammed=bool(error is not None and error & 0x04),
        ),
        cover=_cover(None if cause is None else bool(cause & 0x04)),
        cutter=_cutter(None if error is None else bool(error & 0x08)),
        head=_head(error),
        at=at,
    )


def from_status_back(value: bytes, at: float) -> PrinterStatus:
    """Fold four bytes of automatic status: they tell every part (error bits as in `DLE EOT 3`)."""
    first, error, paper, _ = value
    return PrinterStatus(
        availability=_offline(bool(first & 0x08)),
        paper=_paper(out=bool(paper & 0x0C), low=bool(paper & 0x03), jammed=bool(error & 0x04)),
        cover=_cover(bool(first & 0x20)),
        cutter=_cutter(bool(error & 0x08)),
        head=_head(error),
        at=at,
    )


def _value(answers: Mapping[int, Answer], n: int) -> int | None:
    answer = answers.get(n)
    return answer.value if isinstance(answer, Known) else None


def _any(*bits: tuple[int | None, int]) -> bool | None:
    """True when one says so; None when none does and one could not be asked."""
    if any(value is not None and value & mask for value, mask in bits):
        return True
    return None if any(value is None for value, _ in bits) else False


def _offline(offline: bool | None) -> Availability:
    if offline is None:
        return Availability.UNKNOWN
    return Availability.OFFLINE if offline else Availability.ONLINE


def _paper(*, out: bool | None, low: bool | None, jammed: bool) -> Paper:
    if jammed:
        return Paper.JAMMED
    if out:
        return Paper.OUT
    if out is None or low is None:
        return Paper.UNKNOWN
    return Paper.LOW if low else Paper.FULL


def _cover(is_open: bool | None) -> Cover:
    if is_open is None:
        return Cover.UNKNOWN
    return Cover.OPEN if is_open else Cover.CLOSED


def _cutter(fault: bool | None) -> CutterState:
    if fault is None:
        return CutterState.UNKNOWN
    return CutterState.FAULT if fault else CutterState.OK


def _head(error: int | None) -> Head:
    if error is None:
        return Head.UNKNOWN
    if error & 0x20:
        return Head.FAULT
    return Head.HOT if error & 0x40 else Head.OK
