"""What a scanner hangs on, a serial line or a HID node, as a source of codes.

Used by one thread, except for `wake`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from drivers.code_scanner import aim
from drivers.code_scanner.descriptor import BadDescriptor, described
from drivers.code_scanner.framer import Framer, Terminator
from drivers.code_scanner.health import Condition
from drivers.code_scanner.hidraw import Node
from drivers.code_scanner.raw import LONGEST, Raw
from drivers.code_scanner.reports import Assembler, Layout, NoScannedData, trigger_report
from drivers.code_scanner.transport import Transport
from drivers.device import Monotonic

SILENCE_SECONDS = 0.15
"""Without a byte, and a code without terminator has ended. A USB adapter may hold bytes back for 16 ms."""
GIVE_UP_SECONDS = 2.0
"""Without a byte or report in the midst of a code, and the rest never comes."""
_MOST_READS = 256
"""Of what had come before an asking: the kernel holds 4,096 bytes of a tty, 64 reports of a hidraw node."""
REST_SECONDS = 5.0
"""Between two looks at a line on which nothing happens; whatever does happen ends the wait."""


class Trigger(StrEnum):
    """How a serial module is told when to read."""

    NONE = "none"  # it reads by itself: what comes while nobody asks is dropped
    SYN_T = "syn-t"  # SYN T CR, SYN U CR: Honeywell and many others, in manual (serial) trigger mode
    SOH_T = "soh-t"  # SOH T EOT, SOH P EOT: Newland, in command trigger mode


_TRIGGERS = {
    Trigger.SYN_T: (b"\x16T\r", b"\x16U\r"),
    Trigger.SOH_T: (b"\x01T\x04", b"\x01P\x04"),
}


class Unfit(Exception):  # noqa: N818 - a state of the device, on its way to its health
    """What was opened is not to be used as a scanner."""

    def __init__(self, condition: Condition, detail: str = "") -> None:
        super().__init__(detail)
        self.condition = condition


class Source(Protocol):
    """Codes of one scanner. Raises TransportLost and TransportTimeout."""

    proven: bool
    """Whether opening it shows that a scanner is there."""
    identified: bool
    """Whether the body of each code begins with its AIM identifier."""

    def open(self) -> None:
        """Open it anew. Raises Unfit for what is no scanner, or is a keyboard."""
        ...

    def close(self) -> None:
        """Release it. May be called twice."""
        ...

    def receive(self, timeout: float, asked: int) -> list[Raw]:
        """What was completed within `timeout` seconds, or sooner; codes that begin belong to `asked`."""
        ...

    def drain(self) -> list[Raw]:
        """Take what has come by now, for nobody. Never waits."""
        ...

    def forget(self) -> None:
        """Nobody wants the code that is under way."""
        ...

    def trigger(self, *, on: bool) -> None:
        """Let the scanner read, or stop it, where it can be told."""
        ...

    def wake(self) -> None:
        """End a `receive` that waits. From any thread."""
        ...


class _Parser(Protocol):
    @property
    def busy(self) -> bool: ...

    def feed(self, data: bytes, asked: int) -> list[Raw]: ...

    def idle(self) -> list[Raw]: ...

    def forget(self) -> None: ...

    def reset(self) -> None: ...


class _Listening:
    """Reads a transport into a parser, and tells the parser when nothing more comes."""

    def __init__(self, transport: Transport, monotonic: Monotonic, give_up: float) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._give_up = give_up
        self._heard_at = monotonic()

    def receive(self, parser: _Parser, timeout: float, asked: int) -> list[Raw]:
        if parser.busy:
            timeout = min(timeout, self._heard_at + self._give_up - self._monotonic())
        data = self._transport.read(timeout)
        if data:
            self._heard_at = self._monotonic()
            return parser.feed(data, asked)
        if parser.busy and self._monotonic() - self._heard_at >= self._give_up:
            return parser.idle()
        return []

    def drain(self, parser: _Parser) -> list[Raw]:
        found: list[Raw] = []
        for _ in range(_MOST_READS):
            data = self._transport.read(0.0)
            if not data:
                break
            self._heard_at = self._monotonic()
            found += parser.feed(data, 0)
        return found


class SerialLine:
    """A fixed-mount module on a serial line."""

    proven = False

    def __init__(
        self,
        transport: Transport,
        *,
        terminator: Terminator,
        identified: bool,
        trigger: Trigger,
        monotonic: Monotonic,
        give_up: float | None = None,
    ) -> None:
        """`give_up` in seconds; by default as the terminator needs it."""
        usual = SILENCE_SECONDS if terminator is Terminator.SILENCE else GIVE_UP_SECONDS
        self.identified = identified
        self._transport = transport
        self._trigger = _TRIGGERS.get(trigger)
        self._framer = Framer(terminator, LONGEST + (aim.SIZE if identified else 0))
        self._listening = _Listening(transport, monotonic, give_up or usual)

    def open(self) -> None:
        """Open the port."""
        self._transport.open()
        self._framer.reset()

    def close(self) -> None:
        """Release the port."""
        self._transport.close()
        self._framer.reset()

    def receive(self, timeout: float, asked: int) -> list[Raw]:
        """See `Source`."""
        return self._listening.receive(self._framer, timeout, asked)

    def drain(self) -> list[Raw]:
        """See `Source`."""
        return self._listening.drain(self._framer)

    def forget(self) -> None:
        """See `Source`."""
        self._framer.forget()

    def trigger(self, *, on: bool) -> None:
        """Send the module's own command, where it has one."""
        if self._trigger is not None:
            self._transport.write(self._trigger[not on])

    def wake(self) -> None:
        """See `Source`."""
        self._transport.wake()


