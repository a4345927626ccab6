"""Two identity platforms by different authors, over TLS: what the identity client has to get along with.

`Sandbox` is Authlib's server side, as deploy/sandbox wears it; `Peer` is oidc-provider (npm), which knows
nothing of this project but its settings (tests/kiosk/openid_peer). Neither shares code with the client.
"""

from __future__ import annotations

import hashlib
import json
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.sandbox import certs, faces, people
from deploy.sandbox.city import City, Plan
from deploy.sandbox.identity import businesses, device, launching
from deploy.sandbox.people import Person
from deploy.setup.node import PEER
from kiosk import keys
from kiosk.gateway.transport import PinnedHttp
from kiosk.identity.bearer import Token
from kiosk.identity.client import IdentityClient
from kiosk.identity.phone import PhoneScan
from tests.kiosk.clocks import TestClock

TERMINAL = "TJ-HP-0001"
BANK = "bank-demo"
START_SECONDS = 30.0
SOURCE = Path(__file__).with_name("openid_peer")
ROOT = Path(__file__).resolve().parents[2]
WANG, ZHANG = "p-wang-xiulan", "p-zhang-wei"
"""Who logs in: one who acts for nobody, and one who acts for two companies, as either kind."""


def someone(name: str) -> Person:
    """A resident by id: the same people live at both."""
    return next(one for one in people.people() if one.id == name)


class Platform(Protocol):
    """A running platform, and the hands of those who are not at the terminal."""

    issuer: str
    ca_file: Path
    key: keys.TerminalKey
    businesses: list[dict[str, str]]
    """For whom p-zhang-wei acts: a legal representative's and a handler's, as the claim says it."""

    def say(self, user_code: str, person: str, *, approve: bool = True, business: str | None = None) -> None:
        """The phone's answer."""

    def launch_token(self, person: str, **instead: Any) -> str:
        """What the bank's host hands over; claims may differ, or lack (None)."""

    def rotate(self) -> None:
        """A new key to sign with."""

    def off_by(self, seconds: float) -> None:
        """The platform's clock is off by so much from now on."""

    def opens(self, token: Token) -> bool:
        """Whether a service that trusts this platform lets the token in."""

    def close(self) -> None:
        """End it."""


class Sandbox:
    """The city's own."""

    def __init__(self, folder: Path) -> None:
        self.key = keys.generate()
        self._offset = 0.0
        plan = Plan(folder, {TERMINAL: json.dumps(self.key.public_jwk)})
        self._city = City(plan, now=lambda: time.time() + self._offset)
        self._city.start()
        self.issuer, self.ca_file = self._city.issuer, self._city.ca_file
        self._http = _session(self.ca_file)
        with self._city.context.db.transaction() as tx:
            self.businesses = businesses.of(tx, ZHANG)

    def say(self, user_code: str, person: str, *, approve: bool = True, business: str | None = None) -> None:
        """See `Platform.say`."""
        device.say(self._city.context, user_code, person, approve=approve, business=business)

    def launch_token(self, person: str, **instead: Any) -> str:
        """See `Platform.launch_token`."""
        return launching.launch_token(self._city.context, TERMINAL, someone(person).id_number, instead)

    def rotate(self) -> None:
        """See `Platform.rotate`."""
        requests.post(f"{self._city.control_url}/rotate", timeout=10).raise_for_status()

    def off_by(self, seconds: float) -> None:
        """See `Platform.off_by`."""
        self._offset = seconds

    def opens(self, token: Token) -> bool:
        """At the gateway."""
        return _opens(self._http, f"{self._city.gateway_url}/cases", token)

    def close(self) -> None:
        """See `Platform.close`."""
        self._http.close()
        self._city.stop()


