"""Claims of the ordinary suite, over many more seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline_cache.schema import OUTBOX
from tests.offline_cache.test_migration import OLD, cut_while_it_migrates
from tests.offline_cache.test_power_cut import test_no_promise_is_broken_by_a_power_cut as power_cuts

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("seed", range(100, 200))
def test_no_promise_is_broken_by_many_more_power_cuts(seed: int, tmp_path: Path) -> None:
    power_cuts(seed, tmp_path)


@pytest.mark.parametrize("version", OLD)
def test_many_more_power_cuts_leave_a_migration_whole(version: int, tmp_path: Path) -> None:
    assert cut_while_it_migrates(version, tmp_path, 600) == {version, OUTBOX.version}
