"""Random but possible paths through random items: other ones every day; a failure can be walked again."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from flows import kinds
from flows.engine import STEP_KINDS
from flows.model import Flow
from flows.steps.form import ReviewLogic
from flows.steps.submit import SubmitLogic
from flows.turn import Turn
from tests.flows.test_any_order import FLOWS as EVERY_KIND
from tests.flows.wandering import EVENTS, ITEMS, LostError, Wanderer

SLICES = 4
A_SLICE = 375
"""Together 1,500 runs: some three seconds."""
LONG = 100_000
LEAST = 20
_NAMES = (*sorted(ITEMS), *(24 * ["booked"]), *(6 * ["everything"]))
_HAVING = {
    kind: tuple(
        name
        for name, flow in sorted(ITEMS.items())
        if any(step.__struct_config__.tag == kind for step in flow.steps)
    )
    for kind in STEP_KINDS
}
_KINDS = (*STEP_KINDS, *(5 * ["draft"]), *(2 * ["browse"]))  # few items have them, and most paths end before
"""What few items have comes more often: every other run draws the kind of step, and then an item."""

_CITY_SAYS_NOTHING = frozenset({"bundle", "consent", "display", "sign"})
_ASKS_FOR_LISTS = frozenset({"browse", "form", "records", "review", "select"})
"""What is published is there or not, and never refused."""
_NO_NETWORK_NEEDED = _CITY_SAYS_NOTHING | {"photo", "rate"}
_DEVICES = frozenset({"documents", "identify", "photo", "print", "proxy", "rate", "submit"})
"""Kinds of step at which a device may fail; where something is written down, the store is one."""
NEVER: dict[str, frozenset[str]] = {
    "back": frozenset({"benefits", "confirm-benefit", "confirm-booking", "print", "rate", "submit"}),
    "leave": frozenset(STEP_KINDS) - {"consent", "pay"},
    "change": frozenset(STEP_KINDS) - {"browse", "review"},
    "answered": _CITY_SAYS_NOTHING,
    "refused": _NO_NETWORK_NEEDED | _ASKS_FOR_LISTS,
    "unreachable": _NO_NETWORK_NEEDED | {"submit"},
    "device lost": frozenset(STEP_KINDS) - _DEVICES,
}
"""What cannot happen at a kind of step: nobody goes back over what is confirmed, for one."""

RARELY = {
    *(("print", "refused"), ("print", "unreachable")),
    *(("prefill", "on"), ("prefill", "other touch")),
    *(("review", "answered"), ("review", "unreachable")),
}
"""Not to be counted on here: an appointment is called off (`test_booking` has it); the network goes where a
prefill comes late, and the citizen is told so; a list comes when everything is being reviewed."""


def wander(run: int, met: Counter[tuple[str, str]]) -> None:
    """The `run`-th path of the day. Fails with the command that walks it again."""
    seed = datetime.now(UTC).toordinal() * 1_000_000 + run
    chance = random.Random(seed)
    name = chance.choice(_HAVING[chance.choice(_KINDS)] if chance.random() < 0.5 else _NAMES)
    try:
        Wanderer(ITEMS[name], seed, met).wander()
    except Exception as error:
        kind = "" if isinstance(error, LostError) else f"{type(error).__name__}: "
        again = f".venv/bin/python -m tests.flows.wandering {name} {seed}"
        raise AssertionError(f"{kind}{error}\nwalk it again: {again}") from error


@pytest.mark.parametrize("part", range(SLICES))
def test_a_way_on_or_out_nothing_unconfirmed_nothing_lost_nothing_kept(part: int) -> None:
    met: Counter[tuple[str, str]] = Counter()
    for run in range(part * A_SLICE, (part + 1) * A_SLICE):
        wander(run, met)
    # What is met late on a path, and by a few items only, is not met in every part; the long run meets all.
    assert {step for step, _ in met} >= set(STEP_KINDS) - {
        "confirm-booking",
        "confirm-benefit",
        "benefits",
        "draft",
    }


def wander_all(flow: Flow, runs: int) -> None:
    for seed in range(runs):
        Wanderer(flow, seed).wander()


def broken_release(monkeypatch: pytest.MonkeyPatch) -> Flow:
    monkeypatch.setattr(Turn, "release", lambda turn: None)
    return EVERY_KIND["booked"]


def broken_number(monkeypatch: pytest.MonkeyPatch) -> Flow:
    monkeypatch.setattr(SubmitLogic, "handle", lambda logic, turn, step, event: turn.next())
    return ITEMS["service.cannot-do-report"]


def no_review(monkeypatch: pytest.MonkeyPatch) -> Flow:
    flow = ITEMS["service.cannot-do-report"]
    return replace(flow, steps=tuple(step for step in flow.steps if not isinstance(step, kinds.Review)))


def no_way_on(monkeypatch: pytest.MonkeyPatch) -> Flow:
    monkeypatch.setattr(ReviewLogic, "handle", lambda logic, turn, step, event: None)
    return ITEMS["service.cannot-do-report"]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (broken_release, "a time is held for nobody"),
        (broken_number, "what is written down is not told"),
        (no_review, "without the citizen's confirmation"),
        (no_way_on, "it does not end"),
    ],
)
def test_the_same_paths_find_an_engine_that_is_wrong(
    broken: Callable[[pytest.MonkeyPatch], Flow], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = broken(monkeypatch)
    with pytest.raises(LostError, match=says):
        wander_all(flow, 300)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_every_kind_of_step_meets_every_kind_of_event() -> None:
    met: Counter[tuple[str, str]] = Counter()
    for run in range(LONG):
        wander(run, met)
    sys.stdout.write(table(met))
    possible = {(step, event) for step in STEP_KINDS for event in EVENTS if step not in NEVER.get(event, ())}
    assert {pair: met[pair] for pair in possible - RARELY if met[pair] < LEAST} == {}
    assert {pair: count for pair, count in met.items() if pair not in possible} == {}


def table(met: Counter[tuple[str, str]]) -> str:
    """How often each kind of step met each kind of event."""
    head = "".join(event.rjust(14) for event in EVENTS)
    rows = [
        step.ljust(16) + "".join(str(met[step, event]).rjust(14) for event in EVENTS) for step in STEP_KINDS
    ]
    return "\n".join((" " * 16 + head, *rows))
