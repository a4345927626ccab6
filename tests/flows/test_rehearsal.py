"""A rehearsal goes through any item, is the same each time, and an item's own tests tell what has changed."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from deploy.items import record_tests
from flows import kinds, source
from flows.checks import problem
from flows.fields import Field
from flows.loader import BUILTIN, CATALOGUE, load_all
from flows.model import Flow
from flows.rehearsal import Script, rehearse, varied
from flows.rehearsal.city import City
from flows.rehearsal.fitting import fitting, unfitting
from flows.rehearsal.recording import record, written
from flows.rehearsal.script import TODAY, whoms
from flows.rehearsal.testing import failures
from flows.trials import Trial
from flows.values import normal
from tests.flows.items import NUMBER, RATE, RECEIPT, REVIEW, SUBMIT, field, form, item
from tests.flows.test_any_order import FLOWS as EVERY_KIND

ITEMS = {**load_all(CATALOGUE), **load_all(BUILTIN)}
SENIOR = ITEMS["civil.senior-allowance-apply"]
RENT = ITEMS["housing.rental-filing"]
PERMIT = ITEMS["household.residence-permit-apply"]
BUNDLE = ITEMS["one-thing.utilities-joint-connection"]
RECORD = ITEMS["social-insurance.rights-record"]
POWER = ITEMS["utility.electricity-pay"]
SEEDS = range(8)


def fields_of(flow: Flow) -> dict[str, Field]:
    """Every field that is typed, those of groups that repeat, too."""
    found = dict(flow.fields)
    for each in flow.fields.values():
        found |= each.record
    return {name: each for name, each in found.items() if each.kind not in {"code", "option", "records"}}


BOUNDED = {
    "low": field("number", minimum=3, maximum=4),
    "small": field("amount", minimum=0.01, maximum=0.05),
    "past": field("date", span="past"),
    "after": field("date", span="past", not_before="past"),
    "month": field("month", span="future"),
    "card": field("digits", check="luhn", min_length=16, max_length=19),
    "company": field("credit-code"),
    "plate": field("plate"),
    "long": field("text", min_length=70, max_length=75),
    "short": field("long-text", max_length=2),
    "phone": field("phone"),
    "address": field("address", min_length=30),
    "slip": field("scan", min_length=36, max_length=36),
    "letters": field("ascii", max_length=4),
    "id": NUMBER,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_filled_in_fits_every_field_and_what_does_not_is_refused(seed: int) -> None:
    script = Script(seed=seed)
    for fields in (BOUNDED, *map(fields_of, ITEMS.values())):
        known: dict[str, str] = {}
        for name, each in fields.items():
            typed = fitting(each, name, script, known)
            assert problem(each, normal(each, typed), TODAY, known) == "", name
            for bad in unfitting(each, script, name, known):
                assert problem(each, normal(each, bad), TODAY, known), (name, bad)
            known[name] = normal(each, typed)
    assert len(unfitting(BOUNDED["after"], script, "after", {"past": "2026-01-05"})) == 3


@pytest.mark.parametrize("name", [*ITEMS, *EVERY_KIND])
def test_every_way_through_an_item_comes_to_an_end_and_is_the_same_again(name: str) -> None:
    flow = {**ITEMS, **EVERY_KIND}[name]
    for seed in SEEDS:
        got = rehearse(flow, varied(flow, seed))
        assert got.ends not in {"stuck", "left"}
        assert got == rehearse(flow, varied(flow, seed))
        assert got.pages
        assert set(got.path) <= {each.kind for each in got.pages} | {"face", *_of(got.effects, flow)}


def _of(effects: Any, flow: Flow) -> set[str]:
    return {str(flow.steps[each.step].__struct_config__.tag) for each in effects}


def test_other_seeds_are_other_citizens() -> None:
    met = {rehearse(SENIOR, varied(SENIOR, seed)).effects for seed in range(12)}
    assert len(met) == 12
    assert {varied(SENIOR, seed).whom for seed in range(12)} == {"citizen", "proxy"}


def test_without_a_network_what_may_wait_becomes_a_slip_and_says_what_was_not_checked() -> None:
    got = rehearse(SENIOR, Script(network=False))
    assert (got.ends, got.papers, got.level) == ("slip", ("slip",), "card")
    assert got.unchecked == ("identity", "face", "prefill", "eligibility")
    assert got.asks == ("residential_address", "bank_card_number")


def test_a_list_that_is_not_on_the_terminal_cannot_be_had_without_a_network() -> None:
    flow = ITEMS["service.item-guide"]
    assert rehearse(flow, Script(network=False)).papers == ("guide",)
    assert rehearse(flow, Script(network=False, cache=False)).told == "no-network"


def test_what_the_city_knows_is_not_asked_and_where_it_came_from_stands_on_the_page() -> None:
    got = rehearse(SENIOR, Script())
    assert got.asks == ()
    [asked] = [page for page in got.pages if page.kind == "form"]
    sources = {each.name: each.source for each in asked.questions}
    assert sources["bank_card_number"] == "来自您以前的办件"
    assert rehearse(SENIOR, Script(known=False)).asks == ("residential_address", "bank_card_number")


def test_each_branch_is_gone_when_it_is_chosen() -> None:
    sent = rehearse(PERMIT, Script(answers={"delivery_method": "courier", "proof_method": "proof"}))
    kept = rehearse(PERMIT, Script(answers={"delivery_method": "pickup"}, later=("residence-proof",)))
    assert "postal_address" in sent.sends
    assert "postal_address" not in kept.sends
    assert sent.documents == ("photo", "residence-proof")
    assert kept.documents == ("photo",)
    assert len(rehearse(BUNDLE, Script(items=("utility.water-new-connection",))).items) == 2


def test_an_answer_that_is_not_offered_is_missed() -> None:
    assert rehearse(POWER, Script(answers={"pay": "cash"})).missed == ("pay",)
    assert rehearse(POWER, Script(answers={"pay": "pos"})).missed == ()


def test_a_page_that_nobody_can_fill_in_is_where_the_rehearsal_ends() -> None:
    people = field("records", record={"name": msgspec.to_builtins(NUMBER)})
    flow = item({"people": people}, form("people"), REVIEW, SUBMIT, RECEIPT, RATE)
    assert rehearse(flow, Script()).ends == "stuck"
    with pytest.raises(ValueError, match=r"test\.item, 有网络: nothing leads on from the step `form`"):
        record(flow)


def test_a_wrong_answer_is_refused_at_its_field_and_then_put_right() -> None:
    got = rehearse(SENIOR, Script(network=False, refuses={"bank_card_number": "6222020000000000001"}))
    assert got.refused == ("bank_card_number",)
    assert got.ends == "slip"


def test_the_city_publishes_what_conditions_wait_for() -> None:
    lists = City(PERMIT, Script())
    assert "courier" in {each.value for each in lists.published("delivery_method")}


@pytest.mark.parametrize("name", ITEMS)
def test_every_item_is_as_its_own_tests_say(name: str) -> None:
    assert failures(ITEMS[name]) == ()
    assert {trial.network for trial in ITEMS[name].tests} == {True, False}


def without(flow: Flow, kind: type) -> Flow:
    return replace(flow, steps=tuple(step for step in flow.steps if not isinstance(step, kind)))


def swapped(flow: Flow, place: int) -> Flow:
    steps = list(flow.steps)
    steps[place : place + 2] = reversed(steps[place : place + 2])
    return replace(flow, steps=tuple(steps))


def with_field(flow: Flow, name: str, **changes: Any) -> Flow:
    return replace(flow, fields={**flow.fields, name: replace(flow.fields[name], **changes)})


def with_step(flow: Flow, kind: type, **changes: Any) -> Flow:
    steps = tuple(replace(step, **changes) if isinstance(step, kind) else step for step in flow.steps)
    return replace(flow, steps=steps)


def renamed(flow: Flow, old: str, new: str) -> Flow:
    told = json.dumps(msgspec.to_builtins(replace(flow, tests=())), ensure_ascii=False)
    changed = msgspec.convert(json.loads(told.replace(f'"{old}"', f'"{new}"')), Flow)
    return replace(changed, tests=flow.tests)


CHANGED = {
    "a step is gone": (without(SENIOR, kinds.Eligibility), "path"),
    "two steps have changed places": (swapped(SENIOR, 8), "path"),
    "a field has another name": (renamed(SENIOR, "bank_card_number", "card_number"), "sends"),
    "a condition is gone": (with_field(PERMIT, "postal_address", when=None), "asks"),
    "nothing is prefilled any more": (with_field(SENIOR, "residential_address", prefill=()), "asks"),
    "it may be left empty": (with_field(SENIOR, "bank_card_number", required=False), "asks"),
    "the check digit is not looked at": (with_field(SENIOR, "bank_card_number", check=""), "refuses"),
    "a bound is gone": (with_field(BUNDLE, "capacity_kva", maximum=None), "refuses"),
    "it cannot wait any more": (replace(SENIOR, offline="unavailable"), "ends"),
    "a step blocks without a network": (with_step(SENIOR, kinds.Prefill, offline="block"), "ends"),
    "another level is asked": (replace(SENIOR, identity="card"), "level"),
    "nothing is printed": (without(SENIOR, kinds.Print), "papers"),
    "it is judged by less": (with_step(SENIOR, kinds.Eligibility, fields=("person_name",)), "judged"),
    "a way of paying is gone": (with_step(POWER, kinds.Pay, methods=("pos",)), "asks"),
    "a commitment replaces another document": (
        with_step(RENT, kinds.Commitment, replaces=("contract",)),
        "documents",
    ),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_change_of_what_a_citizen_meets_is_told_in_words(change: str) -> None:
    flow, what = CHANGED[change]
    found = failures(flow)
    assert what in {each.what.partition(" ")[0] for each in found}
    assert all(str(each).startswith(f"{flow.item}, ") for each in found)
    assert "expected" in str(found[0])


def test_a_failure_says_what_was_expected_and_what_came() -> None:
    [found] = failures(replace(RECORD, tests=(replace(RECORD.tests[0], papers=("receipt",)),)))
    assert str(found) == f"{RECORD.item}, 有网络: papers: expected receipt; got record"


def test_a_later_test_need_not_repeat_the_one_before() -> None:
    first, *_ = RECORD.tests
    again = Trial(name="再来一次", papers=("record",), ends="shown")
    assert failures(replace(RECORD, tests=(first, again))) == ()
    assert failures(replace(RECORD, tests=(replace(first, path=("rate",)), again)))[1].test == "再来一次"


def text_of(flow: Flow) -> str:
    domain, _, name = flow.item.partition(".")
    root = BUILTIN if domain == "terminal" else CATALOGUE
    return (root / domain / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ITEMS)
def test_what_is_recorded_passes_and_leaves_the_rest_of_the_file_as_it_is(name: str) -> None:
    before = text_of(ITEMS[name])
    bare = before[: before.index("\ntests:") + 1]
    text = written(bare, record(ITEMS[name]))
    assert text.startswith(bare)
    assert failures(source.parse(text, "item.yaml")) == ()
    assert written(text, record(ITEMS[name])) == text
    assert max(map(len, text[len(bare) :].splitlines())) <= 150


def test_tests_are_written_in_place_of_those_before_and_only_those(tmp_path: Any) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(f"# 备注\n{text_of(RECORD)}# 末尾\n", encoding="utf-8")
    assert record_tests(tmp_path, {RECORD.item}) == {RECORD.item}
    text = path.read_text(encoding="utf-8")
    assert text.count("tests:") == 1
    assert text.startswith("# 备注\n")
    assert "# 末尾\n" in text
    assert source.parse(text, "any.yaml").tests == RECORD.tests
    assert record_tests(tmp_path, {"no.such"}) == set()


def test_who_an_item_is_for_is_known_from_its_steps() -> None:
    assert whoms(SENIOR) == ("citizen", "proxy")
    assert whoms(BUNDLE) == ("citizen", "business")
    assert whoms(ITEMS["service.policy-match-enterprise"]) == ("business",)
