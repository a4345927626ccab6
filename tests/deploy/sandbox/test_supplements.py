"""Cases are withdrawn and supplemented, online and from an outbox; the department moves them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import requests

from deploy.sandbox.gateway.feedback import working_day_after
from tests.deploy.sandbox.papers import conflict, document, new, reasons
from tests.deploy.sandbox.world import ALLOWANCE, World

REIMBURSEMENT = "medical-insurance.reimbursement-submit"
MAIN = [document("invoice"), document("fee-list")]


def deferred(world: World) -> str:
    """A case that waits for a diagnosis; its number."""
    world.guide(REIMBURSEMENT, defer_working_days=10)
    answer = world.apply(REIMBURSEMENT, documents=MAIN, deferred_documents=["diagnosis"])
    return str(answer.json()["case_no"])


@pytest.mark.parametrize(
    ("promised", "defer", "days"), [(5, 10, 3), (None, 10, 10), (None, 30, 20), (60, 30, 20), (1, 10, 1)]
)
def test_what_is_deferred_is_due_two_days_before_the_promised_time_and_within_twenty(
    world: World, promised: int | None, defer: int, days: int
) -> None:
    world.guide(REIMBURSEMENT, defer_working_days=defer)
    if promised is not None:
        world.guide(REIMBURSEMENT, promised_working_days=promised)
    case = world.apply(REIMBURSEMENT, documents=MAIN, deferred_documents=["diagnosis"]).json()
    filed = datetime.fromisoformat(case["accepted_at"]).date()
    with world.city.context.db.transaction() as tx:
        assert case["deferral"]["due"] == working_day_after(tx, filed, days).isoformat()


def supplement(world: World, case_no: str, *documents: Any, key: str | None = None) -> requests.Response:
    """Bring them in clear with the terminal's token."""
    body = {"documents": list(documents)}
    return world.call("supplementCase", world.terminal_token, body, key=key or new(), id=case_no)


def test_what_was_deferred_comes_and_the_case_is_accepted(world: World) -> None:
    case_no, key = deferred(world), new()
    done = supplement(world, case_no, document("diagnosis"), key=key)
    assert (done.status_code, done.json()["state"], "deferral" in done.json()) == (201, "accepted", False)
    again = supplement(world, case_no, document("diagnosis"), key=key)
    assert (again.status_code, again.json()) == (200, done.json())
    [row] = world.ledger()["supplements"]
    assert (row["case_no"], row["roles"], row["sealed"]) == (case_no, ["diagnosis"], False)
    assert world.ledger()["effects"][key] == 1


def test_what_was_photographed_without_the_list_is_taken_for_what_is_wanted(world: World) -> None:
    done = supplement(world, deferred(world), document("deferred"))
    assert (done.status_code, done.json()["state"]) == (201, "accepted")


def test_an_outbox_brings_it_sealed_even_from_another_terminal(world: World) -> None:
    case_no, key = deferred(world), new()
    elsewhere = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    neighbour = world.token("client_credentials", elsewhere).json()["access_token"]
    body = {"documents": [document("diagnosis")]}
    in_clear = world.call("supplementCase", neighbour, body, key=new(), id=case_no)
    assert in_clear.status_code == 404
    done = world.call(
        "supplementCase",
        neighbour,
        key=key,
        id=case_no,
        data=world.seal(body, key, signer=world.other_key),
        headers={"Content-Type": "application/jose"},
    )
    assert done.json()["state"] == "accepted"
    slip = world.call("getSlip", world.terminal_token, id=key).json()
    assert (slip["state"], slip["case_no"]) == ("accepted", case_no)


def test_a_refused_supplement_tells_why_on_its_slip(world: World) -> None:
    case_no, key = deferred(world), new()
    assert reasons(supplement(world, case_no, document("photo"), key=key)) == ["NOT_WANTED"]
    slip = world.call("getSlip", world.terminal_token, id=key).json()
    assert slip == {"state": "refused", "reasons": ["没有收到要补交的材料"]}


def test_a_supplement_after_its_day_is_refused(world: World) -> None:
    case_no = deferred(world)
    world.clock.move(15 * 86400)
    world.__dict__.pop("terminal_token")
    answer = supplement(world, case_no, document("diagnosis"))
    assert reasons(answer) == ["OVERDUE"]
    assert answer.json()["errors"][0]["instead"]


