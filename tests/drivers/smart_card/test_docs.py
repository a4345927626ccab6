"""The page of docs names all there is, and its numbers are the code's."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.smart_card import BankCard, CardWarning, Condition, Holder, SocialSecurityCard, UnreadableReason
from drivers.smart_card.apdu import MOST_APDUS, MOST_SECONDS
from drivers.smart_card.link import CALL_SECONDS, START_SECONDS, TRANSMIT_SECONDS, SlotState
from drivers.smart_card.poller import BACK_OFF, IDLE_SECONDS, SETTLE_SECONDS, WATCH_SECONDS
from drivers.smart_card.simulator.card import COMMANDS, FAULTS
from drivers.smart_card.simulator.chips import WAYS
from drivers.smart_card.simulator.server import _OPERATIONS

DOCS = Path("docs/drivers/smart-card.md").read_text("utf-8")
WORDS = {*Condition, *UnreadableReason, *CardWarning, *FAULTS, *WAYS, *COMMANDS.values(), *_OPERATIONS}
FIELDS = {*BankCard.__slots__, *SocialSecurityCard.__slots__, *Holder.__slots__}


@pytest.mark.parametrize("word", sorted(WORDS | FIELDS | (set(SlotState) - {SlotState.GONE})))
def test_every_word_is_explained(word: str) -> None:
    assert f"`{word}`" in DOCS or f'"{word}"' in DOCS


def test_the_waits_are_those_of_the_code() -> None:
    for row in (
        f"| the worker's start | {START_SECONDS:.0f} s |",
        f"| one APDU | {TRANSMIT_SECONDS:.0f} s |",
        f"| any other call | {CALL_SECONDS:.0f} s |",
        f"| all of one card | {MOST_SECONDS:.0f} s, {MOST_APDUS} APDUs |",
        f"must have been empty for {SETTLE_SECONDS:g} s.",
        f"to the next | {WATCH_SECONDS:g} s, while no card is wanted {IDLE_SECONDS:g} s;",
        "after {:g}, {:g}, {:g}, and then every {:g} s".format(*BACK_OFF),
    ):
        assert row in DOCS, row
