"""ESC/POS a second time: a machine that is fed one byte at a time and moves the roll.

Written as a coroutine that asks for its next byte, so a command cut in two simply waits, as a printer
does: whatever comes next is taken for its rest. Unknown commands and stray controls are recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import qrcode
from PIL import Image

from drivers.receipt_printer.simulator import rom
from drivers.receipt_printer.simulator.paper import HEAD_TO_CUTTER, Roll

Bytes = Generator[None, int, Any]

# The Chinese variant of ASCII (ESC R 15), which Chinese models start with.
_CHINESE_VARIANT = {"$": "￥"}

# Commands that take a fixed number of bytes and change nothing that is modelled.
_IGNORED = {
    b"\x1b": {0x20: 1, 0x2D: 1, 0x4D: 1, 0x74: 1, 0x7B: 1, 0x47: 1, 0x56: 1},
    b"\x1c": {0x53: 2, 0x2D: 1, 0x57: 1, 0x21: 1},
    b"\x1d": {0x42: 1, 0x4C: 2, 0x57: 2, 0x62: 1, 0x48: 1, 0x66: 1, 0x68: 1, 0x77: 1, 0x50: 2},
}
# What GS I 69 tells: makers name the standard, not which part of it the font has.
_FONTS = {
    "gb2312": b"CHINA GB2312",
    "gbk": b"CHINA GBK",
    "gb18030-2byte": b"CHINA GB18030",
    "gb18030": b"CHINA GB18030",
}
_NAMES = {0x1B: "ESC", 0x1C: "FS", 0x1D: "GS"}


@dataclass
class Mode:
    """What ESC @ resets. Chinese mode is off: a driver that does not ask for it gets what it deserves."""

    align: int = 0
    wide: int = 1
    high: int = 1
    bold: bool = False
    pitch: int = 30
    chinese: bool = False
    variant: int = 15


@dataclass
class Line:
    """The print buffer: what waits for a line feed."""

    glyphs: list[Image.Image] = field(default_factory=list)
    text: str = ""
    width: int = 0
    garbled: list[str] = field(default_factory=list)


@dataclass
class Qr:
    """The symbol storage of GS ( k."""

    module: int = 3
    level: int = 48
    data: bytes = b""


class Interpreter:
    """Feeds a roll. `answer` sends bytes to the host, `cut` cuts, `status_back` switches GS a.

    `queued_status` answers GS r, where this printer knows it.
    """

    def __init__(
        self,
        roll: Roll,
        *,
        charset: str,
        answer: Callable[[bytes], None],
        cut: Callable[[str], None],
        status_back: Callable[[int], None],
        queued_status: Callable[[int], int] | None,
        process_id: bool,
        draws_qr: bool,
        font: str | None,
    ) -> None:
        self.roll = roll
        self._charset = charset
        self._answer = answer
        self._cut = cut
        self._status_back = status_back
        self._queued_status = queued_status
        self._process_id = process_id
        self._draws_qr = draws_qr
        self._font = _FONTS.get(charset, b"") if font is None else font.encode("ascii")
        self.abort()
        self.mode = Mode()
        self._qr = Qr()

    def abort(self) -> None:
        """Forget the command in hand and the print buffer (buffer clear, power)."""
        self._line = Line()
        self._machine = self._run()
        next(self._machine)

    def power_on(self) -> None:
        """As after a power-cycle."""
        self.abort()
        self.mode = Mode()
        self._qr = Qr()

    def feed(self, byte: int) -> None:
        """One byte from the receive buffer."""
        self._machine.send(byte)

    def _run(self) -> Generator[None, int, None]:
        while True:
            byte = yield
            if byte in _NAMES:
                yield from self._command(byte)
            elif byte >= 0x80:
                yield from self._double(byte)
            elif byte >= 0x20:
                self._ascii(byte)
            elif byte == 0x0A:
                self._feed_line()
            elif byte == 0x18:
                self.roll.command("CAN")
                self._line = Line()
            elif byte:
                self.roll.command(f"stray {byte:02X}")

    def _take(self, count: int) -> Generator[None, int, bytes]:
        taken = bytearray()
        while len(taken) < count:
            taken.append((yield))
        return bytes(taken)

    # Characters.

    def _ascii(self, byte: int) -> None:
        char = chr(byte)
        if self.mode.variant == 15:
            char = _CHINESE_VARIANT.get(char, char)
        self._put(char, 12)

    def _double(self, lead: int) -> Bytes:
        if not self.mode.chinese:
            self._put(bytes([lead]).decode("cp437"), 12)  # the code page of a printer not told otherwise
            return
        second = yield
        code = bytes((lead, second))
        if 0x30 <= second <= 0x39 and self._charset == "gb18030":
            code += yield from self._take(2)
        char = rom.holds(self._charset, code)
        if char is None:
            self._line.garbled.append(code.hex())
            self._put(rom.GARBLED, 24)
            if second < 0x40:  # not a trail byte: an ASCII character of its own
                self._ascii(second)
        else:
            self._put(char, 24)

    def _put(self, char: str, width: int) -> None:
        mode = self.mode
        glyph = rom.glyph(char, width, mode.bold)
        scaled = glyph.resize((width * mode.wide, rom.HEIGHT * mode.high), Image.Resampling.NEAREST)
        if self._line.width + scaled.width > self.roll.width:
            self._feed_line(overflow=True)
        self._line.glyphs.append(scaled)
        self._line.text += char
        self._line.width += scaled.width

    def _feed_line(self, *, overflow: bool = False) -> None:
        line, self._line = self._line, Line()
        top = self.roll.here
        height = max([self.mode.pitch, *(glyph.height for glyph in line.glyphs)])
        if line.glyphs:
            tallest = max(glyph.height for glyph in line.glyphs)
            strip = Image.new("1", (self.roll.width, tallest), 0)
            x = (self.roll.width - line.width) * self.mode.align // 2
            for glyph in line.glyphs:
                strip.paste(glyph, (x, tallest - glyph.height))
                x += glyph.width
            self._stamp(strip)
            height -= tallest
        self.roll.feed(height)
        self.roll.note(
            {
                "kind": "text",
                "text": line.text,
                "top": top,
                "rows": self.roll.here - top,
                "dots": line.width,
                "size": [self.mode.wide, self.mode.high],
                "bold": self.mode.bold,
                "align": self.mode.align,
                "garbled": line.garbled,
                "overflow": overflow,
            }
        )

    def _stamp(self, strip: Image.Image) -> None:
        data = strip.tobytes()
        step = self.roll.width // 8
        for start in range(0, len(data), step):
            self.roll.row(data[start : start + step])

    # Commands.

    def _command(self, lead: int) -> Bytes:
        code = yield
        name = f"{_NAMES[lead]} {chr(code) if 0x20 < code < 0x7F else f'{code:02X}'}"
        handler = getattr(self, f"_{_NAMES[lead].lower()}_{code:02x}", None)
        if handler is not None:
            yield from handler(name)
        elif code in _IGNORED[bytes([lead])]:
            arguments = yield from self._take(_IGNORED[bytes([lead])][code])
            self._seen(name, *arguments)
        else:
            self._seen(f"unknown {name}")

    def _seen(self, name: str, *arguments: int) -> None:
        self.roll.command(" ".join([name, *map(str, arguments)]))

    def _esc_40(self, name: str) -> Bytes:  # ESC @
        self._seen(name)
        self._line = Line()
        self.mode = Mode()
        yield from ()

    def _esc_61(self, name: str) -> Bytes:  # ESC a
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self.mode.align = n % 48 if n % 48 < 3 else self.mode.align

    def _esc_45(self, name: str) -> Bytes:  # ESC E
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self.mode.bold = bool(n & 1)

    def _esc_21(self, name: str) -> Bytes:  # ESC !
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self.mode.bold = bool(n & 0x08)
        self.mode.high = 2 if n & 0x10 else 1
        self.mode.wide = 2 if n & 0x20 else 1

    def _esc_52(self, name: str) -> Bytes:  # ESC R
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self.mode.variant = n

    def _esc_32(self, name: str) -> Bytes:  # ESC 2
        self._seen(name)
        self.mode.pitch = 30
        yield from ()

    def _esc_33(self, name: str) -> Bytes:  # ESC 3
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self.mode.pitch = n

    def _esc_4a(self, name: str) -> Bytes:  # ESC J
        (n,) = yield from self._take(1)
        self._seen(name, n)
        if self._line.glyphs:
            self._feed_line()
        self.roll.feed(n)

    def _esc_64(self, name: str) -> Bytes:  # ESC d
        (n,) = yield from self._take(1)
        self._seen(name, n)
        for _ in range(n):
            self._feed_line()

    def _esc_70(self, name: str) -> Bytes:  # ESC p: the cash drawer's pulse
        arguments = yield from self._take(3)
        self._seen(name, *arguments)
        self.roll.history.append("drawer pulse")

    def _fs_26(self, name: str) -> Bytes:  # FS &
        self._seen(name)
        self.mode.chinese = True
        yield from ()

    def _fs_2e(self, name: str) -> Bytes:  # FS .
        self._seen(name)
        self.mode.chinese = False
        yield from ()

    def _gs_21(self, name: str) -> Bytes:  # GS !
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self.mode.wide = (n >> 4 & 7) + 1
        self.mode.high = (n & 7) + 1

    def _gs_61(self, name: str) -> Bytes:  # GS a
        (n,) = yield from self._take(1)
        self._seen(name, n)
        self._status_back(n)

    def _gs_72(self, name: str) -> Bytes:  # GS r
        (n,) = yield from self._take(1)
        self._seen(name, n)
        if self._queued_status is not None:
            self._answer(bytes([self._queued_status(n)]))

    def _gs_49(self, name: str) -> Bytes:  # GS I
        (n,) = yield from self._take(1)
        self._seen(name, n)
        told = {66: b"SIMULATED", 67: b"PAPER-1", 69: self._font}.get(n)
        self._answer(b"_" + told + b"\x00" if told else b"\x02")

    def _gs_56(self, name: str) -> Bytes:  # GS V
        (m,) = yield from self._take(1)
        if m in (65, 66):
            (n,) = yield from self._take(1)
            self._seen(name, m, n)
            self.roll.feed(HEAD_TO_CUTTER + n)
        else:
            self._seen(name, m)
        self._cut("full cut" if m in (0, 48, 65) else "partial cut")

    def _gs_76(self, name: str) -> Bytes:  # GS v 0
        kind, _, x_low, x_high, y_low, y_high = yield from self._take(6)
        across, rows = x_low + 256 * x_high, y_low + 256 * y_high
        self._seen(name, kind - 48, across, rows)
        step = self.roll.width // 8
        indent = max(0, (step - across) * self.mode.align // 2)
        item: dict[str, Any] = {"kind": "raster", "top": self.roll.here, "rows": 0, "overflow": across > step}
        self.roll.note(item)
        for _ in range(rows):
            dots = yield from self._take(across)
            self.roll.row((bytes(indent) + dots).ljust(step, b"\x00")[:step])
            item["rows"] += 1

    def _gs_28(self, name: str) -> Bytes:  # GS ( x: length, then that many bytes
        kind, low, high = yield from self._take(3)
        body = yield from self._take(low + 256 * high)
        name = f"{name} {chr(kind)}"
        if kind == ord("k") and body[0] == 49:
            self._seen(name, body[1])
            self._two_dimensional(body[1], body[2:])
        elif kind == ord("H") and body[:2] == b"00" and self._process_id:
            self._seen(name)
            self._answer(b'7"' + body[2:6] + b"\x00")
        elif kind in b"KED":
            self._seen(name, *body)
        else:
            self._seen(f"unknown {name}")

    def _two_dimensional(self, function: int, body: bytes) -> None:
        if function == 67:
            self._qr.module = body[0]
        elif function == 69:
            self._qr.level = body[0]
        elif function == 80:
            self._qr.data = body[1:]
        elif function == 81 and self._qr.data and self._draws_qr:
            self._print_qr()

    def _print_qr(self) -> None:
        level = {48: 1, 49: 0, 50: 3, 51: 2}[self._qr.level]  # L M Q H, as qrcode counts them
        code = qrcode.QRCode(error_correction=level, border=0)
        code.add_data(self._qr.data)
        matrix = code.get_matrix()
        side = len(matrix)
        small = Image.new("1", (side, side), 0)
        small.putdata([int(dark) for line in matrix for dark in line])
        module = self._qr.module
        large = small.resize((side * module, side * module), Image.Resampling.NEAREST)
        strip = Image.new("1", (self.roll.width, large.height), 0)
        strip.paste(large, ((self.roll.width - large.width) * self.mode.align // 2, 0))
        top = self.roll.here
        self._stamp(strip)
        self.roll.note(
            {
                "kind": "qr",
                "payload": self._qr.data.decode("utf-8", "replace"),
                "top": top,
                "rows": self.roll.here - top,
                "module": module,
                "overflow": large.width > self.roll.width,
            }
        )
