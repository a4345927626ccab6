"""A press goes to the page that was seen when it was made, once or never."""

from __future__ import annotations

from drivers.keypad import Press
from kiosk.presses import FRESH_SECONDS, MOST, Presses


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_press_goes_to_the_page_that_was_shown() -> None:
    presses = Presses(Clock())
    assert presses.take(7) == ()
    presses.pressed(Press.NEXT)
    presses.pressed(Press.SELECT)
    assert presses.take(7) == ("next", "select")


def test_it_is_told_once() -> None:
    presses = Presses(Clock())
    presses.take(7)
    presses.pressed(Press.NEXT)
    presses.take(7)
    assert presses.take(7) == ()


def test_a_page_that_came_since_is_not_pressed() -> None:
    presses = Presses(Clock())
    presses.take(7)
    presses.pressed(Press.SELECT)
    assert presses.take(8) == ()
    assert presses.take(7) == ()


def test_a_page_that_slept_is_not_pressed() -> None:
    clock = Clock()
    presses = Presses(clock)
    presses.take(7)
    presses.pressed(Press.SELECT)
    clock.now += FRESH_SECONDS + 0.1
    presses.pressed(Press.NEXT)
    assert presses.take(7) == ("next",)


def test_before_any_page_there_is_nothing_to_press() -> None:
    presses = Presses(Clock())
    presses.pressed(Press.SELECT)
    assert presses.take(0) == ()


def test_few_are_kept() -> None:
    presses = Presses(Clock())
    presses.take(7)
    for _ in range(1000):
        presses.pressed(Press.NEXT)
    assert len(presses.take(7)) == MOST
