"""Payments: once a bill, unknown is not failed, closed stays closed, refunds arrive."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from deploy.sandbox.gateway import options, registers
from deploy.sandbox.town import town
from tests.deploy.sandbox.papers import conflict, new, reasons
from tests.deploy.sandbox.world import World

ITEM = "utility.electricity-pay"
BILL = "B-202611-1"


@pytest.fixture(autouse=True)
def _any_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about payments, whatever the registers know of bills."""
    monkeypatch.delitem(options.BILLS, ITEM, raising=False)


def create(world: World, key: str | None = None, **more: Any) -> requests.Response:
    """A payment of the bill."""
    body = {"item": ITEM, "bill": BILL, "fen": 12345, "method": "qr", **more}
    return world.call("createPayment", world.terminal_token, body, key=key or new())


def look(world: World, number: str) -> Any:
    """How it stands."""
    return world.call("getPayment", world.terminal_token, id=number).json()


def turn(world: World, number: str, act: str, **more: Any) -> requests.Response:
    """The payer's side."""
    return world.control("post", "/payments", {"id": number, "act": act, **more})


def test_a_qr_is_paid_and_has_a_bill_number(world: World) -> None:
    key = new()
    first = create(world, key)
    payment = first.json()
    assert (first.status_code, payment["state"], payment["fen"]) == (201, "pending", 12345)
    assert payment["expires_at"] == "2026-11-23T10:05:00+08:00"
    assert payment["id"] in payment["qr"]
    assert "演示数据" in payment["subject"]
    again = create(world, key)
    assert (again.status_code, again.json()) == (200, payment)
    world.clock.move(20)
    assert turn(world, payment["id"], "pay").json()["state"] == "paid"
    paid = look(world, payment["id"])
    assert (paid["state"], paid["paid_at"]) == ("paid", "2026-11-23T10:00:20+08:00")
    assert (paid["bill_no"], len(paid["bill_check_code"])) == ("DEMO00000001", 6)
    assert "qr" not in paid
    [row] = world.ledger()["payments"]
    assert (row["key"], row["state"], row["bill"], row["fen"]) == (key, "paid", BILL, 12345)
    assert world.ledger()["effects"] == {key: 1}


def test_a_card_at_the_external_terminal_has_no_qr(world: World) -> None:
    payment = create(world, method="pos").json()
    assert "qr" not in payment
    turn(world, payment["id"], "fail")
    assert look(world, payment["id"])["state"] == "failed"
    assert create(world, method="pos").status_code == 201


def test_a_paid_bill_is_not_paid_again(world: World) -> None:
    turn(world, create(world).json()["id"], "pay")
    assert reasons(create(world)) == ["BILL_PAID"]
    assert reasons(create(world, method="pos", fen=1)) == ["BILL_PAID"]
    assert create(world, bill="B-202611-2").status_code == 201


def test_a_bill_that_is_being_paid_waits_until_that_is_over(world: World) -> None:
    first = create(world).json()["id"]
    assert conflict(create(world))
    closed = world.call("closePayment", world.terminal_token, id=first).json()
    assert closed["state"] == "closed"
    assert turn(world, first, "pay").status_code == 400
    assert create(world).status_code == 201


def test_of_two_at_once_one_is_made(world: World) -> None:
    token = world.terminal_token
    body = {"item": ITEM, "bill": BILL, "fen": 1, "method": "qr"}

    def one(_: int) -> int:
        return world.call("createPayment", token, body, key=new()).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(6))) == [201, 409, 409, 409, 409, 409]


def test_nobody_pays_after_it_has_run_out(world: World) -> None:
    payment = create(world).json()["id"]
    world.clock.move(300)
    assert turn(world, payment, "pay").status_code == 400
    assert look(world, payment)["state"] == "closed"
    assert create(world).status_code == 201


def test_an_answer_that_was_lost_is_unknown_and_later_paid(world: World) -> None:
    payment = create(world).json()["id"]
    assert turn(world, payment, "lose").json()["state"] == "unknown"
    world.clock.move(400)
    # Time does not close it, and nobody else may pay the bill meanwhile.
    closed = world.call("closePayment", world.terminal_token, id=payment).json()
    assert closed["state"] == "unknown"
    assert "bill_no" not in closed
    assert conflict(create(world))
    assert turn(world, payment, "pay").ok
    assert look(world, payment)["state"] == "paid"


@pytest.mark.parametrize("then", ["paid", "failed"])
def test_an_unknown_one_can_turn_by_itself(world: World, then: str) -> None:
    payment = create(world).json()["id"]
    turn(world, payment, "lose", then=then, seconds=30)
    world.clock.move(29)
    assert look(world, payment)["state"] == "unknown"
    world.clock.move(1)
    assert look(world, payment)["state"] == then
    assert create(world).status_code == (422 if then == "paid" else 201)