class Peer:
    """oidc-provider, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.key = keys.generate()
        self.businesses = [
            {"name": "天津演示甲有限公司", "code": "E1120199MA0DEMA178", "authority": "legal-representative"},
            {"name": "天津演示乙有限公司", "code": "E1120199MA0DEMA253", "authority": "handler"},
        ]
        self._bank = ECKey.generate_key("P-256", private=True)
        self.ca_file, certificate, key = certs.ensure(folder)
        residents = people.people()
        settings = {
            "path": "/realms/city",
            "key": str(key),
            "cert": str(certificate),
            "client": {"id": TERMINAL, "jwk": self.key.public_jwk},
            "bank": {"id": BANK, "jwk": self._bank.as_dict(private=False)},
            "people": [
                {
                    "sub": one.id,
                    "name": one.name,
                    "id_number": one.id_number,
                    "business": self.businesses if one.id == ZHANG else [],
                }
                for one in residents
            ],
            "faces": {hashlib.sha256(faces.picture(one)).hexdigest(): one for one in (WANG, ZHANG)},
        }
        self._log = (folder / "peer.log").open("wb")
        self._process = subprocess.Popen(
            ["node", str(SOURCE / "server.mjs"), str(ROOT / PEER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(settings).encode() + b"\n")
        self._process.stdin.flush()
        where = json.loads(self._first_line() or (folder / "peer.log").read_text())
        self.issuer, self._control = where["issuer"], where["control"]
        self._http = _session(self.ca_file)
        self._offset = 0.0

    def _first_line(self) -> bytes:
        """What it says when it serves; nothing where it ended or took too long."""
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        output = self._process.stdout
        assert output is not None
        threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
        try:
            return lines.get(timeout=START_SECONDS)
        except queue.Empty:
            return b""

    def shape(self, **different: Any) -> None:
        """Be as another product is: see PLAIN in server.mjs. What is not named is as the library has it."""
        self._order("/shape", different)

    def say(self, user_code: str, person: str, *, approve: bool = True, business: str | None = None) -> None:
        """See `Platform.say`."""
        self._order(
            "/say", {"user_code": user_code, "person": person, "approve": approve, "business": business}
        )

    def launch_token(self, person: str, **instead: Any) -> str:
        """See `Platform.launch_token`."""
        now = int(time.time() + self._offset)
        claims = {
            "iss": BANK,
            "aud": TERMINAL,
            "sub": someone(person).id_number,
            "terminal": TERMINAL,
            "branch": "demo-branch-01",
            "iat": now,
            "exp": now + 120,
            "jti": str(uuid.uuid4()),
            **instead,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256"}, present, self._bank)

    def rotate(self) -> None:
        """See `Platform.rotate`."""
        self._order("/rotate", {})

    def off_by(self, seconds: float) -> None:
        """See `Platform.off_by`."""
        self._offset = seconds
        self._order("/clock", {"seconds": seconds})

    def opens(self, token: Token) -> bool:
        """At userinfo, which the library protects as any resource."""
        return _opens(self._http, f"{self.issuer}/me", token)

    def close(self) -> None:
        """See `Platform.close`."""
        self._http.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(15)
        self._log.close()

    def _order(self, path: str, wish: Mapping[str, Any]) -> None:
        answer = requests.post(self._control + path, json=wish, timeout=10)
        assert answer.ok, answer.text


class Terminal:
    """The agent's side, which meets a platform for the first time. Its clocks are the test's, and are wrong:
    the platform's time is what counts."""

    def __init__(self, platform: Platform, key: keys.TerminalKey | None = None) -> None:
        self.clock = TestClock()
        self._http = PinnedHttp(platform.ca_file)
        self.client = IdentityClient(
            issuer=platform.issuer,
            client_id=TERMINAL,
            key=key or platform.key,
            http=self._http,
            clock=self.clock,
        )

    def scan(self, *, business: bool = False) -> PhoneScan:
        """A QR that the platform offers."""
        scan = self.client.start_phone_scan(business)
        assert isinstance(scan, PhoneScan), scan
        return scan

    def polled(self, scan: PhoneScan) -> object:
        """Poll when it is time."""
        self.clock.advance(scan.interval)
        return scan.poll()

    def close(self) -> None:
        """Close the line."""
        self._http.close()


def _session(ca_file: Path) -> requests.Session:
    http = requests.Session()
    http.trust_env = False
    http.verify = str(ca_file)
    return http


def _opens(http: requests.Session, url: str, token: Token) -> bool:
    """Ask with the token's own headers; and once more where a nonce is wanted in the proof."""
    answer = http.get(url, headers=token.headers("GET", url), timeout=10)
    if "use_dpop_nonce" in answer.headers.get("WWW-Authenticate", ""):
        token.nonce(answer.headers["DPoP-Nonce"])
        answer = http.get(url, headers=token.headers("GET", url), timeout=10)
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200
