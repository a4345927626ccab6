"""What is known of the browser's camera is what a page told of it."""

from __future__ import annotations

import pytest

from drivers.device import Availability, HealthChanged
from kiosk.camera import GOOD_SECONDS, BrowserCamera, Condition
from tests.contract.heard import Heard


def test_before_any_page_nothing_is_known() -> None:
    health = BrowserCamera().health()
    assert (health.availability, health.condition) == (Availability.UNKNOWN, "in-the-browser")


def test_what_a_page_tells_is_told_once_a_change() -> None:
    heard = Heard()
    camera = BrowserCamera(heard)
    for word in ("ready", "ready", "missing", "missing", "ready"):
        camera.told(word)
    assert [event.health.condition for event in heard.of(HealthChanged)] == ["ready", "missing", "ready"]
    assert camera.health().availability is Availability.ONLINE


@pytest.mark.parametrize("condition", [each for each in Condition if each is not Condition.READY])
def test_a_camera_that_failed_has_a_remedy_and_is_offered_on(condition: Condition) -> None:
    """Only a page can find out that it is well again."""
    camera = BrowserCamera()
    camera.told(condition)
    assert camera.health().remedy
    assert camera.health().availability is Availability.UNKNOWN


def test_a_frame_of_long_ago_says_nothing_of_the_camera_now() -> None:
    heard, now = Heard(), [1000.0]
    camera = BrowserCamera(heard, lambda: now[0])
    for _ in range(2):  # each picture counts anew, also where nothing has changed
        camera.told("ready")
        now[0] += GOOD_SECONDS - 1
        camera.look()
        assert camera.health().condition == "ready"
    now[0] += 1
    camera.look()
    camera.look()
    assert [event.health.condition for event in heard.of(HealthChanged)] == ["ready", "in-the-browser"]
    assert camera.health().availability is Availability.UNKNOWN


def test_one_that_failed_is_told_until_a_page_finds_it_well() -> None:
    now = [1000.0]
    camera = BrowserCamera(monotonic=lambda: now[0])
    camera.told("missing")
    now[0] += 10 * GOOD_SECONDS
    camera.look()
    assert camera.health().condition == "missing"


@pytest.mark.parametrize("word", ["", "READY", "broken", "in-the-browser", "ready "])
def test_other_words_are_passed_over(word: str) -> None:
    camera = BrowserCamera()
    camera.told("ready")
    camera.told(word)
    assert camera.health().condition == "ready"
