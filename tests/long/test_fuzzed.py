"""Every parser of what a device says, on a million inputs that coverage guides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import fuzz, kept
from tests.fuzz.targets import TARGETS

INPUTS = 1_000_000

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]


@pytest.mark.parametrize("name", TARGETS)
def test_a_million_guided_inputs_break_no_parser(name: str, tmp_path: Path) -> None:
    outcome = fuzz(name, f"-runs={INPUTS}", folders=(tmp_path, *kept(name)))
    assert not outcome.broken, f"{outcome.broken}\nthe input: {outcome.culprit!r}"
    assert outcome.inputs >= INPUTS
