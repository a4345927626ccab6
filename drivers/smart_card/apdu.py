"""Commands to a card, its answers, and the exchange that follows 61xx and 6Cxx (ISO/IEC 7816-3, -4).

PC/SC hands 61xx and 6Cxx on as they are: to fetch the rest, or to ask again with the right length, is for the
one who asks. Everything is bounded: the steps of one exchange, the APDUs and seconds of one card.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from drivers.device import Monotonic
from drivers.exc import DriverError
from drivers.smart_card.worker import refusal

MOST_STEPS = 8
"""GET RESPONSE and repeated commands of one exchange. An answer of 2 kB takes as many; none is as long."""
MOST_APDUS = 120
MOST_SECONDS = 15.0
"""Of one card, whatever is on it: two applications of some twenty records each are well below."""

OK = 0x9000
FILE_NOT_FOUND = 0x6A82
RECORD_NOT_FOUND = 0x6A83
SECURITY_STATUS = 0x6982


class ForbiddenApduError(DriverError):
    """A command that no card may be sent; only a bug asks for one."""


class BadAnswer(DriverError, ValueError):  # noqa: N818 - says what the answer is
    """A card that does not answer as cards do; nothing of it is believed."""


class BudgetSpent(BadAnswer):
    """A card that wants more APDUs, or more time, than any card needs."""


class Unwanted(DriverError):  # noqa: N818 - a state of the asking, not an error
    """Nobody asks for the card any more."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the short form. `le` is how many bytes are wanted: 1 to 256, or None for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def encode(self, *, t0: bool) -> bytes:
        """As bytes. By T=0 a command with data carries no Le: the card says 61xx (ISO/IEC 7816-3, 12.2.1)."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        if self.data:
            head += bytes((len(self.data),)) + self.data
        if self.le is None or (t0 and self.data):
            return head
        return head + bytes((self.le & 0xFF,))


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """What a card answered: data, and the status word."""

    data: bytes
    sw: int

    def __repr__(self) -> str:
        return f"<Response {self.sw:04X}, {len(self.data)} bytes withheld>"

    @property
    def ok(self) -> bool:
        """Whether it is 9000."""
        return self.sw == OK


def decode(answer: bytes) -> Response:
    """Of an answer's bytes. Raises BadAnswer where there is not even a status word, or no ISO one."""
    if not 2 <= len(answer) <= 258 or answer[-2] >> 4 not in (6, 9):
        raise BadAnswer("no status word")
    return Response(answer[:-2], int.from_bytes(answer[-2:], "big"))


class Channel:
    """One card from its power-on to its power-off. Not for two threads."""

    def __init__(
        self,
        transmit: Callable[[bytes], bytes],
        *,
        t0: bool,
        monotonic: Monotonic,
        unwanted: Callable[[], bool] = lambda: False,
    ) -> None:
        """`transmit` sends an APDU and gives the answer with its status word, or raises what is its own."""
        self._transmit = transmit
        self._t0 = t0
        self._monotonic = monotonic
        self._unwanted = unwanted
        self._deadline = monotonic() + MOST_SECONDS
        self._left = MOST_APDUS
        self._shut: set[int] = set()

    def shut(self, sfi: int) -> None:
        """From now on no record of this file is read: a card said that it is its transaction log."""
        self._shut.add(sfi)

    def is_shut(self, sfi: int) -> bool:
        """Whether that was said of it."""
        return sfi in self._shut

    def exchange(self, command: Command) -> Response:
        """Send it and follow what the card asks for.

        Raises BadAnswer, BudgetSpent, Unwanted; and ForbiddenApduError for a bug.
        """
        answer = self._once(command)
        data = b""
        for _ in range(MOST_STEPS):
            match answer.sw >> 8:
                case 0x61:
                    data += answer.data
                    command = Command(0x00, 0xC0, 0x00, 0x00, le=answer.sw & 0xFF or 256)
                case 0x6C if command.ins == 0xA8:
                    raise BadAnswer("it wants its counter moved twice")
                case 0x6C:
                    command = replace(command, le=answer.sw & 0xFF or 256)
                case _:
                    return Response(data + answer.data, answer.sw)
            answer = self._once(command)
        raise BadAnswer(f"it says 61 or 6C more than {MOST_STEPS} times")

    def _once(self, command: Command) -> Response:
        apdu = command.encode(t0=self._t0)
        reason = refusal(apdu)
        if reason is None and command.ins == 0xB2 and command.p2 >> 3 in self._shut:
            reason = "a record of the transaction log"
        if reason is not None:
            raise ForbiddenApduError(f"INS {command.ins:02X}: {reason}")
        if self._unwanted():
            raise Unwanted("nobody asks any more")
        if not self._left or self._monotonic() >= self._deadline:
            raise BudgetSpent("too many APDUs" if not self._left else "too slow")
        self._left -= 1
        return decode(self._transmit(apdu))


def select_name(name: bytes) -> Command:
    """SELECT by name or AID of 5 to 16 bytes, first occurrence."""
    return Command(0x00, 0xA4, 0x04, 0x00, name, 256)


def read_record(number: int, sfi: int, *, le: int = 256, by_tag: bool = False) -> Command:
    """READ RECORD `number` of the file `sfi` (0: the one selected); `by_tag`: the one so named."""
    return Command(0x00, 0xB2, number, sfi << 3 | (0 if by_tag else 4), le=le)
