"""The page of docs names every word that the driver and its simulator use."""

from __future__ import annotations

import inspect
from enum import StrEnum
from pathlib import Path

import pytest

from drivers.id_card import CardType, CardWarning, Condition, Finger, IdCardReader, UnreadableReason
from drivers.id_card.simulator.faults import Kind
from drivers.id_card.simulator.usb_firmware import FIRMWARE

PAGE = Path(__file__).parents[3] / "docs" / "drivers" / "id-card.md"


@pytest.mark.parametrize("words", [CardType, CardWarning, Condition, Finger, UnreadableReason, Kind])
def test_every_word_is_documented(words: type[StrEnum]) -> None:
    page = PAGE.read_text("utf-8")
    assert [word.value for word in words if f"`{word.value}`" not in page] == []


def test_every_firmware_of_the_simulator_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    assert [name for name in FIRMWARE if f"`{name}`" not in page] == []


def test_every_setting_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    settings = [name for name in inspect.signature(IdCardReader).parameters if name != "self"]
    assert len(settings) >= 8
    assert [name for name in settings if f"| `{name}` |" not in page] == []


def test_page_says_that_no_hardware_was_seen() -> None:
    assert "Simulator-tested, hardware-unverified" in PAGE.read_text("utf-8")
