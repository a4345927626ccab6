"""The agent's clients against the sandbox city: another process, another author's reading of the contracts.

Nothing is shared but the wire: TLS with the city's own CA, discovery, and the gateway's contract.
"""

from __future__ import annotations

import hashlib
import json
import queue
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.loader import load_names
from kiosk import keys, seal
from kiosk.clock import SystemClock
from kiosk.gateway import contract
from kiosk.gateway.breaker import FAILURES, Breakers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.delivery import Accepted, InProgress, Later, Refused, Unauthorised, Undeliverable
from kiosk.gateway.outcomes import Fetched, NotModified, Ok, Problem, Reason, TooLow, Unreachable
from kiosk.gateway.signers import Means, signer
from kiosk.gateway.transport import PinnedHttp
from kiosk.guide_pictures import GuidePictures, media_of
from kiosk.identity.client import CardFacts, CardType, Face, IdentityClient
from kiosk.identity.outcomes import Denied, DeniedReason, Identity, Level, LoggedIn, Revoked, Waiting
from kiosk.identity.phone import PhoneScan
from kiosk.identity.stepup import Way
from kiosk.library import CachedLibrary
from offline_cache.content import ContentCache

TERMINAL = "TJ-HP-0001"
ALLOWANCE = "civil.senior-allowance-apply"
RECORD = "social-insurance.rights-record"


@dataclass
class City:
    """Where the city is, and who lives there."""

    issuer: str
    gateway: str
    control: str
    ca_file: Path
    key: keys.TerminalKey

    def control_call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Ask the control page, which is plain HTTP on loopback."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - an address that the city itself gave
            f"{self.control}{path}", data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return json.load(answer)

    def person(self, identity: str) -> dict[str, Any]:
        """A resident by its name in people.yaml."""
        found = next(one for one in self.control_call("/people") if one["id"] == identity)
        assert isinstance(found, dict)
        return found

    def face(self, identity: str) -> bytes:
        """The picture that a resident's face is."""
        url = f"{self.control}/face/{identity}.jpg"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - as above
            return bytes(answer.read())

    def effects(self, key: str) -> int:
        """How often something came to be for this idempotency key, by the city's own ledger."""
        return int(self.control_call("/ledger")["effects"].get(key, 0))


class Terminal:
    """The agent's clients, put together as the composition root does."""

    def __init__(self, city: City, key: keys.TerminalKey | None = None, terminal: str = TERMINAL) -> None:
        self.key = key or city.key
        self._city = city
        self.clock = SystemClock()
        self._https = [PinnedHttp(city.ca_file), PinnedHttp(city.ca_file)]
        self.identity = IdentityClient(
            issuer=city.issuer, client_id=terminal, key=self.key, http=self._https[0], clock=self.clock
        )
        self.gateway = GatewayClient(
            base_url=city.gateway,
            http=self._https[1],
            contract=contract.load(),
            signer=signer("none"),
            terminal_token=self.identity.terminal_bearer,
            clock=self.clock,
            on_time=self.clock.correct,
            random=lambda: 0.0,
            breakers=Breakers({item: name.department for item, name in load_names().items()}, self.clock),
        )

    def log_in(self, person: dict[str, Any]) -> Identity:
        """By card, as a citizen who is let in."""
        login = self.identity.login_with_card(_card(person))
        assert isinstance(login, LoggedIn), login
        return login.identity

    def log_in_by_face(self, person: dict[str, Any]) -> Identity:
        """By card and face: enough for what a citizen's items ask."""
        face = Face(self._city.face(person["id"]), self.clock.now())
        login = self.identity.login_with_card(_card(person), face)
        assert isinstance(login, LoggedIn), login
        return login.identity

    def sealed(self, body: dict[str, Any], key: str) -> bytes:
        """`body` in an envelope for `key`, sealed to the city's present key."""
        fetched = self.gateway.fetch("getKeys")
        assert isinstance(fetched, Fetched)
        chosen = seal.choose_key(json.loads(fetched.body), self.clock.now())
        assert chosen is not None
        sealed = seal.seal(body, self.key, chosen, key)
        assert isinstance(sealed, seal.Sealed)
        return sealed.envelope

    def close(self) -> None:
        """Close the lines."""
        for http in self._https:
            http.close()


