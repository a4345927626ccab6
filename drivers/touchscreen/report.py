"""What a panel says, whatever it hangs on: where a contact is, or that it was lifted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Report:
    """One contact as it is now.

    `x` and `y` are parts of the controller's range, 0 to 1 from the left and from the top, before any
    calibration. They stay out of the repr and never leave the driver: where a keyboard of the screen is
    touched says what is typed.
    """

    contact: int
    down: bool
    x: float = field(repr=False)
    y: float = field(repr=False)


def part(value: int, least: int, most: int) -> float:
    """Where `value` lies between `least` and `most`, 0 to 1; what lies outside is at the edge (the kernel
    does not keep a controller to its range)."""
    return min(1.0, max(0.0, (value - least) / (most - least)))