def test_what_nobody_waits_for_is_not_taken(world: World) -> None:
    case_no = world.submit(world.application(), new()).json()["case_no"]
    assert reasons(supplement(world, case_no, document("photo"))) == ["NOTHING_WANTED"]
    assert supplement(world, "SB0", document("photo")).status_code == 404
    broken = document("diagnosis", sha256="0" * 64)
    assert reasons(supplement(world, deferred(world), broken)) == ["DOCUMENT_DAMAGED"]


def test_the_department_asks_for_more_and_gets_it(world: World) -> None:
    case_no = world.submit(world.application(), new()).json()["case_no"]
    order = {
        "case_no": case_no,
        "state": "supplement-needed",
        "documents": ["photo", "form"],
        "note": "看不清",
    }
    case = world.control("post", "/cases", order).json()
    assert (case["state"], case["next"]) == ("supplement-needed", "请补交：photo、form")
    assert supplement(world, case_no, document("photo")).json()["state"] == "supplement-needed"
    assert supplement(world, case_no, document("form")).json()["state"] == "in-progress"
    done = world.control("post", "/cases", {"case_no": case_no, "state": "done"}).json()
    assert done["state"] == "done"
    wrong = world.control("post", "/cases", {"case_no": case_no, "state": "lost"})
    assert (wrong.status_code, bool(wrong.json()["error"])) == (400, True)


def test_a_case_the_department_refuses_says_why(world: World) -> None:
    case_no = world.submit(world.application(), new()).json()["case_no"]
    world.control("post", "/cases", {"case_no": case_no, "state": "refused", "note": "与登记不符"})
    case = world.call("getCase", world.terminal_token, id=case_no).json()
    assert (case["state"], case["reasons"]) == ("refused", ["与登记不符"])


def test_a_case_is_withdrawn_once_by_whom_it_concerns(world: World) -> None:
    first_key = new()
    case_no = world.submit(world.application(), first_key).json()["case_no"]
    token, key = world.as_person("p-wang-xiulan"), new()
    stranger = world.as_person("p-zhang-wei")
    assert world.call("withdrawCase", stranger, key=new(), id=case_no).status_code == 404
    done = world.call("withdrawCase", token, key=key, id=case_no)
    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    assert world.call("withdrawCase", token, key=key, id=case_no).json() == done.json()
    assert conflict(world.call("withdrawCase", token, key=new(), id=case_no))
    assert world.call("getSlip", world.terminal_token, id=first_key).json()["state"] == "refused"
    assert world.submit(world.application(), new()).status_code == 201


def test_a_withdrawal_needs_the_citizen(world: World) -> None:
    case_no = world.submit(world.application(), new()).json()["case_no"]
    assert world.call("withdrawCase", world.terminal_token, key=new(), id=case_no).status_code == 401


def test_slips_of_ratings_and_tickets_are_answered(world: World) -> None:
    rated, said = new(), new()
    at = {"terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00"}
    world.call("rate", world.terminal_token, {"item": ALLOWANCE, "level": 5, **at}, key=rated)
    ticket = world.call("escalate", world.terminal_token, {"kind": "12345", **at}, key=said).json()["ticket"]
    assert world.call("getSlip", world.terminal_token, id=rated).json() == {"state": "accepted"}
    slip = world.call("getSlip", world.terminal_token, id=said).json()
    assert (slip["state"], ticket in slip["next"]) == ("accepted", True)


def test_a_ticket_is_answered_through_the_control_page(world: World) -> None:
    body = {"kind": "cannot-do", "terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00"}
    ticket = world.call("escalate", world.terminal_token, body, key=new()).json()["ticket"]
    assert world.control("post", "/tickets", {"ticket": ticket, "state": "answered", "answer": "已协调"}).ok
    told = world.call("getTicket", world.terminal_token, id=ticket).json()
    assert (told["state"], told["answer"]) == ("answered", "已协调")
    assert world.control("post", "/tickets", {"ticket": "TK0", "state": "answered"}).status_code == 400