class HidLine:
    """A USB scanner in HID POS mode."""

    proven = True
    identified = False

    def __init__(self, node: Node, *, monotonic: Monotonic, give_up: float | None = None) -> None:
        self._node = node
        self._listening = _Listening(node, monotonic, give_up or GIVE_UP_SECONDS)
        self._assembler: Assembler | None = None
        self._trigger: dict[bool, bytes | None] = {}

    def open(self) -> None:
        """Open the node and read what it says of itself. A keyboard is let go at once."""
        self._node.open()
        try:
            self._describe(self._node.descriptors())
        except Unfit:
            self._node.close()
            raise

    def _describe(self, descriptors: tuple[bytes, ...]) -> None:
        """The first is the node's own. One that cannot be read may be of anything, also of a keyboard."""
        try:
            devices = [described(each) for each in descriptors]
        except BadDescriptor as error:
            raise Unfit(Condition.NOT_A_SCANNER, str(error)) from error
        if any(each.keyboard for each in devices):
            raise Unfit(Condition.KEYBOARD)
        if not devices:
            raise Unfit(Condition.NOT_A_SCANNER, "no HID device")
        try:
            self._assembler = Assembler(Layout.of(devices[0]))
        except NoScannedData as error:
            raise Unfit(Condition.NOT_A_SCANNER, str(error)) from error
        self._trigger = {on: trigger_report(devices[0], on=on) for on in (True, False)}

    def close(self) -> None:
        """Release the node."""
        self._node.close()
        if self._assembler is not None:
            self._assembler.reset()

    def receive(self, timeout: float, asked: int) -> list[Raw]:
        """See `Source`."""
        assert self._assembler is not None  # noqa: S101 - it is open
        return self._listening.receive(self._assembler, timeout, asked)

    def drain(self) -> list[Raw]:
        """See `Source`."""
        assert self._assembler is not None  # noqa: S101 - it is open
        return self._listening.drain(self._assembler)

    def forget(self) -> None:
        """See `Source`."""
        if self._assembler is not None:
            self._assembler.forget()

    def trigger(self, *, on: bool) -> None:
        """Send the Trigger Report, where the scanner has one."""
        report = self._trigger.get(on)
        if report is not None:
            self._node.write(report)

    def wake(self) -> None:
        """See `Source`."""
        self._node.wake()
