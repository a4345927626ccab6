"""Documents, deferral 容缺, commitment 告知承诺, region 跨省通办 and delivery of an application."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.deploy.sandbox.papers import document, new, reasons
from tests.deploy.sandbox.world import World

REIMBURSEMENT = "medical-insurance.reimbursement-submit"
RENTAL = "housing.rental-filing"
TEXT = "本人承诺：所填内容真实，房屋权属清楚。（演示数据）"
MAIN = [document("invoice"), document("fee-list", b"another")]


def commitment(text: str = TEXT) -> dict[str, Any]:
    """A signed commitment to this text."""
    return {
        "text_version": "1",
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "agreed_at": "2026-11-23T10:00:00+08:00",
    }


def chosen(how: str = "commitment") -> dict[str, Any]:
    """Fields with the choice between proof and commitment."""
    return {"fields": {"proof_method": {"value": how, "source": "typed"}}}


def test_main_documents_have_to_be_there_all_named_at_once(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=10)
    answer = world.apply(REIMBURSEMENT)
    assert reasons(answer) == ["DOCUMENT_MISSING"] * 3
    assert [error["message"] for error in answer.json()["errors"]] == [
        "缺少材料：医疗收费票据",
        "缺少材料：费用清单",
        "缺少材料：诊断证明",
    ]
    assert "以后补交" in answer.json()["errors"][2]["instead"]


def test_a_secondary_document_may_come_later_by_working_days(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=10, promised_working_days=20)
    case = world.apply(REIMBURSEMENT, documents=MAIN, deferred_documents=["diagnosis"]).json()
    assert case["state"] == "accepted-with-deferral"
    # Ten working days after Monday the 23rd of November.
    assert case["deferral"] == {"documents": ["diagnosis"], "due": "2026-12-07"}
    assert "2026-12-07" in case["next"]
    assert case["promised_working_days"] == 20
    assert [step["state"] for step in case["history"]] == ["received", "accepted-with-deferral"]


def test_the_days_of_a_deferral_leave_holidays_out(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=5)
    world.clock.move(37 * 86400)  # Wednesday the 30th of December; New Year's Day is off
    case = world.apply(REIMBURSEMENT, documents=MAIN, deferred_documents=["diagnosis"]).json()
    assert case["deferral"]["due"] == "2027-01-07"


def test_a_main_document_is_not_deferred(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=10)
    answer = world.apply(
        REIMBURSEMENT, documents=[document("fee-list"), document("diagnosis")], deferred_documents=["invoice"]
    )
    assert reasons(answer) == ["NOT_DEFERRABLE"]
    assert answer.json()["errors"][0]["field"] == "/deferred_documents"


def test_nothing_is_deferred_where_the_guide_gives_no_days(world: World) -> None:
    with world.city.context.db.transaction() as tx:
        tx.run(
            "UPDATE items SET guide = json_remove(guide, '$.defer_working_days') WHERE code = ?",
            REIMBURSEMENT,
        )
    answer = world.apply(REIMBURSEMENT, documents=MAIN, deferred_documents=["diagnosis"])
    assert reasons(answer) == ["NOT_DEFERRABLE"]


def test_with_everything_there_it_is_simply_accepted(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=10)
    case = world.apply(REIMBURSEMENT, documents=[*MAIN, document("diagnosis")]).json()
    assert (case["state"], "deferral" in case) == ("accepted", False)


def test_a_document_that_is_not_what_its_hash_says_is_refused(world: World) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=10)
    damaged = [
        document("invoice", sha256="0" * 64),
        document("fee-list"),
        {**document("diagnosis"), "content": "###"},
    ]
    answer = world.apply(REIMBURSEMENT, documents=damaged)
    assert reasons(answer) == ["DOCUMENT_DAMAGED", "DOCUMENT_DAMAGED"]
    assert [error["field"] for error in answer.json()["errors"]] == ["/documents/0", "/documents/2"]


def test_a_commitment_stands_for_the_proof(world: World) -> None:
    world.guide(RENTAL, commitment_text=TEXT)
    contract = [document("contract")]
    assert reasons(world.apply(RENTAL, documents=contract)) == ["DOCUMENT_MISSING"]
    assert reasons(world.apply(RENTAL, documents=contract, **chosen())) == ["DOCUMENT_MISSING", "MISSING"]
    case = world.apply(RENTAL, documents=contract, commitment=commitment(), **chosen())
    assert case.json()["state"] == "accepted"


def test_a_commitment_to_another_text_is_refused(world: World) -> None:
    world.guide(RENTAL, commitment_text=TEXT)
    answer = world.apply(RENTAL, documents=[document("contract")], commitment=commitment("别的内容"))
    assert reasons(answer) == ["COMMITMENT_CHANGED"]


def test_where_the_guide_has_no_text_there_is_no_commitment(world: World) -> None:
    with world.city.context.db.transaction() as tx:
        tx.run("UPDATE items SET guide = json_remove(guide, '$.commitment_text') WHERE code = ?", RENTAL)
    answer = world.apply(RENTAL, documents=[document("contract")], commitment=commitment())
    assert reasons(answer) == ["COMMITMENT_NOT_OFFERED"]


def test_whoever_was_dishonest_proves_and_hears_it_before_filling_in(world: World) -> None:
    world.guide(RENTAL, "card", commitment_text=TEXT)
    token = world.as_person("p-zhang-wei")

    def eligible(how: str) -> Any:
        return world.call("checkEligibility", token, chosen(how), item=RENTAL).json()

    assert eligible("commitment")["eligible"]
    assert world.control("post", "/dishonesty", {"person": "p-zhang-wei"}).ok
    verdict = eligible("commitment")
    assert [reason["code"] for reason in verdict["reasons"]] == ["COMMITMENT_EXCLUDED"]
    assert verdict["reasons"][0]["instead"]
    assert eligible("documents") == {"eligible": True, "reasons": []}
    papers = [document("contract")]
    answer = world.apply(RENTAL, documents=papers, commitment=commitment(), **chosen())
    assert reasons(answer) == ["COMMITMENT_EXCLUDED"]
    proved = world.apply(RENTAL, documents=[*papers, document("property")], **chosen("documents"))
    assert proved.json()["state"] == "accepted"


def test_a_home_has_one_of_four_modes(world: World) -> None:
    def mode(item: str, q: str) -> list[str]:
        answer = world.call(
            "getOptions", world.terminal_token, item=item, field="region_mode", query={"q": q}
        )
        return [option["id"] for option in answer.json()]

    item = "medical-insurance.remote-treatment-filing"
    assert [mode(item, home) for home in ("120101", "130100", "370100", "440300")] == [
        ["local"],
        ["online"],
        ["forwarded"],
        ["joint"],
    ]
    assert [mode(item, home) for home in ("", "12", "990000", "天津")] == [[], [], [], []]
    # Not 跨省通办: nobody's home elsewhere is served.
    assert (mode(RENTAL, "130100"), mode(RENTAL, "120101")) == ([], ["local"])


def test_the_mode_of_an_application_is_the_citys(world: World) -> None:
    item = "employment.unemployment-registration"
    wrong = world.apply(item, region={"home": "130100", "mode": "joint"})
    assert reasons(wrong) == ["REGION_MODE"]
    assert reasons(world.apply(item, region={"mode": "local"})) == ["REGION_NOT_OFFERED"]
    assert world.apply(item, region={"home": "130100", "mode": "online"}).status_code == 201


def test_a_courier_needs_an_address(world: World) -> None:
    item = "employment.unemployment-registration"
    assert reasons(world.apply(item, delivery={"method": "courier", "address": " "})) == ["MISSING"]
    sent = {"method": "courier", "address": "天津市和平区演示街道1号"}
    assert world.apply(item, key=new(), delivery=sent).status_code == 201
