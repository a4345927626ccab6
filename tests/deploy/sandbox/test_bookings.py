"""Slots and bookings: capacity, holds that run out, slots that are taken meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.deploy.sandbox.papers import conflict, new, reasons
from tests.deploy.sandbox.world import World

ITEM = "household.id-card-first-book"
PERMIT = "household.residence-permit-apply"
WANG, LI, ZHANG = "p-wang-xiulan", "p-li-jianjun", "p-zhang-wei"


def slots(world: World, item: str = ITEM, **query: str) -> list[Any]:
    """Free slots."""
    answer = world.call("getSlots", world.terminal_token, query={"item": item, **query})
    assert answer.status_code == 200
    found: list[Any] = answer.json()
    return found


def hold(world: World, name: str, slot: str, key: str | None = None) -> requests.Response:
    """Hold a slot."""
    body = {"item": ITEM, "slot": slot}
    return world.call("holdSlot", world.as_person(name), body, key=key or new())


def booked(world: World, name: str, slot: str) -> Any:
    """Hold and confirm."""
    held = hold(world, name, slot).json()
    return world.call("confirmBooking", world.as_person(name), key=new(), id=held["id"]).json()


def test_slots_are_of_working_days_to_come(world: World) -> None:
    found = slots(world)
    assert found[0]["starts_at"] == "2026-11-24T09:00:00+08:00"
    assert found[0]["ends_at"] == "2026-11-24T10:00:00+08:00"
    days = sorted({slot["starts_at"][:10] for slot in found})
    assert (len(days), days[3], days[4]) == (10, "2026-11-27", "2026-11-30")
    assert {slot["free"] for slot in found} == {2}
    place = found[0]["place"]
    later = slots(world, **{"from": "2026-11-30", "place": place})
    assert {slot["place"] for slot in later} == {place}
    assert min(slot["starts_at"] for slot in later) == "2026-11-30T09:00:00+08:00"
    assert slots(world, "service.item-guide") == []


def test_what_is_no_query_is_refused(world: World) -> None:
    token = world.terminal_token
    for query, status in (
        ({}, 400),
        ({"item": ITEM, "from": "20261124"}, 400),
        ({"item": ITEM, "from": "2026-02-30"}, 400),
        ({"item": "no.such"}, 404),
    ):
        assert world.call("getSlots", token, query=query).status_code == status


def test_a_slot_is_held_and_confirmed_with_a_ticket(world: World) -> None:
    slot, key = slots(world)[0], new()
    held = hold(world, WANG, slot["id"], key)
    assert (held.status_code, held.json()["state"]) == (201, "held")
    assert held.json()["held_until"] == "2026-11-23T10:05:00+08:00"
    assert held.json()["slot"]["free"] == 1
    again = hold(world, WANG, slot["id"], key)
    assert (again.status_code, again.json()) == (200, held.json())
    token, confirm_key = world.as_person(WANG), new()
    done = world.call("confirmBooking", token, key=confirm_key, id=held.json()["id"])
    assert (done.json()["state"], bool(done.json()["ticket"])) == ("confirmed", True)
    assert world.call("confirmBooking", token, key=confirm_key, id=held.json()["id"]).json() == done.json()
    assert conflict(world.call("confirmBooking", token, key=new(), id=held.json()["id"]))
    [row] = world.ledger()["bookings"]
    assert (row["person"], row["state"], row["ticket"]) == (WANG, "confirmed", done.json()["ticket"])
    assert world.ledger()["effects"] == {key: 1, confirm_key: 1}


def test_a_full_slot_comes_with_others(world: World) -> None:
    slot = slots(world)[0]
    booked(world, WANG, slot["id"])
    hold(world, LI, slot["id"])
    answer = hold(world, ZHANG, slot["id"])
    assert conflict(answer)
    offers = answer.json()["offers"]
    assert len(offers) == 3
    assert slot["id"] not in [offer["id"] for offer in offers]
    assert {offer["place"] for offer in offers} == {slot["place"]}
    assert slot["id"] not in [one["id"] for one in slots(world)]
    assert hold(world, ZHANG, offers[0]["id"]).status_code == 201


def test_a_hold_runs_out_and_its_place_is_free_again(world: World) -> None:
    slot = slots(world)[0]
    held = hold(world, WANG, slot["id"]).json()
    hold(world, LI, slot["id"])
    world.clock.move(300)
    assert slots(world)[0]["free"] == 2
    answer = world.call("confirmBooking", world.as_person(WANG), key=new(), id=held["id"])
    assert conflict(answer)
    assert answer.json()["offers"]
    gone = world.call("cancelBooking", world.as_person(WANG), id=held["id"]).json()
    assert gone["state"] == "expired"


def test_of_many_at_once_only_so_many_get_it_as_there_are_places(world: World) -> None:
    slot = slots(world)[0]["id"]
    names = (WANG, LI, ZHANG, "p-zhao-guilan", "p-chen-yan", "p-liu-na")
    tokens = [world.as_person(name) for name in names]

    def one(token: str) -> int:
        return world.call("holdSlot", token, {"item": ITEM, "slot": slot}, key=new()).status_code

    with ThreadPoolExecutor(len(tokens)) as pool:
        assert sorted(pool.map(one, tokens)) == [201, 201, 409, 409, 409, 409]


def test_a_booking_moves_and_stays_where_it_was_when_the_other_is_taken(world: World) -> None:
    first, second, third = (slot["id"] for slot in slots(world)[:3])
    booking = booked(world, WANG, first)
    assert world.control("post", "/slots/take", {"slot": second}).ok
    token = world.as_person(WANG)

    def move(slot: str, key: str) -> requests.Response:
        return world.call("rescheduleBooking", token, {"slot": slot}, key=key, id=booking["id"])

    taken = move(second, new())
    assert conflict(taken)
    assert taken.json()["offers"]
    assert world.ledger()["bookings"][0]["slot"] == first
    key = new()
    moved = move(third, key)
    assert (moved.status_code, moved.json()["slot"]["id"]) == (200, third)
    assert moved.json()["ticket"] == booking["ticket"]
    assert move(third, key).json() == moved.json()
    assert slots(world)[0]["id"] == first


def test_one_person_has_one_booking_and_lets_go_of_what_they_held(world: World) -> None:
    first, second = (slot["id"] for slot in slots(world)[:2])
    hold(world, WANG, first)
    booked(world, WANG, second)
    assert [row["state"] for row in world.ledger()["bookings"]] == ["cancelled", "confirmed"]
    assert reasons(hold(world, WANG, first)) == ["BOOKED"]


def test_a_cancelled_booking_is_free_and_over(world: World) -> None:
    slot = slots(world)[0]["id"]
    booking = booked(world, WANG, slot)
    token = world.as_person(WANG)
    for _ in range(2):
        assert world.call("cancelBooking", token, id=booking["id"]).json()["state"] == "cancelled"
    assert slots(world)[0]["free"] == 2
    answer = world.call("rescheduleBooking", token, {"slot": slot}, key=new(), id=booking["id"])
    assert conflict(answer)


def test_a_booking_is_nobody_elses(world: World) -> None:
    booking = booked(world, WANG, slots(world)[0]["id"])
    token = world.as_person(LI)
    assert world.call("cancelBooking", token, id=booking["id"]).status_code == 404
    assert world.call("confirmBooking", token, key=new(), id=booking["id"]).status_code == 404


def test_slots_that_are_not_there_or_of_another_item_are_not_found(world: World) -> None:
    slots(world)
    other = slots(world, PERMIT)[0]["id"]
    for slot in ("nothing", other):
        assert hold(world, WANG, slot).status_code == 404
    assert world.control("post", "/slots/take", {"slot": "nothing"}).status_code == 400


def test_the_same_key_of_another_person_is_another_request(world: World) -> None:
    slot, key = slots(world)[0]["id"], new()
    hold(world, WANG, slot, key)
    answer = hold(world, LI, slot, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "KEY_REUSED")
