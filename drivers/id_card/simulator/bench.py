"""What every simulated reader has, whatever its line: a SAM, a field, orders, faults, a history."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.id_card.simulator.chip import Chip, make_chip
from drivers.id_card.simulator.faults import AT_ONCE, Fault, Kind, order, take
from drivers.id_card.simulator.sam import RequestReader, Sam, reply

_OBEY_SECONDS = 5.0
_HISTORY = 2000


class Bench:
    """A reader without its line: a kind of line is a subclass. Orders come by `control`.

    The history holds ``{"t": monotonic seconds, "event": ..., ...}``: `request`, `reply` (with command,
    sw3, bytes), `placed`, `lifted`, `unplugged`, `replugged`. It never holds what is on a card.
    """

    def __init__(self, *, baudrate: int, power_on: float, kinds: frozenset[Kind]) -> None:
        """`kinds`: the faults that this line can have."""
        self._kinds = kinds
        self._power_on = power_on
        self._sam = Sam(baudrate)
        self._reader = RequestReader()
        self._plugged = True
        self._awake_at = 0.0
        self._faults: list[Fault] = []
        self._late = b""
        self._next_chip: Chip | None = None  # to be placed once a find was answered
        self._history: deque[dict[str, Any]] = deque(maxlen=_HISTORY)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="id-card-simulator", daemon=True)

    def start(self) -> None:
        """Plug in; returns when the line is there."""
        self._thread.start()
        self.wait_for(lambda: self.is_there == self._plugged)

    def stop(self) -> None:
        """Unplug and end."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(_OBEY_SECONDS)

    @property
    def is_there(self) -> bool:
        """Whether the host can see the line."""
        raise NotImplementedError

    def wait_for(self, fact: Callable[[], bool], deadline: float = _OBEY_SECONDS) -> None:
        """Wait until `fact` holds, looked at after every change; raises TimeoutError at the deadline."""
        with self._changed:
            if not self._changed.wait_for(fact, deadline):
                raise TimeoutError("the simulator did not come to the awaited state")

    def history(self, event: str | None = None) -> list[dict[str, Any]]:
        """What happened, oldest first; only `event` where given."""
        with self._changed:
            return [dict(entry) for entry in self._history if event in (None, entry["event"])]

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey one order (docs/drivers/id-card.md). Raises ValueError or KeyError for what is none."""
        match request["op"]:
            case "place":
                self._place(make_chip(request["card"]), after=request.get("after"))
            case "lift":
                with self._changed:
                    self._next_chip = None
                    self._lift()
            case "fault":
                self._order(order(request))
            case "state":
                return self._state()
            case "history":
                return {"history": self.history(request.get("event"))}
            case unknown:
                raise ValueError(f"op {unknown!r} is none of place, lift, fault, state, history")
        return {}

    # Orders

    def _note(self, event: str, **facts: Any) -> None:
        self._history.append({"t": time.monotonic(), "event": event, **facts})
        self._changed.notify_all()

    def _place(self, chip: Chip, *, after: str | None) -> None:
        if after not in (None, "find"):
            raise ValueError(f"a card is placed at once or after 'find', not {after!r}")
        with self._changed:
            if after:
                self._next_chip = chip
            else:
                self._sam.place(chip)
                self._note("placed")

    def _lift(self) -> None:
        if self._sam.chip is not None:
            self._sam.lift()
            self._note("lifted")

    def _order(self, fault: Fault) -> None:
        if fault.kind not in self._kinds:
            raise ValueError(f"this line has no fault {fault.kind.value!r}")
        with self._changed:
            match fault.kind:
                case Kind.SAM_FAILED:
                    self._sam.failed = True
                case Kind.CLEAR:
                    self._faults.clear()
                    self._sam.failed = False
                case Kind.UNPLUG | Kind.REPLUG:
                    self._plugged = fault.kind is Kind.REPLUG
                    self._changed.notify_all()
                case _:
                    self._faults.append(fault)
        if fault.kind in AT_ONCE:
            self.wait_for(lambda: self._plugged == self.is_there)

    def _state(self) -> dict[str, Any]:
        with self._changed:
            present = self._sam.chip is not None
            return {
                "plugged": self.is_there,
                "card": present,
                "stage": self._sam.stage.value if present else None,
                "sam_failed": self._sam.failed,
                "faults": [fault.kind.value for fault in self._faults],
                "requests": sum(entry["event"] == "request" for entry in self._history),
            }

    # The line's thread: the only one that touches the line

    def _run(self) -> None:
        raise NotImplementedError

    def _send(self, frame: bytes, fault: Fault | None) -> int:
        """The answer over the line, spoilt as ordered; how many bytes went out."""
        raise NotImplementedError

    def _send_late(self, frame: bytes) -> None:
        """An answer that nobody waits for any more."""
        raise NotImplementedError

    def _wake(self) -> None:
        """Power came."""
        self._sam.restart()
        self._reader, self._late = RequestReader(), b""
        self._awake_at = time.monotonic() + self._power_on

    def _handle(self, body: bytes) -> None:
        """One request, from Len to XOR."""
        with self._changed:
            name, frame = self._sam.answer(body)
            fault = take(self._faults, name)
            if fault is not None and fault.kind is Kind.REFUSE:
                self._sam.refuse()
                frame = reply(fault.sw3)
            self._note("request", command=name)
            late, self._late = self._late, b""
        if late:
            self._send_late(late)
        sent = self._send(frame, fault)
        with self._changed:
            if fault is not None and fault.kind is Kind.LATE_REPLY:
                self._late = frame
            self._note("reply", command=name, sw3=f"{frame[9]:02X}", bytes=sent)
            self._afterwards(name, fault)

    def _afterwards(self, name: str, fault: Fault | None) -> None:
        if fault is not None and fault.kind in (Kind.LIFT_AFTER_FIND, Kind.LIFT_AFTER_SELECT):
            self._lift()
        if name == "find" and self._next_chip is not None:
            self._sam.place(self._next_chip)
            self._next_chip = None
            self._note("placed")
