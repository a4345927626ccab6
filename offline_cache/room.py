"""Which content goes when room runs out: pure, so that the order can be read and tested by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Held(NamedTuple):
    """One body that is held. `age` in milliseconds since the origin was heard on it, None: unknown; `past`:
    beyond both its times, so that nobody may be shown it."""

    key: str
    size: int
    rank: int
    past: bool
    age: float | None


def rank(pinned: bool, media_type: str) -> int:
    """How dear it is, from 0: what somebody looked at, a picture before a text; then what was prefetched,
    a picture before a text, because a guide without its picture is still a guide."""
    return 2 * bool(pinned) + (not media_type.startswith("image/"))


PREFETCHED = rank(True, "image/")
"""From this on it is there for want of a network."""


def victims(held: Iterable[Held], key: str, size: int, dear: int, bound: int) -> list[str] | None:
    """What has to go so that `size` bytes under `key`, as dear as `dear`, are within `bound` beside the rest;
    None when it may not be kept, and then nothing has to.

    What is less dear goes first; within a rank what is past its times, then what the origin confirmed
    longest ago (first what nobody knows the age of). Nothing dearer than the newcomer ever goes. What was
    prefetched does not make room for its like unless it is past its times: they would take turns for ever,
    each round over the network.
    """
    held = list(held)
    dear = max([dear, *(each.rank for each in held if each.key == key)])
    others = sorted((each for each in held if each.key != key), key=_order)
    excess = sum(each.size for each in others) + size - bound
    going: list[str] = []
    for each in others:
        if excess <= 0:
            break
        if each.rank < dear or (each.rank == dear and (each.past or dear < PREFETCHED)):
            going.append(each.key)
            excess -= each.size
    return going if excess <= 0 else None


def _order(each: Held) -> tuple[int, bool, float, str]:
    return each.rank, not each.past, -(float("inf") if each.age is None else each.age), each.key