def test_closing_what_was_paid_says_so(world: World) -> None:
    payment = create(world).json()["id"]
    turn(world, payment, "pay")
    closed = world.call("closePayment", world.terminal_token, id=payment).json()
    assert (closed["state"], bool(closed["bill_no"])) == ("paid", True)


def test_a_refund_is_on_its_way_and_arrives_once(world: World) -> None:
    payment = create(world).json()["id"]
    key = new()

    def refund(key: str, token: str | None = None) -> requests.Response:
        body = {"reason": "没有打印出来"}
        return world.call("refundPayment", token or world.terminal_token, body, key=key, id=payment)

    assert conflict(refund(new()))
    turn(world, payment, "pay")
    assert refund(new(), world.as_person("p-zhang-wei")).status_code == 403
    first = refund(key)
    assert (first.status_code, first.json()["state"]) == (200, "refunding")
    assert refund(key).json() == first.json()
    assert refund(new()).json()["state"] == "refunding"
    assert reasons(create(world)) == ["BILL_PAID"]
    world.clock.move(30)
    assert look(world, payment)["state"] == "refunded"
    assert list(world.ledger()["effects"].values()) == [1, 1]
    assert create(world).status_code == 201


def test_a_refund_can_arrive_at_once(world: World) -> None:
    payment = create(world).json()["id"]
    turn(world, payment, "pay")
    world.call("refundPayment", world.terminal_token, {"reason": "x"}, key=new(), id=payment)
    assert turn(world, payment, "refund").json()["state"] == "refunded"


def test_a_bill_and_its_sum_are_the_registers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(options.BILLS, ITEM, lambda call, bill: 12345 if bill == BILL else None)
    assert reasons(create(world, bill="B-0")) == ["NO_BILL"]
    assert reasons(create(world, fen=12344)) == ["AMOUNT"]
    assert create(world).status_code == 201


def test_no_payment_for_what_is_closed_unknown_or_absurd(world: World) -> None:
    assert reasons(create(world, item="utility.water-pay")) == ["CLOSED", "NO_BILL"]
    assert reasons(create(world, fen=10**20)) == ["AMOUNT"]
    assert create(world, item="no.such").status_code == 404
    for fen in (0, -1, 1.5, "1"):
        assert create(world, fen=fen).status_code == 400


def test_a_payment_is_seen_by_its_terminal_and_by_who_paid(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    body = {"item": ITEM, "bill": BILL, "fen": 1, "method": "qr"}
    payment = world.call("createPayment", token, body, key=new()).json()["id"]
    elsewhere = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    neighbour = world.token("client_credentials", elsewhere).json()["access_token"]
    assert look(world, payment)["state"] == "pending"
    assert world.call("getPayment", neighbour, id=payment).status_code == 404


@pytest.mark.parametrize(
    "order",
    [
        {"id": "nothing", "act": "pay"},
        {"id": 1, "act": "pay"},
        {"act": "pay"},
        {"id": "PAYMENT", "act": "steal"},
        {"id": "PAYMENT", "act": "refund"},
        {"id": "PAYMENT", "act": "lose", "then": "lost"},
        {"id": "PAYMENT", "act": "lose", "seconds": -1},
    ],
)
def test_an_act_that_makes_no_sense_is_refused_with_words(world: World, order: Any) -> None:
    number = create(world).json()["id"]
    if order.get("id") == "PAYMENT":
        order = {**order, "id": number}
    answer = world.control("post", "/payments", order)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert look(world, number)["state"] == "pending"


def test_a_bill_of_the_register_is_due_until_it_is_paid(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the account's number to the money: what getOptions offers, createPayment takes, once."""
    monkeypatch.setitem(options.BILLS, ITEM, registers.BILLS[ITEM])
    account = next(
        row.account
        for row in town().registers.meters
        if (row.person, row.kind) == ("p-zhang-wei", "electricity")
    )

    def due() -> list[Any]:
        found: list[Any] = world.call(
            "getOptions", world.terminal_token, item=ITEM, field="bill", query={"q": account}
        ).json()
        return found

    [*_, bill] = due()
    fen = bill["fields"]["amount"]["value"]
    assert reasons(create(world, bill=bill["id"], fen=fen + 1)) == ["AMOUNT"]
    payment = create(world, bill=bill["id"], fen=fen).json()
    assert bill["id"] in {one["id"] for one in due()}
    turn(world, payment["id"], "pay")
    assert bill["id"] not in {one["id"] for one in due()}
    assert world.control("post", "/reset").ok
    assert bill in due()
