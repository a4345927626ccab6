"""The page of docs names every word that the driver and its simulator use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.speaker import Condition
from drivers.speaker.simulator import HOW
from drivers.speaker.speaker import LOOK_SECONDS, PLAY_SECONDS, SOON_SECONDS
from drivers.speaker.tones import LOUD, SILENCE_SECONDS, TONES, seconds, sequence
from kiosk.config_devices import SpeakerAlsa

PAGE = (Path(__file__).parents[3] / "docs" / "drivers" / "speaker.md").read_text("utf-8")


@pytest.mark.parametrize("words", [Condition, HOW])
def test_every_word_is_documented(words: Iterable[str]) -> None:
    assert [str(word) for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("setting", SpeakerAlsa.__struct_fields__)
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in PAGE


def test_numbers_are_those_of_the_code() -> None:
    hertz = ", ".join(f"{each:g}" for each in TONES)
    for words in (
        f"{hertz} Hz, {seconds(sequence()):.2f} s, {LOUD:.0%}".replace("%", " %"),
        f"with {SILENCE_SECONDS:g} s of silence, every {LOOK_SECONDS / 60:g} minutes",
        f"every {SOON_SECONDS:g} s while it is not well",
        f"did not end within {PLAY_SECONDS:g} s",
    ):
        assert words in PAGE, words


def test_page_says_that_no_hardware_was_seen() -> None:
    assert "Simulator-tested, hardware-unverified" in PAGE
