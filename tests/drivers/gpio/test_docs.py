"""The pages of docs name all there is, and their numbers are the code's."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import door, lights
from drivers.door.chatter import MOST_EDGES, WINDOW_SECONDS
from drivers.door.switch import DEBOUNCE_SECONDS
from drivers.gpio import Trouble
from drivers.gpio.lines import CONSUMER, SETTLE_SECONDS
from drivers.gpio.owner import BACK_OFF, HANG_SECONDS, ROUND_SECONDS
from drivers.gpio.simulator.bus import LABEL, NAMES, NONSENSE
from drivers.gpio.simulator.orders import ORDERS
from drivers.lights.lights import SHOW_SECONDS
from drivers.lights.plan import BLINK_SECONDS, Look
from kiosk.config_gpio import DoorOnGpio, LightsOnGpio
from kiosk.lamps import PAPER_SECONDS

FOLDER = Path(__file__).parents[3] / "docs" / "drivers"
GPIO, DOOR, LIGHTS = ((FOLDER / f"{name}.md").read_text("utf-8") for name in ("gpio", "door", "lights"))


@pytest.mark.parametrize("word", [*Trouble, *NONSENSE, LABEL, CONSUMER, *filter(None, NAMES)])
def test_every_word_of_lines_and_their_simulator_is_explained(word: str) -> None:
    assert f"`{word}`" in GPIO


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_is_described(order: str) -> None:
    assert f'`{{"op": "{order}"' in GPIO


@pytest.mark.parametrize("word", [*door.Condition, *DoorOnGpio.__struct_fields__])
def test_every_word_of_the_door_is_explained(word: str) -> None:
    assert f"`{word}`" in DOOR


@pytest.mark.parametrize("word", [*lights.Condition, *Look, *LightsOnGpio.__struct_fields__])
def test_every_word_of_the_lights_is_explained(word: str) -> None:
    assert f"`{word}`" in LIGHTS


def test_numbers_are_those_of_the_code() -> None:
    for page, words in (
        (GPIO, "after {:g}, {:g}, {:g}, and then every {:g} s".format(*BACK_OFF)),
        (GPIO, f"must have stayed for {SETTLE_SECONDS:g} s"),
        (GPIO, f"silent for {HANG_SECONDS:g} s"),
        (DOOR, f"More than {MOST_EDGES} edges in {WINDOW_SECONDS:g} s"),
        (DOOR, f"| `debounce_ms` | {DEBOUNCE_SECONDS * 1000:g} |"),
        (LIGHTS, f"lit for {PAPER_SECONDS:g} s"),
    ):
        assert words in page, words
    assert (ROUND_SECONDS, 2 * BLINK_SECONDS, SHOW_SECONDS) == (
        1.0,
        1.0,
        0.5,
    )  # "once a second", "half a second"
    assert DoorOnGpio(chip="c", line=0).debounce_ms == DEBOUNCE_SECONDS * 1000


def test_the_pages_say_that_no_hardware_was_seen() -> None:
    assert all("Simulator-tested, hardware-unverified" in page for page in (GPIO, DOOR, LIGHTS))
