"""Which way a reader on USB speaks: found by asking, on a wire without a kernel."""

from __future__ import annotations

from typing import cast

from drivers.id_card.link import FENCE_SECONDS, Link
from drivers.id_card.protocol import HEADER
from drivers.id_card.usb import UsbTransport
from drivers.id_card.usb.choice import Way
from tests.drivers.id_card.wire import Wire

FIRST_SECONDS = 2.5


class TwoWays(Wire):
    """A reader of the second way that never drops what it has of a frame: the next bytes are its rest.

    The first way's frames lose all but their head, as `split` does to a reader that listens to one pipe.
    """

    path = "1-1"
    ways = ("split", "single 02/81")

    def __init__(self) -> None:
        super().__init__()
        self.way = ""
        self.mute = False
        self._owed = 0

    def speak_by(self, way: str) -> None:
        self.way = way

    def write(self, data: bytes) -> None:
        if self.mute:
            return
        if self.way == "split":
            self._owed = len(data) - HEADER
            return
        eaten, self._owed = self._owed, 0
        super().write(b"" if eaten else data)


def way_on(wire: TwoWays) -> Way:
    link = Link(wire, 115200, wire.clock, lambda: False)
    return Way(link, cast("UsbTransport", wire))


def test_half_a_frame_that_the_way_before_left_does_not_hide_the_right_one() -> None:
    wire = TwoWays()
    way = way_on(wire)
    assert way.settle(FIRST_SECONDS)
    assert dict(way.facts)["pipes"] == "single 02/81"


def test_a_reader_that_answers_in_no_way_costs_each_its_time_and_no_more() -> None:
    wire = TwoWays()
    wire.mute = True
    begin = wire.clock.now
    assert not way_on(wire).settle(FIRST_SECONDS)
    assert wire.clock.now - begin < FIRST_SECONDS + FENCE_SECONDS + 2 * 0.6  # each: one question over
