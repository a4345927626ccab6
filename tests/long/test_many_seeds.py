"""Claims of the ordinary suite, over many more seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.offline_cache.test_power_cut import test_no_promise_is_broken_by_a_power_cut as power_cuts

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("seed", range(100, 200))
def test_no_promise_is_broken_by_many_more_power_cuts(seed: int, tmp_path: Path) -> None:
    power_cuts(seed, tmp_path)
