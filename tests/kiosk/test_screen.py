"""The web room's door to the actor: a touch is answered, and one that came too late says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kiosk.presses import Presses
from kiosk.screen import LoopScreen
from tests.contract.heard import DEADLINE
from tests.kiosk.shell import Box


class Stepped:
    """A box whose loop a thread steps, as the agent's does."""

    def __init__(self) -> None:
        self.box = Box()
        self.screen = LoopScreen(
            self.box.terminal, self.box.loop, self.box.clock, Presses(self.box.clock.monotonic)
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._steps, daemon=True)
        self._thread.start()

    def _steps(self) -> None:
        while not self._over.wait(0.001):
            while self.box.loop.step():
                pass

    def close(self) -> None:
        self._over.set()
        self._thread.join(DEADLINE)


@pytest.fixture
def stepped() -> Iterator[Stepped]:
    made = Stepped()
    yield made
    made.close()


def test_touch_on_the_present_page_counts(stepped: Stepped) -> None:
    view = stepped.screen.act(stepped.screen.view().turn, "elder", {})
    assert view == stepped.screen.view()
    assert not view.missed


def test_touch_on_a_page_that_is_gone_gets_the_present_one_and_is_told_that_it_missed(
    stepped: Stepped,
) -> None:
    turn = stepped.screen.view().turn
    present = stepped.screen.act(turn, "elder", {})
    late = stepped.screen.act(turn, "elder", {})
    assert late.missed
    assert late.turn == present.turn
    assert not stepped.screen.view().missed  # said to whom it concerns, and kept nowhere
