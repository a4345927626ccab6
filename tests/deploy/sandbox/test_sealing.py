"""Sealed bodies: opened, or refused for the reason that the contract names."""

from __future__ import annotations

import json

import requests
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.deploy.sandbox.world import ALLOWANCE, World, new_key

KEY = "c6a4c9de-63d2-4bb5-93c7-7a1f0f4f2a11"
DAY = 86400


def code(answer: requests.Response) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json().get("code", "")


def test_a_sealed_application_is_opened_and_filed(world: World) -> None:
    answer = world.submit(world.application(), KEY)
    assert answer.status_code == 201
    [case] = world.ledger()["cases"]
    assert (case["case_no"], case["sealed"], case["fields"]) == (answer.json()["case_no"], True, 4)


def test_a_seal_of_another_key_is_a_mismatch(world: World) -> None:
    body = world.application()
    sealed = world.seal(body, KEY, idk="00000000-0000-4000-8000-000000000000")
    assert code(world.submit(body, KEY, sealed=sealed)) == (422, "KEY_MISMATCH")
    assert world.submit(body, KEY).status_code == 201


def test_a_key_in_capitals_is_the_same_key(world: World) -> None:
    assert world.submit(world.application(), KEY.upper()).status_code == 201
    assert world.submit(world.application(), KEY).status_code == 200


def test_a_strangers_signature_is_an_unknown_terminal(world: World) -> None:
    body = world.application()
    stranger = new_key()
    for sealed in (
        world.seal(body, KEY, signer=stranger),
        world.seal(body, KEY, signer=stranger, kid=world.key.thumbprint()),
    ):
        assert code(world.submit(body, KEY, sealed=sealed)) == (401, "UNKNOWN_TERMINAL")
    assert world.ledger()["cases"] == []


def test_a_terminal_does_not_deliver_for_its_neighbour(world: World) -> None:
    body = world.application()
    sealed = world.seal(body, KEY, signer=world.other_key)
    assert code(world.submit(body, KEY, sealed=sealed)) == (403, "WRONG_SIGNER")


def test_a_seal_to_a_key_that_nobody_has_says_so(world: World) -> None:
    body = world.application()
    sealed = world.seal(body, KEY, enc_kid="gone")
    assert code(world.submit(body, KEY, sealed=sealed)) == (422, "SEAL_KEY_GONE")


def test_keys_are_renewed_and_a_retired_one_opens_for_thirty_days(world: World) -> None:
    old = world.sealing_key()
    assert old["exp"] - world.clock() == 90 * DAY
    body = world.application()
    sealed = world.seal(body, KEY)
    world.clock.move(61 * DAY)
    enc = [key for key in world.call("getKeys").json()["keys"] if key["use"] == "enc"]
    assert [key["kid"] == old["kid"] for key in enc] == [True, False]
    world.clock.move(58 * DAY)
    enc = [key["kid"] for key in world.call("getKeys").json()["keys"] if key["use"] == "enc"]
    assert old["kid"] not in enc
    assert world.submit(body, KEY, sealed=sealed).status_code == 201
    world.clock.move(2 * DAY)
    world.__dict__.pop("terminal_token")
    world.call("getKeys")
    assert code(world.submit(body, KEY, sealed=sealed)) == (422, "SEAL_KEY_GONE")


def test_what_is_no_seal_is_refused(world: World) -> None:
    body = world.application()
    good = world.seal(body, KEY)
    parts = good.split(".")
    damaged = ".".join([*parts[:3], parts[3][:-4] + "AAAA", parts[4]])
    for sealed in ("x", "a.b.c.d.e", good[: len(good) // 2], damaged, "....", '{"item": 1}'):
        assert code(world.submit(body, KEY, sealed=sealed)) == (400, "BAD_SEAL"), sealed
    assert world.ledger()["cases"] == []


def test_only_the_contracts_algorithms_open(world: World) -> None:
    to = world.sealing_key()
    recipient = ECKey.import_key({name: to[name] for name in ("kty", "crv", "x", "y")})
    for header in (
        {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT"},
        {"alg": "ECDH-ES+A256KW", "enc": "A128GCM", "cty": "JWT"},
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"},
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "cty": "JWT", "zip": "DEF"},
    ):
        names = [header["alg"], header["enc"], "DEF"]
        sealed = jwe.encrypt_compact({**header, "kid": to["kid"]}, b"x", recipient, algorithms=names)
        assert code(world.submit(world.application(), KEY, sealed=sealed)) == (400, "BAD_SEAL")


def test_papers_of_a_megabyte_fit(world: World) -> None:
    page = {"role": "scan", "importance": "main", "media_type": "image/jpeg", "sha256": "0" * 64}
    body = world.application(documents=[{**page, "content": "A" * 1_000_000}])
    assert world.submit(body, KEY).status_code == 201


def test_more_than_sixteen_megabytes_do_not(world: World) -> None:
    answer = world.call(
        "submitApplication",
        world.terminal_token,
        key=KEY,
        item=ALLOWANCE,
        data=b"x" * 16_000_001,
        headers={"Content-Type": "application/jose"},
    )
    assert code(answer) == (413, "TOO_LARGE")
    assert world.call("getHealth").status_code == 200


def test_the_same_in_clear_is_taken_from_a_visit(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    answer = world.call("submitApplication", token, world.application(), key=KEY, item=ALLOWANCE)
    assert answer.status_code == 201
    assert [case["sealed"] for case in world.ledger()["cases"]] == [False]
    assert "王秀兰" not in json.dumps(world.ledger(), ensure_ascii=False)
