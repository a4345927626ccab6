"""The tables of what hangs on GPIO lines: [devices.door] and [devices.lights]."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from kiosk.config_file import Section, is_here

GpioChip = Annotated[
    str,
    Meta(
        pattern=r"^[^\s](.{0,78}[^\s])?$",
        description='a chip\'s label as `gpiodetect` shows it, or a path such as "/dev/gpio-cabinet"',
    ),
]
GpioLine = Annotated[int | str, Meta(description="a line's name as `gpioinfo` shows it, or its offset")]

SIMULATED_GPIO = "drivers.gpio.simulator.client"
"""The module that is the host's end of a simulated GPIO chip."""


class OnGpio(Section, frozen=True, kw_only=True):
    """Lines of one GPIO chip."""

    chip: GpioChip
    simulator: Path | None = None
    """The socket of a simulated chip, in place of the machine's own."""

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A field build has no simulators."""
        if self.simulator is not None and not is_here(SIMULATED_GPIO):
            yield "simulator", "is named, and this build has no simulators", "take it out"


class DoorOnGpio(OnGpio, frozen=True, kw_only=True, tag_field="driver", tag="gpiod"):
    """[devices.door]: the switch at the cabinet's door, on a GPIO line that is active while it is closed."""

    line: GpioLine
    active_low: bool = True
    bias: Literal["as-is", "disabled", "pull-up", "pull-down"] = "pull-up"
    debounce_ms: Annotated[int, Meta(ge=0, le=1000)] = 50

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A line that can be."""
        yield from OnGpio.mistakes(self)
        yield from _no_line("line", self.line)


class LightsOnGpio(OnGpio, frozen=True, kw_only=True, tag_field="driver", tag="gpiod"):
    """[devices.lights]: status lights, each on a GPIO line that is active while it is lit."""

    active_low: bool = False
    id_card: GpioLine | None = None
    receipt: GpioLine | None = None
    help: GpioLine | None = None
    status: GpioLine | None = None

    @property
    def lines(self) -> dict[str, int | str]:
        """The line of each light that is there."""
        lights = {"id_card": self.id_card, "receipt": self.receipt, "help": self.help, "status": self.status}
        return {name: line for name, line in lights.items() if line is not None}

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """At least one light, and a line for each."""
        yield from OnGpio.mistakes(self)
        if not self.lines:
            yield (
                "status",
                "is missing, as is every other light",
                "name one light's line, or take the table out",
            )
        seen: dict[int | str, str] = {}
        for name, line in self.lines.items():
            yield from _no_line(name, line)
            if line in seen:
                yield name, f"is the line of `{seen[line]}`, too", "give each light a line of its own"
            seen.setdefault(line, name)


def _no_line(name: str, line: int | str) -> Iterator[tuple[str, str, str]]:
    """What can be neither an offset nor a name."""
    if (line < 0) if isinstance(line, int) else (line != line.strip() or not line):
        yield name, f"is {line!r}", "write a line's name as `gpioinfo` shows it, or its offset"
