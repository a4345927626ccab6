"""A serial controller's line: what is asked, what is taken for an answer, and what is kept meanwhile."""

from __future__ import annotations

from collections import deque

import pytest

from drivers.touchscreen import EGALAX, ELO, MICROTOUCH, ControllerLine, elo, microtouch
from drivers.touchscreen.dialect import Dialect
from drivers.touchscreen.line import ANSWER_SECONDS, LIFT_SECONDS
from drivers.touchscreen.report import Report

TOUCH = bytes.fromhex("C0 00 00 7F 7F")


class Wire:
    """A transport whose reads are scripted; each empty one costs its whole timeout."""

    def __init__(self) -> None:
        self.now = 0.0
        self.written: list[bytes] = []
        self.coming: deque[bytes] = deque()
        self.answers: dict[bytes, list[bytes]] = {}

    def clock(self) -> float:
        return self.now

    def open(self) -> None:
        """Always there."""

    def close(self) -> None:
        """Always there."""

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self.coming.extend(self.answers.get(data, []))

    def read(self, timeout: float) -> bytes:
        if self.coming:
            return self.coming.popleft()
        self.now += timeout
        return b""

    def wake(self) -> None:
        """Nobody waits."""


def line(dialect: Dialect, **answers: bytes) -> tuple[ControllerLine, Wire]:
    wire = Wire()
    wire.answers = {microtouch.command(words): [said] for words, said in answers.items()}
    made = ControllerLine(wire, dialect, wire.clock)
    made.open()
    return made, wire


YES = b"\x010\r"


def test_after_opening_the_controller_is_told_how_to_report_and_then_only_asked() -> None:
    made, wire = line(MICROTOUCH, FT=YES, MS=YES, Z=YES)
    assert made.answers()
    assert made.answers()
    assert wire.written == [microtouch.command(words) for words in ("FT", "MS", "Z", "Z")]


def test_after_a_silence_the_controller_is_reset_and_told_again() -> None:
    made, wire = line(MICROTOUCH, FT=YES, MS=YES)
    assert not made.answers()
    wire.answers |= {microtouch.command(words): [YES] for words in ("R", "Z")}
    assert made.answers()
    assert wire.written[-4:] == [microtouch.command(words) for words in ("R", "FT", "MS", "Z")]


def test_a_question_waits_no_longer_than_it_may() -> None:
    made, wire = line(MICROTOUCH)
    assert not made.answers()
    assert wire.now == pytest.approx(ANSWER_SECONDS)


def test_what_had_come_before_is_no_answer() -> None:
    made, wire = line(MICROTOUCH)
    wire.coming.extend([YES, b"\x01Q10510\r"])
    assert not made.answers()
    assert made.examine() == []


def test_answer_of_another_shape_does_not_end_the_wait() -> None:
    made, _ = line(MICROTOUCH, OI=b"\x01QMV***00\r\x010\r\x01Q10510\r", UT=b"\x01QMV***00\r", DX=YES)
    assert [reply.facts for reply in made.examine()] == [
        (("controller", "Q1"), ("firmware", "0510")),
        (("unit", "QMV"),),
        (),
    ]


def test_examination_stops_at_the_first_that_is_not_answered() -> None:
    made, wire = line(MICROTOUCH, OI=b"\x01Q10510\r", DX=YES)
    assert len(made.examine()) == 1
    assert microtouch.command("DX") not in wire.written


def test_touches_between_question_and_answer_are_kept() -> None:
    made, _ = line(MICROTOUCH, FT=TOUCH + YES, MS=YES, Z=YES + TOUCH)
    assert made.answers()
    assert made.receive(0.0) == [Report(0, True, 0.0, 0.0)] * 2
    assert made.receive(0.0) == []


def test_touches_for_ever_are_no_answer_and_what_is_held_is_bounded() -> None:
    made, wire = line(EGALAX)
    wire.coming.extend([bytes.fromhex("83 10 00 1F 7F") * 8] * 500)
    assert not made.answers()
    assert len(made.receive(0.0)) <= 256


def test_answer_in_two_pieces_is_an_answer() -> None:
    made, wire = line(ELO)
    identity = elo.packet("I", bytes.fromhex("32 00 80 25 10 00 0b")) + elo.packet("A", b"0000")
    wire.answers[elo.packet("i")] = [identity[:7], identity[7:13], identity[13:]]
    assert made.answers()


def test_lift_that_was_lost_is_taken_as_given() -> None:
    """As when its frame was damaged; or a panel would be stuck until the next touch."""
    made, wire = line(MICROTOUCH)
    wire.coming.append(TOUCH)
    assert made.receive(60.0) == [Report(0, True, 0.0, 0.0)]
    assert made.receive(60.0) == [Report(0, False, 0.0, 0.0)]
    assert wire.now == pytest.approx(LIFT_SECONDS)
    assert made.receive(60.0) == []
    assert wire.now == pytest.approx(LIFT_SECONDS + 60)


def test_finger_that_rests_is_reported_and_not_lifted() -> None:
    made, wire = line(MICROTOUCH)
    for _ in range(10):
        wire.coming.append(TOUCH)
        assert made.receive(60.0) == [Report(0, True, 0.0, 0.0)]
        wire.now += LIFT_SECONDS / 2


def test_port_opened_anew_begins_anew() -> None:
    made, wire = line(MICROTOUCH, FT=YES, MS=YES, Z=YES)
    wire.coming.append(b"\x01\xff\xffnoise" + TOUCH[:3])
    made.receive(0.0)
    assert made.skipped > 0
    made.open()
    assert made.skipped == 0
    made.answers()
    assert wire.written[:2] == [microtouch.command("FT"), microtouch.command("MS")]
