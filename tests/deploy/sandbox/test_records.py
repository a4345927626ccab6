"""What the city knows about a person, and to whom it tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.deploy.sandbox.world import ALLOWANCE, RECORD, STRANGER, World, person


def value(text: str) -> dict[str, str]:
    """A typed field."""
    return {"value": text, "source": "typed", "trust": "D"}


def verdict(world: World, name: str, about: str | None = None) -> tuple[bool, list[str]]:
    """Eligibility for the allowance: (eligible, codes)."""
    number = person(about or name).id_number
    answer = world.call(
        "checkEligibility",
        world.as_person(name),
        {"fields": {"resident_id_number": value(number)}},
        item=ALLOWANCE,
    )
    body = answer.json()
    assert all(reason["instead"] for reason in body["reasons"])
    return body["eligible"], [reason["code"] for reason in body["reasons"]]


def test_prefill_answers_only_what_was_asked_and_is_known(world: World) -> None:
    asked = {"fields": ["residential_address", "bank_card_number", "shoe_size"]}
    known = world.call("prefill", world.as_person("p-wang-xiulan"), asked, item=ALLOWANCE).json()
    assert set(known) == {"residential_address", "bank_card_number"}
    assert known["residential_address"]["value"] == person("p-wang-xiulan").address
    assert known["residential_address"]["source"] == "share"
    none = world.call("prefill", world.as_person("p-chen-yan"), asked, item=ALLOWANCE).json()
    assert set(none) == {"residential_address"}


def test_whoever_is_eighty_and_of_the_city_may_apply(world: World) -> None:
    assert verdict(world, "p-wang-xiulan") == (True, [])
    assert verdict(world, "p-chen-yan") == (True, [])


def test_whoever_may_not_hears_every_reason_at_once(world: World) -> None:
    assert verdict(world, "p-zhao-guilan") == (False, ["AGE_UNDER_80"])
    assert verdict(world, "p-ma-yufen") == (False, ["NOT_TIANJIN_RESIDENT"])
    assert verdict(world, "p-sun-deming") == (False, ["ALREADY_RECEIVING"])
    assert verdict(world, "p-sofia-martinez") == (False, ["AGE_UNDER_80", "NOT_TIANJIN_RESIDENT"])


@pytest.mark.parametrize(
    ("at", "eligible"), [("2032-08-31T23:59:59+08:00", False), ("2032-09-01T00:00:00+08:00", True)]
)
def test_the_eightieth_birthday_begins_by_the_platforms_midnight(
    world: World, at: str, eligible: bool
) -> None:
    world.clock.seconds = datetime.fromisoformat(at).timestamp()
    assert verdict(world, "p-zhao-guilan")[0] is eligible


def test_a_son_with_an_authorisation_asks_for_his_mother(world: World) -> None:
    assert verdict(world, "p-li-jianjun", about="p-wang-xiulan") == (True, [])


def test_nobody_learns_about_others_without_an_authorisation_in_force(world: World) -> None:
    assert verdict(world, "p-zhang-wei", about="p-wang-xiulan") == (False, ["NOT_AUTHORISED"])
    assert verdict(world, "p-zhang-wei", about="p-sun-deming") == (False, ["NOT_AUTHORISED"])
    unknown = world.call(
        "checkEligibility",
        world.as_person("p-zhang-wei"),
        {"fields": {"resident_id_number": value(STRANGER)}},
        item=ALLOWANCE,
    )
    assert [reason["code"] for reason in unknown.json()["reasons"]] == ["NOT_AUTHORISED"]


def record(world: World, name: str, year: str, **fields: Any) -> Any:
    """The rights record of a year."""
    body = {"fields": {"statement_year": value(year), **fields}}
    return world.call("query", world.as_person(name), body, item=RECORD)


def test_an_employees_record_shows_what_was_paid(world: World) -> None:
    table = record(world, "p-zhang-wei", "2025").json()
    assert table["as_of"] == "2025-12-31"
    assert "演示数据" in table["title"]
    keys = [column["key"] for column in table["columns"]]
    assert "benefit_fen" not in keys
    pension = table["rows"][0]
    assert pension["months"] == 12
    assert pension["personal_fen"] == pension["base_fen"] * 80 // 1000 * 12
    assert len(table["rows"]) == 4


def test_a_pensioners_record_shows_what_was_drawn(world: World) -> None:
    table = record(world, "p-wang-xiulan", "2025").json()
    assert "personal_fen" not in [column["key"] for column in table["columns"]]
    assert table["rows"][0]["benefit_fen"] > 0


def test_no_record_is_a_refusal_that_says_where_to_go(world: World) -> None:
    answer = record(world, "p-he-xiaoyu", "2025")
    assert (answer.status_code, answer.json()["code"]) == (422, "REFUSED")
    assert answer.json()["errors"][0]["code"] == "NOT_INSURED"
    assert answer.json()["errors"][0]["instead"]


def test_a_record_is_ones_own_and_of_a_year(world: World) -> None:
    other = record(world, "p-zhang-wei", "2099", resident_id_number=value(person("p-wang-xiulan").id_number))
    assert [error["code"] for error in other.json()["errors"]] == ["NOT_YOURS", "NO_YEAR"]
    assert other.json()["errors"][0]["field"] == "/fields/resident_id_number/value"
    for year in ("", "25", "²025", "2025.0"):
        assert record(world, "p-zhang-wei", year).status_code == 422


def test_a_record_needs_a_person(world: World) -> None:
    body = {"fields": {"statement_year": value("2025")}}
    answer = world.call("query", world.terminal_token, body, item=RECORD)
    assert answer.status_code == 401
    assert "insufficient_user_authentication" in answer.headers["WWW-Authenticate"]


def test_an_item_without_a_query_says_so(world: World) -> None:
    answer = world.call("query", world.as_person("p-zhang-wei"), {"fields": {}}, item=ALLOWANCE)
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_QUERY")


def test_authorisations_in_force_are_found_and_others_are_not(world: World) -> None:
    def found(agent: str, principal: str) -> list[dict[str, Any]]:
        body = {"principal_id_number": person(principal).id_number}
        answer: list[dict[str, Any]] = world.call("lookupProxy", world.as_person(agent), body).json()
        return answer

    [one] = found("p-li-jianjun", "p-wang-xiulan")
    assert (one["authorisation"], one["relation"]) == ("AUTH-0001", "child")
    assert ALLOWANCE in one["items"]
    assert found("p-wang-xiulan", "p-li-jianjun") == []
    assert found("p-zhang-wei", "p-sun-deming") == []


def test_benefits_fit_the_person(world: World) -> None:
    def told(name: str) -> dict[str, str]:
        answer = world.call("listBenefits", world.as_person(name)).json()
        return {match["policy"]["id"]: match["result"] for match in answer}

    assert told("p-wang-xiulan") == {
        "sample-allowance": "can-apply",
        "sample-checkup": "will-receive",
        "sample-heating": "will-receive",
    }
    assert told("p-sun-deming")["sample-allowance"] == "will-receive"
    assert told("p-zhao-guilan") == {"sample-checkup": "will-receive", "sample-heating": "will-receive"}
    assert told("p-zhang-wei") == {}
    world.submit(world.application(), "0b8f6f0e-5f0e-4a51-8e8f-2f5d8f0a1b2c")
    assert "sample-allowance" not in told("p-wang-xiulan")
