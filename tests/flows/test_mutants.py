"""What an author gets wrong is noticed: by the loader, the linter or the item's own tests."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from flows.loader import CATALOGUE
from tests.flows.mistakes import KINDS
from tests.flows.mutants import Mutant, Originals, mutants
from tests.flows.mutating import Judge, Verdict, judged, share, table

SLICE, ALL = 150, 1140
TODAY = datetime.now(UTC).date().toordinal()
"""Another slice every day."""


def told(verdicts: list[Verdict]) -> str:
    survived = [str(each.mutant) for each in verdicts if each.survived]
    return "\n".join((f"seed {TODAY}", table(verdicts), *survived))


def test_of_todays_mutants_most_that_change_a_walk_are_noticed() -> None:
    verdicts = judged(TODAY, SLICE)
    assert share(verdicts) >= 0.9, told(verdicts)


@pytest.mark.long
def test_of_a_thousand_mutants_nineteen_in_twenty_that_change_a_walk_are_noticed() -> None:
    verdicts = judged(TODAY, ALL)
    assert sum(each.changed for each in verdicts) >= ALL / 2
    assert share(verdicts) >= 0.95, told(verdicts)


def drawn(seed: int, count: int) -> list[Mutant]:
    few = [CATALOGUE / "one-thing/newborn.yaml", CATALOGUE / "household/residence-permit-apply.yaml"]
    return list(mutants(seed, count, Originals(few)))


def test_a_seed_draws_the_same_mutants_of_every_kind_no_two_alike() -> None:
    some = drawn(7, 2 * len(KINDS))
    assert [each.text for each in some] == [each.text for each in drawn(7, 2 * len(KINDS))]
    assert set(Counter(each.kind for each in some).values()) == {2}
    assert len({each.text for each in some}) == len(some)
    assert {each.text for each in some} != {each.text for each in drawn(8, 2 * len(KINDS))}


def test_an_item_as_it_is_has_nothing_to_be_noticed() -> None:
    judge = Judge()
    mutant = drawn(1, 1)[0]
    original = mutant.original
    for form, tree in (("own", original.own), ("whole", original.whole)):
        verdict = judge.verdict(Mutant(original, "", "", form, original.text(tree)))
        assert (verdict.refused, verdict.found, verdict.failed, verdict.changed) == ("", (), (), False)


def test_a_survivor_is_a_changed_walk_that_nobody_speaks_of() -> None:
    mutant = drawn(1, 1)[0]
    silent = Verdict(mutant, changed=True)
    heard = [
        Verdict(mutant, changed=True, failed=("path",)),
        Verdict(mutant, changed=True, found=("L101",)),
    ]
    assert share([silent, *heard, Verdict(mutant, refused="F003"), Verdict(mutant)]) == pytest.approx(2 / 3)
    assert table([silent, *heard]).splitlines()[-1].split() == ["all", "3", "3", "3", "0", "1", "1", "1"]
