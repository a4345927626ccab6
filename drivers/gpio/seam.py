"""What is used of `gpiod` 2.x, as protocols: libgpiod's own objects keep them, and so do a simulator's.

Many kernels have no `gpio-sim` module, so that no chip can be made there for a test. All values that pass
here are gpiod's own types. Errors are OSError with the kernel's errno.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import gpiod
from gpiod.line import Value

Line = int | str
"""A line by its offset in the chip, or by its name."""


class Request(Protocol):
    """Lines that are held alone: a `gpiod.LineRequest`."""

    @property
    def fd(self) -> int:
        """Readable once an edge came, and once the chip is gone."""
        ...

    def get_values(self, lines: Iterable[Line] | None = None) -> list[Value]:
        """Logical values, in the order of `lines`. Raises OSError."""
        ...

    def set_values(self, values: dict[Line, Value]) -> None:
        """Of lines that are outputs: EPERM else. Raises OSError."""
        ...

    def read_edge_events(self, max_events: int | None = None) -> list[gpiod.EdgeEvent]:
        """At least one, waited for where there is none. Raises OSError."""
        ...

    def release(self) -> None:
        """Let the lines go."""
        ...


class Chip(Protocol):
    """One chip, open: a `gpiod.Chip`."""

    def get_info(self) -> gpiod.ChipInfo:
        """Its name, label and number of lines, as they were at the first asking."""
        ...

    def get_line_info(self, line: Line) -> gpiod.LineInfo:
        """What is known of a line now, and who has it. Raises OSError."""
        ...

    def request_lines(
        self,
        config: dict[Iterable[Line] | Line, gpiod.LineSettings | None],
        consumer: str | None = None,
        event_buffer_size: int | None = None,
    ) -> Request:
        """Take lines. Raises OSError: EBUSY where somebody has one."""
        ...

    def close(self) -> None:
        """Close the chip; lines that were requested stay held."""
        ...


class Gpio(Protocol):
    """Where chips are."""

    def chips(self) -> Sequence[str]:
        """The path of each."""
        ...

    def open(self, path: str) -> Chip:
        """Raises OSError: ENOENT, EACCES, ENODEV or ENOTTY for what is no chip."""
        ...


class KernelGpio:
    """The machine's own chips, through libgpiod."""

    def __init__(self, folder: Path = Path("/dev")) -> None:
        """`folder` is where the nodes of chips are looked for."""
        self._folder = folder

    def chips(self) -> Sequence[str]:
        """The path of each."""
        nodes = sorted(str(each) for each in self._folder.glob("gpiochip*"))
        return [each for each in nodes if gpiod.is_gpiochip_device(each)]

    def open(self, path: str) -> Chip:
        """See `Gpio.open`."""
        return gpiod.Chip(path)
