"""The harness finds what is planted, says so, and leaves nobody out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import next_inputs
from tests.fuzz.run import fuzz
from tests.fuzz.targets import TARGETS, load
from tests.fuzz.toys import CRASHES
from tests.long.test_mutated_streams import CLAIMS


@pytest.mark.parametrize(
    ("toy", "said"),
    [
        ("CRASHES", "IndexError: planted"),
        ("HANGS", "libFuzzer: timeout"),
        ("HOARDS", "libFuzzer: out-of-memory"),
    ],
)
def test_planted_fault_is_found_and_the_input_kept(toy: str, said: str, tmp_path: Path) -> None:
    outcome = fuzz(f"tests.fuzz.toys:{toy}", "-runs=2000000", "-timeout=2", left=tmp_path)
    assert said in outcome.broken
    assert outcome.culprit is not None  # that of a hoard may be empty: memory is looked at between two, too


def test_found_input_breaks_the_parser_again(tmp_path: Path) -> None:
    culprit = fuzz("tests.fuzz.toys:CRASHES", "-runs=2000000", left=tmp_path).culprit
    assert culprit is not None
    with pytest.raises(IndexError, match="planted"):
        CRASHES.check(culprit)


@pytest.mark.parametrize("place", ["tests.fuzz.toys:SOUND", "receipt-printer-status"])
def test_sound_parser_is_given_as_many_inputs_as_were_asked_for(place: str, tmp_path: Path) -> None:
    outcome = fuzz(place, "-runs=3000", left=tmp_path)
    assert outcome.broken == ""
    assert outcome.culprit is None
    assert outcome.inputs >= 3000


def test_what_does_not_come_to_fuzzing_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="was not fuzzed"):
        fuzz("tests.fuzz.toys:ABSENT", "-runs=1", left=tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_most_inputs_are_valid_ones_with_a_few_bytes_changed(name: str) -> None:
    """Half of them, before libFuzzer is asked; and it goes on from them."""
    fuzzed = load(TARGETS[name])
    its_own = bytes(fuzzed.longest)
    made = next_inputs(fuzzed, lambda _data, _longest: its_own)
    inputs = [made(b"", fuzzed.longest, seed) for seed in range(400)]
    ours = [each for each in inputs if each != its_own]
    assert len(ours) >= 180
    lengths = {len(valid) + change for valid in fuzzed.valid for change in range(-4, 5)}
    assert {len(each) for each in ours} <= lengths


def test_every_parser_of_which_something_is_claimed_is_a_target() -> None:
    places = {place.partition(":")[0] for place in TARGETS.values()}
    assert {claim.__module__ for claim in CLAIMS} == places
