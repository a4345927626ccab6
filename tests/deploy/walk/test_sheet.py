"""The sheet about a person."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from deploy.demo.screen import Question
from deploy.walk.filling import BANK_CARD
from deploy.walk.sheet import Sheet
from tests.deploy.walk.people import LAN, MEI


def question(label: str, **more: object) -> Question:
    facts = {"name": "x", "label": label, "value": "", "kind": "text", **more}
    return Question(**facts)  # type: ignore[arg-type]  # named by the tests below


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("收款银行卡号", BANK_CARD),
        ("现住址", LAN.address),
        ("公民身份号码", LAN.id_number),
        ("姓名", LAN.name),
        ("手机号码", LAN.mobile),
        ("备注（选填）", ""),
    ],
)
def test_answers_are_found_by_the_words_of_the_question(label: str, answer: str) -> None:
    assert Sheet(LAN).answer(question(label, optional="选填" in label)) == answer


def test_who_acts_for_somebody_answers_about_them() -> None:
    assert Sheet(LAN, MEI).answer(question("收款银行卡号")) == MEI.bank_card
    assert Sheet(LAN, MEI).answer(question("现住址")) == MEI.address


def test_what_stands_there_is_left_unless_it_is_wrong() -> None:
    assert Sheet(LAN).answer(question("现住址", value="别处")) == "别处"
    answer = Sheet(LAN).answer(question("月租金", value="9", error="月租金最少 100 元", keyboard="amount"))
    assert answer == "100"


def test_of_options_the_first_is_taken() -> None:
    years = (("2026", "2026 年"), ("2025", "2025 年"))
    assert Sheet(LAN).answer(question("年度", kind="choice", options=years)) == "2026"


def test_what_the_registers_hold_is_typed_as_people_write_it() -> None:
    sheet = Sheet(LAN, known={"rent_amount": 420050, "since": "2026-01-31", "division_code": "120102"})
    assert sheet.answer(question("月租金", name="rent_amount", keyboard="amount")) == "4200.50"
    assert sheet.answer(question("起始年月", name="since", keyboard="month")) == "2026-01"
    divisions = (("110101", "东城区"), ("120101", "和平区"), ("120102", "河东区"))
    assert sheet.answer(question("区", name="division_code", kind="choice", options=divisions)) == "120102"


def test_of_divisions_one_in_the_city_is_taken() -> None:
    divisions = (("110101", "东城区"), ("120101", "和平区"))
    assert Sheet(LAN).answer(question("区", kind="choice", options=divisions)) == "120101"


def test_what_may_be_left_out_is_left_out_unless_the_sheet_has_it() -> None:
    assert Sheet(LAN).answer(question("现住址（选填）", optional=True)) == ""
    assert Sheet(LAN, facts=(("户号", "1"),)).answer(question("户号（选填）", optional=True)) == "1"


def test_a_question_that_the_sheet_does_not_know_has_a_valid_answer() -> None:
    assert Sheet(LAN).answer(question("爱好")) == "演示内容"


def test_the_bank_card_of_who_has_none_has_the_right_check_digit() -> None:
    assert luhn(BANK_CARD)
    assert not luhn(BANK_CARD[:-1] + "0")


def test_the_signature_is_a_picture_with_ink_and_the_strokes_that_made_it() -> None:
    posted = Sheet(LAN).signature()
    kind, _, data = posted["signature"].partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.getbbox() is not None
    strokes = json.loads(posted["strokes"])
    assert len(strokes[0]["points"]) > 2
