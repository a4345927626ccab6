"""What can go wrong between a SAM's answer and the host, on command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from drivers.id_card.simulator.sam import COMMANDS


class Kind(StrEnum):
    """A fault. The first group spoils an answer, the second befalls transfers out, or the SAM at once, or is
    done by a hand."""

    SILENT = "silent"  # the answer is never sent
    NOISE_BEFORE = "noise-before"  # bytes that look like a beginning come first
    HALF_FRAME = "half-frame"  # the rest is never sent
    GLUED = "glued"  # the answer comes twice in one go
    ONE_BYTE_AT_A_TIME = "one-byte-at-a-time"
    STALL_MID_FRAME = "stall-mid-frame"  # a pause of `seconds` in the middle
    WRONG_XOR = "wrong-xor"
    WRONG_LENGTH = "wrong-length"  # Len announces one byte more than comes
    LATE_REPLY = "late-reply"  # sent when the next request has come, just before that one's answer
    REFUSE = "refuse"  # the status `sw3` (hex) instead of the answer, and the card must leave the field
    UNPLUG_MID_FRAME = "unplug-mid-frame"  # half of the answer, then the cable is out
    LIFT_AFTER_FIND = "lift-after-find"  # the card leaves after the answer to find
    LIFT_AFTER_SELECT = "lift-after-select"
    SHORT_PACKETS = "short-packets"  # USB: the answer in packets of 8 bytes
    STALL_IN = "stall-in"  # USB: the answer is lost, its pipe halted until it is cleared
    WRONG_OUTER_SUM = "wrong-outer-sum"  # HID: of one packet in the answer's midst

    STALL_OUT = "stall-out"  # USB: the next `times` transfers out are halted, each until it is cleared
    NAK_OUT = "nak-out"  # USB: the next `times` transfers out time out
    DENY = "deny"  # USB: opening is refused, as where there is no udev rule; until `clear`
    SAM_FAILED = "sam-failed"  # until `clear`
    UNPLUG = "unplug"
    REPLUG = "replug"
    CLEAR = "clear"  # no fault is left, the SAM is well; the cable stays as it is


AT_ONCE = (Kind.SAM_FAILED, Kind.UNPLUG, Kind.REPLUG, Kind.CLEAR)
OUTWARD = (Kind.STALL_OUT, Kind.NAK_OUT, Kind.DENY)
"""What befalls no answer."""
HID = frozenset(Kind)
BULK = HID - {Kind.WRONG_OUTER_SUM}
SERIAL = BULK - {Kind.SHORT_PACKETS, Kind.STALL_IN, *OUTWARD}
"""The faults that each kind of line can have."""

_TIED_TO = {Kind.LIFT_AFTER_FIND: "find", Kind.LIFT_AFTER_SELECT: "select"}

NOISE = bytes.fromhex("00 FF 55 AA AA 96 AA AA AA 96 69 09 0A AA AA")
"""A broken preamble, then a whole one with a large Len, then a run of AA that runs into the answer's own."""


@dataclass(slots=True)
class Fault:
    """One fault: which answers it befalls, and how many of them (0: until cleared)."""

    kind: Kind
    on: str | None = None
    times: int = 1
    seconds: float = 0.2
    sw3: int = 0x41


def order(request: dict[str, Any]) -> Fault:
    """The fault that a control request orders. Raises ValueError for a kind or command that there is not."""
    kind = Kind(request["kind"])
    on = _TIED_TO.get(kind, request.get("on"))
    if on is not None and on not in COMMANDS.values():
        raise ValueError(f"{on!r} is none of {', '.join(COMMANDS.values())}")
    return Fault(
        kind,
        on,
        times=int(request.get("times", 1)),
        seconds=float(request.get("seconds", 0.2)),
        sw3=int(str(request.get("sw3", "41")), 16),
    )


def take(faults: list[Fault], command: str) -> Fault | None:
    """The first fault that befalls an answer to `command`, used up by one."""
    for fault in faults:
        if fault.kind not in OUTWARD and fault.on in (None, command):
            return _used(faults, fault)
    return None


def take_outward(faults: list[Fault]) -> Fault | None:
    """The first fault that befalls a transfer out, used up by one."""
    for fault in faults:
        if fault.kind in (Kind.STALL_OUT, Kind.NAK_OUT):
            return _used(faults, fault)
    return None


def _used(faults: list[Fault], fault: Fault) -> Fault:
    if fault.times == 1:
        faults.remove(fault)
    elif fault.times:
        fault.times -= 1
    return fault


def _wrong_xor(frame: bytes) -> bytes:
    """`frame` with another last byte."""
    return frame[:-1] + bytes((frame[-1] ^ 0x5A,))


def _wrong_length(frame: bytes) -> bytes:
    """`frame` with a Len one too large, its XOR made to fit."""
    length = int.from_bytes(frame[5:7], "big")
    false = (length + 1).to_bytes(2, "big")
    check = frame[-1] ^ frame[5] ^ frame[6] ^ false[0] ^ false[1]
    return frame[:5] + false + frame[7:-1] + bytes((check,))


def spoil(frame: bytes, fault: Fault | None) -> list[bytes]:
    """What goes over the wire instead of `frame`, in the parts between which the line may pause."""
    half = len(frame) // 2
    match fault.kind if fault else None:
        case Kind.SILENT | Kind.LATE_REPLY | Kind.STALL_IN:
            parts = []
        case Kind.NOISE_BEFORE:
            parts = [NOISE + frame]
        case Kind.HALF_FRAME | Kind.UNPLUG_MID_FRAME:
            parts = [frame[:half]]
        case Kind.GLUED:
            parts = [frame + frame]
        case Kind.ONE_BYTE_AT_A_TIME:
            parts = [frame[at : at + 1] for at in range(len(frame))]
        case Kind.STALL_MID_FRAME:
            parts = [frame[:half], frame[half:]]
        case Kind.WRONG_XOR:
            parts = [_wrong_xor(frame)]
        case Kind.WRONG_LENGTH:
            parts = [_wrong_length(frame)]
        case _:
            parts = [frame]
    return parts
