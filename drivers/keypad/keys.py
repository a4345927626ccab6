"""From input events to presses: once for each time that a key goes down, and never for what was not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evdev import ecodes

from drivers.device import Monotonic
from drivers.keypad.events import Press
from drivers.keypad.protocol import EV_KEY, EV_SYN, SYN_DROPPED, SYN_REPORT, InputEvent

BOUNCE_SECONDS = 0.08
"""A key that goes down again so soon after it came up bounces, or is under a hand that trembles."""
STUCK_SECONDS = 20.0
"""Nobody holds a key that long."""
MOST_IN_A_PACKET = 64
"""Events up to a SYN_REPORT; a device with four keys sends two or three."""

DEFAULT_KEYS: Mapping[Press, tuple[str, ...]] = {
    Press.PREVIOUS: ("KEY_LEFT", "KEY_UP", "KEY_PREVIOUS"),
    Press.NEXT: ("KEY_RIGHT", "KEY_DOWN", "KEY_NEXT"),
    Press.SELECT: ("KEY_ENTER", "KEY_KPENTER", "KEY_SELECT", "KEY_OK"),
    Press.HELP: ("KEY_HELP", "KEY_F1"),
}
"""What pads send that are keyboards to the kernel (arrows, Enter, F1), and those of the consumer page."""


class UnknownKey(ValueError):  # noqa: N818 - reads as what it is
    """A name that linux/input-event-codes.h does not have."""


def meanings(keys: Mapping[Press, Iterable[str]]) -> dict[int, Press]:
    """Key codes by the kernel's names of them. Raises UnknownKey."""
    found = {}
    for press, names in keys.items():
        for name in names:
            code = ecodes.ecodes.get(name) if name.startswith(("KEY_", "BTN_")) else None
            if code is None or not isinstance(code, int):
                raise UnknownKey(name)
            found[code] = press
    return found


class Keys:
    """What is down and what was pressed. Bounded; one thread."""

    def __init__(self, wanted: Mapping[int, Press], monotonic: Monotonic) -> None:
        self._wanted = wanted
        self._monotonic = monotonic
        self._packet: list[InputEvent] = []
        self._overrun = False
        self._down: dict[int, float] = {}  # since when, by the driver's clock
        self._up: dict[int, float] = {}  # when, by the events' own
        self.stale = True
        """Whether the device has to be asked what is down."""
        self.counts = {"pressed": 0, "bounced": 0, "other": 0, "overruns": 0, "torn": 0}

    @property
    def unfinished(self) -> bool:
        """Whether a packet began and its SYN_REPORT did not come."""
        return bool(self._packet) or self._overrun

    def take(self, event: InputEvent) -> list[Press]:
        """The presses that `event` completes: a packet counts with its SYN_REPORT, as evdev has it."""
        if event.type == EV_SYN and event.code == SYN_DROPPED:
            self._lost()
        elif event.type == EV_SYN and event.code == SYN_REPORT:
            packet, self._packet = self._packet, []
            if self._overrun:  # what came since the overrun is a part of something
                self._overrun, self.stale = False, True
                return []
            return [press for each in packet if (press := self._key(each)) is not None]
        elif event.type == EV_KEY and not self._overrun:
            self._packet.append(event)
            if len(self._packet) > MOST_IN_A_PACKET:
                self._lost()
        return []

    def quiet(self) -> None:
        """Nothing came for a while: what is unfinished, here or in the stream of bytes, will not end."""
        self._packet.clear()
        self._overrun, self.stale = False, True
        self.counts["torn"] += 1

    def held(self, codes: Iterable[int]) -> None:
        """The device says what is down now. A press that was not seen is none: it was meant for an earlier
        page."""
        now = self._monotonic()
        mine = self._wanted.keys() & set(codes)
        self._down = {code: self._down.get(code, now) for code in mine}
        self.stale = False

    def stuck(self) -> list[int]:
        """Codes that are down for too long."""
        now = self._monotonic()
        return sorted(code for code, since in self._down.items() if now - since >= STUCK_SECONDS)

    def until_stuck(self) -> float | None:
        """Seconds until the next one is; None while nothing is down that is not stuck already."""
        now = self._monotonic()
        left = [since + STUCK_SECONDS - now for since in self._down.values()]
        return min((each for each in left if each > 0), default=None)

    def _lost(self) -> None:
        self._packet.clear()
        self._overrun = True
        self.counts["overruns"] += 1

    def _key(self, event: InputEvent) -> Press | None:
        press = self._wanted.get(event.code)
        if event.value == 1:
            if press is None:
                self.counts["other"] += 1
            elif event.code not in self._down:
                self._down[event.code] = self._monotonic()
                if 0 <= event.at - self._up.get(event.code, float("-inf")) < BOUNCE_SECONDS:
                    self.counts["bounced"] += 1
                    return None
                self.counts["pressed"] += 1
                return press
        elif event.value == 0 and press is not None:
            self._down.pop(event.code, None)
            self._up[event.code] = event.at
        return None
