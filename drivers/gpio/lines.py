"""Lines of one chip, held alone under names of our own. Every error is `LinesLost`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import gpiod
from gpiod.line import Direction, Value

from drivers.gpio.find import find_chip, offset_of
from drivers.gpio.seam import Chip, Gpio, KernelGpio, Line, Request
from drivers.gpio.trouble import LinesLost, Trouble, of_lines, words
from drivers.serial_port import Waiter

CONSUMER = "kiosk"
"""What `gpioinfo` shows beside a line that is ours."""
SETTLE_SECONDS = 0.3
"""How long a chip must have stayed before its lines are taken: a plug that is being pushed in bounces."""
MOST_EVENTS = 64
"""Edges that are kept for us and read at a time; the kernel drops the oldest of more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines by our names, all with the same settings, on the chip at a path or with a label."""

    chip: str
    lines: Mapping[str, Line]
    settings: gpiod.LineSettings
    gpio: Gpio = field(default_factory=KernelGpio)
    settle: float = SETTLE_SECONDS


class GivenUp(LinesLost):
    """A call came back to a thread that was given up for hanging, or whose device is closed."""


class Lines:
    """Held from `open` to `close`, by one thread; only the `waiter` is also another's."""

    def __init__(self, wanted: Wanted, waiter: Waiter, over: Callable[[], bool] = lambda: False) -> None:
        """Nothing is opened yet. Whoever wakes `waiter` ends a wait here; once `over`, no call gives anything
        but GivenUp: an answer that comes late is nobody's."""
        self._wanted = wanted
        self._waiter = waiter
        self._over = over
        self._request: Request | None = None
        self._offsets: dict[str, int] = {}
        self.label = ""
        """Of the chip that was found last."""

    def open(self, rest: Callable[[float], object]) -> None:
        """Find the chip, wait by `rest` whether it stays, take the lines. Raises LinesLost."""
        self.close()
        chip = find_chip(self._wanted.gpio, self._wanted.chip)
        try:
            with self._told():
                self.label = chip.get_info().label
                rest(self._wanted.settle)
            self._offsets = {name: offset_of(chip, line) for name, line in self._wanted.lines.items()}
            self._take(chip)
        finally:
            chip.close()

    def _take(self, chip: Chip) -> None:
        offsets = tuple(self._offsets.values())
        if len(set(offsets)) < len(offsets):
            raise LinesLost(Trouble.AMBIGUOUS, "two names for one line")
        try:
            with self._told():
                self._request = chip.request_lines(
                    {offsets: self._wanted.settings}, consumer=CONSUMER, event_buffer_size=MOST_EVENTS
                )
        except LinesLost as lost:
            if lost.trouble is not Trouble.LINE_BUSY:
                raise
            raise LinesLost(lost.trouble, self._who(chip)) from lost

    def _who(self, chip: Chip) -> str:
        """Which of the lines are held, and by whom."""
        held = []
        for name, offset in self._offsets.items():
            with contextlib.suppress(OSError):
                info = chip.get_line_info(offset)
                if info.used:
                    held.append(f"{name}: {info.consumer}")
        return ", ".join(held)

    def close(self) -> None:
        """Let the lines go, outputs inactive. May be called twice."""
        request, self._request = self._request, None
        if request is None:
            return
        if self._wanted.settings.direction is Direction.OUTPUT:
            with contextlib.suppress(OSError):
                request.set_values(dict.fromkeys(self._offsets.values(), Value.INACTIVE))
        with contextlib.suppress(OSError):
            request.release()

    def values(self) -> dict[str, bool]:
        """Whether each line is active, by name. Raises LinesLost."""
        names = list(self._offsets)
        with self._told():
            read = self._held().get_values([self._offsets[name] for name in names])
            return {name: value is Value.ACTIVE for name, value in zip(names, read, strict=True)}

    def set(self, values: Mapping[str, bool]) -> None:
        """Make lines active or inactive. Raises LinesLost."""
        given: dict[Line, Value] = {
            self._offsets[name]: Value.ACTIVE if active else Value.INACTIVE for name, active in values.items()
        }
        with self._told():
            self._held().set_values(given)

    def edges(self, timeout: float) -> list[gpiod.EdgeEvent]:
        """Edges of the lines, waiting at most `timeout` seconds for the first; none also when woken. What is
        of no line that is held here is left out. Raises LinesLost."""
        with self._told():
            request = self._held()
            if not self._waiter.ready(request.fd, timeout):
                return []
            found = request.read_edge_events(MOST_EVENTS)
        offsets = set(self._offsets.values())
        return [each for each in found if each.line_offset in offsets]

    def _held(self) -> Request:
        if self._request is None:
            raise LinesLost(Trouble.NO_CHIP, f"{self._wanted.chip} is not open")
        return self._request

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What libgpiod raises, as LinesLost: ValueError is an answer that it, or we, can make nothing of."""
        chip = self._wanted.chip
        try:
            yield
        except OSError as error:
            if isinstance(error, LinesLost):
                raise
            raise LinesLost(of_lines(error), f"{chip}: {words(error)}") from error
        except ValueError as error:
            raise LinesLost(Trouble.FAILED, f"{chip}: {words(error)}") from error
        if self._over():
            raise GivenUp(Trouble.NO_CHIP, f"{chip}: too late")
