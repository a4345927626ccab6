"""The protocol over one transport: ask a status, send a job, hear that it is done, clear leftovers.

Everything inbound goes through one parser, whatever was being waited for, so automatic status that
arrives in the middle of a query is used and not mistaken for the answer. Used from one thread only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from drivers.device import Availability, Monotonic
from drivers.receipt_printer.condition import Condition, condition_of
from drivers.receipt_printer.profile import Confirm
from drivers.receipt_printer.status import (
    Answer,
    Block,
    Inbound,
    Known,
    Paper,
    Parser,
    PrinterStatus,
    Queued,
    Realtime,
    StatusBack,
    Unknown,
    Why,
    from_answers,
    from_status_back,
)
from drivers.receipt_printer.transport import Transport

CLEAR_REALTIME = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 fn=8, d1-d7 as Epson gives them
QUEUED_STATUS = b"\x1dr\x01"
QUEUED_ANSWERS = 2
"""The answer to GS r is one byte, and may be zero: a stray byte must not pass for a printed receipt."""
_PROCESS_ID = 0x37
_TOLD = 0x5F
_CLEARED = Block(_PROCESS_ID, b"\x25")
_QUIET = 0.15  # silence after which no late answer follows
_SEND_STEP = 256  # bytes between two looks at what the printer says


@dataclass(frozen=True, slots=True)
class Timing:
    """Waits, in seconds."""

    answer: float = 0.5  # a DLE EOT or a block; real printers answer within 0.1
    stall: float = 5.0  # a printer that takes no byte for so long has stopped
    confirm: float = 6.0  # beyond the time that the job needs on the wire and on the paper
    check: float = 0.3  # between two looks at the status while a job prints
    poll: float = 2.0  # between two looks at the status while idle
    reopen: float = 2.0  # between two attempts to open a port that is not there


class Link:
    """One printer's conversation. Every method may raise TransportLost."""

    def __init__(self, transport: Transport, monotonic: Monotonic, timing: Timing) -> None:
        self.transport = transport
        self._monotonic = monotonic
        self._timing = timing
        self._parser = Parser()
        self._blocks: deque[Block] = deque(maxlen=8)
        self._realtime: deque[Realtime] = deque(maxlen=8)
        self._late = False  # a question is still unanswered, and its answer may yet come
        self.owed = 0
        """Answers to GS r still to come. They carry no name, so a job is confirmed when none is owed."""
        self._tokens: set[bytes] = set()  # of GS ( H, whose answers still have to come
        self.reported: PrinterStatus | None = None
        """Last automatic status since `forget`."""

    def forget(self) -> None:
        """Start afresh: nothing heard so far belongs to what comes."""
        self._parser.reset()
        self._blocks.clear()
        self._realtime.clear()
        self._tokens.clear()
        self.reported = None

    def listen(self, deadline: float) -> bool:
        """Take in what comes until `deadline`, or until something came. Whether something did."""
        data = self.transport.read(deadline)
        for inbound in self._parser.feed(data):
            self._take(inbound)
        return bool(data)

    def _take(self, inbound: Inbound) -> None:
        match inbound:
            case Realtime():
                self._realtime.append(inbound)
            case Queued():
                self.owed = max(0, self.owed - 1)
            case StatusBack():
                self.reported = from_status_back(inbound.value, self._monotonic())
            case Block():
                self._blocks.append(inbound)
                if inbound.header == _PROCESS_ID and inbound.content[:1] == b'"':
                    self._tokens.discard(inbound.content[1:])

    def ask(self, n: int) -> Answer:
        """`DLE EOT n`. The answer does not name its question, so only one is ever open."""
        self._drain()
        self._realtime.clear()
        deadline = self._monotonic() + self._timing.answer
        strays = self._parser.strays
        if self.transport.write(bytes((0x10, 0x04, n)), deadline) == 3:
            while not self._realtime and self._monotonic() < deadline:
                self.listen(deadline)
        if not self._realtime:
            self._late = True
            return Unknown(Why.MALFORMED if self._parser.strays > strays else Why.SILENT)
        if self._late:  # an earlier question's answer may have come first: the last one is ours
            end = self._monotonic() + self._timing.answer
            while self.listen(min(end, self._monotonic() + _QUIET)):
                if self._monotonic() >= end:  # noise that does not end: what it holds is nobody's answer
                    return Unknown(Why.MALFORMED)
            self._late = False
        return Known(self._realtime[-1].value, self._monotonic())

    def _drain(self) -> None:
        """Read what is already there, so that a late answer is not taken for the next one."""
        end = self._monotonic() + self._timing.answer  # a line that babbles does not end by itself
        while self.listen(self._monotonic()) and self._monotonic() < end:
            pass

    def status(self) -> PrinterStatus:
        """The printer's state now.

        A picture that contradicts itself was taken while something changed, and is taken once more. Of a
        printer that does not say how its paper is, the line may know that it is out (USB's port status).
        """
        status = self._snapshot()
        if _torn(status):
            status = self._snapshot()
        if status.paper is Paper.UNKNOWN and self.transport.paper_out():
            return replace(status, paper=Paper.OUT)
        return status

    def _snapshot(self) -> PrinterStatus:
        """All four questions; a printer silent at the first, and again, is not asked the rest."""
        first = self.ask(1)
        if isinstance(first, Unknown):
            self._parser.reset()
            first = self.ask(1)
        answers: dict[int, Answer] = {1: first}
        if isinstance(first, Known):
            answers |= {n: self.ask(n) for n in (2, 3, 4)}
        return from_answers(answers, self._monotonic())

    def send(self, data: bytes | bytearray, deadline: float, stopping: Callable[[], bool]) -> int:
        """Bytes taken; fewer than all when the printer took none for the stall time or `deadline` came.

        Ends early, too, when the printer reports by itself that it went offline, or once `stopping` says so.
        """
        sent = 0
        while sent < len(data) and not stopping():
            limit = min(deadline, self._monotonic() + self._timing.stall)
            step = bytes(data[sent : sent + _SEND_STEP])
            part = 0
            while part < len(step):
                slot = min(limit, self._monotonic() + self._timing.check)
                part += self.transport.write(step[part:], slot)
                self._drain()
                if part < len(step) and (self._monotonic() >= limit or self._stopped()):
                    return sent + part
            sent += len(step)
        return sent

    def _stopped(self) -> bool:
        return self.reported is not None and self.reported.availability == "offline"

    def question(self, confirm: Confirm, token: bytes, times: int) -> bytes:
        """The command that makes the printer answer when it gets to it (`token`: four printable bytes).

        Its answer is waited for from now on; `withdraw` it when it was not sent whole.
        """
        if confirm is Confirm.PROCESS_ID:
            self._tokens.add(token)
            return b"\x1d(H\x06\x0000" + token
        self.owed += times
        return QUEUED_STATUS * times

    def withdraw(self, confirm: Confirm, token: bytes, times: int) -> None:
        """No answer to this question will come."""
        if confirm is Confirm.PROCESS_ID:
            self._tokens.discard(token)
        else:
            self.owed = max(0, self.owed - times)

    def confirmed(self, confirm: Confirm) -> bool:
        """Whether every answer has come."""
        return not self._tokens if confirm is Confirm.PROCESS_ID else self.owed == 0

    def clear_realtime(self) -> bool:
        """`DLE DC4 8`; whether the printer says that its buffers are empty."""
        self.forget()
        deadline = self._monotonic() + self._timing.answer
        if self.transport.write(CLEAR_REALTIME, deadline) < len(CLEAR_REALTIME):
            return False
        while _CLEARED not in self._blocks and self._monotonic() < deadline:
            self.listen(deadline)
        cleared = _CLEARED in self._blocks
        self.forget()
        if cleared:
            self.owed = 0  # the questions went with the buffer
        return cleared

    def identity(self) -> str:
        """Maker and model by `GS I 66` and `67`, as far as the printer tells; never personal data."""
        return " ".join(filter(None, (self.told(66), self.told(67))))

    def told(self, n: int) -> str:
        """What `GS I n` tells: 66 maker, 67 model, 69 the double-byte font. Empty when it does not answer."""
        self._drain()
        self._blocks.clear()
        deadline = self._monotonic() + self._timing.answer
        self.transport.write(b"\x1dI" + bytes([n]), deadline)
        while not (told := self._told()) and self._monotonic() < deadline:
            self.listen(deadline)
        return told

    def _told(self) -> str:
        return " ".join(block.content.decode("ascii") for block in self._blocks if block.header == _TOLD)


def _torn(status: PrinterStatus) -> bool:
    """Online with a fault, or online with parts that did not answer."""
    online = status.availability is Availability.ONLINE
    return online and condition_of(status) not in (Condition.READY, Condition.PAPER_LOW)
