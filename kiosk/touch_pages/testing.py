"""A grid of cells that turn green: those that never do are dead; touches while no hand is near are ghosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from kiosk.touch_pages.bench import BadPost, Shown

HANDS_OFF_SECONDS = 10
CELL = 96
"""Pixels of a cell's side, about: a finger is 16 mm wide, and a button of ours is no smaller."""

Cell = tuple[int, int]
"""Column and row, from the top left."""
Side = Annotated[int, Meta(ge=1, le=80)]


class _Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page posts."""

    columns: Side
    rows: Side
    touched: Annotated[list[Cell], Meta(max_length=6400)]
    ghosts: Annotated[list[Cell], Meta(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Tested:
    """The outcome. `dead`: cells without a touch; `ghosts`: where one was while no hand was near."""

    columns: int
    rows: int
    dead: tuple[Cell, ...]
    ghosts: tuple[Cell, ...]

    @property
    def well(self) -> bool:
        """Neither."""
        return not (self.dead or self.ghosts)


class Testing:
    """See `Bench`."""

    __test__ = False  # pytest takes the name for a class of tests

    def __init__(self) -> None:
        """Nothing is measured yet."""
        self.outcome: Tested | None = None

    def shown(self) -> Shown:
        """The grid, or what it found."""
        if self.outcome is None:
            return Shown("grid.html", {"seconds": HANDS_OFF_SECONDS, "cell": CELL})
        return Shown(
            "tested.html",
            {"outcome": self.outcome, "dead": set(self.outcome.dead), "ghosts": set(self.outcome.ghosts)},
        )

    def take(self, result: bytes) -> None:
        """Raises BadPost."""
        try:
            told = msgspec.json.decode(result, type=_Measured)
        except msgspec.DecodeError as error:
            raise BadPost(str(error)) from error
        cells = {(column, row) for column in range(told.columns) for row in range(told.rows)}
        if not {*told.touched, *told.ghosts} <= cells:
            raise BadPost("a cell outside of the grid")
        dead = tuple(sorted(cells - set(told.touched)))
        self.outcome = Tested(told.columns, told.rows, dead, tuple(told.ghosts))

    def again(self) -> None:
        """From the hands off."""
        self.outcome = None