def _card(person: dict[str, Any], **changes: str) -> CardFacts:
    facts = {"number": person["id_number"], "name": person["name"], **changes}
    return CardFacts(
        number=facts["number"],
        name=facts["name"],
        sam_id="05.01-20260101-0000000001",
        card_type=CardType(person["card_type"].partition("-")[0]),
    )


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    key = keys.create(folder / "terminal.pem")
    public = folder / "terminal.jwk"
    public.write_text(json.dumps(key.public_jwk))
    command = [
        sys.executable,
        "-m",
        "deploy.sandbox",
        "--dir",
        str(folder),
        "--terminal",
        f"{TERMINAL}={public}",
    ]
    with (
        (folder / "city.log").open("wb") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, cwd=Path(__file__).parents[2]
        ) as process,
    ):
        try:
            _ready(process, folder / "city.log")
            where = json.loads((folder / "city.json").read_text())
            yield City(where["issuer"], where["gateway"], where["control"], Path(where["ca_file"]), key)
        finally:
            process.terminate()
            process.wait(15)


def _ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the city's one line, which it says when it serves."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    output = process.stdout
    assert output is not None
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=60)
    except queue.Empty:
        line = b""
    assert line, log.read_text()


@pytest.fixture
def terminal(city: City) -> Iterator[Terminal]:
    one = Terminal(city)
    yield one
    one.close()
    city.control_call("/reset", {})


def test_card_logs_in_at_level_card(city: City, terminal: Terminal) -> None:
    wang = city.person("p-wang-xiulan")
    identity = terminal.log_in(wang)
    assert (identity.name, identity.id_number) == (wang["name"], wang["id_number"])
    assert (identity.level, identity.confirmed) == (Level.CARD, True)


@pytest.mark.parametrize("person", ["p-chen-yan", "p-huang-jiaqi", "p-sofia-martinez"])
def test_rare_names_and_other_cards_log_in_too(city: City, terminal: Terminal, person: str) -> None:
    assert terminal.log_in(city.person(person)).level is Level.CARD


def test_card_with_another_name_is_refused(city: City, terminal: Terminal) -> None:
    login = terminal.identity.login_with_card(_card(city.person("p-wang-xiulan"), name="李四"))
    assert login == Denied(DeniedReason.CARD_REFUSED, "name-differs")


def test_terminal_that_is_not_enrolled_is_refused_everywhere(city: City) -> None:
    stranger = Terminal(city, keys.generate())
    denied = Denied(DeniedReason.TERMINAL_REFUSED, "invalid_client")
    assert stranger.identity.login_with_card(_card(city.person("p-wang-xiulan"))) == denied
    assert stranger.identity.start_phone_scan() == denied
    assert stranger.gateway.call("getSlip", {"id": str(uuid.uuid4())}) == Problem(
        401, "TERMINAL_REFUSED", denied.words
    )
    stranger.close()


def _polled(scan: PhoneScan) -> object:
    """Poll until it ends; the waits are the platform's, and a test waits for them with an event."""
    waiting = threading.Event()
    result = scan.poll()
    while isinstance(result, Waiting):
        waiting.wait(result.seconds)
        result = scan.poll()
    return result


@pytest.mark.parametrize("approve", [True, False])
def test_phone_scan_is_approved_or_declined_on_the_phone(
    city: City, terminal: Terminal, approve: bool
) -> None:
    wang = city.person("p-wang-xiulan")
    scan = terminal.identity.start_phone_scan()
    assert isinstance(scan, PhoneScan)
    assert scan.uri.startswith("https://")
    city.control_call("/approve", {"user_code": scan.user_code, "person": wang["id"], "approve": approve})
    result = _polled(scan)
    if approve:
        assert isinstance(result, LoggedIn)
        assert (result.identity.name, result.identity.level) == (wang["name"], Level.PHONE)
    else:
        assert result == Denied(DeniedReason.DECLINED, "access_denied")


