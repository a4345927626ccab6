"""Codes to phones 短信验证码: tries, expiry, sending again; and drafts that were begun on one."""

from __future__ import annotations

from typing import Any

import requests

from deploy.sandbox.town import town
from tests.deploy.sandbox.world import ALLOWANCE, World

PHONE = "19900000123"


def send(world: World, phone: str = PHONE) -> requests.Response:
    """Ask for a code."""
    return world.call("sendPhoneCode", world.terminal_token, {"phone": phone})


def received(world: World) -> Any:
    """What the phone shows: the newest code."""
    return world.control("get", "/phone-codes").json()[0]


def verify(world: World, number: str, code: str) -> Any:
    """Type it in."""
    return world.call("verifyPhoneCode", world.terminal_token, {"code": code}, id=number).json()


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_code_that_came_is_right(world: World) -> None:
    sent = send(world).json()
    assert (sent["resend_after_seconds"], sent["expires_at"]) == (60, "2026-11-23T10:05:00+08:00")
    code = received(world)
    assert (code["id"], code["phone"], len(code["code"])) == (sent["id"], PHONE, 6)
    assert verify(world, sent["id"], code["code"]) == {"verified": True, "tries_left": 3}
    # An answer that was lost is asked for again.
    assert verify(world, sent["id"], code["code"])["verified"]
    assert received(world)["verified"]


def test_three_tries_and_then_not_even_the_right_one(world: World) -> None:
    number, code = send(world).json()["id"], received(world)["code"]
    left = [verify(world, number, wrong(code)) for _ in range(3)]
    assert left == [{"verified": False, "tries_left": tries} for tries in (2, 1, 0)]
    assert verify(world, number, code) == {"verified": False, "tries_left": 0}


def test_a_code_runs_out(world: World) -> None:
    number, code = send(world).json()["id"], received(world)["code"]
    world.clock.move(300)
    assert verify(world, number, code) == {"verified": False, "tries_left": 0}


def test_sending_again_waits_a_minute_and_voids_the_first(world: World) -> None:
    first, old = send(world).json()["id"], received(world)["code"]
    world.clock.move(18)
    early = send(world)
    assert (early.status_code, early.headers["Retry-After"]) == (429, "42")
    assert early.json()["retryable"]
    assert send(world, "19900000124").status_code == 201
    world.clock.move(42)
    second = send(world).json()["id"]
    assert verify(world, first, old) == {"verified": False, "tries_left": 0}
    assert verify(world, second, received(world)["code"])["verified"]


def test_a_code_belongs_to_the_terminal_that_asked(world: World) -> None:
    number, code = send(world).json()["id"], received(world)["code"]
    elsewhere = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    neighbour = world.token("client_credentials", elsewhere).json()["access_token"]
    answer = world.call("verifyPhoneCode", neighbour, {"code": code}, id=number)
    assert answer.status_code == 404


def test_what_is_no_phone_gets_no_code(world: World) -> None:
    for phone in ("12345678901", "1990000012", "+8619900000123", "１９９０００００１２３"):
        assert send(world, phone).status_code == 400
    assert world.control("get", "/phone-codes").json() == []


def test_a_draft_from_the_phone_is_found_by_whose_it_is_until_it_expires(world: World) -> None:
    fields = {"residential_address": {"value": "天津市和平区演示街道1号", "source": "typed"}}
    wish = {"person": "p-wang-xiulan", "item": ALLOWANCE, "fields": fields, "seconds": 600}
    number = world.control("post", "/drafts", wish).json()["id"]
    token = world.as_person("p-wang-xiulan")
    draft = world.call("getDraft", token, id=number).json()
    assert (draft["item"], draft["fields"], draft["flow_version"]) == (ALLOWANCE, fields, "1")
    assert draft["expires_at"] == "2026-11-23T10:10:00+08:00"
    assert world.call("getDraft", world.as_person("p-zhang-wei"), id=number).status_code == 404
    assert world.call("getDraft", world.terminal_token, id=number).status_code == 401
    world.clock.move(600)
    assert world.call("getDraft", token, id=number).status_code == 404


def test_a_draft_that_makes_no_sense_is_refused_with_words(world: World) -> None:
    good = {"person": "p-wang-xiulan", "item": ALLOWANCE}
    for wrong_one in (
        {"item": ALLOWANCE},
        {**good, "person": "nobody"},
        {**good, "item": "no.such"},
        {**good, "fields": {"a": 1}},
        {**good, "seconds": -1},
    ):
        answer = world.control("post", "/drafts", wrong_one)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)


def test_what_was_begun_on_the_phone_outlives_a_reset(world: World) -> None:
    [draft] = [row for row in town().registers.drafts if row.person == "p-zhang-wei"]
    assert world.control("post", "/reset").ok
    answer = world.call("getDraft", world.as_person("p-zhang-wei"), id=draft.id)
    assert answer.json()["item"] == "social-insurance.employee-pension-transfer"
    assert world.call("getDraft", world.as_person("p-li-jianjun"), id=draft.id).status_code == 404
