"""The scanner's desk: what a page asks for may be held under the scanner, and nothing else is heard."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.code_scanner import CodeRead, CodeUnreadable, UnreadableReason
from kiosk.desks.scan import ScanDesk
from kiosk.keys import TerminalKey, create
from kiosk.receipt_code import PaperCode, PaperKind, sign
from kiosk.scanned import Number, OwnPaper, Refused, RefusedReason, answer, meaning
from tests.kiosk.codes import asking
from tests.kiosk.shell import Box
from tests.kiosk.web.samples import SAMPLES

SLIP = "7d9f2c1e-5b1a-4c0e-9a61-3f2b8c7d6e5f"
CODE = "K7M2-9QXD-4T1C"


class Scanner:
    """Keeps what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def arm(self) -> None:
        self.asked.append("arm")

    def disarm(self) -> None:
        self.asked.append("disarm")


class Bench:
    """The desk, and what it gave the run."""

    def __init__(self, *keys: TerminalKey) -> None:
        self.scanner = Scanner()
        self.taken: list[tuple[str, str, str]] = []
        self.desk = ScanDesk(
            self.scanner,
            keys=tuple(key.public_jwk for key in keys),
            issuer="https://id.example",
            take=lambda *each: self.taken.append(each),
        )

    def hold(self, text: str) -> None:
        self.desk.heard(CodeRead(text, None))


def paper(kind: PaperKind, number: str = SLIP) -> PaperCode:
    at = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    return PaperCode(kind=kind, item="a.b", flow_version="1", number=number, at=at, terminal="tj-hp-0001")


@pytest.fixture
def key(tmp_path: Path) -> TerminalKey:
    return create(tmp_path / "own.pem")


# The desk


def test_scanner_is_asked_only_while_a_page_asks_for_a_code() -> None:
    bench = Bench()
    for view in (
        asking("name", kind="text"),
        asking("slip_number"),
        asking("slip_number", turn=2),
        asking("slip_number", slip_number="12", turn=3),
        asking("name", kind="text"),
    ):
        bench.desk.shown(view)
    assert bench.scanner.asked == ["arm", "disarm"]


def test_another_question_is_asked_anew() -> None:
    """What is under way was meant for the question before."""
    bench = Bench()
    bench.desk.shown(asking("invoice_code", "invoice_number"))
    bench.desk.shown(asking("invoice_code", "invoice_number", invoice_code="1201"))
    assert bench.scanner.asked == ["arm", "disarm", "arm"]
    bench.hold("77")
    assert bench.taken == [("invoice_number", "77", "")]


def test_code_that_is_still_held_does_not_answer_the_next_question() -> None:
    bench = Bench()
    bench.desk.shown(asking("invoice_code", "invoice_number", invoice_code="1201"))
    bench.hold("1201")
    assert bench.taken == []


def test_bill_that_lies_there_still_does_not_answer_the_next_page() -> None:
    bench = Bench()
    bench.desk.shown(asking("electricity_account_number"))
    bench.hold("012345")
    bench.hold("012346")  # another bill, for the same question
    bench.desk.shown(asking("water_account_number"))
    bench.hold("012346")
    assert [each[0] for each in bench.taken] == ["electricity_account_number"] * 2
    bench.hold("777777")
    assert bench.taken[-1] == ("water_account_number", "777777", "")
    bench.desk.shown(SAMPLES["home"])
    bench.desk.shown(asking("electricity_account_number"))
    bench.hold("777777")  # somebody else, or another errand
    assert bench.taken[-1] == ("electricity_account_number", "777777", "")


def test_of_several_answers_the_wrong_one_is_replaced_and_no_right_one() -> None:
    bench = Bench()
    bench.desk.shown(asking("bill_code", "bill_number", bill_code="12", bill_number="12"))
    assert bench.scanner.asked == []
    shown = asking("bill_code", "bill_number", bill_code="12", bill_number="12", wrong="bill_number")
    bench.desk.shown(shown)
    bench.hold("34")
    assert bench.taken == [("bill_number", "34", "")]


def test_each_question_has_its_number() -> None:
    """What was said while another was asked, and waits in the loop's queue, is known by it."""
    bench = Bench()
    seen = []
    for view in (asking("slip_number"), asking("slip_number", turn=2), asking("case_number")):
        bench.desk.shown(view)
        seen.append(bench.desk.asking)
    assert seen == [1, 1, 2]


def test_code_that_nobody_wants_is_nobodys() -> None:
    bench = Bench()
    bench.hold("1201")
    bench.desk.shown(asking("slip_number"))
    bench.desk.shown(asking("name", kind="text"))
    bench.hold("1201")
    bench.desk.heard(CodeUnreadable(UnreadableReason.UNFINISHED))
    assert bench.taken == []


def test_unreadable_code_asks_again() -> None:
    bench = Bench()
    bench.desk.shown(asking("slip_number"))
    bench.desk.heard(CodeUnreadable(UnreadableReason.UNFINISHED))
    [(name, value, words)] = bench.taken
    assert (name, value) == ("slip_number", "")
    assert "再试" in words


