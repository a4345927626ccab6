"""An OpenID provider in memory, as an `Http`: it keeps to the standards, and misbehaves when told to.

It checks what the terminal proves with its own reading of the RFCs, and shares no code with the client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from kiosk.gateway.outcomes import Unreachable
from kiosk.gateway.transport import HttpAnswer

ISSUER = "https://id.example/realm"
CLIENT = "TJ-HP-0001"
PERSON = {"name": "张示例", "id_number": "120101199001011239"}
LOOSE = jws.JWSRegistry(
    algorithms=["ES256", "ES384", "ES512", "RS256", "RS512", "PS256", "none"], strict_check_header=False
)

Key = ECKey | RSAKey


class FakeProvider:
    """Routes by path; every attribute may be changed by a test between two requests."""

    def __init__(self, terminal_jwk: Mapping[str, str], now: Callable[[], datetime]) -> None:
        self.terminal = ECKey.import_key(dict(terminal_jwk))
        self.now = now
        self.discovery: dict[str, Any] = {
            "issuer": ISSUER,
            "token_endpoint": "https://id.example/t",
            "jwks_uri": "https://id.example/j",
            "device_authorization_endpoint": "https://login.example/d",
            "revocation_endpoint": "https://id.example/r",
            "userinfo_endpoint": "https://id.example/u",
        }
        self.audiences = {ISSUER}
        self.signing_key: Key = ECKey.generate_key("P-256", {"kid": "sig-1"})
        self.alg = "ES256"
        self.published: list[Mapping[str, Any]] = [dict(self.signing_key.as_dict(private=False))]
        self.claims: dict[str, Any] = {"acr": "card", **PERSON}
        self.header: dict[str, Any] = {"kid": "sig-1"}
        self.token_members: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.device: dict[str, Any] = {
            "device_code": "dev-1",
            "user_code": "WDJB-MJHT",
            "verification_uri": "https://login.example/go",
            "verification_uri_complete": "https://login.example/go?c=WDJB-MJHT",
            "expires_in": 120,
            "interval": 5,
        }
        self.errors: dict[str, list[str]] = {}
        """By grant type: OAuth errors to give, one after the other, before it succeeds."""
        self.broken: dict[str, HttpAnswer | Unreachable] = {}
        """By path: what comes instead of an answer."""
        self.before: Callable[[], None] = lambda: None
        """Called before each request is answered."""
        self.timeouts: list[float] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.proofs: list[dict[str, Any]] = []
        self.assertions: list[dict[str, Any]] = []
        self.revoked: list[str] = []
        self.dpop: list[str] = []
        """Proofs of possession that came (RFC 9449)."""
        self.dpop_nonce: str | None = None
        """What the token endpoint wants to see in them."""

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """See `kiosk.gateway.transport.Http`."""
        path = url.removeprefix("https://").partition("/")[2]
        form = {name: values[0] for name, values in parse_qs((body or b"").decode()).items()}
        self.asked.append((path, form))
        self.timeouts.append(timeout)
        self.before()
        if "DPoP" in headers:
            self.dpop.append(headers["DPoP"])
        if path in self.broken:
            return self.broken[path]
        if path == "t" and self.dpop_nonce is not None and self.dpop_nonce != _nonce(headers["DPoP"]):
            answer = self.answer(400, {"error": "use_dpop_nonce"})
            return HttpAnswer(400, {**answer.headers, "dpop-nonce": self.dpop_nonce}, answer.body)
        pages: dict[str, Callable[[], tuple[int, Any]]] = {
            "realm/.well-known/openid-configuration": lambda: (200, self.discovery),
            "j": lambda: (200, {"keys": self.published}),
            "u": lambda: (
                (200, self.userinfo) if headers.get("Authorization", "").endswith(" at-1") else (401, {})
            ),
            "t": lambda: self._authenticated(form, self._token),
            "d": lambda: self._authenticated(form, lambda _: (200, self.device)),
            "r": lambda: self._authenticated(form, self._revoke),
        }
        status, data = pages[path]()
        return self.answer(status, data)

    def answer(self, status: int, data: Any) -> HttpAnswer:
        """An answer with this provider's time."""
        date = format_datetime(self.now().astimezone(UTC), usegmt=True)
        raw = b"" if data is None else json.dumps(data).encode()
        return HttpAnswer(status, {"content-type": "application/json", "date": date}, raw)

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for path, _ in self.asked]

    def rotate(self, kid: str) -> None:
        """A new signing key; the old one is published no longer."""
        self.signing_key = ECKey.generate_key("P-256", {"kid": kid})
        self.published = [dict(self.signing_key.as_dict(private=False))]
        self.header = {"kid": kid}

    def id_token(self) -> str:
        """An ID token by the present claims, header, key and algorithm."""
        now = int(self.now().timestamp())
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.alg, **self.header}
        return jws.serialize_compact(header, json.dumps(claims), self.signing_key, registry=LOOSE)

    def _authenticated(
        self, form: dict[str, str], then: Callable[[dict[str, str]], tuple[int, Any]]
    ) -> tuple[int, Any]:
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return 400, {"error": "invalid_request"}
        proof = self._opened(form["client_assertion"])
        now = self.now().timestamp()
        known = proof["iss"] == proof["sub"] == CLIENT == form.get("client_id")
        in_time = proof["iat"] <= now < proof["exp"] <= now + 60
        fresh = proof["jti"] not in {one["jti"] for one in self.proofs}
        self.proofs.append(proof)
        if not (known and in_time and fresh and proof["aud"] in self.audiences):
            return 401, {"error": "invalid_client", "error_description": "张三 is not welcome"}
        waiting = self.errors.get(form.get("grant_type", ""), [])
        if waiting:
            return 400, {"error": waiting.pop(0)}
        return then(form)

    def _opened(self, assertion: str) -> dict[str, Any]:
        opened = jws.deserialize_compact(assertion, self.terminal, algorithms=["ES256"])
        assert opened.headers()["kid"] == self.terminal.thumbprint()
        claims = json.loads(opened.payload or b"")
        assert isinstance(claims, dict)
        return claims

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        members: dict[str, Any] = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 300}
        if form["grant_type"] != "client_credentials":
            members["id_token"] = self.id_token()
        if "assertion" in form:
            self.assertions.append(self._opened(form["assertion"]))
        members |= self.token_members
        return 200, {name: value for name, value in members.items() if value is not None}

    def _revoke(self, form: dict[str, str]) -> tuple[int, Any]:
        self.revoked.append(form["token"])
        return 200, None


def _nonce(proof: str) -> object:
    payload = jws.extract_compact(proof.encode(), registry=LOOSE).payload
    return json.loads(payload or b"").get("nonce")
