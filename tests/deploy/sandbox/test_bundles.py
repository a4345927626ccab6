"""一件事: asked once, judged by each department on its own, finished later where one refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.sandbox.papers import document, new, reasons
from tests.deploy.sandbox.world import ALLOWANCE, World

BUNDLE = "one-thing.utilities-joint-connection"
REGISTRATION, CARD_LOSS, TRANSIT, PHOTO = (
    "employment.unemployment-registration",
    "social-security-card.report-loss",
    "transport.senior-transit-card",
    "social-security-card.apply",
)
"""Items that ask no document, and one that asks a photo."""


def child(world: World, item: str, **more: Any) -> Any:
    """One of a bundle: what is asked once stands in the bundle."""
    return {**world.application("p-zhang-wei", item=item), "fields": {}, **more}


def bundle(world: World, *items: str, key: str | None = None, **more: Any) -> Any:
    """A bundle of these items."""
    return world.apply(
        BUNDLE,
        key=key,
        documents=[document("property"), document("site-plan")],
        children=[child(world, item) for item in items],
        **more,
    )


def states(case: Any) -> list[str]:
    """Of the children."""
    return [one["state"] for one in case["children"]]


@pytest.fixture(autouse=True)
def _levels(world: World) -> None:
    world.guide(REGISTRATION, "card")
    world.guide(PHOTO, "card")


def test_every_department_gets_its_case(world: World) -> None:
    case = bundle(world, REGISTRATION, CARD_LOSS).json()
    assert (case["state"], states(case)) == ("accepted", ["accepted", "accepted"])
    assert len({case["case_no"], *(one["case_no"] for one in case["children"])}) == 3
    rows = world.ledger()["cases"]
    assert [row["parent"] for row in rows] == [None, case["case_no"], case["case_no"]]
    assert world.call("getCase", world.terminal_token, id=case["case_no"]).json() == case


def test_one_that_refuses_does_not_stop_the_others(world: World) -> None:
    key = new()
    case = bundle(world, REGISTRATION, PHOTO, key=key).json()
    assert states(case) == ["accepted", "refused"]
    assert case["state"] == "supplement-needed"
    assert case["children"][1]["reasons"] == ["缺少材料：近期免冠照片（可当场拍照）"]
    assert case["children"][1]["deferral"] == {"documents": ["photo"]}
    assert "补交" in case["children"][1]["next"]
    assert [step["state"] for step in case["history"]] == ["received", "supplement-needed"]
    slip = world.call("getSlip", world.terminal_token, id=key).json()
    assert (slip["state"], slip["case_no"]) == ("accepted", case["case_no"])


def test_what_documents_cannot_mend_is_not_said_to_be(world: World) -> None:
    [_, child_] = bundle(world, REGISTRATION, ALLOWANCE).json()["children"]
    assert (child_["state"], "deferral" in child_) == ("refused", False)
    assert "补交" not in child_["next"]
    assert "窗口" in child_["next"]


def test_what_was_refused_is_finished_with_what_was_missing(world: World) -> None:
    case = bundle(world, REGISTRATION, PHOTO).json()
    number = case["children"][1]["case_no"]

    def send(*documents: Any) -> Any:
        body = {"documents": list(documents)}
        return world.call("supplementCase", world.terminal_token, body, key=new(), id=number)

    assert reasons(send(document("diploma"))) == ["DOCUMENT_MISSING"]
    done = send(document("photo")).json()
    assert (done["state"], "reasons" in done) == ("accepted", False)
    whole = world.call("getCase", world.terminal_token, id=case["case_no"]).json()
    assert (whole["state"], states(whole)) == ("accepted", ["accepted", "accepted"])


def test_a_department_can_be_told_to_refuse(world: World) -> None:
    order = {"item": CARD_LOSS, "message": "现场条件不具备（演示）"}
    assert world.control("post", "/refusals", order).ok
    case = bundle(world, REGISTRATION, CARD_LOSS).json()
    assert states(case) == ["accepted", "refused"]
    body = {"documents": [], "fields": {"note": {"value": "已整改", "source": "typed"}}}
    number = case["children"][1]["case_no"]
    done = world.call("supplementCase", world.terminal_token, body, key=new(), id=number)
    assert done.json()["state"] == "accepted"


def test_where_all_refuse_there_is_no_case(world: World) -> None:
    answer = bundle(world, PHOTO, "utility.water-pay")
    assert set(reasons(answer)) == {"DOCUMENT_MISSING", "CLOSED"}
    assert answer.json()["errors"][0]["field"] == "/children/0/documents"
    assert world.ledger()["cases"] == []


def test_a_document_of_the_bundle_is_everybodys(world: World) -> None:
    case = world.apply(
        BUNDLE,
        documents=[document("property"), document("site-plan"), document("photo")],
        children=[child(world, PHOTO), child(world, REGISTRATION)],
    ).json()
    assert states(case) == ["accepted", "accepted"]


def test_a_bundle_has_children_and_nothing_else_has(world: World) -> None:
    assert reasons(bundle(world)) == ["MISSING"]
    nested = child(world, BUNDLE, children=[child(world, REGISTRATION)])
    papers = [document("property"), document("site-plan")]
    assert reasons(world.apply(BUNDLE, documents=papers, children=[nested])) == ["NESTED"]
    assert reasons(world.apply(REGISTRATION, children=[child(world, CARD_LOSS)])) == ["NOT_A_BUNDLE"]
    assert bundle(world, "no.such-item").status_code == 404


def test_children_wait_for_the_identity_and_are_confirmed_with_the_bundle(world: World) -> None:
    body = world.application("p-zhang-wei", confirmed=False, item=BUNDLE)
    body |= {
        "documents": [document("property"), document("site-plan")],
        "children": [child(world, REGISTRATION), child(world, PHOTO)],
    }
    token = world.terminal_token
    case = world.call("submitApplication", token, body, key=new(), item=BUNDLE).json()
    assert (case["state"], states(case)) == ("identity-to-confirm", ["identity-to-confirm", "refused"])
    phone = world.phone_visit("p-zhang-wei")["access_token"]
    done = world.call("confirmIdentity", phone, key=new(), id=case["case_no"]).json()
    assert (done["state"], states(done)) == ("supplement-needed", ["accepted", "refused"])


def test_a_child_that_is_supplemented_first_waits_for_the_identity_too(world: World) -> None:
    body = world.application("p-zhang-wei", confirmed=False, item=BUNDLE)
    children = [child(world, REGISTRATION), child(world, PHOTO)]
    body |= {"documents": [document("property"), document("site-plan")], "children": children}
    token = world.terminal_token
    case = world.call("submitApplication", token, body, key=new(), item=BUNDLE).json()
    number = case["children"][1]["case_no"]
    brought = {"documents": [document("photo")]}
    done = world.call("supplementCase", token, brought, key=new(), id=number).json()
    assert done["state"] == "identity-to-confirm"
    phone = world.phone_visit("p-zhang-wei")["access_token"]
    done = world.call("confirmIdentity", phone, key=new(), id=case["case_no"]).json()
    assert (done["state"], states(done)) == ("accepted", ["accepted", "accepted"])


def test_withdrawing_the_bundle_withdraws_its_children(world: World) -> None:
    case = bundle(world, REGISTRATION, CARD_LOSS).json()
    token = world.as_person("p-zhang-wei")
    first = case["children"][0]["case_no"]
    assert world.call("withdrawCase", token, key=new(), id=first).json()["state"] == "withdrawn"
    whole = world.call("getCase", token, id=case["case_no"]).json()
    assert (whole["state"], states(whole)) == ("accepted", ["withdrawn", "accepted"])
    gone = world.call("withdrawCase", token, key=new(), id=case["case_no"]).json()
    assert (gone["state"], states(gone)) == ("withdrawn", ["withdrawn", "withdrawn"])
