"""One demo a test worker: city, cable, devices and agent as real processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Playwright, sync_playwright

from deploy.demo.cable import Connected
from deploy.demo.demo import Demo, Handles
from deploy.walk.journey import prefetched
from tests.system.citizen import Citizen, forget_everything

hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")
"""How fast anything is, is for `make bench` to say: a test never fails because the machine is busy."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how much schemathesis asked of the sandbox (tests/deploy/sandbox/test_fuzzed.py), and how many
    seeds the simulation went through, and what they met (tests/simulation)."""
    told = _told(terminalreporter, "schemathesis_cases")
    if told:
        terminalreporter.write_line(f"schemathesis: {sum(told)} requests, {len(told)} tests")
    simulated = _told(terminalreporter, "simulated")
    if simulated:
        met: Counter[tuple[str, str]] = Counter()
        for _, pairs in simulated:
            for kind, trouble, times in pairs:
                met[kind, trouble] += times
        seeds = sum(count for count, _ in simulated)
        kinds, troubles = ({pair[place] for pair in met} for place in (0, 1))
        terminalreporter.write_line(
            f"simulation: {seeds} seeds, {sum(met.values())} times trouble of {len(troubles)} sorts at "
            f"{len(kinds)} kinds of step, {len(met)} of {len(kinds) * len(troubles)} pairs"
        )


def _told(terminalreporter: pytest.TerminalReporter, wanted: str) -> list[Any]:
    """What tests recorded under that name."""
    return [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == wanted
    ]


@pytest.fixture(scope="session")
def playing() -> Iterator[Playwright]:
    """Playwright, once in a process: it takes no second one beside it."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handles]:
    """A running demo; shared by the tests of one worker, each of which leaves it whole."""
    folder: Path = tmp_path_factory.mktemp("town")
    with Demo(folder) as handles:
        prefetched(handles)  # a test may wipe the ledger, by which a walk sees that it has been done
        yield handles


@pytest.fixture
def demo(town: Handles) -> Handles:
    """The demo with a city that has no cases, a cable that is plugged in, paper in the printer."""
    town.cable.set(Connected())
    forget_everything(town)
    town.reader("lift")
    Citizen(town).go_home()
    return town
