"""The page of docs names every word that the driver and its simulator use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.keeping import SETTLE_SECONDS
from drivers.keypad import DEFAULT_KEYS, Condition, Press
from drivers.keypad.keypad import MOST_A_SECOND, QUIET_SECONDS
from drivers.keypad.keys import BOUNCE_SECONDS, STUCK_SECONDS, Keys
from drivers.keypad.simulator.device import HOW, KEYS, OPERATIONS
from kiosk.config_devices import KeypadEvdev
from kiosk.presses import FRESH_SECONDS

PAGE = (Path(__file__).parents[3] / "docs" / "drivers" / "keypad.md").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        Condition,
        Press,
        KEYS,
        OPERATIONS,
        HOW[1:],
        Keys({}, lambda: 0.0).counts,
        [name for names in DEFAULT_KEYS.values() for name in names],
    ],
)
def test_every_word_is_documented(words: Iterable[str]) -> None:
    assert [str(word) for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("setting", KeypadEvdev.__struct_fields__)
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in PAGE


def test_numbers_are_those_of_the_code() -> None:
    for words in (
        f"within {BOUNCE_SECONDS:g} s bounces",
        f"forgotten after {QUIET_SECONDS:g} s",
        f"down for {STUCK_SECONDS:g} s or more",
        f"told after {SETTLE_SECONDS:g} s",
        f"More than {MOST_A_SECOND} presses in a second",
        f"asked for within {FRESH_SECONDS:g} s is nothing",
    ):
        assert words in PAGE, words


def test_page_says_that_no_hardware_was_seen() -> None:
    assert "Simulator-tested, hardware-unverified" in PAGE
