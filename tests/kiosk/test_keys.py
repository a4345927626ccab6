"""The terminal's key file, and what is signed with it."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk import keys


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, legacy: bool = False) -> bytes:
    form = serialization.PrivateFormat.TraditionalOpenSSL if legacy else serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _file(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def _b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_created_key_is_loaded_again_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "terminal.pem"
    made = keys.create(path)
    assert keys.load(path).public_jwk == made.public_jwk
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["terminal.pem"]


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "terminal.pem"
    kid = keys.create(path).kid
    with pytest.raises(keys.KeyExists, match="Move it away"):
        keys.create(path)
    assert keys.load(path).kid == kid
    assert [one.name for one in tmp_path.iterdir()] == ["terminal.pem"]


def test_create_in_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(keys.KeyUnreadable) as caught:
        keys.create(tmp_path / "nowhere" / "terminal.pem")
    assert "Create its folder" in caught.value.remedy


def test_missing_file_says_enrol(tmp_path: Path) -> None:
    with pytest.raises(keys.KeyMissing) as caught:
        keys.load(tmp_path / "terminal.pem")
    assert "Enrol" in caught.value.remedy


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "terminal.pem"
    keys.create(path)
    path.chmod(mode)
    with pytest.raises(keys.KeyTooOpen, match=f"chmod 600 {path}"):
        keys.load(path)


def test_pem_of_both_kinds_and_jwk_hold_the_same_key(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.private_numbers()

    def coordinate(value: int) -> str:
        return base64.urlsafe_b64encode(value.to_bytes(32, "big")).decode().rstrip("=")

    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": coordinate(numbers.public_numbers.x),
        "y": coordinate(numbers.public_numbers.y),
        "d": coordinate(numbers.private_value),
    }
    kids = {
        keys.load(_file(tmp_path / "pkcs8.pem", _pem(private))).kid,
        keys.load(_file(tmp_path / "sec1.pem", _pem(private, legacy=True))).kid,
        keys.load(_file(tmp_path / "key.jwk", json.dumps(jwk).encode())).kid,
    }
    # RFC 7638, 3: the required members in lexical order, without blanks.
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    digest = hashlib.sha256(members.encode()).digest()
    assert kids == {base64.urlsafe_b64encode(digest).decode().rstrip("=")}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"{}",
        b"[1]",
        b'{"kty":"EC","crv":"P-256"}',
        b'{"kty":"EC","crv":"P-256","x":1,"y":2,"d":3}',
        b'{"kty":"EC","crv":"P-999","x":"AA","y":"AA","d":"AA"}',
        b'{"kty":"oct","k":"c2VjcmV0"}',
        b"\xff\xfe" * 50,
        b"-" * 70000,
        _pem(ec.generate_private_key(ec.SECP384R1())),
        _pem(rsa.generate_private_key(65537, 2048)),
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        ),
    ],
    ids=range(15),
)
def test_anything_else_is_malformed_and_says_what_is_wanted(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(keys.KeyMalformed) as caught:
        keys.load(_file(tmp_path / "terminal.pem", content))
    assert "EC P-256" in caught.value.remedy


def test_folder_is_not_a_key(tmp_path: Path) -> None:
    with pytest.raises(keys.KeyMalformed, match="folder"):
        keys.load(tmp_path)


def test_signature_holds_and_carries_the_key_id() -> None:
    key = keys.generate()
    head, payload, signature = key.sign(b"words", {"typ": "test+jws", "alg": "none", "kid": "x"}).split(".")
    assert json.loads(_b64(head)) == {"typ": "test+jws", "alg": "ES256", "kid": key.kid}
    assert _b64(payload) == b"words"
    jwk = key.public_jwk
    point = ec.EllipticCurvePublicNumbers(
        int.from_bytes(_b64(jwk["x"]), "big"), int.from_bytes(_b64(jwk["y"]), "big"), ec.SECP256R1()
    )
    raw = _b64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point.public_key().verify(der, f"{head}.{payload}".encode(), ec.ECDSA(SHA256()))


def test_private_half_is_in_neither_repr_nor_public_jwk() -> None:
    key = keys.generate()
    assert "d" not in key.public_jwk
    assert repr(key) == f"TerminalKey(kid={key.kid!r})"
