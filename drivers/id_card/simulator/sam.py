"""The SAM and the field above it: what is asked, what lies there, what is answered. No line, no threads, no
faults.

Behaviour follows protocols/card-readers.md 1.6; what that leaves open is decided here and marked so.
"""

from __future__ import annotations

import struct
from enum import Enum

from drivers.id_card.simulator.chip import Chip

_START = (0xAA, 0xAA, 0xAA, 0x96, 0x69)
_LONGEST_REQUEST = 16  # no documented request comes near

# Type, subtype, date, serial, random; shown as 05.01-20200101-0000123456-0987654321.
SAM_ID = struct.pack("<HHLLL", 5, 1, 20200101, 123456, 987654321)

SPEEDS = (115200, 57600, 38400, 19200, 9600)  # by the PARA of command 60

COMMANDS = {
    b"\x10\xff": "reset",
    b"\x11\xff": "status",
    b"\x12\xff": "sam-id",
    b"\x20\x01": "find",
    b"\x20\x02": "select",
    b"\x30\x01": "read",
    b"\x30\x03": "new-address",
    b"\x30\x10": "read-with-finger",
    b"\x61\xff": "max-rf-bytes",
}


def reply(sw3: int, data: bytes = b"") -> bytes:
    """A reply as it goes over the wire, SW1 and SW2 zero."""
    counted = struct.pack(">H", len(data) + 4) + bytes((0, 0, sw3)) + data
    check = 0
    for byte in counted:
        check ^= byte
    return bytes(_START) + counted + bytes((check,))


class RequestReader:
    """Takes requests from the wire byte by byte, as a UART's interrupt would."""

    def __init__(self) -> None:
        self._matched = 0
        self._body: list[int] = []

    def push(self, byte: int) -> bytes | None:
        """Len to XOR of the request that `byte` completes, else None. An impossible Len completes at once."""
        if self._matched < len(_START):
            if byte == _START[self._matched]:
                self._matched += 1
            elif byte == 0xAA:
                self._matched = 3 if self._matched == 3 else 1
            else:
                self._matched = 0
            return None
        self._body.append(byte)
        if len(self._body) < 2:
            return None
        announced = self._body[0] << 8 | self._body[1]
        if announced > _LONGEST_REQUEST or len(self._body) >= announced + 2:
            return self._finish()
        return None

    def idle(self) -> bytes | None:
        """What there is of a request when the line fell quiet in its midst, else None."""
        return self._finish() if self._body else None

    def _finish(self) -> bytes:
        whole = bytes(self._body)
        self._matched, self._body = 0, []
        return whole


class Stage(Enum):
    """How far the card in the field has come."""

    PLACED = "placed"
    FOUND = "found"
    SELECTED = "selected"
    READ = "read"  # not found again before it left the field
    REFUSED = "refused"  # nor is this one


class Sam:
    """One SAM with one field. `failed` makes its self-test fail: it then accepts nothing."""

    def __init__(self, baudrate: int) -> None:
        self.chip: Chip | None = None
        self.stage = Stage.PLACED
        self.failed = False
        self.baudrate = baudrate

    def place(self, chip: Chip) -> None:
        """A card comes into the field, in the stead of any that lies there."""
        self.chip, self.stage = chip, Stage.PLACED

    def lift(self) -> None:
        """The field is empty."""
        self.chip = None

    def restart(self) -> None:
        """Power came back: a card that lies there is new to the SAM. The line speed survives."""
        self.stage = Stage.PLACED

    def refuse(self) -> None:
        """The card in the field was refused; it must leave."""
        self.stage = Stage.REFUSED

    def answer(self, body: bytes) -> tuple[str, bytes]:
        """Name of the command in a request (Len to XOR) and the reply to it."""
        announced = int.from_bytes(body[:2], "big")
        check = 0
        for byte in body:
            check ^= byte
        if len(body) != announced + 2 or announced < 3:
            return "damaged", reply(0x11)
        if check:
            return "damaged", reply(0x10)
        sets_speed = body[2] == 0x60 and body[3] < len(SPEEDS)
        name = "set-baud" if sets_speed else COMMANDS.get(body[2:4], "unknown")
        if name == "unknown":
            return name, reply(0x21)
        if announced != (4 if name == "max-rf-bytes" else 3):
            return name, reply(0x11)
        return name, reply(0x60) if self.failed else self._act(name, body[3])

    def _act(self, name: str, parameter: int) -> bytes:
        match name:
            case "find":
                return self._find()
            case "select":
                return self._select()
            case "read" | "read-with-finger":
                return self._read(with_finger=name == "read-with-finger")
            case "new-address":
                return self._new_address()
            case "set-baud":
                self.baudrate = SPEEDS[parameter]
            case "reset":
                self.restart()
        return reply(0x90, SAM_ID if name == "sam-id" else b"")

    def _find(self) -> bytes:
        if self.chip is None or self.stage in (Stage.READ, Stage.REFUSED):
            return reply(0x80)
        self.stage = Stage.FOUND
        return reply(0x9F, bytes(4))

    def _select(self) -> bytes:
        if self.chip is None or self.stage is not Stage.FOUND:
            return reply(0x81)
        self.stage = Stage.SELECTED
        return reply(0x90, bytes(8))

    def _read(self, *, with_finger: bool) -> bytes:
        # That a card which was read can be read again without a new find is our guess; no source says.
        if self.chip is None or self.stage not in (Stage.SELECTED, Stage.READ):
            return reply(0x41)
        self.stage = Stage.READ
        parts = [self.chip.text, self.chip.photo, *([self.chip.fingerprints] if with_finger else [])]
        return reply(0x90, struct.pack(f">{len(parts)}H", *map(len, parts)) + b"".join(parts))

    def _new_address(self) -> bytes:
        if self.chip is None or self.stage not in (Stage.SELECTED, Stage.READ):
            return reply(0x41)
        return reply(0x91) if self.chip.new_address is None else reply(0x90, self.chip.new_address)
