"""The table of a simulation: how often each trouble struck at each kind of step."""

from __future__ import annotations

from collections import Counter

from tests.simulation.plan import pairs


def table(met: Counter[tuple[str, str]]) -> str:
    """Kinds of step down, troubles across (numbered below the table, so that a line stays readable)."""
    kinds = sorted({kind for kind, _ in pairs()})
    troubles = sorted({trouble for _, trouble in pairs()})
    wide = max(map(len, kinds))
    lines = [" " * wide + "".join(f"{number:5}" for number in range(1, len(troubles) + 1))]
    for kind in kinds:
        lines.append(f"{kind:{wide}}" + "".join(f"{met[kind, trouble]:5}" for trouble in troubles))
    lines += [", ".join(f"{number} {trouble}" for number, trouble in enumerate(troubles, 1))]
    return "\n".join(lines)
