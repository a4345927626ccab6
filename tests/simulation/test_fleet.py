"""A city-wide outage: all is delivered once, and the gateway is never asked for more than it states."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.fleet import DAY, HOUR, Fleet, Plan, Report, many_files

SHM = Path("/dev/shm")
SMALL = Plan(terminals=40, submissions=10, outages=((600.0, 600.0 + HOUR),))
Day = Callable[[Plan], Report]


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Goes through a day; the files are in memory where there is room, for none of this is about a disk."""
    many_files()
    with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else tmp_path) as folder:

        def through(plan: Plan) -> Report:
            within = Path(tempfile.mkdtemp(dir=folder))
            fleet = Fleet(plan, within)
            try:
                fleet.run()
                return fleet.report()
            finally:
                fleet.close()

        yield through


def kept(report: Report) -> None:
    """What holds of every day."""
    print(f"\n{report}")  # noqa: T201 - the figures that docs/bench.md has
    assert report.worst_terminal <= 6
    assert report.worst_city <= report.stated_city
    assert report.probes_a_minute < 1.3  # more in a short outage: the first come sooner
    assert 45 < max(report.first_contacts) < 120
    assert max(report.waited) < 60


def test_after_an_outage_all_is_delivered_once_within_the_stated_rate(day: Day) -> None:
    report = day(SMALL)
    assert report.submissions == 40 * 11
    kept(report)


def test_a_day_with_several_outages(day: Day) -> None:
    report = day(replace(SMALL, outages=((600.0, 1800.0), (3000.0, 3200.0), (4000.0, 6000.0)), seed=2))
    kept(report)


def test_without_the_pace_the_gateway_is_asked_for_more_than_it_states(day: Day) -> None:
    report = day(replace(SMALL, paced=False))
    assert report.worst_terminal > 6
    assert report.worst_city > report.stated_city


def test_without_jitter_the_city_comes_back_in_one_second(day: Day) -> None:
    """Nobody comes during the outage: what waits was filed before it, so nothing else spreads the probes."""
    quiet = replace(SMALL, terminals=30, submissions=2, kicked=False, faults=0.0)
    spread, together = day(quiet).first_together, day(replace(quiet, jitter=False)).first_together
    assert spread < 8
    assert together == 30


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_city_after_a_day_without_the_gateway(day: Day) -> None:
    report = day(Plan(terminals=765, submissions=40, outages=((600.0, 600.0 + DAY),)))
    assert report.submissions == 765 * 41
    kept(report)
    assert report.first_together < 40
    assert report.probes_a_minute < 1.1


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_city_through_a_day_of_outages(day: Day) -> None:
    outages = ((2 * HOUR, 3.5 * HOUR), (9 * HOUR, 9.2 * HOUR), (14 * HOUR, 18 * HOUR))
    kept(day(Plan(terminals=765, submissions=40, outages=outages, seed=3)))