def test_revoked_token_opens_nothing_any_more(city: City, terminal: Terminal) -> None:
    token = terminal.log_in(city.person("p-wang-xiulan")).token
    assert token is not None
    assert isinstance(terminal.gateway.call("listBenefits", token=token), Ok)
    assert terminal.identity.revoke(token.text) == Revoked()
    refused = terminal.gateway.call("listBenefits", token=token)
    assert isinstance(refused, Problem)
    assert refused.status == 401


def test_too_low_is_stepped_up_inside_the_visit_by_a_face(city: City, terminal: Terminal) -> None:
    wang = city.person("p-wang-xiulan")
    low = terminal.log_in(wang)
    ask: dict[str, Any] = {"path": {"item": "civil.senior-card-apply"}, "body": {"fields": ["person_name"]}}
    refused = terminal.gateway.call("prefill", **ask, token=low.token)
    assert refused == TooLow(("card+face", "phone"))
    assert terminal.identity.ways(refused.acr_values) == (Way.CARD_FACE, Way.NUMBER_FACE, Way.PHONE)
    # A camera may make a picture of half a megabyte; what follows the JPEG's end is not looked at.
    picture = city.face(wang["id"]).ljust(500 * 1024, b"\0")
    login = terminal.identity.login_with_card(_card(wang), Face(picture, terminal.clock.now()))
    assert isinstance(login, LoggedIn), login
    assert (login.identity.level, login.identity.sub) == (Level.CARD_FACE, low.sub)
    assert isinstance(terminal.gateway.call("prefill", **ask, token=login.identity.token), Ok)


def test_face_of_another_is_refused_with_words_of_its_own(city: City, terminal: Terminal) -> None:
    face = Face(city.face("p-zhang-wei"), terminal.clock.now())
    login = terminal.identity.login_with_card(_card(city.person("p-wang-xiulan")), face)
    assert login == Denied(DeniedReason.FACE_DIFFERS, "face-differs")


def test_public_content_comes_once_and_is_confirmed_then(terminal: Terminal) -> None:
    for operation, path in (
        ("getGuide", {"item": ALLOWANCE}),
        ("getCatalogue", {}),
        ("getKeys", {}),
        ("getCodes", {"id": "divisions"}),
    ):
        fetched = terminal.gateway.fetch(operation, path)
        assert isinstance(fetched, Fetched), (operation, fetched)
        assert fetched.etag is not None
        assert fetched.max_age > 0
        assert fetched.stale_if_error > 0
        assert isinstance(terminal.gateway.fetch(operation, path, etag=fetched.etag), NotModified)


def test_pictures_of_guides_are_fetched_ahead_and_there_when_the_city_is_not(
    city: City, terminal: Terminal, tmp_path: Path
) -> None:
    cache = ContentCache(tmp_path / "content.db", terminal.clock)
    pictures = GuidePictures(
        base_url=city.gateway,
        http=PinnedHttp(city.ca_file),
        signer=signer("rfc9421", Means(city.key, terminal.clock, lambda: uuid.uuid4().hex)),
        cache=cache,
        clock=terminal.clock,
    )
    library = CachedLibrary(
        client=terminal.gateway, cache=cache, pictures=pictures, clock=terminal.clock, heard=lambda _: None
    )
    assert library.warm(lambda _: [ALLOWANCE, RECORD])
    guide = library.get("getGuide", ALLOWANCE)
    assert guide is not None
    city.control_call("/faults", {"operation": "*", "kind": "down", "count": None}, "POST")
    try:
        shown = library.pictures(media_of(guide.body), ask=False)
    finally:
        city.control_call("/faults", method="DELETE")
    assert [media.title for media, _ in shown] == ["高龄津贴怎样申请", "身份证怎样放"]
    for _, held in shown:
        jpeg = pictures.shown(held.digest)
        assert jpeg is not None
        assert hashlib.sha256(jpeg).hexdigest() == held.digest
    cache.close()


