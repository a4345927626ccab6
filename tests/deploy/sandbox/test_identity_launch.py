"""Launch tokens of a bank's host (RFC 8693): one customer, one terminal, two minutes, once."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.deploy.sandbox.test_identity import reason, verified
from tests.deploy.sandbox.world import TERMINAL, World, new_key, person

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"


def launch(world: World, name: str | None = "p-zhang-wei", terminal: str = TERMINAL, **instead: Any) -> str:
    """What the bank's host hands over."""
    wish = {"terminal": terminal, "person": name, "instead": instead}
    return str(world.control("post", "/launch-token", wish).json()["launch_token"])


def exchange(world: World, token: str, client_assertion: str | None = None, **form: str) -> requests.Response:
    """Token in, token out."""
    full = {"subject_token": token, "subject_token_type": JWT_TYPE, **form}
    return world.token(EXCHANGE, client_assertion, **full)


def test_banks_customer_is_level_card(world: World) -> None:
    answer = exchange(world, launch(world), requested_token_type=ACCESS_TOKEN_TYPE)
    tokens = answer.json()
    assert (tokens["issued_token_type"], tokens["token_type"]) == (ACCESS_TOKEN_TYPE, "Bearer")
    claims = verified(world, tokens["id_token"])
    assert (claims["name"], claims["acr"]) == ("张伟", "card")
    assert claims["id_number"] == person("p-zhang-wei").id_number
    assert world.call("listCases", tokens["access_token"]).status_code == 200


def test_each_fault_has_its_own_reason(world: World) -> None:
    now = int(world.clock())
    used = launch(world)
    assert exchange(world, used).status_code == 200
    head, body, signature = launch(world).split(".")
    other_body = launch(world, "p-wang-xiulan").split(".")[1]
    foreign = world.assertion(new_key(), iss="bank-demo", aud=TERMINAL, terminal=TERMINAL, branch="x")
    cases = {
        "launch-replayed": used,
        "launch-tampered": f"{head}.{other_body}.{signature}",
        "launch-wrong-audience": launch(world, aud="TJ-0002"),
        "launch-wrong-issuer": launch(world, iss="another-bank"),
        "launch-expired": launch(world, iat=now - 200, exp=now - 100),
        "launch-too-long": launch(world, exp=now + 121),
        "launch-incomplete": launch(world, branch=None),
        "launch-no-customer": launch(world, None),
        "launch-malformed": f"{body}.{body}.{body}",
    }
    found = {why: exchange(world, token).json() for why, token in cases.items()}
    assert {why: answer.get("reason") for why, answer in found.items()} == {why: why for why in cases}
    assert {answer["error"] for answer in found.values()} == {"invalid_grant"}
    assert exchange(world, foreign).json()["reason"] == "launch-tampered"


def test_token_for_one_machine_is_no_use_at_another(world: World) -> None:
    other = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    assert exchange(world, launch(world), other).json()["reason"] == "launch-wrong-audience"
    moved = world.control(
        "post",
        "/launch-token",
        {"terminal": TERMINAL, "person": "p-zhang-wei", "instead": {"terminal": "TJ-0002"}},
    ).json()["launch_token"]
    assert exchange(world, moved).json()["reason"] == "launch-wrong-terminal"


def test_token_that_was_refused_is_not_used_up(world: World) -> None:
    token = launch(world)
    other = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    assert exchange(world, token, other).status_code == 400
    assert exchange(world, token).status_code == 200


def test_token_ends_after_two_minutes(world: World) -> None:
    token = launch(world)
    world.clock.move(131)
    assert exchange(world, token).json()["reason"] == "launch-expired"


@pytest.mark.parametrize(
    "form",
    [{"subject_token_type": "urn:x"}, {"subject_token": ""}, {"requested_token_type": "urn:x"}],
    ids=str,
)
def test_other_exchanges_are_not_offered(world: World, form: dict[str, str]) -> None:
    assert reason(exchange(world, launch(world), **form))[:2] == (400, "invalid_request")


def test_terminal_has_to_prove_itself(world: World) -> None:
    assert reason(exchange(world, launch(world), world.assertion(new_key())))[1] == "invalid_client"


def test_a_persons_own_assertion_is_no_launch_token(world: World) -> None:
    assert exchange(world, world.card_assertion("p-zhang-wei")).json()["reason"] == "launch-tampered"
