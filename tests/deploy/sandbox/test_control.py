"""The control page: people, ledger, faults, reset."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.deploy.sandbox.papers import document, new
from tests.deploy.sandbox.world import ALLOWANCE, TIMEOUT, World

REIMBURSEMENT = "medical-insurance.reimbursement-submit"
KEY = "0f2d7a34-98f1-4a0b-a1de-7f3c5b9e2d44"


def test_people_come_with_their_cards(world: World) -> None:
    everybody = world.control("get", "/people").json()
    assert len(everybody) >= 12
    wang = next(one for one in everybody if one["id"] == "p-wang-xiulan")
    assert wang["card"]["layout"] == "resident"
    assert wang["card"]["id_number"] == wang["id_number"]


def test_the_thirteen_come_alone_and_the_others_when_asked_for(world: World) -> None:
    assert len(world.control("get", "/people").json()) == 13
    everybody = world.control("get", "/people?all=1").json()
    assert len(everybody) >= 300
    assert [one["id"] for one in everybody[:13]] == [
        one["id"] for one in world.control("get", "/people").json()
    ]


def test_a_sheet_knows_the_family_the_company_and_the_bills(world: World) -> None:
    sheet = {one["id"]: one for one in world.control("get", "/people").json()}
    zhang = sheet["p-zhang-wei"]
    assert [child["has_card"] for child in zhang["children"]] == [0, 0]
    assert zhang["spouse"]["name"]
    assert {one["authority"] for one in zhang["companies"]} == {"legal-representative", "handler"}
    assert zhang["employer"]["code"] == zhang["companies"][0]["code"]
    assert any(bill["kind"] == "electricity" and bill["fen"] > 0 for bill in zhang["bills"])
    assert len(sheet["p-li-jianjun"]["flats"]) >= 3
    assert [one["as_what"] for one in sheet["p-huang-jiaqi"]["rentals"]] == ["tenant"]


def test_people_are_found_by_what_they_have(world: World) -> None:
    def found(query: str) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = world.control("get", f"/people?q={query}").json()
        return answer

    assert [one["id"] for one in found("p-chen-yan")] == ["p-chen-yan"]
    assert [one["id"] for one in found("王秀兰")] == ["p-wang-xiulan"]
    [dishonest] = found("dishonesty")
    assert any(one["as_what"] == "landlord" and not one["filed"] for one in dishonest["rentals"])
    assert all(one["residence_permit"] for one in found("residence_permit"))
    assert 0 < len(found("children cars")) < len(found("children"))
    assert found("nobody-at-all") == []


def test_the_ledger_lists_every_request_with_what_came_of_it(world: World) -> None:
    world.submit(world.application("p-zhao-guilan"), KEY)
    [request] = [row for row in world.ledger()["requests"] if row["operation"] == "submitApplication"]
    assert (request["key"], request["status"], request["terminal"]) == (KEY, 422, "TJ-0001")
    assert request["at"] == "2026-11-23T10:00:00+08:00"
    operations = {row["operation"] for row in world.ledger()["requests"]}
    assert {"identity.token", "getKeys", "submitApplication"} <= operations


def test_a_city_that_is_down_hangs_up_without_acting(world: World) -> None:
    token = world.terminal_token
    world.fault("*", "down", count=2)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            world.call("getHealth")
    assert world.call("getHealth").status_code == 200
    assert [row["status"] for row in world.ledger()["requests"] if row["operation"] == "getHealth"] == [
        0,
        0,
        200,
    ]
    assert world.call("getCatalogue", token).status_code == 200


def test_a_fault_without_a_count_lasts_until_it_is_cleared(world: World) -> None:
    world.fault("getHealth", "5xx", count=None)
    assert [world.call("getHealth").status_code for _ in range(3)] == [503, 503, 503]
    assert world.call("getKeys").status_code == 200
    assert world.control("delete", "/faults").json() == []
    assert world.call("getHealth").status_code == 200


def test_identity_has_faults_of_its_own(world: World) -> None:
    world.fault("identity.token", "5xx")
    assert world.call("getHealth").status_code == 200
    assert world.token("client_credentials").status_code == 503
    assert world.token("client_credentials").status_code == 200
    world.fault("identity.*", "down")
    with pytest.raises(requests.ConnectionError):
        world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT)


def test_a_login_whose_answer_is_lost_used_up_its_assertion(world: World) -> None:
    world.fault("identity.token", "reset-after-acting")
    once = world.assertion()
    with pytest.raises(requests.ConnectionError):
        world.token("client_credentials", once)
    assert world.token("client_credentials", once).json()["error"] == "invalid_client"


def test_identity_can_be_slow(world: World) -> None:
    world.fault("identity.jwks", "slow", seconds=4)
    world.gate.opened.set()
    assert world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT).ok
    assert world.gate.reached.is_set()


@pytest.mark.parametrize(
    "order",
    [
        {},
        [],
        {"operation": "rate"},
        {"operation": "rate", "kind": "sulk"},
        {"operation": "rate", "kind": "slow", "count": 0},
        {"operation": "rate", "kind": "slow", "count": True},
        {"operation": "rate", "kind": "slow", "seconds": -1},
        {"operation": "rate", "kind": "slow", "often": 3},
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_words(world: World, order: Any) -> None:
    answer = world.control("post", "/faults", order)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert world.control("get", "/faults").json() == []


def test_reset_forgets_what_happened_and_keeps_who_there_is(world: World) -> None:
    token = world.terminal_token
    world.submit(world.application(), KEY)
    case_no = world.ledger()["cases"][0]["case_no"]
    rating = {"item": ALLOWANCE, "level": 4, "terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00"}
    world.call("rate", token, {**rating, "case_no": case_no}, key="1" * 32)
    world.fault("rate", "5xx")
    assert world.control("post", "/reset").ok
    lists = ("cases", "ratings", "escalations", "supplements", "bookings", "payments", "uploads", "prints")
    nothing: dict[str, Any] = {name: [] for name in (*lists, "anchors", "requests")}
    assert world.ledger() == {**nothing, "effects": {}}
    assert world.control("get", "/faults").json() == []
    assert world.submit(world.application(), KEY).status_code == 201


def test_approving_what_nobody_asked_is_refused(world: World) -> None:
    answer = world.control("post", "/approve", {"user_code": "AAAA-BBBB", "person": "p-wang-xiulan"})
    assert (answer.status_code, bool(answer.json()["error"])) == (409, True)
    codes = world.phone_codes()
    wrong = world.control("post", "/approve", {"user_code": codes["user_code"], "person": "nobody"})
    assert wrong.status_code == 409


def test_what_is_not_there_is_told_in_json(world: World) -> None:
    assert world.control("get", "/nothing").json() == {"error": "Not Found"}


def test_a_case_tells_what_came_with_it_and_what_it_wants_and_nothing_typed(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=10)
    main = [document("invoice"), document("fee-list")]
    filed = world.apply(REIMBURSEMENT, documents=main, deferred_documents=["diagnosis"]).json()
    told = world.control("get", f"/cases/{filed['case_no']}").json()
    assert told["documents"] == [{"role": each["role"], "sha256": each["sha256"]} for each in main]
    assert (told["state"], told["wanted"]) == ("accepted-with-deferral", ["diagnosis"])
    assert told["due"] == filed["deferral"]["due"]
    assert (told["supplemented"], told["children"], told["committed"]) == ([], [], None)
    assert "fields" not in told
    later = document("diagnosis")
    world.call("supplementCase", world.terminal_token, {"documents": [later]}, key=new(), id=filed["case_no"])
    after = world.control("get", f"/cases/{filed['case_no']}").json()
    assert after["supplemented"] == [{"role": "diagnosis", "sha256": later["sha256"]}]
    assert after["wanted"] == []


def test_a_payment_and_a_print_are_told_as_the_bank_and_the_city_have_them(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    sealed = "social-insurance.contribution-certificate"
    number = world.call("query", token, {"fields": {}}, item=sealed).json()["certificate"]
    drawn = world.call("printCertificate", token, key=new(), id=number)
    [row] = world.ledger()["prints"]
    told = world.control("get", f"/prints/{row['id']}.pdf")
    assert told.content == drawn.content
    assert told.headers["X-Verification-Code"] == drawn.headers["X-Verification-Code"]

    item = "utility.electricity-pay"
    account = next(bill for bill in _sheet(world, "p-zhang-wei")["bills"] if bill["kind"] == "electricity")
    bill = {"item": item, "bill": account["id"], "fen": account["fen"], "method": "qr"}
    paid = world.call("createPayment", world.terminal_token, bill, key=new()).json()["id"]
    assert "bill_no" not in world.control("get", f"/payments/{paid}").json()
    world.control("post", "/payments", {"id": paid, "act": "pay"})
    told = world.control("get", f"/payments/{paid}").json()
    assert (told["state"], told["bill_no"]) == ("paid", "DEMO00000001")


@pytest.mark.parametrize("path", ["/cases/SB0", "/payments/none", "/prints/none.pdf"])
def test_what_is_not_there_is_said(world: World, path: str) -> None:
    answer = world.control("get", path)
    assert answer.status_code == 400
    assert "no such" in answer.json()["error"]


def _sheet(world: World, person: str) -> dict[str, Any]:
    return next(one for one in world.control("get", "/people").json() if one["id"] == person)
