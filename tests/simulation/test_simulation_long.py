"""Ten thousand seeds, on as many processes as there are processors; the table of what was met at the end."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.simulation.plan import pairs
from tests.simulation.table import table
from tests.simulation.telling import tell
from tests.simulation.test_simulation import SEEDS

CHUNK = 100
AT_LEAST = 20


def _chunk(first: int) -> tuple[list[str], Counter[tuple[str, str]]]:
    broken: list[str] = []
    met: Counter[tuple[str, str]] = Counter()
    for seed in range(first, first + CHUNK):
        tale = tell(seed)
        met.update(tale.met)
        if tale.broken:
            broken.append(str(tale))
    return broken, met


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_ten_thousand_seeds_hold_and_meet_everything(capsys: pytest.CaptureFixture[str]) -> None:
    met: Counter[tuple[str, str]] = Counter()
    broken: list[str] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        told: Iterable[tuple[list[str], Counter[tuple[str, str]]]] = pool.map(_chunk, range(0, SEEDS, CHUNK))
        for wrong, seen in told:
            broken += wrong
            met.update(seen)
    with capsys.disabled():
        sys.stdout.write(f"\n{SEEDS} seeds, {len(broken)} broken\n{table(met)}\n")
    assert not broken, "\n\n".join(broken[:5])
    rare = {pair: met[pair] for pair in pairs() if met[pair] < AT_LEAST}
    assert not rare, f"met less than {AT_LEAST} times: {rare}"
