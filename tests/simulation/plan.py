"""What happens at a seed: who comes for what, what goes wrong, and at which step.

Seeds go through every step kind and every trouble in turn, so that a slice of them meets each pair about as
often as any other; the rest is the seed's own chance.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from itertools import count

from tests.simulation.parts import Part, parts
from tests.simulation.steps import STEPS
from tests.simulation.story import Scene
from tests.simulation.trouble import KINDS

PASSING = frozenset(
    {
        "benefits",
        "browse",
        "confirm-benefit",
        "confirm-booking",
        "eligibility",
        "guide",
        "prefill",
        "query",
        "submit",
    }
)
"""The kinds that wait for the city and for nobody else."""


@cache
def pairs() -> tuple[tuple[str, str], ...]:
    """Every kind of step with every trouble."""
    kinds = sorted({kind for steps in STEPS.values() for kind in steps})
    every = [(kind, trouble) for trouble in KINDS for kind in kinds]
    random.Random(0).shuffle(every)
    return tuple(every)


@cache
def _standing_at() -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts():
        for kind in STEPS[part.item]:
            found[kind].append(part)
    return found


def aims(seed: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """What is aimed at in the two visits of a seed. Each time round, the second ones are moved on against the
    first: what the first trouble leaves behind shall not keep the same second one from being met for good."""
    every = pairs()
    around = 2 * seed // len(every)
    return every[2 * seed % len(every)], every[(2 * seed + 1 + 2 * around) % len(every)]


def aimed_at(wanted: Counter[tuple[str, str]], after: int) -> list[int]:
    """The next seeds that aim at each pair as often as is wanted."""
    left = +wanted
    found: list[int] = []
    for seed in count(after):
        if not left:
            return found
        mine = [aim for aim in aims(seed) if left[aim] > 0]
        if mine:
            found.append(seed)
            left = +(left - Counter(mine))
    raise AssertionError("seeds never end")


def scenes(seed: int) -> tuple[Scene, ...]:
    """The visits of a seed: two that something is aimed at, and what they need before."""
    chance = random.Random(seed)
    found: list[Scene] = []
    for kind, trouble in aims(seed):
        part = chance.choice(_standing_at()[kind])
        if part.item == "service.supplement-materials":
            found.append(Scene(_deferred(part)))
        found.append(Scene(part, trouble, kind, _delay(chance, kind), steady=chance.random() < 0.8))
    return tuple(replace(scene, number=number) for number, scene in enumerate(found))


def _deferred(part: Part) -> Part:
    """What leaves a case that lacks something: without it there is nothing to supplement."""
    item = "medical-insurance.reimbursement-submit"
    return next(each for each in parts() if each.item == item and each.person == part.person)


def _delay(chance: random.Random, kind: str) -> float:
    """Seconds: mostly at once, so that it meets what the step does first; a step that asks nobody anything is
    over soon."""
    at_once = 0.9 if kind in PASSING else 0.5
    return 0.0 if chance.random() < at_once else chance.uniform(0.0, 2.0)
