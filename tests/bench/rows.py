"""One line of the table, and the small statistics that all sections share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FIELDS = ("name", "unit", "ours", "peer_name", "peer", "limit_name", "limit", "ratio", "goal", "holds")
"""The keys of a row, in the order of build/bench.json."""


def row(
    name: str,
    unit: str,
    ours: float,
    *,
    peer: tuple[str, float] | None = None,
    limit: tuple[str, float] | None = None,
    goal: float | None = None,
) -> dict[str, Any]:
    """A row whose ratio is ours to the limit where there is one, else to the peer. Without a goal: told."""
    against = limit or peer
    ratio = round(ours / against[1], 3) if against is not None else None
    return {
        "name": name,
        "unit": unit,
        "ours": figure(ours),
        "peer_name": peer[0] if peer else None,
        "peer": figure(peer[1]) if peer else None,
        "limit_name": limit[0] if limit else None,
        "limit": figure(limit[1]) if limit else None,
        "ratio": ratio,
        "goal": goal,
        "holds": None if goal is None or ratio is None else ratio <= goal,
    }


def figure(value: float) -> float:
    """Four significant digits: no measurement here is better."""
    return float(f"{value:.4g}")


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
