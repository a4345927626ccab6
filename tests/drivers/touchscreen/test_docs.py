"""The page of docs names every word that the driver, its simulator and its calibration use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.touchscreen import Condition, line, touchscreen, watch
from drivers.touchscreen.calibration import LEAST_SPREAD, MOST_RESIDUAL, Refusal
from drivers.touchscreen.simulator.device import _OPERATIONS, SPOILS
from kiosk.config_devices import CALIBRATION, TouchElo, TouchEvdev
from kiosk.touch_pages.testing import CELL, HANDS_OFF_SECONDS

PAGE = (Path(__file__).parents[3] / "docs" / "drivers" / "touchscreen.md").read_text("utf-8")


@pytest.mark.parametrize("words", [Condition, Refusal, _OPERATIONS, SPOILS])
def test_every_word_is_documented(words: Iterable[str]) -> None:
    assert [str(word) for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("setting", sorted({*TouchEvdev.__struct_fields__, *TouchElo.__struct_fields__}))
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in PAGE


@pytest.mark.parametrize(
    "words",
    [
        f"{touchscreen.UNANSWERED} questions in a row without an answer "
        f"within {line.ANSWER_SECONDS:g} s each",
        f"after {touchscreen.ASK_SECONDS:g} s without a touch, "
        f"then again every {touchscreen.AGAIN_SECONDS:g} s",
        f"a finger {touchscreen.PAGE_TOUCHES} times in a row, and nothing came here within "
        f"{touchscreen.PAGE_SECONDS:g} s before or after",
        f"or for {touchscreen.STALE_SECONDS / 3600:g} hours",
        f"{touchscreen.GARBLED_BYTES} bytes in a row",
        f"not back within {touchscreen.BOUNCE_SECONDS:g} s",
        f"down for {watch.STUCK_SECONDS:g} s",
        f"{watch.GHOST_TOUCHES} touches of {watch.SHORT_SECONDS:g} s or less "
        f"within {watch.GHOST_SECONDS:g} s, all within {watch.PLACE:.0%}".replace("%", " %"),
        f"{watch.FLOOD_TOUCHES} touches anywhere within {watch.FLOOD_SECONDS:g} s",
        f"was seen for {watch.CALM_SECONDS:g} s",
        f"span less than {LEAST_SPREAD:.0%}".replace("%", " %"),
        f"by more than {MOST_RESIDUAL:.0%}".replace("%", " %"),
        f"for {HANDS_OFF_SECONDS} s",
        f"about {CELL} pixels",
        f"`{CALIBRATION}`",
        "after 0.5, 1, 2, then every 5 s",
        f"stops for {line.LIFT_SECONDS:g} s without a lift",
    ],
)
def test_numbers_are_those_of_the_code(words: str) -> None:
    assert words in PAGE


def test_page_says_that_no_hardware_was_seen() -> None:
    assert "Simulator-tested, hardware-unverified" in PAGE


def test_numbers_of_the_back_off_are_those_of_the_code() -> None:
    assert touchscreen.BACK_OFF == (0.5, 1.0, 2.0, 5.0)
