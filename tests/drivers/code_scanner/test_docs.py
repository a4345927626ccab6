"""The page of docs names every word that the driver, its simulator and the meaning of codes use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.code_scanner import Condition, Symbology, Terminator, Trigger, UnreadableReason
from drivers.code_scanner.line import GIVE_UP_SECONDS, SILENCE_SECONDS
from drivers.code_scanner.poller import MOST_A_SECOND, TRIGGER_SECONDS
from drivers.code_scanner.raw import LONGEST
from drivers.code_scanner.simulator.device import _OPERATIONS, SPOILS
from kiosk.config_devices import ScannerHidPos, ScannerSerial
from kiosk.scanned import _STANDS_ON, RefusedReason

PAGE = (Path(__file__).parents[3] / "docs" / "drivers" / "code-scanner.md").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        Condition,
        Symbology,
        Terminator,
        Trigger,
        UnreadableReason,
        RefusedReason,
        _OPERATIONS,
        SPOILS,
        _STANDS_ON,
    ],
)
def test_every_word_is_documented(words: Iterable[str]) -> None:
    assert [str(word) for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("setting", [*ScannerSerial.__struct_fields__, *ScannerHidPos.__struct_fields__])
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in PAGE


def test_numbers_are_those_of_the_code() -> None:
    for words in (
        f"{SILENCE_SECONDS:g} s without a byte",
        f"no byte or report for {GIVE_UP_SECONDS:g} s",
        f"longer than {LONGEST} bytes",
        f"again every {TRIGGER_SECONDS:g} s",
        f"More than {MOST_A_SECOND} codes in a second",
    ):
        assert words in PAGE, words


def test_page_says_that_no_hardware_was_seen() -> None:
    assert "Simulator-tested, hardware-unverified" in PAGE
