"""A million hostile answers of a USB card reader, in each of the two ways that have a parser of their own."""

from __future__ import annotations

import pytest

from tests.drivers.id_card.test_usb_pipes import disordered
from tests.drivers.id_card.test_usb_wrap import damaged_of

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

COUNT = 50_000


@pytest.mark.parametrize("seed", range(20))
def test_a_million_mutated_outer_packets_hide_no_good_one(seed: int) -> None:
    assert damaged_of(seed, COUNT) > COUNT // 2


@pytest.mark.parametrize("seed", range(20))
def test_a_million_disordered_pipes_hide_no_good_answer(seed: int) -> None:
    disordered(seed, COUNT)
