"""Signers against golden vectors: made by openssl (tests/kiosk/vectors/make.sh), or printed in RFC 9421."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, HMAC_SHA256
from joserfc.jwk import ECKey

from kiosk import keys
from kiosk.gateway.signers import SIGNERS, Means, Outgoing, signer
from tests.kiosk.clocks import TestClock

VECTORS = Path(__file__).with_name("vectors")
GOLDEN: dict[str, Any] = json.loads((VECTORS / "signers.json").read_text(encoding="utf-8"))
REQUEST = Outgoing(
    GOLDEN["request"]["method"],
    GOLDEN["request"]["url"],
    GOLDEN["request"]["headers"],
    GOLDEN["request"]["body"].encode(),
)
KEY = keys.generate()
MEANS = Means(
    key=KEY,
    clock=TestClock(),
    nonce=lambda: GOLDEN["means"]["nonce"],
    secret=GOLDEN["means"]["secret"].encode(),
    key_id=GOLDEN["means"]["key_id"],
)
SIGNING = sorted(set(SIGNERS) - {"none"})


@pytest.mark.parametrize("name", SIGNING)
def test_it_gives_what_openssl_gave(name: str) -> None:
    assert int(MEANS.clock.now().timestamp()) == GOLDEN["means"]["at"]
    assert dict(signer(name, MEANS).headers(REQUEST)) == GOLDEN["headers"][name]


def test_the_vectors_are_what_the_script_prints() -> None:
    printed = subprocess.run(
        ["/bin/sh", VECTORS / "make.sh"], check=True, capture_output=True, timeout=60
    ).stdout
    told = dict(line.split(" ", 1) for line in printed.decode().splitlines())
    golden = GOLDEN["headers"]
    assert told["hmac-sha256"] == golden["hmac-sha256"]["X-Signature"]
    assert told["hmac-sm3"] == golden["hmac-sm3"]["X-Signature"]
    assert told["x-tif"] == golden["x-tif"]["x-tif-signature"]
    assert told["content-digest"] == golden["rfc9421"]["Content-Digest"]
    assert told["signature-input"] == golden["rfc9421"]["Signature-Input"]
    assert told["signature"] == golden["rfc9421"]["Signature"]


@pytest.mark.parametrize("name", SIGNING)
def test_secret_and_request_are_in_no_header_and_no_repr(name: str) -> None:
    headers = signer(name, MEANS).headers(REQUEST)
    assert GOLDEN["means"]["secret"] not in str(headers)
    assert "张三" not in str(headers)
    assert GOLDEN["means"]["secret"] not in repr(MEANS)
    assert "张三" not in repr(REQUEST)


@pytest.mark.parametrize("name", SIGNING)
def test_time_and_nonce_are_of_this_attempt(name: str) -> None:
    clock = TestClock()
    nonces = iter(["n-1", "n-2"])
    one = signer(name, replace(MEANS, clock=clock, nonce=lambda: next(nonces)))
    first = one.headers(REQUEST)
    clock.wall += timedelta(minutes=5)
    second = one.headers(REQUEST)
    assert str(first) != str(second)
    assert ("1795165200" in str(first), "1795165500" in str(second)) == (True, True)
    assert ("n-1" in str(first), "n-2" in str(second)) == (True, True)


@pytest.mark.parametrize("name", ["hmac-sha256", "hmac-sm3", "rfc9421"])
@pytest.mark.parametrize(
    "changed",
    [
        replace(REQUEST, method="PATCH"),
        replace(REQUEST, url=REQUEST.url + "1"),
        replace(REQUEST, url=REQUEST.url.replace("items", "item")),
        replace(REQUEST, body=b"{}"),
        replace(REQUEST, headers={**REQUEST.headers, "Idempotency-Key": "another"}),
    ],
    ids=["method", "query", "path", "body", "key"],
)
def test_what_carries_meaning_is_covered(name: str, changed: Outgoing) -> None:
    one = signer(name, MEANS)
    assert _signature(one.headers(changed)) != _signature(one.headers(REQUEST))


def test_x_tif_covers_neither_body_nor_path_and_the_docs_say_so() -> None:
    one = signer("x-tif", MEANS)
    other = Outgoing("DELETE", "https://elsewhere.example/", {}, None)
    assert one.headers(other) == one.headers(REQUEST)
    page = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
    assert "covers neither body nor path" in page


def test_a_signer_without_its_means_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="its means"):
        signer("hmac-sm3")


def _signature(headers: Mapping[str, str]) -> str:
    return next(value for name, value in headers.items() if name in ("X-Signature", "Signature"))


def _public_pem() -> bytes:
    jwk: dict[str, str | list[str]] = dict(KEY.public_jwk)
    return ECKey.import_key(jwk).as_pem()


@dataclass
class Message:
    """A request or (with `status_code`) a response, as the library wants it."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class TestMessageSignatures:
    """`rfc9421`, by the terminal's own key; and the library, by what Appendix B prints."""

    def test_the_terminals_signature_is_taken_by_openssl(self, tmp_path: Path) -> None:
        """The base is written out here, by RFC 9421, 2.5; openssl knows nothing of HTTP."""
        headers = signer("rfc9421", replace(MEANS, secret=b"", key_id="")).headers(REQUEST)
        parameters = headers["Signature-Input"].removeprefix("kiosk=")
        assert f'keyid="{KEY.kid}";alg="ecdsa-p256-sha256"' in parameters
        base = (
            f'"@method": POST\n"@target-uri": {REQUEST.url}\n"content-type": application/json\n'
            f'"idempotency-key": {REQUEST.headers["Idempotency-Key"]}\n"authorization": Bearer t\n'
            f'"content-digest": {headers["Content-Digest"]}\n"@signature-params": {parameters}'
        )
        found = re.fullmatch(r"kiosk=:([A-Za-z0-9+/=]+):", headers["Signature"])
        assert found is not None
        raw = base64.b64decode(found[1])
        assert len(raw) == 64
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        for name, data in (
            ("base", base.encode()),
            ("sig", der),
            ("key", _public_pem()),
        ):
            (tmp_path / name).write_bytes(data)
        verify = ["openssl", "dgst", "-sha256", "-verify", "key", "-signature", "sig", "base"]
        told = subprocess.run(verify, cwd=tmp_path, check=False, capture_output=True, timeout=60)
        assert told.stdout.strip() == b"Verified OK"

    def test_a_request_without_a_body_has_no_digest(self) -> None:
        bare = Outgoing("GET", "https://gateway.example/v1/health", {"Accept": "application/json"}, None)
        headers = signer("rfc9421", MEANS).headers(bare)
        assert set(headers) == {"Signature-Input", "Signature"}
        assert headers["Signature-Input"].startswith('kiosk=("@method" "@target-uri");')

    def test_a_dpop_proof_is_covered_with_the_token_it_belongs_to(self) -> None:
        bound = replace(REQUEST, headers={"Authorization": "DPoP t", "DPoP": "proof"})
        headers = signer("rfc9421", MEANS).headers(bound)
        assert '"authorization" "dpop" "content-digest"' in headers["Signature-Input"]

    def test_the_library_gives_appendix_b_2_5(self) -> None:
        """hmac-sha256 with test-shared-secret (B.1.5)."""
        secret = base64.b64decode(
            "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
        )
        message = Message(
            "POST",
            "https://example.com/foo?param=Value&Pet=dog",
            {"Date": "Tue, 20 Apr 2021 02:07:55 GMT", "Content-Type": "application/json"},
        )
        library = HTTPMessageSigner(
            signature_algorithm=HMAC_SHA256,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={"test-shared-secret": secret}),
        )
        library.sign(
            message,
            key_id="test-shared-secret",
            created=TestClock().now().fromtimestamp(1618884473),
            label="sig-b25",
            include_alg=False,
            covered_component_ids=["date", "@authority", "content-type"],
        )
        assert message.headers["Signature"] == "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"
        assert message.headers["Signature-Input"] == (
            'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
        )

    def test_the_terminals_way_of_signing_is_that_of_appendix_b_2_4(self) -> None:
        """ecdsa-p256-sha256 with test-key-ecc-p256 (B.1.3). The RFC's own signature verifies over the RFC's
        base in the form that `sign_bytes` gives, and so does ours."""
        public = serialization.load_pem_public_key(
            b"-----BEGIN PUBLIC KEY-----\n"
            b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\n"
            b"w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n"
            b"-----END PUBLIC KEY-----\n"
        )
        base = (
            b'"@status": 200\n"content-type": application/json\n'
            b'"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymy'
            b"U0rjJuahq4l5aGgfLQ==:\n"
            b'"content-length": 23\n"@signature-params": ("@status" "content-type" "content-digest" '
            b'"content-length");created=1618884473;keyid="test-key-ecc-p256"'
        )
        printed = base64.b64decode(
            "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
        )
        assert isinstance(public, ec.EllipticCurvePublicKey)
        ours = serialization.load_pem_public_key(_public_pem())
        assert isinstance(ours, ec.EllipticCurvePublicKey)
        for key, raw in ((public, printed), (ours, KEY.sign_bytes(base))):
            der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
            key.verify(der, base, ec.ECDSA(hashes.SHA256()))

    def test_a_gateway_with_the_library_takes_it_and_notices_a_changed_body(self) -> None:
        today = TestClock(datetime.now(UTC))  # the library judges the age by the machine's own time
        headers = signer("rfc9421", replace(MEANS, secret=b"", key_id="", clock=today)).headers(REQUEST)
        public = serialization.load_pem_public_key(_public_pem())
        assert isinstance(public, ec.EllipticCurvePublicKey)
        verifier = HTTPMessageVerifier(
            signature_algorithm=ECDSA_P256_SHA256,
            key_resolver=MappingKeyResolver(public_keys={KEY.kid: public}, private_keys={}),
        )
        message = Message(REQUEST.method, REQUEST.url, {**REQUEST.headers, **headers})
        results = verifier.verify(message, body=REQUEST.body)
        assert [result.nonce for result in results] == ["n-0001"]
        with pytest.raises(Exception, match=r"(?i)digest"):
            verifier.verify(message, body=b"{}")
