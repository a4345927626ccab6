"""A payment, and the agent killed at every step of it, with a gateway that goes wrong at random.

By the city's own records: never paid twice, never paid and forgotten, nothing called failed that is not.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.sandbox.city import City, Plan
from flows.events import PaymentEnded, PaymentShown
from kiosk import keys
from offline_cache.payments import PaymentState
from tests.deploy.sandbox.world import Clock
from tests.system.payer import TERMINAL, Book, Story, public

RUNS = 200
QUICK_RUNS = 72
"""Three kills at each step, in every `make test`; all 200 in the long run."""
STEPS = 24
"""More than a payment without trouble has; a kill later than the last step is a run without one."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, keys.TerminalKey]]:
    folder = tmp_path_factory.mktemp("payments")
    key = keys.create(folder / "key.pem")
    with City(Plan(folder / "city", {TERMINAL: public(key)}), now=Clock()) as city:
        yield city, key


def held(story: Story) -> str:
    """The story told to its end, and held against the city's records; what it came to."""
    story.bank.forget()
    story.live()
    kept = story.come_back()
    rows = story.bank.rows()
    shown = {each.payment for each in story.told if isinstance(each, PaymentShown)}
    paid = {number for number, row in rows.items() if row["state"] == "paid"}
    assert len(paid) <= 1, "a bill is paid once"
    assert shown <= set(kept), "what could be paid was written down before"
    assert not [each for each in kept.values() if each.state is PaymentState.OPEN], "nothing stays open"
    for number in paid:
        assert kept[number].state is PaymentState.PAID, "paid and not forgotten"
    for number in set(rows) - shown:
        assert rows[number]["state"] != "paid", "what nobody saw nobody paid"
    ends = [each for each in story.told if isinstance(each, PaymentEnded)]
    for each in ends:
        if each.state in {"failed", "closed"}:
            assert rows[each.payment]["state"] == each.state, "said not to be taken, and it is not"
        if each.state == "paid":
            assert each.payment in paid
            assert each.bill_no
    return ends[-1].state if ends else "killed" if shown else "unseen"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("runs", [QUICK_RUNS, pytest.param(RUNS, marks=pytest.mark.long)])
def test_killed_at_every_step_nothing_is_paid_twice_or_forgotten(
    runs: int, town: tuple[City, keys.TerminalKey], tmp_path: Path
) -> None:
    city, key = town
    seen: Counter[str] = Counter()
    for seed in range(runs):
        folder = tmp_path / str(seed)
        seen[held(Story(folder, city, key, seed, kill=1 + seed % STEPS))] += 1
        shutil.rmtree(folder)
    # A run that never pays, or is never killed with the QR on the screen, would prove nothing.
    assert min(seen[each] for each in ("paid", "closed", "failed", "unknown", "killed", "unseen")) >= 1, seen


@pytest.mark.timeout(300)
def test_the_same_runs_find_an_agent_that_shows_before_it_writes(
    town: tuple[City, keys.TerminalKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, key = town
    monkeypatch.setattr(Book, "opened", lambda self, **facts: None)
    caught = 0
    for seed in range(20):
        try:
            held(Story(tmp_path / str(seed), city, key, seed, kill=None))
        except AssertionError:
            caught += 1
    assert caught >= 5
