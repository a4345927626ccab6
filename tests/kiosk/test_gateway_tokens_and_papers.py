"""What the client makes of bound tokens, nonces, a clock that is off, other slots, and sealed PDFs."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.effects import Call
from flows.events import Outcome, Refused
from flows.steps.booking import slot_of
from kiosk import keys
from kiosk.desks.city import CityDesk
from kiosk.gateway import answers, contract
from kiosk.gateway.bearer import PlainBearer, bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.delivery import Undeliverable
from kiosk.gateway.outcomes import Certificate, Ok, Picture, Problem, Reason, Slot, TooLow, Unreachable
from kiosk.gateway.signers import Means, Signer, signer
from kiosk.gateway.transport import HttpAnswer, PinnedHttp
from kiosk.guide_pictures import Held, Media
from kiosk.visit import Visit
from tests.kiosk.clocks import TestClock
from tests.kiosk.peers import Authority, authority, peer, replies, reply
from tests.kiosk.scripted import NO_SLIPS, Asked, ScriptedHttp, answer, problem
from tests.kiosk.test_filing import Inline

ITEM = "household.id-card-first-book"
KEY = "7b0c4f0e-0000-4000-8000-000000000001"
SLOT = {"id": "s-2", "place": "和平分局", "starts_at": "2026-11-23T09:00:00+08:00", "free": 3}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


class Bound:
    """A DPoP token (RFC 9449): real proofs, by a key of its own."""

    token = "bound-1"

    def __init__(self) -> None:
        self.key = keys.generate()
        self.told: list[str] = []
        self.made = 0

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """See `Bearer.headers`."""
        self.made += 1
        claims: dict[str, Any] = {
            "jti": str(self.made),
            "htm": method,
            "htu": url.partition("?")[0],
            "iat": 0,
            "ath": _b64(hashlib.sha256(self.token.encode()).digest()),
        }
        if self.told:
            claims["nonce"] = self.told[-1]
        proof = self.key.sign(json.dumps(claims).encode(), {"typ": "dpop+jwt", "jwk": self.key.public_jwk})
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof}

    def nonce(self, value: str) -> None:
        """See `Bearer.nonce`."""
        self.told.append(value)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _claims(asked: Asked) -> dict[str, Any]:
    part = asked.headers["DPoP"].split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(found, dict)
    return found


class _NoLibrary:
    def get(self, operation: str, *names: str) -> None:
        """There is none."""

    def pictures(self, media: object, *, ask: bool) -> list[tuple[Media, Held]]:
        """Nor are there any of these."""
        return []


class World:
    """A client with a clock that believes the gateway."""

    def __init__(
        self, http: Any, request_signer: Signer | None = None, base: str = "https://gateway.example/v1"
    ) -> None:
        self.http = http
        self.clock = TestClock()
        self.client = GatewayClient(
            base_url=base,
            http=http,
            contract=contract.load(),
            signer=request_signer or signer("none"),
            terminal_token=lambda fresh, _: "terminal-2" if fresh else "terminal-1",
            clock=self.clock,
            on_time=self._believe,
            random=lambda: 0.0,
            pause=self.clock.advance,
        )

    def _believe(self, moment: datetime) -> None:
        self.clock.wall = moment


def _challenge(nonce: str = "n-1", error: str = "use_dpop_nonce") -> HttpAnswer:
    return answer(401, www_authenticate=f'DPoP error="{error}"', dpop_nonce=nonce)


class TestBoundTokens:
    """Authorization: DPoP, with a proof for each request."""

    def test_a_bound_token_makes_its_headers_for_this_request(self) -> None:
        world, token = World(ScriptedHttp(answer(200, []))), Bound()
        path = {"item": ITEM, "field": "account"}
        assert world.client.call("getOptions", path, query={"q": "a"}, token=token) == Ok([])
        asked = world.http.asked[0]
        assert asked.headers["Authorization"] == "DPoP bound-1"
        claims = _claims(asked)
        assert (claims["htm"], claims["htu"]) == (
            "GET",
            f"https://gateway.example/v1/items/{ITEM}/options/account",
        )

    def test_each_attempt_has_a_proof_of_its_own(self) -> None:
        world, token = World(ScriptedHttp(answer(503), answer(200, []))), Bound()
        world.client.call("listCases", token=token)
        assert [_claims(asked)["jti"] for asked in world.http.asked] == ["1", "2"]

    def test_a_nonce_that_is_asked_for_is_given_once(self) -> None:
        world, token = World(ScriptedHttp(_challenge("n-1"), answer(200, []))), Bound()
        assert world.client.call("listCases", token=token) == Ok([])
        assert [_claims(asked).get("nonce") for asked in world.http.asked] == [None, "n-1"]

    def test_a_gateway_that_always_asks_for_another_nonce_is_not_followed(self) -> None:
        world, token = World(ScriptedHttp(_challenge("n-1"))), Bound()
        assert world.client.call("listCases", token=token) == Problem(401)
        assert len(world.http.asked) == 2

    def test_a_nonce_that_comes_with_an_answer_is_for_the_next_request(self) -> None:
        world, token = World(ScriptedHttp(answer(200, [], dpop_nonce="n-7"))), Bound()
        world.client.call("listCases", token=token)
        world.client.call("listCases", token=token)
        assert [_claims(asked).get("nonce") for asked in world.http.asked] == [None, "n-7"]

    @pytest.mark.parametrize(
        "refusal",
        [
            _challenge(error="invalid_token"),
            _challenge(nonce=""),
            _challenge(nonce='"'),
            _challenge(nonce="x" * 501),
            answer(400, {"code": "X"}, dpop_nonce="n-1"),
        ],
        ids=["another error", "no nonce", "not a nonce", "too long", "not 401"],
    )
    def test_other_refusals_are_not_repeated(self, refusal: HttpAnswer) -> None:
        world = World(ScriptedHttp(refusal))
        world.client.call("listCases", token=Bound())
        assert len(world.http.asked) == 1

    def test_a_level_that_is_too_low_is_heard_in_a_dpop_challenge_too(self) -> None:
        said = 'DPoP error="insufficient_user_authentication", acr_values="phone"'
        world = World(ScriptedHttp(answer(401, www_authenticate=said)))
        assert world.client.call("listCases", token=Bound()) == TooLow(("phone",))

    def test_the_terminals_own_token_may_be_bound_as_well(self) -> None:
        world, token = World(ScriptedHttp(_challenge(), answer(200, {"state": "accepted"}))), Bound()
        world.client._terminal_token = lambda *_: token
        assert world.client.call("getSlip", {"id": KEY}) == Ok({"state": "accepted"})
        assert _claims(world.http.asked[1])["nonce"] == "n-1"

    def test_text_is_a_plain_bearer_and_shows_itself_nowhere(self) -> None:
        plain = bearer("secret-token")
        assert plain.headers("GET", "https://x") == {"Authorization": "Bearer secret-token"}
        plain.nonce("n-1")
        assert "secret" not in repr(plain)
        assert plain == PlainBearer("secret-token")


class TestClockIsOff:
    """`Date` puts it right; what was dated by the wrong time is sent once more."""

    LATE = "Fri, 20 Nov 2026 09:05:00 GMT"

    def _signer(self, clock: TestClock) -> Signer:
        means = Means(key=keys.generate(), clock=clock, nonce=lambda: "n", secret=b"s" * 16, key_id="k")
        return signer("hmac-sha256", means)

    def test_a_signature_refused_for_its_time_is_made_anew_with_the_gateways(self) -> None:
        world = World(ScriptedHttp(answer(401, date=self.LATE), answer(200, [], date=self.LATE)))
        world.client._signer = self._signer(world.clock)
        assert world.client.call("listCases", token="visit") == Ok([])
        times = [int(asked.headers["X-Timestamp"]) for asked in world.http.asked]
        assert times[1] - times[0] == 300

    def test_a_401_of_the_right_time_is_not_repeated(self) -> None:
        world = World(ScriptedHttp(answer(401)))
        world.client._signer = self._signer(world.clock)
        assert world.client.call("listCases", token="visit") == Problem(401)
        assert len(world.http.asked) == 1

    def test_a_plain_token_has_no_time_that_could_be_wrong(self) -> None:
        world = World(ScriptedHttp(answer(401, date=self.LATE)))
        world.client.call("listCases", token="visit")
        assert len(world.http.asked) == 1
        assert world.clock.wall == datetime(2026, 11, 20, 9, 5, tzinfo=UTC)

    def test_an_intercepted_answer_tells_no_time(self) -> None:
        world = World(ScriptedHttp(answer(302, date=self.LATE, location="https://portal.example")))
        world.client.call("getHealth")
        assert world.clock.wall == TestClock().wall


class TestOffers:
    """Other slots, when one was taken meanwhile."""

    def _hold(self, offers: Any) -> Problem:
        world = World(ScriptedHttp(problem(409, "CONFLICT", detail="这个时段刚被约满", offers=offers)))
        outcome = world.client.call("holdSlot", body={"item": ITEM, "slot": "s-1"}, token="visit", key=KEY)
        assert isinstance(outcome, Problem), outcome
        return outcome

    def test_they_come_typed(self) -> None:
        outcome = self._hold([{**SLOT, "ends_at": "2026-11-23T09:30:00+08:00"}, SLOT])
        starts = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        assert outcome.offers == (
            Slot("s-2", "和平分局", starts, 3, starts + timedelta(minutes=30)),
            Slot("s-2", "和平分局", starts, 3),
        )
        assert outcome.detail == "这个时段刚被约满"

    def test_they_reach_the_flow(self) -> None:
        taken = problem(409, "CONFLICT", detail="这个时段刚被约满", offers=[SLOT, SLOT | {"free": 0}])
        world, told = World(ScriptedHttp(taken)), list[Outcome]()
        desk = CityDesk(
            client=world.client,
            contract=contract.load(),
            library=_NoLibrary(),
            names={},
            executor=Inline(),
            clock=world.clock,
            heard=lambda _: None,
            online=lambda: True,
            new_key=lambda: "00000000-0000-4000-8000-000000000001",
            slips=NO_SLIPS,
        )
        # The gateway may offer slots with any refusal; this operation needs no key.
        visit = Visit(id="0" * 32, began=0.0, touched=0.0)
        desk.call(
            Call(id="e", operation="prefill", item=ITEM, body={}), visit, PlainBearer("visit"), told.append
        )
        assert isinstance(told[0], Refused)
        assert told[0].offers == (slot_of(SLOT),)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"free": 0},
            {"free": True},
            {"free": "3"},
            {"id": ""},
            {"id": 4},
            {"id": "x" * 65},
            {"id": "a\u202eb"},
            {"place": None},
            {"starts_at": "2026-11-23T09:00:00"},
            {"starts_at": "tomorrow"},
            {"starts_at": 5},
        ],
    )
    def test_what_is_no_slot_is_left_out_and_the_others_stay(self, wrong: dict[str, Any]) -> None:
        assert [slot.id for slot in self._hold([{**SLOT, **wrong}, 5, SLOT]).offers] == ["s-2"]

    def test_there_are_fifty_at_most(self) -> None:
        assert len(self._hold([SLOT] * 90).offers) == 50

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*SLOT, "ends_at", "x"]), inner),
        )
    )
    def test_any_json_is_a_tuple_of_slots(self, offers: Any) -> None:
        for slot in answers.slots(offers):
            assert slot.starts_at.tzinfo is not None
            assert slot.id.isprintable()


def _paper(body: bytes = PDF, **headers: str) -> HttpAnswer:
    given = {"content_type": "application/pdf", "x_verification_code": "TJ-2026-ABCD", "x_print_count": "2"}
    return answer(200, body, **{**given, **headers})


class TestCertificate:
    """A sealed PDF with its code and its count."""

    def _print(self, *given: HttpAnswer) -> tuple[Any, ScriptedHttp]:
        world = World(ScriptedHttp(*given))
        return world.client.print_certificate("cert-1", token="visit", key=KEY), world.http

    def test_it_comes_typed_and_asked_for_as_what_it_is(self) -> None:
        outcome, http = self._print(_paper())
        assert outcome == Certificate(PDF, "TJ-2026-ABCD", 2)
        asked = http.asked[0]
        assert (asked.method, asked.url) == ("POST", "https://gateway.example/v1/certificates/cert-1/prints")
        assert asked.headers["Accept"] == "application/pdf, application/problem+json"
        assert asked.headers["Idempotency-Key"] == KEY
        assert "ABCD" not in repr(outcome)

    def test_the_same_key_goes_again_after_a_failure(self) -> None:
        outcome, http = self._print(answer(503), _paper())
        assert isinstance(outcome, Certificate)
        assert {asked.headers["Idempotency-Key"] for asked in http.asked} == {KEY}

    @pytest.mark.parametrize(
        "odd",
        [
            _paper(b'{"a":1}'),
            _paper(content_type="application/json"),
            _paper(content_type="application/octet-stream"),
            _paper(PDF[:30]),
            _paper(b""),
            _paper(b"\n" + PDF),
            _paper(PDF + b"x" * 2000),
            _paper(x_verification_code=""),
            _paper(x_verification_code="a b"),
            _paper(x_verification_code="x" * 65),
            _paper(x_print_count=""),
            _paper(x_print_count="0"),
            _paper(x_print_count="-1"),
            _paper(x_print_count="9999999"),
        ],
    )
    def test_what_is_not_one_whole_pdf_with_its_code_is_not_printed(self, odd: HttpAnswer) -> None:
        outcome, _ = self._print(odd)
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.MALFORMED

    def test_a_web_page_in_its_place_is_a_captive_portal(self) -> None:
        outcome, _ = self._print(_paper(b"<!doctype html><html>sign in", content_type="text/html"))
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.CAPTIVE_PORTAL

    def test_a_refusal_and_a_level_too_low_are_told_as_everywhere(self) -> None:
        refused, _ = self._print(problem(404, "NO_CERTIFICATE", detail="没有这份证明"))
        assert isinstance(refused, Problem)
        assert refused.detail == "没有这份证明"
        challenge = 'Bearer error="insufficient_user_authentication", acr_values="phone"'
        low, _ = self._print(answer(401, www_authenticate=challenge))
        assert low == TooLow(("phone",))

    def test_an_id_that_cannot_be_is_answered_here(self) -> None:
        world = World(ScriptedHttp(_paper()))
        outcome = world.client.print_certificate("..", token="visit", key=KEY)
        assert isinstance(outcome, Problem)
        assert outcome.code == "NO_SUCH_ID"

    @given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=8))
    def test_any_bytes_are_an_outcome(self, body: bytes, code: str, count: str) -> None:
        headers = {"content-type": "application/pdf", "x-verification-code": code, "x-print-count": count}
        outcome = answers.certificate(HttpAnswer(200, headers, b"%PDF-1.4" + body))
        if isinstance(outcome, Certificate):
            assert b"%%EOF" in body
            assert outcome.print_count >= 1


class TestUploadedPictures:
    """What a phone has sent, fetched as the terminal."""

    def _fetch(self, *given: HttpAnswer) -> tuple[Any, ScriptedHttp]:
        world = World(ScriptedHttp(*given))
        return world.client.uploaded("u-1", 3), world.http

    def test_it_is_the_bytes_as_they_came(self) -> None:
        jpeg = b"\xff\xd8\xff\x00\r\n"
        outcome, http = self._fetch(HttpAnswer(200, {"content-type": "image/jpeg"}, jpeg))
        assert outcome == Picture(jpeg)
        asked = http.asked[0]
        assert (asked.method, asked.url) == ("GET", "https://gateway.example/v1/uploads/u-1/documents/3")
        assert asked.headers["Authorization"] == "Bearer terminal-1"
        assert asked.headers["Accept"] == "image/jpeg, application/problem+json"
        assert repr(outcome) == "Picture(6 bytes)"

    @pytest.mark.parametrize(
        "given",
        [
            HttpAnswer(200, {"content-type": "image/png"}, b"x"),
            HttpAnswer(200, {"content-type": "image/jpeg"}, b""),
            HttpAnswer(204, {}, b""),
        ],
    )
    def test_what_is_no_jpeg_is_malformed(self, given: HttpAnswer) -> None:
        outcome, _ = self._fetch(given)
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.MALFORMED


class TestOverTheWire:
    """The same over real TLS, with the cap of the line."""

    @pytest.fixture
    def city(self, tmp_path: Path) -> tuple[Authority, ssl.SSLContext]:
        one = authority(tmp_path, "city")
        return one, one.server(tmp_path)

    @pytest.fixture
    def http(self, city: tuple[Authority, ssl.SSLContext]) -> Iterator[PinnedHttp]:
        one = PinnedHttp(city[0].file, max_answer=100_000)
        yield one
        one.close()

    def _ask(self, http: PinnedHttp, city: tuple[Authority, ssl.SSLContext], body: bytes) -> Any:
        sent = reply(
            "200 OK",
            body,
            content_type="application/pdf",
            X_Verification_Code="TJ-2026-ABCD",
            X_Print_Count="1",
        )
        with peer(replies(sent), city[1]) as server:
            world = World(http, base=server.url())
            return world.client.print_certificate("cert-1", token="visit", key=KEY)

    def test_bytes_arrive_as_they_are(self, http: PinnedHttp, city: tuple[Authority, ssl.SSLContext]) -> None:
        body = b"%PDF-2.0\n\x00\xff\r\n" + bytes(range(256)) * 100 + b"\n%%EOF"
        assert self._ask(http, city, body) == Certificate(body, "TJ-2026-ABCD", 1)

    def test_a_paper_larger_than_any_may_be_is_not_read(
        self, http: PinnedHttp, city: tuple[Authority, ssl.SSLContext]
    ) -> None:
        outcome = self._ask(http, city, b"%PDF-1.7" + b" " * 100_000 + b"%%EOF")
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.TOO_LARGE


class TestBodyCap:
    """The contract's 16 MB, before anything is sent."""

    def test_a_body_that_no_gateway_takes_is_answered_here_in_words(self) -> None:
        world = World(ScriptedHttp(answer(201, {})))
        document = {"role": "r", "content": "x" * 16_000_000}
        outcome = world.client.call(
            "supplementCase", {"id": "1"}, {"documents": [document]}, token="visit", key=KEY
        )
        assert isinstance(outcome, Problem)
        assert (outcome.status, outcome.code) == (413, "BODY_TOO_LARGE")
        assert "材料太大" in outcome.detail
        sealed = world.client.submit("supplementCase", "1", b"x" * 16_000_001, KEY)
        assert isinstance(sealed, Undeliverable)
        assert world.http.asked == []
