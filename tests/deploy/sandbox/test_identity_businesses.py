"""Legal persons on the phone's page, and keys that change while somebody is logged in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.sandbox.test_identity import verified
from tests.deploy.sandbox.world import ASSERTION_TYPE, TIMEOUT, World

TRADE = {
    "name": "天津演示海河商贸有限公司",
    "code": "E1120199MA0DEMA178",
    "authority": "legal-representative",
}
WISH = '{"id_token": {"business": {"essential": true}}}'


def codes_for(world: World, claims: str = WISH) -> dict[str, Any]:
    """A QR for somebody who acts for a legal person."""
    answer = world.http.post(
        f"{world.city.own_issuer}/device-authorization",
        data={
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": world.assertion(),
            "claims": claims,
        },
        timeout=TIMEOUT,
    )
    assert answer.status_code == 200, answer.text
    codes: dict[str, Any] = answer.json()
    return codes


def test_phone_chooses_a_business_and_the_token_says_so(world: World) -> None:
    codes = codes_for(world)
    page = world.http.get(codes["verification_uri_complete"], timeout=TIMEOUT).text
    assert "天津演示海河商贸有限公司（法定代表人）" in page
    assert "天津演示津河科技有限公司（经办人）" in page
    form = {
        "user_code": codes["user_code"],
        "person": "p-zhang-wei",
        "business": TRADE["code"],
        "action": "approve",
    }
    assert "已同意" in world.http.post(codes["verification_uri"], data=form, timeout=TIMEOUT).text
    tokens = world.poll(codes).json()
    claims = verified(world, tokens["id_token"])
    assert (claims["name"], claims["acr"], claims["business"]) == ("张伟", "phone", TRADE)
    assert "business" not in verified(world, tokens["access_token"])


def test_one_may_act_for_oneself_all_the_same(world: World) -> None:
    codes = codes_for(world)
    form = {"user_code": codes["user_code"], "person": "p-zhang-wei", "business": "", "action": "approve"}
    assert "已同意" in world.http.post(codes["verification_uri"], data=form, timeout=TIMEOUT).text
    assert "business" not in verified(world, world.poll(codes).json()["id_token"])


@pytest.mark.parametrize("claims", ["", "{}", "[]", "no JSON", '{"id_token": []}', '{"userinfo": {}}'])
def test_business_is_offered_only_where_it_was_asked_for(world: World, claims: str) -> None:
    page = world.http.get(codes_for(world, claims)["verification_uri_complete"], timeout=TIMEOUT).text
    assert "代表哪家企业" not in page


def test_nobody_acts_for_somebody_elses_business(world: World) -> None:
    codes = codes_for(world)
    form = {
        "user_code": codes["user_code"],
        "person": "p-wang-xiulan",
        "business": TRADE["code"],
        "action": "approve",
    }
    page = world.http.post(codes["verification_uri"], data=form, timeout=TIMEOUT)
    assert (page.status_code, "不能代表这家企业" in page.text) == (400, True)
    wish = {"user_code": codes["user_code"], "person": "p-wang-xiulan", "business": TRADE["code"]}
    assert world.control("post", "/approve", wish).status_code == 409
    assert world.control("post", "/approve", {**wish, "person": "p-zhang-wei"}).ok
    assert verified(world, world.poll(codes).json()["id_token"])["business"] == TRADE


def test_who_acts_for_what_is_told_to_the_dock(world: World) -> None:
    acting = world.control("get", "/businesses").json()
    assert acting["p-zhang-wei"][0] == TRADE
    assert "p-wang-xiulan" not in acting


def test_key_that_was_rotated_signs_no_more_and_is_honoured_for_a_visit(world: World) -> None:
    before = world.as_person("p-wang-xiulan")
    assert world.control("post", "/rotate").ok
    after = world.visit("p-wang-xiulan")
    keys = world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT).json()["keys"]
    assert len({key["kid"] for key in keys}) == 2
    assert verified(world, after["id_token"])["name"] == "王秀兰"
    for token in (before, after["access_token"]):
        assert world.call("listCases", token).status_code == 200
    world.clock.move(901)
    keys = world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT).json()["keys"]
    assert len(keys) == 1
