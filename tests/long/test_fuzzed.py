"""Every parser of what a device says, on a million inputs that coverage guides.

The slowest (a whole smart card, an exchange with a card reader, the adapter's lines) take some 900 inputs a
second, most 1,500 to 5,000, JSON 30,000: two and a half hours for all, on one core of a busy machine.
"""

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
