"""What an input device says it can do, and whether that is a touchscreen.

Linux, Documentation/input/event-codes.rst and multi-touch-protocol.rst.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from evdev import ecodes

MOST_SLOTS = 64
"""No panel of a terminal has more; a slot beyond is not followed."""

Axes = Mapping[int, tuple[int, int]]
"""Least and most of each absolute axis, by its code."""


class NotATouchscreen(Exception):  # noqa: N818 - a state of the device, on its way to its health
    """What was opened is another kind of input device."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A touchscreen. `x` and `y` are least and most of its range; `slots` is 0 where it knows one touch only;
    `slot` is the one that its events begin with."""

    name: str
    x: tuple[int, int]
    y: tuple[int, int]
    slots: int
    slot: int = 0


def panel_of(name: str, axes: Axes, keys: Collection[int], properties: Collection[int]) -> Panel:
    """The touchscreen that has these axes, keys and properties. Raises NotATouchscreen."""
    if ecodes.INPUT_PROP_POINTER in properties:
        raise NotATouchscreen(f"{name} is a touchpad")
    slotted = {
        ecodes.ABS_MT_SLOT,
        ecodes.ABS_MT_TRACKING_ID,
        ecodes.ABS_MT_POSITION_X,
        ecodes.ABS_MT_POSITION_Y,
    }
    if slotted <= set(axes):
        x, y, slots = (
            axes[ecodes.ABS_MT_POSITION_X],
            axes[ecodes.ABS_MT_POSITION_Y],
            axes[ecodes.ABS_MT_SLOT][1] + 1,
        )
    elif {ecodes.ABS_X, ecodes.ABS_Y} <= set(axes) and ecodes.BTN_TOUCH in keys:
        x, y, slots = axes[ecodes.ABS_X], axes[ecodes.ABS_Y], 0
    else:
        raise NotATouchscreen(f"{name} has no touches")
    if not (x[0] < x[1] and y[0] < y[1] and 0 <= slots <= MOST_SLOTS):
        raise NotATouchscreen(f"{name} states no range")
    return Panel(name, x, y, slots)
