"""The rows as a table for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
_HEADS = ("what", "ours", "beside", "", "ratio", "goal", "holds")
_TO_THE_RIGHT = frozenset({1, 3, 4, 5})


def table(rows: Sequence[Row]) -> str:
    """One line a row, columns aligned (Chinese characters are two wide)."""
    lines = [_HEADS, *(_cells(each) for each in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join(_padded(cell, widths[column], column) for column, cell in enumerate(line)).rstrip()
        for line in lines
    )


def unmet(rows: Sequence[Row]) -> list[str]:
    """The goals that do not hold, in words."""
    return [
        f"{each['name']}: {each['ratio']} of {each['limit_name'] or each['peer_name']}, goal ≤ {each['goal']}"
        for each in rows
        if each["holds"] is False
    ]


def _cells(row: Row) -> tuple[str, ...]:
    beside, figure = row["limit_name"], row["limit"]
    if beside is None:
        beside, figure = row["peer_name"], row["peer"]
    return (
        row["name"],
        _figure(row["ours"], row["unit"]),
        beside or "",
        _figure(figure, row["unit"]),
        "" if row["ratio"] is None else f"{row['ratio']:g}",
        "" if row["goal"] is None else f"≤ {row['goal']:g}",
        {True: "yes", False: "NO", None: "told"}[row["holds"]],
    )


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.10g} {unit}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _padded(text: str, width: int, column: int) -> str:
    space = " " * (width - _width(text))
    return space + text if column in _TO_THE_RIGHT else text + space