def test_operations_of_the_visit_answer_as_the_contract_says(city: City, terminal: Terminal) -> None:
    wang = city.person("p-wang-xiulan")
    li = terminal.log_in_by_face(city.person("p-li-jianjun")).token
    fields = {"fields": ["person_name", "resident_id_number"]}
    prefilled = terminal.gateway.call("prefill", {"item": ALLOWANCE}, fields, token=li)
    assert isinstance(prefilled, Ok), prefilled
    assert prefilled.data["person_name"]["value"] == "李建军"
    year = {"fields": {"statement_year": {"value": "2025", "source": "typed"}}}
    table = terminal.gateway.call("query", {"item": RECORD}, year, token=li)
    assert isinstance(table, Ok), table
    assert table.data["rows"]
    proxies = terminal.gateway.call("lookupProxy", body={"principal_id_number": wang["id_number"]}, token=li)
    assert isinstance(proxies, Ok), proxies
    assert proxies.data[0]["authorisation"]
    verdict = terminal.gateway.call("checkEligibility", {"item": ALLOWANCE}, {"fields": {}}, token=li)
    assert isinstance(verdict, Ok), verdict
    assert verdict.data["eligible"] is False
    assert "AGE_UNDER_80" in {reason["code"] for reason in verdict.data["reasons"]}


def test_refusal_names_the_field_in_the_citizens_words(city: City, terminal: Terminal) -> None:
    token = terminal.log_in_by_face(city.person("p-li-jianjun")).token
    refused = terminal.gateway.call("query", {"item": RECORD}, {"fields": {}}, token=token)
    assert isinstance(refused, Problem)
    assert (refused.status, refused.code) == (422, "REFUSED")
    assert [error.field for error in refused.errors] == ["/fields/statement_year/value"]
    assert "年度" in refused.errors[0].message


def _application(city: City, person: str = "p-wang-xiulan") -> dict[str, Any]:
    citizen = city.person(person)
    own = {"source": "id-card", "trust": "A"}
    return {
        "item": ALLOWANCE,
        "flow_version": "1.0.0",
        "terminal": TERMINAL,
        "channel": "terminal",
        "submitted_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "identity": {
            "method": "id-card",
            "level": "card+face",
            "confirmed": True,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "card": {"name": citizen["name"], "id_number": citizen["id_number"]},
        },
        "fields": {
            "person_name": {"value": citizen["name"], **own},
            "resident_id_number": {"value": citizen["id_number"], **own},
            "residential_address": {"value": "天津市和平区演示街道1号", "source": "typed"},
            "bank_card_number": {"value": "6200005989302580591", "source": "typed"},
        },
    }


def test_sealed_application_is_opened_and_done_once_however_often_it_is_sent(
    city: City, terminal: Terminal
) -> None:
    key = str(uuid.uuid4())
    envelope = terminal.sealed(_application(city), key)
    first = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, key)
    again = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, key)
    assert isinstance(first, Accepted), first
    assert isinstance(again, Accepted), again
    assert again.data["case_no"] == first.data["case_no"]
    assert (first.again, again.again) == (False, True)
    assert city.effects(key) == 1
    slip = terminal.gateway.call("getSlip", {"id": key})
    assert isinstance(slip, Ok)
    assert slip.data["case_no"] == first.data["case_no"]


def test_application_that_is_refused_comes_back_with_every_reason(city: City, terminal: Terminal) -> None:
    key = str(uuid.uuid4())
    envelope = terminal.sealed(_application(city, "p-zhao-guilan"), key)
    sent = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, key)
    assert isinstance(sent, Refused), sent
    assert "AGE_UNDER_80" in {error.code for error in sent.errors}
    assert city.effects(key) == 0


