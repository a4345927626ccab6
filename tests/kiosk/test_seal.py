"""What is queued: opened here the way the contract says a gateway does."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from kiosk import keys, seal

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 86400
BODY: dict[str, Any] = {
    "item": "civil.senior-allowance-apply",
    "fields": {"name": {"value": "示例𠮷", "source": "typed"}},
}


def _gateway(kid: str = "seal-1", **members: object) -> tuple[ECKey, dict[str, Any]]:
    key = ECKey.generate_key("P-256")
    return key, {**key.as_dict(private=False), "kid": kid, "use": "enc", "exp": LATER, **members}


def _sealing_key(jwk: dict[str, Any]) -> seal.SealingKey:
    chosen = seal.choose_key({"keys": [jwk]}, NOW)
    assert chosen is not None
    return chosen


def _open(envelope: bytes, gateway: ECKey) -> tuple[dict[str, Any], str]:
    opened = jwe.decrypt_compact(envelope, gateway, algorithms=["ECDH-ES+A256KW", "A256GCM"])
    assert opened.plaintext is not None
    return dict(opened.headers()), opened.plaintext.decode()


def _sealed(jwk: dict[str, Any], key: keys.TerminalKey, idk: str = "k-1") -> seal.Sealed:
    sealed = seal.seal(BODY, key, _sealing_key(jwk), idk)
    assert isinstance(sealed, seal.Sealed)
    return sealed


def test_gateway_opens_it_and_finds_the_headers_of_the_contract() -> None:
    gateway, jwk = _gateway()
    key = keys.generate()
    sealed = _sealed(jwk, key, "7b0c4f0e-0000-4000-8000-000000000001")
    outer, inner = _open(sealed.envelope, gateway)
    assert {name: outer[name] for name in ("alg", "enc", "cty", "kid")} == {
        "alg": "ECDH-ES+A256KW",
        "enc": "A256GCM",
        "cty": "JWT",
        "kid": "seal-1",
    }
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    opened = jws.deserialize_compact(inner, ECKey.import_key(dict(key.public_jwk)), registry=registry)
    assert opened.headers() == {
        "typ": "submission+jws",
        "idk": "7b0c4f0e-0000-4000-8000-000000000001",
        "alg": "ES256",
        "kid": key.kid,
    }
    assert json.loads(opened.payload or b"") == BODY
    assert sealed.payload_hash == hashlib.sha256(opened.payload or b"").hexdigest() == seal.payload_hash(BODY)


def test_terminal_cannot_read_its_own_outbox() -> None:
    _, jwk = _gateway()
    key = keys.generate()
    envelope = _sealed(jwk, key).envelope
    assert "示例".encode() not in envelope
    with pytest.raises(JoseError):
        _open(envelope, ECKey.generate_key("P-256"))


def test_every_sealing_is_different_and_the_hash_is_the_same() -> None:
    _, jwk = _gateway()
    key = keys.generate()
    first, second = _sealed(jwk, key), _sealed(jwk, key)
    assert first.envelope != second.envelope
    assert first.payload_hash == second.payload_hash


def test_another_terminals_key_does_not_pass_for_ours() -> None:
    gateway, jwk = _gateway()
    _, inner = _open(_sealed(jwk, keys.generate()).envelope, gateway)
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(inner, ECKey.import_key(dict(keys.generate().public_jwk)), registry=registry)


def test_canonical_form_does_not_depend_on_order() -> None:
    assert seal.canonical({"b": 1, "a": {"d": 2, "c": "中"}}) == '{"a":{"c":"中","d":2},"b":1}'.encode()
    assert seal.payload_hash({"a": 1, "b": 2}) == seal.payload_hash({"b": 2, "a": 1})
    assert seal.payload_hash({"a": 1}) != seal.payload_hash({"a": "1"})
    with pytest.raises(ValueError, match="JSON compliant"):
        seal.canonical({"a": float("nan")})


def test_body_beyond_the_contracts_limit_is_a_value() -> None:
    _, jwk = _gateway()
    outcome = seal.seal({"content": "A" * 9_100_000}, keys.generate(), _sealing_key(jwk), "k")
    assert isinstance(outcome, seal.TooLarge)
    assert outcome.size > outcome.limit == 16_000_000


def test_key_valid_longest_is_chosen() -> None:
    entries = [_gateway("a", exp=LATER)[1], _gateway("b", exp=LATER + 10)[1], _gateway("c", exp=LATER + 5)[1]]
    chosen = seal.choose_key({"keys": entries}, NOW)
    assert chosen is not None
    assert chosen.kid == "b"


@pytest.mark.parametrize(
    "change",
    [
        {"use": "sig"},
        {"use": None},
        {"exp": int(NOW.timestamp())},
        {"exp": None},
        {"exp": True},
        {"exp": "soon"},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"kid": ""},
        {"kid": None},
        {"kid": "x" * 129},
        {"x": "AAAA"},
        {"x": "***"},
        {"y": 7},
    ],
    ids=str,
)
def test_key_that_cannot_be_relied_on_is_not_chosen(change: dict[str, Any]) -> None:
    jwk = {**_gateway()[1], **change}
    assert seal.choose_key({"keys": [jwk]}, NOW) is None
    good = _gateway("good")[1]
    assert seal.choose_key({"keys": [jwk, good]}, NOW) == _sealing_key(good)


@pytest.mark.parametrize(
    "jwks", [None, [], {}, {"keys": None}, {"keys": "x"}, {"keys": [None, 1, "x", []]}], ids=str
)
def test_no_key_no_queue(jwks: object) -> None:
    assert seal.choose_key(jwks, NOW) is None
