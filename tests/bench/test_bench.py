"""What is made of measurements: ratios, goals, the table. The measuring itself is `make bench`."""

from __future__ import annotations

import pytest

from tests.bench.rows import FIELDS, percentile, row
from tests.bench.start_phases import PHASES
from tests.bench.table import table, unmet


def test_a_row_has_the_keys_that_the_issue_names() -> None:
    assert tuple(row("x", "ms", 1.0)) == FIELDS


@pytest.mark.parametrize(("ours", "holds"), [(2.0, True), (2.1, False)])
def test_a_goal_is_about_the_ratio_to_the_peer(ours: float, holds: bool) -> None:
    assert row("x", "ms", ours, peer=("p", 1.0), goal=2.0)["holds"] is holds


def test_where_there_is_a_limit_the_ratio_is_to_the_limit() -> None:
    made = row("x", "ms", 3.0, peer=("p", 1.0), limit=("l", 2.0), goal=1.0)
    assert (made["ratio"], made["holds"]) == (1.5, False)


def test_what_has_no_goal_is_only_told() -> None:
    assert row("x", "ms", 3.0, peer=("p", 1.0))["holds"] is None


@pytest.mark.parametrize(("percent", "value"), [(50, 5), (95, 10), (90, 9), (100, 10), (1, 1)])
def test_percentile_is_the_nearest_rank(percent: int, value: int) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == value


def test_the_table_is_aligned_and_says_what_does_not_hold() -> None:
    rows = [
        row("页面", "ms", 5.0, peer=("Flask", 1.0), goal=2.0),
        row("longer", "MB", 12345.0, limit=("limit", 12345.0), goal=1.05),
        row("told", "ms", 1.0),
    ]
    heads, bad, good, told = table(rows).splitlines()
    assert heads.index("beside") == bad.index("Flask") + len("页面") == good.index("limit")
    assert (bad.split()[-1], good.split()[-1], told.split()[-1]) == ("NO", "yes", "told")
    assert "12,340 MB" in good
    assert unmet(rows) == ["页面: 5.0 of Flask, goal ≤ 2.0"]


@pytest.mark.parametrize(("phase", "holder", "name"), PHASES)
def test_what_the_start_is_timed_by_is_still_there(phase: str, holder: object, name: str) -> None:
    assert callable(getattr(holder, name, None)), phase
