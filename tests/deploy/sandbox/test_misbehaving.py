"""Faults of the gateway that are not silence: a wrong clock, twice the same, a changed list, a portal."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.deploy.sandbox.papers import conflict, new
from tests.deploy.sandbox.world import ALLOWANCE, TERMINAL, TIMEOUT, World

BOOKED = "household.id-card-first-book"


def raw(world: World, path: str, token: str | None = None) -> requests.Response:
    """An answer that need not be the contract's, redirects not followed."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = world.city.own_gateway_url + path
    return world.http.get(url, headers=headers, timeout=TIMEOUT, allow_redirects=False)


@pytest.mark.parametrize("seconds", [-300, 300, 86400])
def test_a_wrong_clock_is_wrong_in_all_that_it_says(world: World, seconds: int) -> None:
    token = world.as_person("p-wang-xiulan")
    slot = world.call("getSlots", token, query={"item": BOOKED}).json()[-1]["id"]
    world.fault("*", "clock", seconds=seconds, count=None)
    health = world.call("getHealth")
    told = [parsedate_to_datetime(health.headers["Date"]), datetime.fromisoformat(health.json()["time"])]
    assert [moment.timestamp() - world.clock() for moment in told] == [seconds, seconds]
    # Tokens are judged by the platform's own clock, or nobody could ask anything.
    held = world.call("holdSlot", token, {"item": BOOKED, "slot": slot}, key=new()).json()
    until = datetime.fromisoformat(held["held_until"]).timestamp()
    assert until - world.clock() == 300 + seconds
    world.control("delete", "/faults")
    health = world.call("getHealth")
    assert parsedate_to_datetime(health.headers["Date"]).timestamp() == world.clock()


def test_a_request_that_arrives_twice_takes_effect_once(world: World) -> None:
    key = new()
    world.fault("submitApplication", "duplicate")
    answer = world.submit(world.application(), key)
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert len(world.ledger()["cases"]) == 1
    assert world.ledger()["effects"] == {key: 1}


def test_what_has_no_key_is_done_twice(world: World) -> None:
    world.fault("sendPhoneCode", "duplicate")
    answer = world.call("sendPhoneCode", world.terminal_token, {"phone": "19900000123"})
    # The first was sent; the second came within the minute, and its answer is what one hears.
    assert answer.status_code == 429
    assert len(world.control("get", "/phone-codes").json()) == 1


def test_a_slot_is_gone_between_list_and_hold(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    slot = world.call("getSlots", token, query={"item": BOOKED}).json()[0]["id"]
    world.fault("holdSlot", "changed")
    key = new()
    answer = world.call("holdSlot", token, {"item": BOOKED, "slot": slot}, key=key)
    assert conflict(answer)
    assert slot not in [offer["id"] for offer in answer.json()["offers"]]
    assert world.ledger()["bookings"] == []
    assert world.call("holdSlot", token, {"item": BOOKED, "slot": slot}, key=key).status_code == 201


def test_content_and_lists_change_meanwhile(world: World) -> None:
    token = world.terminal_token
    before = world.call("getGuide", token, item=ALLOWANCE)
    world.fault("getGuide", "changed")
    tag = {"If-None-Match": before.headers["ETag"]}
    changed = world.call("getGuide", token, item=ALLOWANCE, headers=tag)
    assert (changed.status_code, changed.json()["version"] == before.json()["version"]) == (200, False)
    assert world.call("getGuide", token, item=ALLOWANCE, headers=tag).status_code == 304
    slots = world.call("getSlots", token, query={"item": BOOKED}).json()
    world.fault("getSlots", "changed")
    assert world.call("getSlots", token, query={"item": BOOKED}).json() == slots[1:]


def test_what_was_shown_is_no_longer_so_and_nothing_is_done(world: World) -> None:
    key = new()
    world.fault("submitApplication", "changed")
    assert conflict(world.submit(world.application(), key))
    assert world.ledger()["cases"] == []
    assert world.submit(world.application(), key).status_code == 201


def test_a_captive_portal_redirects_or_shows_its_own_page_with_200(world: World) -> None:
    token = world.terminal_token
    world.fault("*", "portal-redirect")
    there = raw(world, "/catalogue", token)
    assert (there.status_code, there.headers["Location"]) == (302, "http://portal.invalid/login")
    world.fault("*", "portal-page", count=2)
    page = raw(world, "/catalogue", token)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "登录" in page.text
    body = {"sequence": 1, "hash": "a", "at": "2026-11-23T10:00:00+08:00"}
    url = f"{world.city.own_gateway_url}/terminals/{TERMINAL}/anchors"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert world.http.post(url, data=json.dumps(body), headers=headers, timeout=TIMEOUT).ok
    assert world.ledger()["anchors"] == []
    assert world.call("getCatalogue", token).status_code == 200


@pytest.mark.parametrize(
    ("kind", "seconds", "taken"),
    [("clock", -86400, True), ("clock", -86401, False), ("slow", -1, False), ("slow", 601, False)],
)
def test_a_clock_may_be_behind_and_nothing_else_may(
    world: World, kind: str, seconds: Any, taken: bool
) -> None:
    order = {"operation": "getHealth", "kind": kind, "seconds": seconds}
    assert world.control("post", "/faults", order).ok is taken


def test_a_rate_is_stated_on_every_answer_and_held_to_for_what_a_terminal_sends_by_itself(
    world: World,
) -> None:
    world.fault("*", "pace", count=2, seconds=60)
    said = world.call("getHealth")
    assert said.headers["RateLimit-Policy"] == '"outbox";q=2;w=60'
    assert "RateLimit" not in said.headers
    sent = [world.submit(world.application(), new()) for _ in range(3)]
    assert [one.headers["RateLimit"] for one in sent] == [
        '"outbox";r=1;t=60',
        '"outbox";r=0;t=60',
        '"outbox";r=0;t=60',
    ]
    assert (sent[2].status_code, sent[2].headers["Retry-After"]) == (429, "60")
    assert world.call("getCatalogue", world.terminal_token).ok
    world.clock.move(61)
    assert world.submit(world.application(), new()).status_code != 429
    assert world.control("get", "/faults").json()[-1]["kind"] == "pace"
    world.control("delete", "/faults")
    assert "RateLimit-Policy" not in world.call("getHealth").headers


@pytest.mark.parametrize(
    "order", [{"count": None, "seconds": 60}, {"count": 6, "seconds": 0}, {"count": 6, "seconds": 0.5}]
)
def test_a_rate_is_so_many_in_so_many_whole_seconds(world: World, order: dict[str, Any]) -> None:
    assert world.control("post", "/faults", {"operation": "*", "kind": "pace", **order}).status_code == 400
