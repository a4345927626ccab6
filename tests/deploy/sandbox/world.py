"""A city on ephemeral ports, an enrolled terminal, and what they say to each other over real TLS."""

from __future__ import annotations

import json
import threading
import uuid
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import requests
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey

from deploy.sandbox import faces, people
from deploy.sandbox.city import City, Plan
from deploy.sandbox.people import Person
from deploy.sandbox.town import town
from tests.deploy.sandbox import contract

TERMINAL = "TJ-0001"
CARD_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PHONE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALLOWANCE = "civil.senior-allowance-apply"
RECORD = "social-insurance.rights-record"
_STEM = f"{people.UNASSIGNED_AREA}19491231777"
STRANGER = _STEM + people.check_digit(_STEM)
"""A right number of nobody in the register."""
START = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
TIMEOUT = 10.0

Json = Any


def person(name: str) -> Person:
    """A resident by id."""
    return next(one for one in town().persons if one.id == name)


@cache
def _face(name: str) -> str:
    return b64encode(faces.picture(name)).decode()


@dataclass
class Clock:
    """The platform's time, moved by hand."""

    seconds: float = START.timestamp()

    def __call__(self) -> float:
        """Unix seconds."""
        return self.seconds

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


@dataclass
class Gate:
    """What a slow answer waits at: `reached` when it is there, goes on when `opened`."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Wait to be let through; does not wait for an answer that is not slow."""
        if seconds:
            self.reached.set()
            assert self.opened.wait(TIMEOUT)


def new_key() -> ECKey:
    """A terminal's key pair."""
    return ECKey.generate_key("P-256", private=True)


def public(key: ECKey) -> str:
    """Its public JWK as JSON text."""
    return json.dumps(key.as_dict(private=False))


