"""Unified identity over TLS: who gets a token, and who does not and why."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from deploy.sandbox.identity import device
from tests.deploy.sandbox.world import CARD_GRANT, STRANGER, TERMINAL, TIMEOUT, World, new_key, person, public


def reason(answer: requests.Response) -> tuple[int, str, str]:
    """Status, error and description."""
    body = answer.json()
    return answer.status_code, body["error"], body.get("error_description", "")


def verified(world: World, token: str) -> dict[str, Any]:
    """Claims of a token whose signature the published keys confirm."""
    keys = world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT).json()
    decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["ES256"])
    assert decoded.header["kid"] in {key["kid"] for key in keys["keys"]}
    claims: dict[str, Any] = decoded.claims
    return claims


def test_discovery_names_every_endpoint_under_the_issuer(world: World) -> None:
    url = f"{world.city.own_issuer}/.well-known/openid-configuration"
    metadata = world.http.get(url, timeout=TIMEOUT).json()
    assert metadata["issuer"] == world.city.issuer
    AuthorizationServerMetadata(metadata).validate()
    for name in ("token", "device_authorization", "revocation"):
        assert metadata[f"{name}_endpoint"].startswith(world.city.issuer + "/")
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]


def test_keys_that_are_published_are_public(world: World) -> None:
    keys = world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT).json()["keys"]
    assert keys
    assert all(key["alg"] == "ES256" and key["use"] == "sig" and "d" not in key for key in keys)


def test_a_terminal_gets_a_token_of_its_own_for_the_gateway(world: World) -> None:
    tokens = world.token("client_credentials", scope="gateway").json()
    claims = verified(world, tokens["access_token"])
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (TERMINAL, TERMINAL, "gateway")
    assert (claims["iss"], claims["aud"]) == (world.city.issuer, world.city.gateway_url)
    assert claims["exp"] - claims["iat"] == tokens["expires_in"]
    assert "id_token" not in tokens


def test_a_client_assertion_serves_once(world: World) -> None:
    once = world.assertion()
    assert world.token("client_credentials", once).status_code == 200
    assert reason(world.token("client_credentials", once))[1] == "invalid_client"


def test_only_this_terminals_own_fresh_es256_assertion_is_taken(world: World) -> None:
    now = int(world.clock())
    # The classic confusion: the public key taken for a shared secret.
    shared = OctKey.import_key(public(world.key).encode())
    confused = jwt.encode(
        {"alg": "HS256"},
        {"iss": TERMINAL, "sub": TERMINAL, "aud": world.city.issuer, "exp": now + 60, "jti": "1"},
        shared,
    )
    unsigned = re.sub(r"^[^.]+\.(.+)\..*$", r"eyJhbGciOiJub25lIn0.\1.", world.assertion())
    for assertion in (
        confused,
        unsigned,
        world.assertion(new_key()),
        world.assertion(world.other_key),
        world.assertion(aud="https://elsewhere.example"),
        world.assertion(exp=now - 60, iat=now - 120),
        world.assertion(exp=None),
        world.assertion(jti=None),
        world.assertion(iss="TJ-0002"),
        world.assertion(sub="TJ-9999", iss="TJ-9999"),
        "not.a.jwt",
    ):
        status, error, _ = reason(world.token("client_credentials", assertion))
        assert (status in {400, 401}, error) == (True, "invalid_client"), assertion


def test_the_token_endpoint_is_an_audience_too(world: World) -> None:
    assertion = world.assertion(aud=world.city.issuer + "/token")
    assert world.token("client_credentials", assertion).status_code == 200


def test_a_secret_is_no_way_in(world: World) -> None:
    form = {"grant_type": "client_credentials", "client_id": TERMINAL, "client_secret": "x"}
    answer = world.http.post(f"{world.city.own_issuer}/token", data=form, timeout=TIMEOUT)
    assert reason(answer)[1] == "invalid_client"


def test_a_card_becomes_a_person_at_level_card(world: World) -> None:
    tokens = world.visit("p-chen-yan", nonce="n-1")
    claims = verified(world, tokens["id_token"])
    assert (claims["name"], claims["acr"], claims["nonce"]) == ("陈䶮𠮷㛃", "card", "n-1")
    assert claims["id_number"] == person("p-chen-yan").id_number
    assert (claims["iss"], claims["aud"]) == (world.city.issuer, TERMINAL)
    access = verified(world, tokens["access_token"])
    assert access["sub"] == claims["sub"]
    assert person("p-chen-yan").id_number not in str(access)


def test_a_nonce_in_the_assertion_comes_back_and_another_beside_it_is_refused(world: World) -> None:
    assertion = world.card_assertion("p-zhang-wei", nonce="n-2")
    answer = world.token(CARD_GRANT, assertion=assertion)
    assert verified(world, answer.json()["id_token"])["nonce"] == "n-2"
    assertion = world.card_assertion("p-zhang-wei", nonce="n-3")
    assert reason(world.token(CARD_GRANT, assertion=assertion, nonce="n-4"))[1] == "invalid_request"


@pytest.mark.parametrize("name", ["p-huang-jiaqi", "p-sofia-martinez", "p-ayinur-memet"])
def test_every_kind_of_card_logs_in(world: World, name: str) -> None:
    assert verified(world, world.visit(name)["id_token"])["name"] == person(name).name


def test_a_card_that_does_not_fit_is_refused_with_the_reason(world: World) -> None:
    now = int(world.clock())
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("not in the register", "p-wang-xiulan", {"sub": STRANGER}),
        ("name does not match", "p-wang-xiulan", {"name": "王秀英"}),
        ("type does not match", "p-wang-xiulan", {"card_type": "hmt"}),
        ("no longer valid", "p-zhou-guoqiang", {}),
        ("longer than 60 s", "p-wang-xiulan", {"exp": now + 61}),
        ("longer than 60 s", "p-wang-xiulan", {"iat": None}),
        ("lacks sam_id", "p-wang-xiulan", {"sam_id": None}),
        ("Expired", "p-wang-xiulan", {"iat": now - 100, "exp": now - 50}),
        ("InvalidClaim", "p-wang-xiulan", {"aud": world.city.issuer + "/token"}),
        ("InvalidClaim", "p-wang-xiulan", {"iss": "TJ-0002"}),
        ("MissingClaim", "p-wang-xiulan", {"jti": None}),
        ("BadSignature", "p-wang-xiulan", {"key": world.other_key}),
    ]
    for why, name, claims in cases:
        status, error, said = reason(world.token(CARD_GRANT, assertion=world.card_assertion(name, **claims)))
        assert (status, error, why in said) == (400, "invalid_grant", True), (why, said)


def test_a_card_assertion_serves_once(world: World) -> None:
    once = world.card_assertion("p-wang-xiulan")
    assert world.token(CARD_GRANT, assertion=once).status_code == 200
    status, error, said = reason(world.token(CARD_GRANT, assertion=once))
    assert (status, error, said) == (400, "invalid_grant", "card assertion: jti was used before")


def test_another_terminal_cannot_vouch_with_this_ones_assertion(world: World) -> None:
    stolen = world.card_assertion("p-wang-xiulan")
    other = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    assert reason(world.token(CARD_GRANT, other, assertion=stolen))[1] == "invalid_grant"


def test_scopes_do_not_mix(world: World) -> None:
    assert reason(world.token("client_credentials", scope="openid"))[1] == "invalid_scope"
    card = world.card_assertion("p-wang-xiulan")
    assert reason(world.token(CARD_GRANT, assertion=card, scope="openid gateway"))[1] == "invalid_scope"


def test_a_phone_scan_ends_with_a_person_at_level_phone_once(world: World) -> None:
    codes = world.phone_codes()
    assert codes["user_code"] in codes["verification_uri_complete"]
    assert reason(world.poll(codes))[1] == "authorization_pending"
    wish = {"user_code": codes["user_code"], "person": "p-wang-xiulan"}
    assert world.control("post", "/approve", wish).ok
    world.clock.move(codes["interval"])
    claims = verified(world, world.poll(codes).json()["id_token"])
    assert (claims["name"], claims["acr"]) == ("王秀兰", "phone")
    assert reason(world.poll(codes))[1] == "invalid_grant"
    assert world.control("post", "/approve", wish).status_code == 409


def test_polling_too_fast_is_slowed_down_for_good(world: World) -> None:
    codes = world.phone_codes()
    assert reason(world.poll(codes))[1] == "authorization_pending"
    world.clock.move(1)
    assert reason(world.poll(codes))[1] == "slow_down"
    world.clock.move(codes["interval"])
    assert reason(world.poll(codes))[1] == "slow_down"
    world.clock.move(codes["interval"] + 10)
    assert reason(world.poll(codes))[1] == "authorization_pending"


def test_a_poll_that_arrives_a_little_early_is_not_too_fast(world: World) -> None:
    codes = world.phone_codes()
    assert reason(world.poll(codes))[1] == "authorization_pending"
    world.clock.move(codes["interval"] - 0.2)
    assert reason(world.poll(codes))[1] == "authorization_pending"


def test_two_polls_at_the_same_moment_do_not_both_get_the_tokens(world: World) -> None:
    codes = world.phone_codes()
    world.control("post", "/approve", {"user_code": codes["user_code"], "person": "p-wang-xiulan"})
    found = device.find(world.city.context, codes["device_code"])
    assert found is not None
    assert [device.use(world.city.context, found) for _ in range(2)] == [True, False]


def test_a_phone_may_refuse(world: World) -> None:
    codes = world.phone_codes()
    wish = {"user_code": codes["user_code"], "person": "p-wang-xiulan", "approve": False}
    assert world.control("post", "/approve", wish).ok
    assert reason(world.poll(codes))[1] == "access_denied"


def test_a_code_runs_out(world: World) -> None:
    codes = world.phone_codes()
    world.clock.move(codes["expires_in"] + 1)
    assert reason(world.poll(codes))[1] == "expired_token"
    wish = {"user_code": codes["user_code"], "person": "p-wang-xiulan"}
    assert world.control("post", "/approve", wish).status_code == 409


def test_another_terminal_cannot_poll_with_this_ones_code(world: World) -> None:
    codes = world.phone_codes()
    other = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    assert reason(world.token(grant, other, device_code=codes["device_code"]))[1] == "unauthorized_client"


def test_a_phone_approves_on_the_page_of_the_qr(world: World) -> None:
    codes = world.phone_codes()
    page = world.http.get(codes["verification_uri_complete"], timeout=TIMEOUT)
    assert codes["user_code"] in page.text
    assert "陈䶮𠮷㛃" in page.text
    typed = codes["user_code"].replace("-", "").lower()
    form = {"user_code": typed, "person": "p-zhang-wei", "action": "approve"}
    assert "已同意" in world.http.post(codes["verification_uri"], data=form, timeout=TIMEOUT).text
    assert verified(world, world.poll(codes).json()["id_token"])["name"] == "张伟"


def test_the_page_says_so_when_a_code_is_unknown(world: World) -> None:
    page = world.http.get(f"{world.city.own_issuer}/phone?user_code=AAAA-BBBB", timeout=TIMEOUT)
    assert (page.status_code, "没有这个登录码" in page.text) == (400, True)
    assert "请输入" in world.http.get(f"{world.city.own_issuer}/phone", timeout=TIMEOUT).text


def revoke(world: World, token: str, client_assertion: str | None = None) -> requests.Response:
    """RFC 7009."""
    return world.http.post(
        f"{world.city.own_issuer}/revoke",
        data={
            "token": token,
            "token_type_hint": "access_token",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": client_assertion or world.assertion(),
        },
        timeout=TIMEOUT,
    )


def test_a_revoked_token_is_refused_by_the_gateway(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    assert world.call("listCases", token).status_code == 200
    other = world.assertion(world.other_key, iss="TJ-0002", sub="TJ-0002")
    assert revoke(world, token, other).status_code == 400
    assert world.call("listCases", token).status_code == 200
    assert revoke(world, token).status_code == 200
    refused = world.call("listCases", token)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_revoking_what_is_unknown_is_no_error_and_nobody_revokes_unauthenticated(world: World) -> None:
    assert revoke(world, "unknown").status_code == 200
    assert revoke(world, world.as_person("p-wang-xiulan"), "x").status_code in {400, 401}


def test_a_token_ends_with_its_time(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    world.clock.move(899)
    assert world.call("listCases", token).status_code == 200
    world.clock.move(1)
    assert world.call("listCases", token).status_code == 401


def test_what_is_kept_of_a_token_is_not_the_token(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    with world.city.context.db.transaction() as tx:
        kept = str(tx.all("SELECT * FROM tokens"))
    assert "p-wang-xiulan" in kept
    assert token.rpartition(".")[2] not in kept


def test_identity_tells_the_platforms_time(world: World) -> None:
    answer = world.http.get(f"{world.city.own_issuer}/jwks", timeout=TIMEOUT)
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 02:00:00 GMT"
