"""Whom an item suits, as the registers, conditions and lists of the city say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.sandbox.world import ALLOWANCE, World

KEY = "0f2d7a34-98f1-4a0b-a1de-7f3c5b9e2d44"


def suited(world: World, item: str, **wish: Any) -> list[dict[str, Any]]:
    answer = world.control("post", "/suited", {"item": item, **wish})
    assert answer.ok, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def test_the_allowance_is_for_the_oldest_who_have_not_asked_for_it_yet(world: World) -> None:
    first = suited(world, ALLOWANCE)[0]["person"]
    assert world.submit(world.application(first), KEY).status_code == 201
    assert first not in {each["person"] for each in suited(world, ALLOWANCE)}
    bundle = suited(world, "one-thing.retirement", children=[ALLOWANCE])
    assert first not in {each["person"] for each in bundle}


def test_who_chooses_from_a_list_has_something_on_it(world: World) -> None:
    for each in suited(world, "housing-fund.loan-settlement-certificate", chosen=["loan_contract_number"]):
        assert each["lists"]["loan_contract_number"]
        assert each["facts"]["loan_contract_number"] == each["lists"]["loan_contract_number"]


def test_for_companies_those_come_who_may_act_for_one(world: World) -> None:
    for each in suited(world, "market.company-change", business=True, fields=["enterprise_name"]):
        assert each["company"]["code"]
        assert each["facts"]["enterprise_name"] == each["company"]["name"]


def test_a_bill_is_open_and_comes_with_what_one_types_for_it(world: World) -> None:
    by = {"bill": "utility_account_number"}
    [one, *_] = suited(world, "utility.heating-pay", chosen=["bill"], by=by)
    number = one["facts"]["utility_account_number"]
    due = world.call(
        "getOptions", world.terminal_token, query={"q": number}, item="utility.heating-pay", field="bill"
    )
    assert one["lists"]["bill"] in {each["id"] for each in due.json()}


def test_a_query_finds_something_by_what_is_told(world: World) -> None:
    fields = ["exam_registration_number", "exam_year"]
    [one, *_] = suited(world, "education.exam-score-query", fields=fields, queries=True)
    assert set(fields) <= set(one["facts"])


@pytest.mark.parametrize("wish", [{"item": "no.such"}, {"item": ALLOWANCE, "fields": 3}, {}])
def test_a_wish_that_makes_no_sense_is_refused_with_words(world: World, wish: dict[str, Any]) -> None:
    answer = world.control("post", "/suited", wish)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


def test_of_an_item_without_an_entry_it_is_told_where_one_is_written(world: World) -> None:
    told = world.control("post", "/suited", {"item": "no.such"}).json()["error"]
    assert "no.such has no entry" in told
    assert "deploy/sandbox/data/items/" in told
    assert "python -m deploy.offer" in told
