"""The terminal on the counter, and its adapter: what each says, and the ways in which it can be wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

RESULTS = ("approved", "declined", "cancelled", "unknown")
SAMPLE_NUMBER = "6212341111111111111"
"""No card has it: its check digit (ISO/IEC 7812-1) is wrong."""

HOW = (
    "mute",  # answers nothing
    "silent",  # answers, but no sale ever says that it has ended, nor that it was cancelled
    "late",  # a sale is accepted after the driver's patience
    "double",  # says twice that it has ended
    "garbage",  # lines that are no JSON before each message
    "flood",  # a line without an end
    "card-number",  # its messages carry a card number
    "card-field",  # its messages carry a field of a card
    "hidden-number",  # the same, written as JSON escapes
    "wrong-id",  # its answers are to something else
    "die-approved",  # approves, and dies before it says so
)


@dataclass
class Sale:
    """One dialogue."""

    number: int
    amount_fen: int
    reference: str
    result: str | None = None


@dataclass
class Adapter:
    """Not thread-safe. `said` gathers the lines that it wants to say."""

    how: str = "well"
    out_of_service: bool = False
    refuses: bool = False
    obeys_cancel: bool = True
    sale: Sale | None = None
    history: list[Sale] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    hung_up: bool = False

    def hear(self, line: bytes) -> None:
        """A line of the driver. Raises ValueError for what the protocol does not have."""
        request = json.loads(line)
        number = request["id"]
        if not isinstance(number, int):
            raise TypeError("id must be a number")
        if self.how == "mute":
            return
        match request:
            case {"op": "status", "id": _, **rest} if not rest:
                state = "out-of-service" if self.out_of_service else "busy" if self.sale else "ready"
                self._say({"id": number, "answer": "status", "state": state, "model": "SIMULATED POS-1"})
            case {"op": "sale", "id": _, "amount_fen": int(fen), "reference": str(reference), **rest} if (
                not rest
            ):
                self._begin(Sale(number, fen, reference))
            case {"op": "cancel", "id": _, "sale": int(wanted), **rest} if not rest:
                self._cancel(number, wanted)
            case _:
                raise ValueError("no such request")

    def _begin(self, sale: Sale) -> None:
        if self.sale or self.refuses or self.out_of_service:
            self._say({"id": sale.number, "answer": "refused"})
            return
        self.sale = sale
        self.history.append(sale)
        if self.how != "late":
            self._say({"id": sale.number, "answer": "accepted"})
            self._say({"id": sale.number, "event": "insert-card"})

    def _cancel(self, number: int, wanted: int) -> None:
        sale = self.sale
        if sale is None or sale.number != wanted:
            self._say({"id": number, "answer": "refused"})
            return
        self._say({"id": number, "answer": "accepted"})
        if self.obeys_cancel and self.how != "silent":
            self.end("cancelled")

    def card(self) -> None:
        """A customer puts a card in."""
        if self.sale is None:
            raise ValueError("no sale waits for a card")
        self._say({"id": self.sale.number, "event": "processing"})

    def end(self, result: str) -> None:
        """The dialogue ends so."""
        if result not in RESULTS:
            raise ValueError(f"result must be one of {', '.join(RESULTS)}")
        if self.sale is None:
            raise ValueError("no sale is in hand")
        sale, self.sale = self.sale, None
        sale.result = result
        if self.how == "die-approved":
            self.hung_up = True
            return
        for _ in range(2 if self.how == "double" else 1):
            self._say({"id": sale.number, "event": "ended", "result": result})

    def left_alone(self) -> None:
        """The driver hung up: a dialogue that has not ended is cancelled."""
        self.said.clear()
        self.hung_up = False
        if self.sale is not None:
            self.sale.result = "cancelled"
            self.sale = None

    def _say(self, message: dict[str, Any]) -> None:
        match self.how:
            case "garbage":
                self.said += [b"\x00\xff{{{\n", b"HTTP/1.1 400 Bad Request\n", b"[[[]]]\n"]
            case "flood":
                self.said.append(b"x" * 100_000)
            case "card-number":
                message = {**message, "note": f"card {SAMPLE_NUMBER}"}
            case "card-field":
                message = {**message, "Card-No": "4321"}
            case "wrong-id":
                message = {**message, "id": message["id"] + 1000}
        line = json.dumps(message).encode()
        if self.how == "hidden-number":
            hidden = "".join(f"\\u{ord(digit):04x}" for digit in SAMPLE_NUMBER)
            line = line[:-1] + f', "note": "{hidden}"}}'.encode()
        self.said.append(line + b"\n")
