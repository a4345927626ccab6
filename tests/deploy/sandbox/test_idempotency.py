"""`Idempotency-Key` to the letter of the contract."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.sandbox.wire import fingerprint
from tests.deploy.sandbox.world import ALLOWANCE, TIMEOUT, World

KEY = "3f1c8b1e-2c56-4f0d-9a37-5b1d2e6c7a80"
OTHER_KEY = "9a0e5c7d-1b2f-4e83-8f64-0c9d8e7f6a51"


def escalation(**more: Any) -> dict[str, Any]:
    """A small submission."""
    return {"kind": "cannot-do", "terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00", **more}


def code(answer: requests.Response) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json().get("code", "")


def test_the_first_answer_comes_again_as_it_was(world: World) -> None:
    first = world.submit(world.application(confirmed=False), KEY)
    assert (first.status_code, first.json()["state"]) == (201, "identity-to-confirm")
    case_no = first.json()["case_no"]
    world.call("confirmIdentity", world.as_person("p-wang-xiulan"), key=OTHER_KEY, id=case_no)
    again = world.submit(world.application(confirmed=False), KEY)
    assert (again.status_code, again.json()) == (200, first.json())
    assert world.ledger()["effects"] == {KEY: 1, OTHER_KEY: 1}


def test_equal_json_is_the_same_body_however_it_is_written_and_sealed(world: World) -> None:
    token = world.terminal_token
    one = '{"kind": "cannot-do", "terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00", "n": 1}'
    two = '{"n":1.0,"at":"2026-11-23T10:00:00+08:00","terminal":"TJ-0001","kind":"cannot\\u002ddo"}'
    kind = {"Content-Type": "application/json"}
    assert world.call("escalate", token, key=KEY, data=one, headers=kind).status_code == 201
    assert world.call("escalate", token, key=KEY.upper(), data=two, headers=kind).status_code == 200
    sealed = world.seal(escalation(n=1), KEY)
    jose = {"Content-Type": "application/jose"}
    assert world.call("escalate", token, key=KEY, data=sealed, headers=jose).status_code == 200
    assert world.ledger()["effects"] == {KEY: 1}


def test_bodies_that_differ_have_different_fingerprints() -> None:
    different = [
        {"a": 1},
        {"a": True},
        {"a": "1"},
        {"a": None},
        {},
        [1],
        [[1]],
        {"a": 1.5},
        {"a": [1, 2]},
        {"a": [2, 1]},
    ]
    assert len({fingerprint(body) for body in different}) == len(different)


def test_another_body_with_the_same_key_is_refused(world: World) -> None:
    assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 201
    other = world.call("escalate", world.terminal_token, escalation(words="x"), key=KEY)
    assert code(other) == (422, "KEY_REUSED")
    assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 200


def test_a_key_belongs_to_one_operation_and_one_terminal(world: World) -> None:
    assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 201
    rating = {"item": ALLOWANCE, "level": 5, "terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00"}
    assert code(world.call("rate", world.terminal_token, rating, key=KEY)) == (422, "KEY_REUSED")
    elsewhere = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    token = world.token("client_credentials", elsewhere).json()["access_token"]
    assert code(world.call("escalate", token, escalation(), key=KEY)) == (422, "KEY_REUSED")


@pytest.mark.parametrize("key", [None, "", "1", "not-a-uuid", "{4f0c5d1e-0000-4000-8000-000000000001}"])
def test_without_a_key_nothing_is_done(world: World, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = world.call("escalate", world.terminal_token, escalation(), headers=headers)
    assert code(answer) == (400, "NO_KEY")
    assert world.ledger()["escalations"] == []


@pytest.mark.parametrize("depth", [80, 700, 50_000])
def test_a_body_nested_without_end_is_no_json_and_no_crash(world: World, depth: int) -> None:
    body = json.dumps(escalation())[:-1] + ', "n": ' + "[" * depth + "]" * depth + "}"
    headers = {"Content-Type": "application/json"}
    answer = world.call("escalate", world.terminal_token, key=KEY, data=body, headers=headers)
    assert code(answer) == (400, "BAD_JSON")


def test_while_it_is_running_the_same_key_is_told_to_wait(world: World) -> None:
    token = world.terminal_token
    world.fault("escalate", "slow", seconds=5)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.call, "escalate", token, escalation(), key=KEY)
        assert world.gate.reached.wait(TIMEOUT)
        meanwhile = world.call("escalate", token, escalation(), key=KEY)
        assert code(meanwhile) == (409, "IN_PROGRESS")
        assert meanwhile.json()["retryable"] is True
        assert world.call("getSlip", token, id=KEY).json() == {"state": "in-progress"}
        world.gate.opened.set()
        assert running.result(TIMEOUT).status_code == 201
    assert world.call("escalate", token, escalation(), key=KEY).status_code == 200


def test_many_at_once_take_effect_once(world: World) -> None:
    token = world.terminal_token
    url = f"{world.city.own_gateway_url}/escalations"
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": KEY}

    def send(_: int) -> int:
        ca = str(world.city.ca_file)
        return requests.post(url, json=escalation(), headers=headers, verify=ca, timeout=TIMEOUT).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(24)))
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}
    assert world.ledger()["effects"] == {KEY: 1}


def test_a_refusal_is_remembered_even_when_its_reason_is_gone(world: World) -> None:
    body = world.application("p-zhao-guilan")
    assert code(world.submit(body, KEY)) == (422, "REFUSED")
    world.clock.move(100 * 86400)
    world.__dict__.pop("terminal_token")
    with world.city.context.db.transaction() as tx:
        tx.run("UPDATE persons SET birth = '1940-01-01' WHERE id = 'p-zhao-guilan'")
    again = world.submit(body, KEY)
    assert code(again) == (422, "REFUSED")
    assert again.json()["errors"][0]["code"] == "AGE_UNDER_80"
    assert world.submit(body, OTHER_KEY).status_code == 201


def test_other_errors_are_not_remembered(world: World) -> None:
    token = world.terminal_token
    assert code(world.call("escalate", token, {"kind": "x"}, key=KEY)) == (400, "BAD_BODY")
    assert world.call("getSlip", token, id=KEY).json() == {"state": "not-received"}
    assert world.call("escalate", token, escalation(), key=KEY).status_code == 201


def test_a_fault_that_does_not_act_leaves_the_key_free(world: World) -> None:
    token = world.terminal_token
    for kind, status in (("5xx", 503), ("409", 409), ("429", 429)):
        world.fault("escalate", kind, seconds=3)
        answer = world.call("escalate", token, escalation(), key=KEY)
        assert answer.status_code == status
        assert answer.headers["Retry-After"] == "3"
        assert answer.json()["retryable"] is True
    assert world.ledger()["effects"] == {}
    assert world.call("escalate", token, escalation(), key=KEY).status_code == 201


def test_an_answer_lost_after_acting_is_had_by_asking_again(world: World) -> None:
    token = world.terminal_token
    world.fault("escalate", "reset-after-acting")
    with pytest.raises(requests.ConnectionError):
        world.call("escalate", token, escalation(), key=KEY)
    assert world.ledger()["effects"] == {KEY: 1}
    assert world.call("escalate", token, escalation(), key=KEY).status_code == 200
    assert world.ledger()["effects"] == {KEY: 1}


def test_a_key_is_forgotten_after_180_days(world: World) -> None:
    assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 201
    world.clock.move(180 * 86400 - 60)
    world.__dict__.pop("terminal_token")
    assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 200
    world.clock.move(120)
    assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 201


def test_what_was_running_when_the_city_went_down_may_be_sent_again(tmp_path: Path) -> None:
    world = World(tmp_path / "city")
    with world.city.context.db.transaction() as tx:
        sql = (
            "INSERT INTO idempotency VALUES (?, 'escalate', '/v1/escalations', 'TJ-0001', 'x', ?, NULL, NULL)"
        )
        tx.run(sql, KEY, world.clock())
    assert code(world.call("escalate", world.terminal_token, escalation(), key=KEY)) == (422, "KEY_REUSED")
    world.close()
    world = World(tmp_path / "city")
    try:
        assert world.call("escalate", world.terminal_token, escalation(), key=KEY).status_code == 201
    finally:
        world.close()


def test_keys_of_any_version_of_uuid_do(world: World) -> None:
    for key in (str(uuid.uuid1()), str(uuid.uuid4())):
        assert world.call("escalate", world.terminal_token, escalation(), key=key).status_code == 201