@pytest.mark.parametrize("reason", list(RefusedReason))
def test_every_refusal_has_words_for_the_citizen(
    reason: RefusedReason, key: TerminalKey, tmp_path: Path
) -> None:
    own = sign(paper(PaperKind.SLIP), key)
    head, payload, signature = own.split(".")
    shown = {
        RefusedReason.OTHER_TERMINAL: sign(paper(PaperKind.SLIP), create(tmp_path / "other.pem")),
        RefusedReason.FORGED: f"{head}.{payload}.{signature[::-1]}",
        RefusedReason.OTHER_VERSION: key.sign(b'{"v":2}', {"typ": "receipt+jws"}),
        RefusedReason.OTHER_PAPER: sign(paper(PaperKind.PAYMENT), key),
        RefusedReason.LOGIN_CODE: "https://id.example/device?user_code=AB",
        RefusedReason.ADDRESS: "https://a.test/",
        RefusedReason.NO_NUMBER: "你好",
    }
    bench = Bench(key)
    bench.desk.shown(asking("slip_number"))
    bench.hold(shown[reason])
    assert answer(meaning(shown[reason], (key.public_jwk,), "id.example"), "slip_number") == Refused(reason)
    [(_, value, words)] = bench.taken
    assert not value
    assert len(words) > 8


def test_terminal_without_a_scanner_has_nothing_to_ask() -> None:
    desk = ScanDesk(None, keys=(), issuer="https://id.example", take=lambda *_: None)
    desk.shown(asking("slip_number"))


# What a code is


def test_own_slip_answers_the_slips_number_and_nothing_else(key: TerminalKey) -> None:
    found = meaning(sign(paper(PaperKind.SLIP), key), (key.public_jwk,), "id.example")
    assert isinstance(found, OwnPaper)
    assert answer(found, "slip_number") == SLIP
    for field in ("case_number", "verification_code", "draft_code", "receipt_number"):
        assert answer(found, field) == Refused(RefusedReason.OTHER_PAPER)


def test_own_receipt_answers_the_cases_number(key: TerminalKey) -> None:
    found = meaning(sign(paper(PaperKind.RECEIPT, "TJ-2026-1"), key), (key.public_jwk,), "id.example")
    assert (answer(found, "case_number"), answer(found, "receipt_number")) == ("TJ-2026-1", "TJ-2026-1")
    assert answer(found, "slip_number") == Refused(RefusedReason.OTHER_PAPER)


def test_own_paper_without_a_number_answers_nothing(key: TerminalKey) -> None:
    found = meaning(sign(paper(PaperKind.RECEIPT, ""), key), (key.public_jwk,), "id.example")
    assert answer(found, "case_number") == Refused(RefusedReason.OTHER_PAPER)


@pytest.mark.parametrize(
    "text", ["K7M2-9QXD-4T1C", SLIP, "012002400111", "TJ-2026-000123", "(2026)12", "A/1", "a_b.c"]
)
def test_number_on_a_paper_is_a_number(text: str) -> None:
    assert meaning(text, (), "id.example") == Number(text)


# A visit


def test_certificate_held_under_the_scanner_is_asked_about_as_if_it_were_typed(key: TerminalKey) -> None:
    box = Box()
    box.tap("start:service.certificate-verify")
    box.terminal.scanned("verification_code", CODE, "")
    [question] = box.view.page.body.inputs  # type: ignore[union-attr]  # the page is a form
    assert (question.value, question.source, question.error) == (CODE, "扫描得到", "")
    box.tap("next", verification_code=CODE)
    assert box.hands.asked[-1][0].path == {"id": CODE}  # type: ignore[attr-defined]  # it is a call


def test_refusal_stands_at_the_question_and_typing_goes_on() -> None:
    box = Box()
    box.tap("start:service.certificate-verify")
    box.terminal.scanned("verification_code", "", "这个码是一个网址")
    [question] = box.view.page.body.inputs  # type: ignore[union-attr]  # the page is a form
    assert (question.value, question.error) == ("", "这个码是一个网址")
    box.tap("next", verification_code=CODE)
    assert len(box.hands.asked) == 1


def test_code_of_the_wrong_length_is_told_as_if_it_were_typed() -> None:
    box = Box()
    box.tap("start:service.certificate-verify")
    box.terminal.scanned("verification_code", "1" * 65, "")
    [question] = box.view.page.body.inputs  # type: ignore[union-attr]  # the page is a form
    assert question.error


def test_code_when_nobody_is_there_begins_no_visit() -> None:
    box = Box()
    box.terminal.scanned("verification_code", CODE, "")
    assert box.kind == "home"
    assert box.terminal.idle


def test_code_keeps_the_visit_awake() -> None:
    box = Box()
    box.tap("start:service.certificate-verify")
    box.wait(59)
    box.terminal.scanned("verification_code", CODE, "")
    box.wait(59)
    assert box.view.idle is None
    assert box.kind == "form"


def test_paper_that_was_left_there_keeps_no_visit_awake() -> None:
    """The scanner reads it every few seconds, and says the same of it each time."""
    box = Box()
    box.tap("start:service.certificate-verify")
    box.terminal.scanned("verification_code", "", "这个码是一个网址")
    for _ in range(20):
        box.wait(3)
        box.terminal.scanned("verification_code", "", "这个码是一个网址")
    box.wait(1)
    assert box.view.idle is not None
