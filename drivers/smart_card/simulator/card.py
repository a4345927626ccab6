"""The card: what it answers to an APDU, how it can be wrong, and what it was ever asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from drivers.smart_card.simulator.chips import Application, applications

COMMANDS = {
    0xA4: "select",
    0xB2: "read-record",
    0xC0: "get-response",
    0xA8: "get-processing-options",
    0xCA: "get-data",
}
"""What is on the driver's list. All else is answered as cards do, and stands in the history."""

FAULTS = (
    "mute",  # no answer at all, until the card is taken
    "empty",  # an answer of no bytes
    "one-byte",  # half a status word
    "garbage",  # 9000, with bytes that are no TLV
    "cut-off",  # 9000, with half of the data
    "says-61",  # 61 FF, whatever there is
    "says-6c",  # 6C 07, whatever Le was
    "status",  # the status word `sw` instead
    "slow",  # after `seconds`
    "pull",  # the card is out before it answers
    "pull-in-header",  # one byte of the answer's length came
    "pull-in-answer",  # half of the answer came
)


_T0 = bytes.fromhex("3B6500005343534934")
_T1 = bytes.fromhex("3B85015343534934BA")
_CONTACTLESS = bytes.fromhex("3B85800153435349343A")
"""Answers to reset (ISO/IEC 7816-3, 8.2); the third is of the form that contactless readers make up."""


@dataclass
class Fault:
    """Spoils the next `times` answers (0: all) to a command, or to any."""

    kind: str
    on: str | None = None
    times: int = 1
    sw: int = 0x6F00
    seconds: float = 0.0


@dataclass
class Said:
    """What goes over the line: None is nothing. `pull` is how the card is pulled."""

    answer: bytes | None
    seconds: float = 0.0
    pull: str | None = None


@dataclass
class Card:
    """Not thread-safe. `history` has every APDU in hexadecimal: commands have nothing of the holder."""

    atr: bytes
    t0: bool
    applications: list[Application]
    faults: list[Fault] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    options_asked: int = 0
    pin_tries: int = 3
    _selected: Application | None = None
    _file: int | None = None
    _pending: bytes = b""

    @classmethod
    def ordered(cls, order: dict[str, Any]) -> Card:
        """A card as `order` has it. Raises KeyError, ValueError for what does not fit."""
        t0 = bool(order.get("t0", False))
        if order.get("contactless") and t0:
            raise ValueError("there is no T=0 without contacts")
        atr = _CONTACTLESS if order.get("contactless") else _T0 if t0 else _T1
        return cls(atr, t0, applications(order))

    def power(self) -> None:
        """Off, on or reset: nothing stays selected."""
        self._selected = self._file = None
        self._pending = b""

    def hear(self, apdu: bytes) -> Said:
        """One command, and what comes back."""
        self.history.append(apdu.hex().upper())
        said = Said(self._answer(apdu))
        name = COMMANDS.get(apdu[1], "other") if len(apdu) > 1 else "other"
        fault = next((each for each in self.faults if each.on in (None, name)), None)
        if fault is None:
            return said
        fault.times -= 1
        if fault.times == 0:
            self.faults.remove(fault)
        return _spoilt(fault, said.answer or b"")

    def _answer(self, apdu: bytes) -> bytes:
        if len(apdu) < 4:
            return b"\x67\x00"
        cla, ins, p1, p2 = apdu[:4]
        body = apdu[4:]
        data = body[1 : 1 + body[0]] if len(body) > 1 else b""
        le = (body[-1] or 256) if len(body) == 1 or len(body) == len(data) + 2 else None
        match (cla, ins):
            case (0x00, 0xA4):
                return self._select(p1, data, le)
            case (0x00, 0xB2):
                return self._sized(self._read(p1, p2), le)
            case (0x00, 0xC0):
                return self._rest(le or 256)
            case (0x80, 0xA8):
                return self._options(data, le)
            case (0x80, 0xCA) if (p1, p2) == (0x9F, 0x17):
                return self._sized(b"\x9f\x17\x01" + bytes((self.pin_tries,)), le)
            case (_, 0x20):
                self.pin_tries = max(0, self.pin_tries - 1)
                return b"\x63" + bytes((0xC0 | self.pin_tries,))
        return b"\x6d\x00"

    def _select(self, p1: int, data: bytes, le: int | None) -> bytes:
        if p1 == 0x04:
            found = next((each for each in self.applications if each.name == data), None)
            if found is None:
                return b"\x6a\x82"
            self._selected, self._file = found, None
            return self._given(found.fci, le)
        if self._selected is None or not {"selected", "selected-tag"} & set(self._selected.ways):
            return b"\x6a\x82"
        if len(data) != 2 or data[0] != 0xEF or data[1] not in self._selected.files:
            return b"\x6a\x82"
        self._file = data[1]
        return b"\x90\x00"

    def _read(self, p1: int, p2: int) -> bytes | int:
        """A record, or the status word."""
        if self._selected is None:
            return 0x6985
        sfi, by_tag = p2 >> 3, p2 & 7 == 0
        ways = self._selected.ways
        way = ("selected" if not sfi else "number") if not by_tag else "tag" if sfi else "selected-tag"
        if way not in ways:
            return 0x6A81
        place = sfi or self._file or 0
        if place in self._selected.refused:
            return 0x6982
        records = self._selected.files.get(place)
        if records is None:
            return 0x6A82
        if by_tag:
            return next((each for each in records if each[0] == p1), 0x6A83)
        return records[p1 - 1] if 1 <= p1 <= len(records) else 0x6A83

    def _options(self, data: bytes, le: int | None) -> bytes:
        chosen = self._selected
        if chosen is None or chosen.options is None:
            return b"\x69\x85"
        if data[:1] != b"\x83" or len(data) != 2 + data[1] or data[1] != chosen.options_size:
            return b"\x67\x00"
        self.options_asked += 1
        return self._given(chosen.options, le)

    def _given(self, data: bytes, le: int | None) -> bytes:
        """After a command with data: by T=0 the card only says how much there is."""
        if self.t0:
            self._pending = data
            return b"\x61" + bytes((len(data) & 0xFF,))
        return data + b"\x90\x00" if le is not None else b"\x90\x00"

    def _sized(self, data: bytes | int, le: int | None) -> bytes:
        """After a command without data: by T=0 the length has to be right."""
        if isinstance(data, int):
            return data.to_bytes(2, "big")
        if self.t0 and le != len(data):
            return b"\x6c" + bytes((len(data) & 0xFF,))
        return data[:le] + b"\x90\x00"

    def _rest(self, le: int) -> bytes:
        if not self._pending:
            return b"\x69\x85"
        if le != len(self._pending):
            return b"\x6c" + bytes((len(self._pending) & 0xFF,))
        data, self._pending = self._pending, b""
        return data + b"\x90\x00"


def _spoilt(fault: Fault, answer: bytes) -> Said:
    match fault.kind:
        case "mute":
            return Said(None)
        case "empty":
            return Said(b"")
        case "one-byte":
            return Said(answer[-2:-1])
        case "garbage":
            return Said(bytes(range(0x9F, 0xDF)) + b"\x90\x00")
        case "cut-off":
            return Said(answer[: len(answer) // 2] + b"\x90\x00")
        case "says-61":
            return Said(b"\x61\xff")
        case "says-6c":
            return Said(b"\x6c\x07")
        case "status":
            return Said(fault.sw.to_bytes(2, "big"))
        case "slow":
            return Said(answer, seconds=fault.seconds)
    return Said(answer, pull=fault.kind)
