"""Whatever is tapped, and whatever the world answers, in any order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import engine
from flows.checks import id_number_ok, luhn_ok
from flows.effects import Cancel, Effect, Submit
from flows.events import Act, CardTrouble, Event, LoginDenied, NotStored, PrintEnded, Refused, Unreachable
from flows.words import clean, masked
from tests.flows.shipped import shipped
from tests.flows.test_engine import ANSWERS
from tests.flows.world import AT, PICTURE, SIGNATURE, World

FLOWS = shipped()
VALUES = {
    **ANSWERS,
    **SIGNATURE,
    **PICTURE,
    "statement_year": "2025",
    "choice": "civil.senior-allowance-apply",
    "level": "4",
}
ACTIONS = [
    "next",
    "back",
    "leave",
    "choose",
    "phone",
    "face",
    "no-camera",
    "card",
    "retry",
    "finish",
    "again",
    "no-paper",
    "rate",
    "skip",
]
ACTIONS += [
    "sheet:2",
    "sheet:99",
    "change:bank_card_number",
    "change:nonsense",
    "keep",
    "",
    "start:x",
    "next:next",
]
moves = st.lists(
    st.tuples(
        st.sampled_from([*ACTIONS, "next", "next", "world", "world", "fail"]),
        st.sampled_from(["self", "other", "child", "civil.senior-allowance-apply"]),
        st.booleans(),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(item=st.sampled_from(sorted(FLOWS)), path=moves, online=st.booleans())
def test_always_a_page_never_a_case_without_a_signature(
    item: str, path: list[tuple[str, str, bool]], online: bool
) -> None:
    flow = FLOWS[item]
    shell = World(flow, online=online)
    run, effects = engine.start(flow, "p.1", at=AT)
    asked: list[Effect] = [*effects]
    open_effects: list[Effect] = [*effects]
    for move, choice, filled in path:
        outcomes: Sequence[Event]
        if move in {"world", "fail"} and open_effects:
            effect = open_effects.pop(0)
            outcomes = shell.outcomes(effect) if move == "world" else failures(effect)
        else:
            values = {**VALUES, "choice": choice} if filled else {"choice": choice}
            outcomes = [Act(action=move, values=values, at=AT)]
        for outcome in outcomes:
            run, effects = engine.advance(flow, run, outcome)
            asked += effects
            open_effects += [each for each in effects if not isinstance(each, Cancel)]
        shown = engine.page(flow, run)
        assert shown.title
        if not run.ended:
            assert run.pending or engine.offered(shown), "a page from which nothing leads on"
    filings = [each for each in asked if isinstance(each, Submit) and each.operation == "submitApplication"]
    assert len(filings) <= 1
    for filing in filings:
        assert filing.body["signature"]["image"]
        if item == "civil.senior-allowance-apply":
            assert filing.body["fields"]["bank_card_number"]["value"] == ANSWERS["bank_card_number"]
    if run.ended in {"done", "queued"} and item == "civil.senior-allowance-apply":
        assert len(filings) == 1


def failures(effect: Effect) -> list[Event]:
    """What can go wrong with any effect."""
    return [
        CardTrouble(effect=effect.id, words="请放好"),
        Unreachable(effect=effect.id, reason="timeout", at=AT),
    ]


@settings(max_examples=200, deadline=None)
@given(item=st.sampled_from(sorted(FLOWS)), path=moves)
def test_every_kind_of_refusal_leaves_a_way_out(item: str, path: list[tuple[str, str, bool]]) -> None:
    flow = FLOWS[item]
    run, effects = engine.start(flow, "p.2", at=AT)
    open_effects = [*effects]
    for number, (move, choice, _) in enumerate(path):
        if open_effects:
            effect = open_effects.pop(0)
            bad = (
                Refused(effect=effect.id, reasons=()),
                LoginDenied(effect=effect.id, words="不符"),
                NotStored(effect=effect.id, words="已满", code="STORE-FULL"),
                PrintEnded(effect=effect.id, result="failed", words="缺纸"),
                Unreachable(effect=effect.id, reason="tls"),
            )[number % 5]
            run, effects = engine.advance(flow, run, bad)
            open_effects += effects
        run, effects = engine.advance(flow, run, Act(action=move, values={**VALUES, "choice": choice}, at=AT))
        open_effects += effects
        assert run.ended or run.pending or engine.offered(engine.page(flow, run))


@given(st.text())
def test_cleaned_text_has_no_control_character(text: str) -> None:
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in clean(text))


@given(st.text(alphabet="0123456789X", min_size=11, max_size=30))
def test_a_masked_number_shows_at_most_its_ends(number: str) -> None:
    shown = masked("id-number", number).replace(" ", "")
    assert len(shown) == len(number)
    assert shown[6:-4] == "*" * (len(number) - 10)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王兰", "王*"),
        ("王秀兰", "王*兰"),
        ("陈䶮𠮷㛃", "陈**㛃"),
        ("阿依努尔·麦麦提", "阿******提"),
        ("古丽娜尔·阿卜杜热合曼·艾合买提江·吐尔逊娜依", "古******依"),
    ],
)
def test_a_masked_name_shows_its_ends_and_fits_the_frame(name: str, shown: str) -> None:
    assert masked("name", name) == shown


@given(st.text(max_size=20))
def test_number_checks_refuse_and_never_crash(text: str) -> None:
    assert isinstance(id_number_ok(text), bool)
    if text.isascii() and text.isdigit():
        assert isinstance(luhn_ok(text), bool)


def test_the_standards_own_specimens_pass() -> None:
    for number in ("11010519491231002X", "440524188001010014"):
        assert id_number_ok(number)
        assert not id_number_ok(number[:-1] + ("1" if number[-1] != "1" else "2"))
