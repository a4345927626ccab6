"""The desk of sealed certificates: fetched once, printed once, counted; never a plain record in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drivers.document_printer import (
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from flows.effects import PrintCertificate
from flows.events import Outcome, PrintEnded
from kiosk.desks.certificate import NO_PRINTER, NOT_FETCHED, SLACK_SECONDS, CertificateDesk
from kiosk.gateway.bearer import PlainBearer
from kiosk.gateway.outcomes import Certificate, FieldError, Problem, Reason, Unreachable
from kiosk.loop import Loop
from kiosk.visit import Visit
from tests.kiosk.clocks import TestClock
from tests.kiosk.test_filing import Inline

VISIT = Visit(id="0" * 31 + "1", began=0.0, touched=0.0)
EFFECT = PrintCertificate(id="v.1", certificate="c-1", item="a.b", intent="certificate:c-1:1")
PDF = Certificate(b"%PDF-1.7 ...", "VC-1", 2)
TOKEN = PlainBearer("t")


class Printer:
    """Keeps what it is given until it is told to end."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.done: Callable[[JobOutcome], None] = lambda _: None

    def longest(self, size: int) -> float:
        return 60.0

    def print(self, pdf: bytes, done: Callable[[JobOutcome], None]) -> None:
        self.pages.append(pdf)
        self.done = done


class World:
    def __init__(self, answer: Any = PDF, printer: Printer | None = None) -> None:
        self.clock = TestClock()
        self.loop = Loop(self.clock, lambda error: None)
        self.printer = printer or Printer()
        self.told: list[Outcome] = []
        self.ended: list[tuple[str, str, int]] = []
        self.keys: list[str] = []
        self.answer = answer
        client: Any = self
        self.desk = CertificateDesk(
            client=client,
            printer=self.printer,
            key_of=lambda visit, intent: f"key of {intent}",
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            ended=lambda visit, outcome, reason, count: self.ended.append((outcome, reason, count)),
        )

    def print_certificate(self, certificate: str, *, token: object, key: str) -> Any:
        self.keys.append(key)
        return self.answer

    def run(self) -> None:
        while self.loop.step():
            pass

    @property
    def last(self) -> PrintEnded:
        found = self.told[-1]
        assert isinstance(found, PrintEnded)
        return found


def test_it_is_printed_with_its_code_and_count() -> None:
    world = World()
    world.desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    world.printer.done(Printed(pages=1))
    world.run()
    assert (world.last.result, world.last.code, world.last.count) == ("printed", "VC-1", 2)
    assert world.printer.pages == [PDF.pdf]
    assert world.ended == [("printed", "", 2)]


def test_the_intent_is_the_key_so_that_a_repeated_tap_is_the_same_counted_print() -> None:
    world = World()
    for _ in range(2):
        world.desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    assert world.keys == ["key of certificate:c-1:1"] * 2


@pytest.mark.parametrize("reason", list(FailReason))
def test_every_failure_has_words_of_its_own_and_no_code(reason: FailReason) -> None:
    world = World()
    world.desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    world.printer.done(Failed(reason))
    world.run()
    assert world.last.result == "failed"
    assert world.last.words.startswith("证明打印机")
    assert world.last.code == ""
    assert world.ended == [("failed", reason.value, 2)]
    nothing_came_out = reason in (FailReason.OFFLINE, FailReason.REJECTED)
    assert world.last.count == (0 if nothing_came_out else 2)


def test_what_the_printer_cannot_vouch_for_is_unconfirmed_and_not_repeated() -> None:
    world = World()
    world.desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    world.printer.done(Unconfirmed(UnconfirmedReason.LOST))
    world.run()
    assert world.last.result == "unconfirmed"
    assert len(world.printer.pages) == 1


def test_a_driver_that_never_says_is_unconfirmed_after_its_own_longest() -> None:
    world = World()
    world.desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    world.clock.advance(60.0 + SLACK_SECONDS)
    world.run()
    assert world.last.result == "unconfirmed"
    world.printer.done(Printed(pages=1))
    world.run()
    assert len(world.told) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Unreachable(Reason.NO_NETWORK), NOT_FETCHED),
        (
            Problem(422, "REFUSED", errors=(FieldError(message="没有参保记录"),)),
            f"{NOT_FETCHED}：没有参保记录",
        ),
    ],
)
def test_what_cannot_be_fetched_is_said_and_nothing_is_printed(answer: Any, words: str) -> None:
    world = World(answer)
    world.desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    assert (world.last.result, world.last.words) == ("failed", words)
    assert world.printer.pages == []


def test_without_a_printer_nothing_is_fetched_for_a_fetched_one_counts() -> None:
    world = World()
    desk = CertificateDesk(
        client=world,  # type: ignore[arg-type]  # the one call that it needs
        printer=None,
        key_of=lambda visit, intent: "k",
        executor=Inline(),
        loop=world.loop,
        clock=world.clock,
        ended=lambda *_: None,
    )
    desk.print(EFFECT, VISIT, TOKEN, world.told.append)
    assert world.last.words == NO_PRINTER
    assert world.keys == []