class World:
    """One city, one terminal."""

    def __init__(self, directory: Path, **plan: Any) -> None:
        self.key = new_key()
        self.other_key = new_key()
        self.clock = Clock()
        self.gate = Gate()
        self.directory = directory
        terminals = {TERMINAL: public(self.key), "TJ-0002": public(self.other_key)}
        self.city = City(Plan(directory, terminals, **plan), now=self.clock, pause=self.gate.pause)
        self.city.start()
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(self.city.ca_file)

    def close(self) -> None:
        """End it."""
        self.gate.opened.set()
        self.http.close()
        self.city.stop()

    # -- identity ----------------------------------------------------------------------------------------

    def assertion(self, key: ECKey | None = None, header: Json = None, **claims: Json) -> str:
        """A JWT by the terminal; a claim given as None is left out."""
        now = int(self.clock())
        full = {
            "iss": TERMINAL,
            "sub": TERMINAL,
            "aud": self.city.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
            **claims,
        }
        present = {name: value for name, value in full.items() if value is not None}
        return jwt.encode(header or {"alg": "ES256"}, present, key or self.key)

    def token(self, grant: str, /, client_assertion: str | None = None, **form: str) -> requests.Response:
        """A request of the token endpoint."""
        return self.http.post(
            f"{self.city.own_issuer}/token",
            data={
                "grant_type": grant,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": client_assertion or self.assertion(),
                **form,
            },
            timeout=TIMEOUT,
        )

    def card_assertion(self, name: str, /, **claims: Json) -> str:
        """What the terminal vouches for when this person's card is read."""
        card = person(name)
        return self.assertion(
            **{
                "sub": card.id_number,
                "name": card.name,
                "sam_id": "05.01-20260101-0000000001-0000000001",
                "card_type": card.card_type,
                **claims,
            }
        )

    def visit(self, name: str, *, face: bool = False, **form: str) -> dict[str, Json]:
        """Log in with a card, and with its holder's face; the token endpoint's answer."""
        claims = {}
        if face:
            seen = datetime.fromtimestamp(self.clock(), START.tzinfo).isoformat()
            claims = {"face": _face(name), "face_consent_at": seen}
        answer = self.token(CARD_GRANT, assertion=self.card_assertion(name, **claims), **form)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Json] = answer.json()
        return tokens

    def phone_codes(self) -> dict[str, Json]:
        """Ask for a QR."""
        answer = self.http.post(
            f"{self.city.own_issuer}/device-authorization",
            data={"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()},
            timeout=TIMEOUT,
        )
        assert answer.status_code == 200, answer.text
        codes: dict[str, Json] = answer.json()
        return codes

    def poll(self, codes: dict[str, Json]) -> requests.Response:
        """Ask whether the phone has answered."""
        return self.token(PHONE_GRANT, device_code=codes["device_code"])

    def phone_visit(self, name: str) -> dict[str, Json]:
        """Log in by phone scan."""
        codes = self.phone_codes()
        assert self.control("post", "/approve", {"user_code": codes["user_code"], "person": name}).ok
        tokens: dict[str, Json] = self.poll(codes).json()
        return tokens

    def as_person(self, name: str) -> str:
        """The access token of a visit with card and face: enough for every item of a citizen's."""
        return str(self.visit(name, face=True)["access_token"])

    @cached_property
    def terminal_token(self) -> str:
        """The terminal's own access token."""
        return str(self.token("client_credentials", scope="gateway").json()["access_token"])

    # -- gateway -----------------------------------------------------------------------------------------

    def call(
        self,
        operation: str,
        token: str | None = None,
        body: Json = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        data: bytes | str | None = None,
        params: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        **names: str,
    ) -> requests.Response:
        """An operation of the contract; its answer is checked against the contract."""
        path, method = contract.operations()[operation]
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if key:
            sent["Idempotency-Key"] = key
        if body is not None:
            data = json.dumps(body, ensure_ascii=False)
            sent.setdefault("Content-Type", "application/json")
        answer = self.http.request(
            method,
            self.city.own_gateway_url + path.format(**names, **(params or {})),
            params=query,
            headers=sent,
            data=data.encode() if isinstance(data, str) else data,
            timeout=TIMEOUT,
        )
        contract.check(operation, answer)
        return answer

    def application(self, name: str = "p-wang-xiulan", *, confirmed: bool = True, **more: Json) -> Json:
        """An application for the allowance by the person whose card was read."""
        who = person(name)
        return {
            "item": ALLOWANCE,
            "flow_version": "1",
            "terminal": TERMINAL,
            "channel": "terminal",
            "submitted_at": "2026-11-23T10:00:00+08:00",
            "identity": {
                "method": "id-card",
                "level": "card+face",
                "confirmed": confirmed,
                "at": "2026-11-23T09:58:00+08:00",
                "card": {"name": who.name, "id_number": who.id_number},
            },
            "fields": {
                "person_name": {"value": who.name, "source": "id-card", "trust": "A"},
                "resident_id_number": {"value": who.id_number, "source": "id-card", "trust": "A"},
                "residential_address": {"value": "天津市和平区演示街道1号", "source": "typed"},
                "bank_card_number": {"value": "6200005989302580591", "source": "typed"},
            },
            "unchecked": [],
            **more,
        }

    def guide(self, item: str, level: str | None = None, **changes: Json) -> None:
        """Change what the city's guide says of an item, and the level that it asks for."""
        with self.city.context.db.transaction() as tx:
            row = tx.one("SELECT * FROM items WHERE code = ?", item)
            assert row is not None
            guide = {**json.loads(row["guide"]), **changes}
            tx.run(
                "UPDATE items SET guide = ?, level = ? WHERE code = ?",
                json.dumps(guide, ensure_ascii=False),
                level or row["level"],
                item,
            )

    def apply(
        self, item: str, name: str = "p-zhang-wei", *, key: str | None = None, **more: Json
    ) -> requests.Response:
        """An application for any item, in clear, with the terminal's token, identified by face."""
        body = self.application(name, **{"item": item, **more})
        sent = key or str(uuid.uuid4())
        return self.call("submitApplication", self.terminal_token, body, key=sent, item=item)

    def sealing_key(self) -> Json:
        """The gateway's key to seal to."""
        keys = self.call("getKeys").json()["keys"]
        return next(one for one in keys if one.get("use") == "enc")

    def seal(
        self,
        body: Json,
        key: str,
        *,
        signer: ECKey | None = None,
        idk: str | None = None,
        kid: str | None = None,
        enc_kid: str | None = None,
    ) -> str:
        """`application/jose` as the contract describes it."""
        signer = signer or self.key
        to = self.sealing_key()
        header = {
            "alg": "ES256",
            "kid": kid or signer.thumbprint(),
            "typ": "submission+jws",
            "idk": idk or key,
        }
        loose = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        signed = jws.serialize_compact(header, json.dumps(body), signer, registry=loose)
        outer = {
            "alg": "ECDH-ES+A256KW",
            "enc": "A256GCM",
            "cty": "JWT",
            "kid": enc_kid or to["kid"],
        }
        recipient = ECKey.import_key({name: to[name] for name in ("kty", "crv", "x", "y")})
        return jwe.encrypt_compact(outer, signed, recipient, algorithms=["ECDH-ES+A256KW", "A256GCM"])

    def submit(self, body: Json, key: str, *, sealed: str | None = None) -> requests.Response:
        """Send an application with the terminal's token, sealed."""
        return self.call(
            "submitApplication",
            self.terminal_token,
            key=key,
            item=ALLOWANCE,
            data=sealed or self.seal(body, key),
            headers={"Content-Type": "application/jose"},
        )

    # -- control -----------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Json = None) -> requests.Response:
        """Ask the control page."""
        return self.http.request(method, self.city.control_url + path, json=body, timeout=TIMEOUT)

    def ledger(self) -> Json:
        """What the city says happened."""
        return self.control("get", "/ledger").json()

    def fault(self, operation: str, kind: str, **more: Json) -> None:
        """Order a fault."""
        answer = self.control("post", "/faults", {"operation": operation, "kind": kind, **more})
        assert answer.ok, answer.text
