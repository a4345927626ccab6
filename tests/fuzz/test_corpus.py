"""What once reached new code, or broke something, is replayed."""

from __future__ import annotations

import hashlib

import pytest

from tests.fuzz.run import CORPUS, CULPRITS, kept
from tests.fuzz.targets import TARGETS, load

MOST_BYTES = 200_000
"""Of one corpus: `python -m tests.fuzz.keep` leaves the least that reaches all."""


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_break_nothing(name: str) -> None:
    fuzzed = load(TARGETS[name])
    inputs = {each.name: each.read_bytes() for folder in kept(name) for each in folder.iterdir()}
    assert len(inputs) >= 5
    assert sum(map(len, inputs.values())) <= MOST_BYTES
    for digest, data in inputs.items():
        assert digest == hashlib.sha1(data, usedforsecurity=False).hexdigest()
        fuzzed.check(data)


@pytest.mark.parametrize("name", TARGETS)
def test_valid_inputs_break_nothing(name: str) -> None:
    fuzzed = load(TARGETS[name])
    for data in fuzzed.valid:
        assert len(data) <= fuzzed.longest
        fuzzed.check(data)


def test_nothing_is_kept_of_a_target_that_is_gone() -> None:
    assert {each.name for each in CORPUS.iterdir()} == set(TARGETS)
    assert {each.name for each in CULPRITS.iterdir()} <= set(TARGETS)
