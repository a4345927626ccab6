"""A slice of seeds, another one every day: whatever goes wrong, what was promised holds.

`make test-long` goes through ten thousand (`test_simulation_long`). A seed that fails is told again, and made
shorter, by ``python -m tests.simulation SEED``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.simulation import invariants
from tests.simulation.invariants import broken
from tests.simulation.parts import Part, parts
from tests.simulation.plan import pairs
from tests.simulation.steps import STEPS
from tests.simulation.story import Scene, Story
from tests.simulation.telling import shortest, tell

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 10_000
SLICE = 500
CHUNK = 20
FIRST = date.today().toordinal() * SLICE % SEEDS  # noqa: DTZ011 - any number that is another tomorrow


@pytest.mark.timeout(300)
@pytest.mark.parametrize("chunk", range(SLICE // CHUNK))
def test_what_was_promised_holds(chunk: int, record_property: Callable[[str, object], None]) -> None:
    met = []
    for seed in range(FIRST + chunk * CHUNK, FIRST + (chunk + 1) * CHUNK):
        tale = tell(seed)
        assert not tale.broken, f"{tale}"
        met += [[*pair, times] for pair, times in tale.met.items()]
    record_property("simulated", [CHUNK, met])


@pytest.mark.parametrize("part", parts(), ids=lambda part: f"{part.item}-{part.person}")
def test_every_item_is_done_when_nothing_goes_wrong(part: Part) -> None:
    story = Story(1, (*_before(part), Scene(part)))
    try:
        told = story.run()
        assert broken(told) == []
        assert told.records[-1].ended == "ended"
        assert set(STEPS[part.item]) - told.records[-1].steps <= _only_another_asks(part)
    finally:
        story.close()


def _before(part: Part) -> tuple[Scene, ...]:
    """What somebody must have done before there is something to supplement."""
    filed = [
        each
        for each in parts()
        if each.item == "medical-insurance.reimbursement-submit" and each.person == part.person
    ]
    return (Scene(filed[0]),) if part.item == "service.supplement-materials" else ()


def _only_another_asks(part: Part) -> set[str]:
    """A number from the register is not checked by a code; a company logs in, others do not."""
    others = [each for each in parts() if each.item == part.item and each != part]
    return {"phone-code", "identify"} if others else set()


def test_every_pair_of_step_and_trouble_is_aimed_at_twenty_times_in_ten_thousand_seeds() -> None:
    assert 2 * SEEDS // len(pairs()) >= 20


def test_the_same_seed_is_the_same_story_also_in_another_process() -> None:
    seed = FIRST + 3
    said = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--whole", str(seed)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hashing},
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        ).stdout
        for hashing in ("1", "2")
    ]
    assert said[0] == said[1]
    assert said[0].strip() == str(tell(seed)).strip()


def test_a_story_that_breaks_is_made_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    def dislikes_paper(told: object) -> list[str]:
        return ["x"] if "paper-out" in str(getattr(told, "lines", "")) else []

    monkeypatch.setattr(invariants, "INVARIANTS", (dislikes_paper,))
    seed = next(each for each in range(SEEDS) if pairs()[2 * each % len(pairs())][1] == "paper-out")
    tale = shortest(tell(seed))
    assert [scene.trouble for scene in tale.scenes] == ["paper-out"]
    assert tale.broken == ["dislikes_paper: x"]
