"""The code scanner's parsers on a million mutated inputs each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.drivers.code_scanner.test_framer import mutated_streams_never_break_it
from tests.drivers.code_scanner.test_reports import (
    mutated_descriptors_never_break_it,
    mutated_reports_never_break_it,
)
from tests.drivers.code_scanner.test_text import mutated_texts_are_plain_or_refused

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "claim",
    [
        mutated_streams_never_break_it,
        mutated_descriptors_never_break_it,
        mutated_reports_never_break_it,
        mutated_texts_are_plain_or_refused,
    ],
)
def test_a_million_mutated_inputs_break_no_parser(claim: Callable[[int, int], None], seed: int) -> None:
    claim(250_000, seed)
