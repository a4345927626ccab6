"""HID report descriptors: what a device says of itself, and how its scanned data lie in a report. Pure.

HID 1.11 (6.2.2, items) and the HID Point of Sale Usage Tables 1.02, chapter 4 (Bar Code Scanner Page, 0x8C).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

LONGEST = 4096
"""Bytes of a descriptor at most (HID_MAX_DESCRIPTOR_SIZE in linux/hid.h)."""
_MOST_BITS = 8 * 4096
"""Of one report: the kernel's own HID_MAX_BUFFER_SIZE is 16 KiB; USB full speed sends 64 bytes."""
_DEEPEST = 32

KEYBOARD_PAGE = 0x07
_DESKTOP, _SCANNER = 0x01, 0x8C
_KEYBOARDS = frozenset({(_DESKTOP, 0x06), (_DESKTOP, 0x07)})
"""Keyboard and Keypad, as application collections."""
_SCANNERS = frozenset({(_SCANNER, 0x01), (_SCANNER, 0x02), (_SCANNER, 0x03)})
"""Badge reader, bar code scanner, dumb bar code scanner."""
BYTE_COUNT = (_DESKTOP, 0x3B)
PREVENT_READ, INITIATE_READ = (_SCANNER, 0x5F), (_SCANNER, 0x60)
AIM = ((_SCANNER, 0xFB), (_SCANNER, 0xFC), (_SCANNER, 0xFD))
DECODED_DATA, CONTINUED = (_SCANNER, 0xFE), (_SCANNER, 0xFF)

Usage = tuple[int, int]
"""Page and id."""


class BadDescriptor(ValueError):  # noqa: N818 - says what it is
    """Bytes that are no report descriptor."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies in a report: `bit` counts from its first byte, the report id included."""

    bit: int
    bits: int
    count: int

    @property
    def byte(self) -> int:
        """Its first byte."""
        return self.bit // 8

    @property
    def whole_bytes(self) -> bool:
        """Whether it is made of whole bytes."""
        return self.bits == 8 and self.bit % 8 == 0


@dataclass(frozen=True, slots=True)
class Report:
    """One report: 0 is the id of a device that has none; `size` in bytes, the id included."""

    id: int
    size: int
    places: dict[Usage, Place]


@dataclass(frozen=True, slots=True)
class Described:
    """What a device says of itself."""

    keyboard: bool
    scanner: bool
    inputs: tuple[Report, ...]
    outputs: tuple[Report, ...]


@dataclass(slots=True)
class _Globals:
    page: int = 0
    size: int = 0
    count: int = 0
    id: int = 0


@dataclass(slots=True)
class _Locals:
    usages: list[Usage] = field(default_factory=list)
    minimum: Usage | None = None


@dataclass(slots=True)
class _Growing:
    bits: int
    places: dict[Usage, Place] = field(default_factory=dict)


def described(descriptor: bytes) -> Described:
    """Read a report descriptor. Raises BadDescriptor."""
    if not 0 < len(descriptor) <= LONGEST:
        raise BadDescriptor("a descriptor has 1 to 4096 bytes")
    reader = _Reader()
    for kind, tag, data in _items(descriptor):
        reader.take(kind, tag, data)
    return reader.finish()


def _items(descriptor: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Short items (6.2.2.2); long ones (6.2.2.3) are passed over, as the kernel does."""
    at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        at += 1
        if prefix == 0xFE:
            if at >= len(descriptor):
                raise BadDescriptor("a long item without its length")
            at += 2 + descriptor[at]
            if at > len(descriptor):
                raise BadDescriptor("a long item that is cut short")
            continue
        size = (0, 1, 2, 4)[prefix & 0b11]
        data = descriptor[at : at + size]
        if len(data) < size:
            raise BadDescriptor("an item that is cut short")
        at += size
        yield (prefix >> 2) & 0b11, prefix >> 4, data


class _Reader:
    """The state tables of 6.2.2.7 and 6.2.2.8."""

    def __init__(self) -> None:
        self._globals = _Globals()
        self._stack: list[_Globals] = []
        self._locals = _Locals()
        self._depth = 0
        self._has_ids = False
        self._keyboard = self._scanner = False
        self._reports: dict[int, dict[int, _Growing]] = {8: {}, 9: {}}  # by the tags of Input and Output

    def take(self, kind: int, tag: int, data: bytes) -> None:
        value = int.from_bytes(data, "little")
        match kind:
            case 0:
                self._main(tag, value)
                self._locals = _Locals()
            case 1:
                self._global(tag, value)
            case 2:
                self._local(tag, value, len(data))

    def finish(self) -> Described:
        if self._depth:
            raise BadDescriptor("a collection that does not end")
        inputs, outputs = (
            tuple(
                Report(number, (growing.bits + 7) // 8, growing.places)
                for number, growing in self._reports[tag].items()
            )
            for tag in (8, 9)
        )
        return Described(self._keyboard, self._scanner, inputs, outputs)

    def _main(self, tag: int, value: int) -> None:
        match tag:
            case 8 | 9:
                self._fields(self._reports[tag], constant=bool(value & 1))
            case 10:
                self._begin(application=value == 1)
            case 12:
                if not self._depth:
                    raise BadDescriptor("an end without a collection")
                self._depth -= 1

    def _begin(self, *, application: bool) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadDescriptor("collections too deep")
        if application and self._locals.usages:
            self._keyboard |= self._locals.usages[-1] in _KEYBOARDS
            self._scanner |= self._locals.usages[-1] in _SCANNERS

    def _fields(self, reports: dict[int, _Growing], *, constant: bool) -> None:
        now = self._globals
        growing = reports.setdefault(now.id, _Growing(bits=8 if self._has_ids else 0))
        begin = growing.bits
        growing.bits += now.size * now.count
        if growing.bits > _MOST_BITS:
            raise BadDescriptor("a report that is too long")
        usages = self._locals.usages
        named = [*usages, *([self._locals.minimum] if self._locals.minimum else [])]
        self._keyboard |= any(page == KEYBOARD_PAGE for page, _ in named)
        if constant or not now.size:  # a part of no bits lies nowhere
            return
        for number, usage in enumerate(usages[: now.count]):
            last = number == len(usages) - 1  # it also names the rest (6.2.2.8)
            count = now.count - number if last else 1
            growing.places.setdefault(usage, Place(begin + number * now.size, now.size, count))

    def _global(self, tag: int, value: int) -> None:
        now = self._globals
        match tag:
            case 0:
                now.page = value
            case 7:
                now.size = value
            case 8:
                if not 0 < value <= 0xFF:
                    raise BadDescriptor("a report id that is none")
                now.id, self._has_ids = value, True
            case 9:
                now.count = value
            case 10:
                if len(self._stack) >= _DEEPEST:
                    raise BadDescriptor("pushed too often")
                self._stack.append(replace(now))
            case 11:
                if not self._stack:
                    raise BadDescriptor("popped without a push")
                self._globals = self._stack.pop()

    def _local(self, tag: int, value: int, size: int) -> None:
        usage = (value >> 16, value & 0xFFFF) if size == 4 else (self._globals.page, value)
        match tag:
            case 0:
                self._locals.usages.append(usage)
            case 1:
                self._locals.minimum = usage
