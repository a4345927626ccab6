"""Applications and what becomes of them; ratings and tickets."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
import requests

from deploy.sandbox.gateway import cases
from deploy.sandbox.gateway.feedback import working_day_after
from deploy.sandbox.gateway.operations import Call
from deploy.sandbox.identity.tokens import Caller
from deploy.sandbox.town import town
from tests.deploy.sandbox.world import ALLOWANCE, TERMINAL, World, person

KEY = "51b1ad08-6f5d-4d27-8f2c-4d9a1f7e3b60"


def code(answer: requests.Response) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json().get("code", "")


def reasons(answer: requests.Response) -> list[str]:
    """Codes of a refusal."""
    assert code(answer) == (422, "REFUSED")
    return [error["code"] for error in answer.json()["errors"]]


def new() -> str:
    """A key."""
    return str(uuid.uuid4())


def proxy(name: str, **more: Any) -> dict[str, Any]:
    """Acting for this person."""
    who = person(name)
    principal = {
        "person_name": {"value": who.name, "source": "id-card", "trust": "A"},
        "resident_id_number": {"value": who.id_number, "source": "id-card", "trust": "A"},
    }
    return {"proxy": {"principal": principal, "relation": "child", **more}}


def test_a_confirmed_application_is_accepted(world: World) -> None:
    case = world.submit(world.application(), KEY).json()
    assert case["state"] == "accepted"
    assert [step["state"] for step in case["history"]] == ["received", "accepted"]
    slip = world.call("getSlip", world.terminal_token, id=KEY).json()
    assert (slip["state"], slip["case_no"]) == ("accepted", case["case_no"])


def test_an_unconfirmed_one_waits_for_the_person_and_says_what_to_do(world: World) -> None:
    case = world.submit(world.application(confirmed=False), KEY).json()
    assert case["state"] == "identity-to-confirm"
    assert "确认" in case["next"]
    slip = world.call("getSlip", world.terminal_token, id=KEY).json()
    assert slip == {"state": "identity-to-confirm", "case_no": case["case_no"], "next": case["next"]}


def test_the_applicant_confirms_and_nobody_else(world: World) -> None:
    body = world.application("p-li-jianjun", confirmed=False, **proxy("p-wang-xiulan"))
    case_no = world.submit(body, KEY).json()["case_no"]

    def confirm(name: str) -> requests.Response:
        return world.call("confirmIdentity", world.as_person(name), key=new(), id=case_no)

    assert confirm("p-zhang-wei").status_code == 404
    assert code(confirm("p-wang-xiulan")) == (403, "NOT_YOURS")
    done = confirm("p-li-jianjun")
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert code(confirm("p-li-jianjun")) == (409, "CONFLICT")
    assert world.call("getSlip", world.terminal_token, id=KEY).json()["state"] == "accepted"


def test_the_same_confirmation_again_has_the_same_answer(world: World) -> None:
    case_no = world.submit(world.application(confirmed=False), KEY).json()["case_no"]
    token, key = world.as_person("p-wang-xiulan"), new()
    first = world.call("confirmIdentity", token, key=key, id=case_no)
    again = world.call("confirmIdentity", token, key=key, id=case_no)
    assert (again.status_code, again.json()) == (200, first.json())
    assert world.ledger()["effects"][key] == 1


def test_two_open_cases_of_the_same_person_are_one_too_many(world: World) -> None:
    first = world.submit(world.application(), KEY).json()["case_no"]
    second = world.submit(world.application(), new())
    assert reasons(second) == ["DUPLICATE"]
    assert first in second.json()["errors"][0]["message"]
    by_the_son = world.application("p-li-jianjun", **proxy("p-wang-xiulan"))
    assert reasons(world.submit(by_the_son, new())) == ["DUPLICATE"]
    assert world.submit(world.application("p-chen-yan"), new()).status_code == 201


def test_a_refusal_has_every_reason_at_once(world: World) -> None:
    body = world.application("p-sofia-martinez")
    body["fields"]["bank_card_number"]["value"] = " "
    del body["fields"]["residential_address"]
    answer = world.submit(body, KEY)
    assert reasons(answer) == ["AGE_UNDER_80", "NOT_TIANJIN_RESIDENT", "MISSING", "MISSING"]
    assert answer.json()["errors"][3]["field"] == "/fields/bank_card_number"
    slip = world.call("getSlip", world.terminal_token, id=KEY).json()
    assert (slip["state"], len(slip["reasons"])) == ("refused", 4)


def test_a_slip_that_never_arrived_says_so(world: World) -> None:
    assert world.call("getSlip", world.terminal_token, id=KEY).json() == {"state": "not-received"}


def test_an_authorisation_counts_and_none_does_not(world: World) -> None:
    for_mother = world.application("p-li-jianjun", **proxy("p-wang-xiulan"))
    case = world.submit(for_mother, KEY)
    assert case.status_code == 201
    [row] = world.ledger()["cases"]
    assert (row["applicant"], row["beneficiary"]) == ("p-li-jianjun", "p-wang-xiulan")
    for_stranger = world.application("p-zhang-wei", **proxy("p-chen-yan"))
    assert reasons(world.submit(for_stranger, new())) == ["NOT_AUTHORISED"]
    run_out = world.application("p-zhang-wei", **proxy("p-sun-deming"))
    assert reasons(world.submit(run_out, new())) == ["NOT_AUTHORISED", "ALREADY_RECEIVING"]


def test_nobody_is_taken_for_somebody_else(world: World) -> None:
    body = world.application()
    body["identity"]["card"]["name"] = "王秀英"
    assert reasons(world.submit(body, new())) == ["PERSON_UNKNOWN"]
    body = world.application("p-li-jianjun", **proxy("p-wang-xiulan"))
    body["proxy"]["principal"]["person_name"]["value"] = "王秀英"
    assert reasons(world.submit(body, new())) == ["PRINCIPAL_UNKNOWN"]
    body = world.application("p-li-jianjun", **proxy("p-wang-xiulan"))
    del body["identity"]["card"]
    assert reasons(world.submit(body, new())) == ["PERSON_UNKNOWN"]


def test_without_a_card_the_fields_say_who_applies(world: World) -> None:
    body = world.application()
    body["identity"] = {"method": "phone", "level": "phone", "confirmed": True, "at": body["submitted_at"]}
    assert world.submit(body, KEY).json()["state"] == "accepted"


def test_the_token_of_a_visit_outweighs_what_the_body_says(world: World) -> None:
    token = world.as_person("p-zhao-guilan")
    answer = world.call("submitApplication", token, world.application(), key=KEY, item=ALLOWANCE)
    assert reasons(answer) == ["AGE_UNDER_80"]


def test_an_item_that_wants_more_than_a_card_has_it_confirmed(world: World) -> None:
    item = "civil.senior-card-apply"
    body = {**world.application(), "item": item}
    body["identity"]["level"] = "card"

    def send(key: str) -> Any:
        token = world.terminal_token
        return world.call("submitApplication", token, body, key=key, item=item).json()

    case = send(KEY)
    assert case["state"] == "identity-to-confirm"
    card = world.visit("p-wang-xiulan")["access_token"]
    low = world.call("confirmIdentity", card, key=new(), id=case["case_no"])
    assert 'acr_values="card+face phone"' in low.headers["WWW-Authenticate"]
    phone = world.phone_visit("p-wang-xiulan")["access_token"]
    done = world.call("confirmIdentity", phone, key=new(), id=case["case_no"])
    assert done.json()["state"] == "accepted"


def test_a_closed_item_takes_nothing(world: World) -> None:
    body = {**world.application(), "item": "utility.water-pay"}
    answer = world.call("submitApplication", world.terminal_token, body, key=KEY, item="utility.water-pay")
    assert reasons(answer) == ["CLOSED"]


def test_the_item_of_the_body_is_that_of_the_path(world: World) -> None:
    body = {**world.application(), "item": "civil.senior-card-apply"}
    answer = world.call("submitApplication", world.terminal_token, body, key=KEY, item=ALLOWANCE)
    assert code(answer) == (400, "BAD_BODY")


def test_cases_are_shown_to_those_they_concern(world: World) -> None:
    body = world.application("p-li-jianjun", **proxy("p-wang-xiulan"))
    case_no = world.submit(body, KEY).json()["case_no"]
    for name, status in (("p-wang-xiulan", 200), ("p-li-jianjun", 200), ("p-zhang-wei", 404)):
        token = world.as_person(name)
        assert world.call("getCase", token, id=case_no).status_code == status
        listed = [case["case_no"] for case in world.call("listCases", token).json()]
        assert listed == ([case_no] if status == 200 else [])
    assert world.call("getCase", world.terminal_token, id=case_no).status_code == 200
    elsewhere = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    neighbour = world.token("client_credentials", elsewhere).json()["access_token"]
    assert world.call("getCase", neighbour, id=case_no).status_code == 404


def rating(**more: Any) -> dict[str, Any]:
    """Five stars."""
    return {"item": ALLOWANCE, "level": 5, "terminal": "TJ-0001", "at": "2026-11-23T10:05:00+08:00", **more}


def test_a_case_is_rated_once_by_number_or_by_slip(world: World) -> None:
    case_no = world.submit(world.application(), KEY).json()["case_no"]
    token = world.terminal_token
    assert world.call("rate", token, rating(slip=KEY), key=new()).status_code == 201
    assert reasons(world.call("rate", token, rating(case_no=case_no), key=new())) == ["RATED"]
    assert reasons(world.call("rate", token, rating(slip=KEY), key=new())) == ["RATED"]
    [row] = world.ledger()["ratings"]
    assert (row["case_no"], row["level"]) == (case_no, 5)


def test_what_has_no_case_is_rated_as_often_as_it_is_used(world: World) -> None:
    for _ in range(2):
        answer = world.call("rate", world.terminal_token, rating(item="service.item-guide"), key=new())
        assert answer.status_code == 201
    unknown = world.call("rate", world.terminal_token, rating(case_no="SB0"), key=new())
    assert reasons(unknown) == ["NO_CASE"]


def test_a_rating_has_five_levels(world: World) -> None:
    for level in (0, 6, 4.5, "5"):
        assert code(world.call("rate", world.terminal_token, rating(level=level), key=new()))[0] == 400


def test_a_sealed_rating_is_opened(world: World) -> None:
    key = new()
    answer = world.call(
        "rate",
        world.terminal_token,
        key=key,
        data=world.seal(rating(reasons=["快"]), key),
        headers={"Content-Type": "application/jose"},
    )
    assert answer.status_code == 201
    assert world.ledger()["ratings"][0]["reasons"] == ["快"]


def test_an_escalation_gets_a_ticket_and_a_day(world: World) -> None:
    body = {
        "kind": "cannot-do",
        "item": ALLOWANCE,
        "step": "eligibility",
        "error": "AGE_UNDER_80",
        "words": "跑了三趟",
        "terminal": "TJ-0001",
        "at": "2026-11-23T10:05:00+08:00",
    }
    ticket = world.call("escalate", world.terminal_token, body, key=KEY).json()
    assert (ticket["state"], ticket["promised_by"]) == ("received", "2026-11-30")
    assert world.call("getTicket", world.terminal_token, id=ticket["ticket"]).json() == ticket
    assert world.call("getTicket", world.terminal_token, id="TK0").status_code == 404


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-11-23", 5, "2026-11-30"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-09", 1, "2026-10-10"),  # a Saturday that is worked
        ("2026-10-10", 1, "2026-10-12"),
    ],
)
def test_working_days_follow_the_calendar(world: World, start: str, count: int, due: str) -> None:
    with world.city.context.db.transaction() as tx:
        assert working_day_after(tx, date.fromisoformat(start), count) == date.fromisoformat(due)


def test_how_a_case_stands_is_told_by_its_number_and_by_the_word_where_its_receipt_has_one(
    world: World,
) -> None:
    case_no = world.submit(world.application(), KEY).json()["case_no"]
    other = next(row for row in town().registers.progress if row.word)

    def ask(**typed: str) -> requests.Response:
        fields = {name: {"value": text, "source": "typed"} for name, text in typed.items()}
        return world.call("query", world.terminal_token, {"fields": fields}, item="service.case-progress")

    for found in (ask(case_number=case_no), ask(case_number=other.number, query_password=other.word)):
        assert [row["number"] for row in found.json()["rows"]] in ([case_no], [other.number])
    wrong = ask(case_number=other.number, query_password=other.word[::-1] + "0")
    assert reasons(wrong) == ["NO_CASE"]
    assert "都有" not in wrong.json()["errors"][0]["instead"], "a terminal's own receipt has no word"


def test_a_case_filed_for_a_company_is_its_handlers_too_and_nobody_elses(world: World) -> None:
    handlers: dict[str, list[str]] = {}
    for row in town().registers.handlers:
        handlers.setdefault(row.business, []).append(row.person)
    company, (first, colleague, *_) = next(each for each in handlers.items() if len(each[1]) > 1)
    other = next(code for code in handlers if code != company)
    application = world.application()
    application["identity"]["handler"] = {"business": company, "authority": "handler"}
    case_no = world.submit(application, KEY).json()["case_no"]

    def sees(person: str, business: str | None) -> list[str]:
        caller = Caller(TERMINAL, "t", person, "phone", business=business)
        with world.city.context.db.transaction() as tx:
            listed = cases.mine(Call(world.city.context, tx, caller, {}, {}, body=None)).body
            for case in listed:
                cases.concerned(Call(world.city.context, tx, caller, {"id": case["case_no"]}, {}, body=None))
        return [case["case_no"] for case in listed]

    assert sees(colleague, company) == [case_no]
    assert sees(colleague, None) == sees(colleague, other) == []
    assert sees(first, None) == [], "who filed it is the applicant of the application, not every handler"