def test_rating_and_escalation_are_queued_the_same_way(city: City, terminal: Terminal) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    for operation, body in (
        ("rate", {"item": RECORD, "level": 5, "terminal": TERMINAL, "at": at, "slip": str(uuid.uuid4())}),
        ("escalate", {"kind": "cannot-do", "item": RECORD, "terminal": TERMINAL, "at": at}),
    ):
        key = str(uuid.uuid4())
        sent = terminal.gateway.submit(operation, "", terminal.sealed(body, key), key)
        assert isinstance(sent, Accepted), (operation, sent)
        assert city.effects(key) == 1


def test_envelope_for_another_key_is_undeliverable(city: City, terminal: Terminal) -> None:
    envelope = terminal.sealed(_application(city), str(uuid.uuid4()))
    sent = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, str(uuid.uuid4()))
    assert isinstance(sent, Undeliverable)
    assert sent.code == "KEY_MISMATCH"


def test_submission_signed_by_a_stranger_is_not_taken(city: City, terminal: Terminal) -> None:
    key = str(uuid.uuid4())
    terminal.key = keys.generate()  # the token is still ours, the signature is not
    sent = terminal.gateway.submit(
        "submitApplication", ALLOWANCE, terminal.sealed(_application(city), key), key
    )
    assert sent == Unauthorised("UNKNOWN_TERMINAL")


def test_answer_lost_on_the_way_back_is_got_by_the_same_key(city: City, terminal: Terminal) -> None:
    key = str(uuid.uuid4())
    envelope = terminal.sealed(_application(city, "p-chen-yan"), key)
    city.control_call("/faults", {"operation": "submitApplication", "kind": "reset-after-acting"})
    lost = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, key)
    assert lost == Later("no-network", None)
    found = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, key)
    assert isinstance(found, Accepted), found
    assert found.again
    assert city.effects(key) == 1


@pytest.mark.parametrize(
    ("kind", "expected"), [("5xx", Later), ("down", Later), ("409", InProgress), ("429", Later)]
)
def test_faults_of_the_gateway_keep_the_submission_in_the_outbox(
    city: City, terminal: Terminal, kind: str, expected: type[object]
) -> None:
    key = str(uuid.uuid4())
    envelope = terminal.sealed(_application(city), key)
    city.control_call("/faults", {"operation": "submitApplication", "kind": kind})
    sent = terminal.gateway.submit("submitApplication", ALLOWANCE, envelope, key)
    assert isinstance(sent, expected), sent


def test_department_that_fails_is_left_alone_until_health_says_that_it_is_up(
    city: City, terminal: Terminal
) -> None:
    token = terminal.log_in_by_face(city.person("p-zhang-wei")).token
    city.control_call("/faults", {"operation": "prefill", "kind": "5xx", "count": FAILURES})

    def prefill(item: str) -> object:
        return terminal.gateway.call("prefill", {"item": item}, {"fields": ["person_name"]}, token=token)

    for _ in range(FAILURES):
        assert isinstance(prefill(RECORD), Unreachable)
    shut = prefill(RECORD)
    assert isinstance(shut, Unreachable)
    assert shut.reason is Reason.DEPARTMENT_DOWN
    assert isinstance(prefill(ALLOWANCE), Ok), "another department"
    assert isinstance(terminal.gateway.call("getHealth"), Ok)
    assert isinstance(prefill(RECORD), Ok)


def test_slow_gateway_is_left_at_the_deadline(city: City, terminal: Terminal) -> None:
    assert isinstance(terminal.gateway.call("getSlip", {"id": str(uuid.uuid4())}), Ok)
    city.control_call("/faults", {"operation": "getSlip", "kind": "slow", "count": 1, "seconds": 30})
    outcome = terminal.gateway.call("getSlip", {"id": str(uuid.uuid4())}, deadline=0.7)
    assert isinstance(outcome, Unreachable)
    assert outcome.reason is Reason.TIMEOUT
