"""The gateway's client: operations by name, every outcome a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.gateway import contract
from kiosk.gateway.bearer import Bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.contract import UnknownOperation
from kiosk.gateway.delivery import Accepted, InProgress, Later, Refused, Unauthorised, Undeliverable
from kiosk.gateway.outcomes import Fetched, FieldError, NotModified, Ok, Problem, Reason, TooLow, Unreachable
from kiosk.gateway.signers import SIGNERS, Outgoing, Signer, UnknownSigner, signer
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import Answer, ScriptedHttp, answer, problem

ITEM = "civil.senior-allowance-apply"
CASE = {"case_no": "TJ1", "item": ITEM, "state": "accepted", "accepted_at": "2026-11-20T09:00:00+08:00"}
GUIDE = {"item": "service.item-guide", "version": "3", "sample": True, "documents": []}
KEY = "7b0c4f0e-0000-4000-8000-000000000001"
CUT = Unreachable(Reason.NO_NETWORK, "the line was cut")


class World:
    """A client and everything around it."""

    def __init__(self, http: ScriptedHttp, request_signer: Signer | None = None) -> None:
        self.http = http
        self.clock = TestClock()
        self.heard: list[datetime] = []
        self.pauses: list[float] = []
        self.token: str | Problem | Unreachable = "terminal-1"
        self.tokens_asked: list[bool] = []
        self.client = GatewayClient(
            base_url="https://gateway.example/v1/",
            http=http,
            contract=contract.load(),
            signer=request_signer or signer("none"),
            terminal_token=self._terminal_token,
            clock=self.clock,
            on_time=self.heard.append,
            random=lambda: 0.5,
            pause=self._pause,
        )

    def _terminal_token(self, fresh: bool, deadline: float) -> str | Problem | Unreachable:
        assert deadline <= 15
        self.tokens_asked.append(fresh)
        return "terminal-2" if fresh and self.token == "terminal-1" else self.token

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)


def _world(*answers: Answer) -> World:
    return World(ScriptedHttp(*answers))


def _prefill(world: World) -> object:
    return world.client.call("prefill", {"item": ITEM}, {"fields": ["name"]}, token="visit-1")


class TestCall:
    """Within a visit."""

    def test_operation_becomes_its_request_and_its_answer_data(self) -> None:
        data = {"name": {"value": "张三", "source": "share"}}
        world = _world(answer(200, data))
        assert _prefill(world) == Ok(data)
        asked = world.http.asked[0]
        assert (asked.method, asked.url) == ("POST", f"https://gateway.example/v1/items/{ITEM}/prefill")
        assert json.loads(asked.body or b"") == {"fields": ["name"]}
        assert asked.headers["Content-Type"] == "application/json"
        assert asked.headers["Authorization"] == "Bearer visit-1"
        assert world.tokens_asked == []

    def test_query_parameters_are_encoded(self) -> None:
        world = _world(answer(200, []))
        path = {"item": "utility.electricity-pay", "field": "account"}
        world.client.call("getOptions", path, query={"q": "a&b=中"}, token="visit-1")
        assert world.http.asked[0].url.endswith("/options/account?q=a%26b%3D%E4%B8%AD")

    def test_without_a_citizen_the_terminals_own_token_is_used(self) -> None:
        world = _world(answer(200, {"columns": [], "rows": []}))
        assert isinstance(world.client.call("query", {"item": ITEM}, {"fields": {}}), Ok)
        assert world.http.asked[0].headers["Authorization"] == "Bearer terminal-1"

    def test_citizens_token_never_goes_where_only_the_terminal_is_asked_for(self) -> None:
        world = _world(answer(200, {"state": "accepted"}))
        world.client.call("getSlip", {"id": KEY}, token="visit-1")
        assert world.http.asked[0].headers["Authorization"] == "Bearer terminal-1"

    def test_public_keys_are_asked_for_without_any_token(self) -> None:
        world = _world(answer(200, {"keys": []}))
        world.client.call("getKeys")
        assert "Authorization" not in world.http.asked[0].headers

    def test_refusal_comes_with_every_reason_for_the_citizen(self) -> None:
        errors = [
            {"field": "/fields/age", "code": "TOO_YOUNG", "message": "未满80周岁", "instead": "社区服务站"},
            {"message": "已在其他区领取"},
        ]
        world = _world(problem(422, "REFUSED", detail="不符合条件", errors=errors))
        assert _prefill(world) == Problem(
            422,
            "REFUSED",
            "不符合条件",
            (
                FieldError("未满80周岁", "/fields/age", "TOO_YOUNG", "社区服务站"),
                FieldError("已在其他区领取"),
            ),
        )

    def test_level_that_is_too_low_names_the_levels_that_would_do(self) -> None:
        challenge = 'Bearer error="insufficient_user_authentication", acr_values="card+face phone", max_age=5'
        world = _world(answer(401, {"code": "X"}, www_authenticate=challenge))
        assert _prefill(world) == TooLow(("card+face", "phone"))
        assert len(world.http.asked) == 1

    def test_other_401_is_a_problem(self) -> None:
        world = _world(answer(401, www_authenticate='Bearer error="invalid_token"'))
        assert _prefill(world) == Problem(401)

    def test_no_answer_is_said_as_it_is(self) -> None:
        assert _prefill(_world(CUT)) == CUT

    def test_id_that_cannot_be_is_answered_here(self) -> None:
        world = _world(answer(200))
        outcome = world.client.call("getSlip", {"id": ".."})
        assert isinstance(outcome, Problem)
        assert (outcome.status, outcome.code) == (404, "NO_SUCH_ID")
        assert world.http.asked == []

    def test_callers_mistakes_are_exceptions(self) -> None:
        client = _world(answer(200)).client
        with pytest.raises(UnknownOperation):
            client.call("prefil")
        with pytest.raises(ValueError, match="citizen's token"):
            client.call("prefill", {"item": ITEM}, {"fields": []})
        with pytest.raises(ValueError, match="needs an Idempotency-Key"):
            client.call("rate", body={})
        with pytest.raises(ValueError, match="takes no Idempotency-Key"):
            client.call("query", {"item": ITEM}, {"fields": {}}, key=KEY)
        with pytest.raises(ValueError, match="no query parameter page"):
            client.call("getSlip", {"id": "x"}, query={"page": "1"})
        with pytest.raises(ValueError, match="https"):
            GatewayClient(
                base_url="http://gateway.example",
                http=ScriptedHttp(CUT),
                contract=contract.load(),
                signer=signer("none"),
                terminal_token=lambda *_: "t",
                clock=TestClock(),
                on_time=lambda _: None,
                random=lambda: 0.0,
            )

    def test_signer_sees_the_request_and_adds_headers(self) -> None:
        class Marking:
            def headers(self, request: Outgoing) -> Mapping[str, str]:
                return {"X-Mark": f"{request.method} {request.url} {len(request.body or b'')}"}

        world = World(ScriptedHttp(answer(200, {})), Marking())
        _prefill(world)
        asked = world.http.asked[0]
        assert asked.headers["X-Mark"] == f"POST {asked.url} {len(asked.body or b'')}"


class TestHostileAnswers:
    """Bytes from outside."""

    @pytest.mark.parametrize(
        ("got", "reason"),
        [
            (answer(302, location="https://portal.example/"), Reason.CAPTIVE_PORTAL),
            (
                answer(200, b"<!DOCTYPE html><html>sign in</html>", content_type="text/html"),
                Reason.CAPTIVE_PORTAL,
            ),
            (answer(200, b"  <HTML><body>", content_type="text/plain"), Reason.CAPTIVE_PORTAL),
            (
                answer(200, b'<?xml version="1.0"?><html>', content_type="application/xhtml+xml"),
                Reason.CAPTIVE_PORTAL,
            ),
            (answer(511, b"", content_type="text/html"), Reason.CAPTIVE_PORTAL),
            (answer(502, b"<html>bad gateway</html>", content_type="text/html"), Reason.SERVER_ERROR),
            (answer(500), Reason.SERVER_ERROR),
            (answer(403, b"<html>firewall</html>", content_type="text/html"), Reason.MALFORMED),
            (answer(404, b"not found", content_type="text/plain"), Reason.MALFORMED),
            (answer(422, b"[]"), Reason.MALFORMED),
            (answer(304), Reason.MALFORMED),
            (answer(204), Reason.MALFORMED),
            (answer(200, b""), Reason.MALFORMED),
            (answer(200, b"{"), Reason.MALFORMED),
            (answer(200, b'{"a":"\xff"}'), Reason.MALFORMED),
            (answer(200, b"[" * 100_000), Reason.MALFORMED),
            (answer(200, b'{"a":NaN}'), Reason.MALFORMED),
            (answer(200, {"name": "张三"}), Reason.MALFORMED),
        ],
    )
    def test_what_is_no_answer_is_told_apart(self, got: Answer, reason: Reason) -> None:
        outcome = _prefill(_world(got))
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is reason
        assert "张三" not in outcome.detail

    def test_texts_are_bounded_and_free_of_controls(self) -> None:
        nasty = "甲\x1b[2J\r\n\u202e乙" + "x" * 100_000
        errors: list[Any] = [{"message": nasty, "code": "a b", "field": ["x"]}] * 60
        errors += [None, {}, {"message": 7}]
        world = _world(problem(422, "REFUSED\n", detail=nasty, errors=errors, retryable="yes"))
        outcome = _prefill(world)
        assert isinstance(outcome, Problem)
        assert outcome.code == ""
        assert outcome.detail.startswith("甲 [2J 乙xxx")
        assert len(outcome.detail) == 500
        assert len(outcome.errors) == 50
        assert outcome.errors[0] == FieldError(outcome.detail)
        assert outcome.retryable is False

    @pytest.mark.parametrize(
        ("said", "seconds"),
        [
            ("7", 7.0),
            ("999999999999999999999", 3600.0),
            ("Fri, 20 Nov 2026 09:00:30 GMT", 30.0),
            ("Fri, 20 Nov 2020 09:00:30 GMT", 0.0),
            ("-1", None),
            ("soon", None),
            ("", None),
            ("٣", None),
        ],
    )
    def test_retry_after_is_read_with_care(self, said: str, seconds: float | None) -> None:
        outcome = _prefill(_world(answer(429, retry_after=said)))
        assert outcome == Problem(429, retryable=True, retry_after=seconds)

    @pytest.mark.parametrize(
        "challenge", ["", "Bearer", 'Bearer error="x" ' * 5000, 'Bearer error="' + "x" * 9999]
    )
    def test_odd_challenge_is_a_plain_401(self, challenge: str) -> None:
        assert _prefill(_world(answer(401, www_authenticate=challenge))) == Problem(401)


class TestRetries:
    """Only where a second attempt cannot act twice, and never beyond the deadline."""

    def test_get_is_asked_again(self) -> None:
        world = _world(CUT, answer(503), answer(200, {"state": "accepted"}))
        assert world.client.call("getSlip", {"id": KEY}) == Ok({"state": "accepted"})
        assert world.pauses == [0.375, 0.75]

    def test_post_without_a_key_is_asked_once(self) -> None:
        world = _world(CUT, answer(200, {}))
        assert _prefill(world) == CUT
        assert len(world.http.asked) == 1

    def test_post_with_a_key_is_asked_again_with_the_same_key_and_body(self) -> None:
        world = _world(CUT, problem(409, "IN_PROGRESS", retryable=True), answer(200, {"id": "r1"}))
        body = {"item": ITEM, "level": 5, "terminal": "t", "at": "2026-11-20T09:00:00+08:00"}
        assert world.client.call("rate", body=body, key=KEY) == Ok({"id": "r1"}, again=True)
        assert {asked.headers["Idempotency-Key"] for asked in world.http.asked} == {KEY}
        assert len({asked.body for asked in world.http.asked}) == 1

    def test_three_attempts_are_all(self) -> None:
        world = _world(CUT)
        assert world.client.call("getSlip", {"id": KEY}) == CUT
        assert len(world.http.asked) == 3

    @pytest.mark.parametrize(
        "got",
        [
            Unreachable(Reason.TLS),
            answer(302),
            answer(200, b"{"),
            problem(404, "NO_SUCH_SLIP"),
            problem(409, "CONFLICT"),
        ],
    )
    def test_what_does_not_pass_is_not_asked_again(self, got: Answer) -> None:
        world = _world(got)
        world.client.call("getSlip", {"id": KEY})
        assert len(world.http.asked) == 1

    def test_wait_that_does_not_fit_the_deadline_is_not_begun(self) -> None:
        world = _world(answer(503, retry_after="60"))
        outcome = world.client.call("getSlip", {"id": KEY}, deadline=5)
        assert outcome == Unreachable(Reason.SERVER_ERROR, "status 503", 60.0)
        assert world.pauses == []

    def test_each_attempt_has_what_is_left(self) -> None:
        world = _world(answer(503, retry_after="2"))
        world.client.call("getSlip", {"id": KEY}, deadline=5)
        assert [asked.timeout for asked in world.http.asked] == [5.0, 3.0, 1.0]

    def test_token_that_took_all_the_time_leaves_none_to_send(self) -> None:
        world = _world(answer(200, {"state": "accepted"}))
        asked = world.client._terminal_token

        def slow(fresh: bool, deadline: float) -> str | Bearer | Problem | Unreachable:
            world.clock.advance(9)
            return asked(fresh, deadline)

        world.client._terminal_token = slow
        outcome = world.client.call("getSlip", {"id": KEY}, deadline=8)
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.TIMEOUT
        assert world.http.asked == []


class TestTerminalToken:
    """The terminal's own token, got from elsewhere."""

    def test_refused_token_is_renewed_once(self) -> None:
        world = _world(answer(401), answer(200, {"state": "accepted"}))
        assert world.client.call("getSlip", {"id": KEY}) == Ok({"state": "accepted"})
        assert world.tokens_asked == [False, True]
        assert world.http.asked[1].headers["Authorization"] == "Bearer terminal-2"

    def test_new_token_that_is_refused_too_is_the_end(self) -> None:
        world = _world(answer(401))
        assert world.client.call("getSlip", {"id": KEY}) == Problem(401)
        assert len(world.http.asked) == 2

    def test_citizens_token_is_not_replaced_by_the_terminals(self) -> None:
        world = _world(answer(401))
        assert _prefill(world) == Problem(401)
        assert world.tokens_asked == []

    @pytest.mark.parametrize("none", [CUT, Problem(401, "TERMINAL_REFUSED")])
    def test_no_token_no_request(self, none: Problem | Unreachable) -> None:
        world = _world(answer(200, {"state": "accepted"}))
        world.token = none
        assert world.client.call("getSlip", {"id": KEY}, deadline=0.1) == none
        assert world.http.asked == []


class TestTime:
    """The gateway's time is heard from answers that are the gateway's."""

    def test_date_is_told_from_any_true_answer(self) -> None:
        world = _world(problem(422, "REFUSED"))
        _prefill(world)
        assert world.heard == [datetime(2026, 11, 20, 9, tzinfo=UTC)]

    @pytest.mark.parametrize("got", [answer(302), answer(200, b"<html>", content_type="text/html"), CUT])
    def test_portal_cannot_set_the_clock(self, got: Answer) -> None:
        world = _world(got)
        _prefill(world)
        assert world.heard == []


class TestFetch:
    """Public content with an ETag."""

    def test_new_content_comes_with_its_ages(self) -> None:
        headers = {
            "etag": '"v3"',
            "cache_control": "public, max-age=3600, stale-if-error=604800",
            "age": "600",
        }
        world = _world(answer(200, GUIDE, **headers))
        outcome = world.client.fetch("getGuide", {"item": "service.item-guide"})
        assert isinstance(outcome, Fetched)
        assert json.loads(outcome.body) == GUIDE
        assert (outcome.etag, outcome.max_age, outcome.stale_if_error) == ('"v3"', 3600.0, 604800.0)
        assert outcome.age == 600.0
        assert "If-None-Match" not in world.http.asked[0].headers

    def test_copy_in_hand_is_confirmed(self) -> None:
        world = _world(answer(304, cache_control="max-age=60, stale-if-error=600"))
        outcome = world.client.fetch("getCodes", {"id": "divisions"}, etag='"v3"')
        assert outcome == NotModified(60.0, 600.0)
        assert world.http.asked[0].headers["If-None-Match"] == '"v3"'

    def test_published_list_is_asked_for_as_the_terminal_and_confirmed_by_the_tag_that_it_came_with(
        self,
    ) -> None:
        path = {"item": ITEM, "field": "entries"}
        listed = [{"id": "1", "label": "演示养老院"}]
        told = {"etag": '"v1"', "cache_control": "max-age=300, stale-if-error=86400"}
        world = _world(answer(200, listed, **told), answer(304), answer(200, {"not": "a list"}))
        first = world.client.fetch("getOptions", path)
        assert isinstance(first, Fetched)
        assert (first.etag, first.max_age, first.stale_if_error) == ('"v1"', 300.0, 86400.0)
        assert world.client.fetch("getOptions", path, etag=first.etag) == NotModified(None, None)
        [asked, again] = world.http.asked
        assert asked.url == f"https://gateway.example/v1/items/{ITEM}/options/entries"
        assert {each.headers["Authorization"] for each in (asked, again)} == {"Bearer terminal-1"}
        assert again.headers["If-None-Match"] == '"v1"'
        assert isinstance(world.client.fetch("getOptions", path), Unreachable), "not of the contract's shape"

    def test_confirmation_that_was_not_asked_for_is_no_answer(self) -> None:
        outcome = _world(answer(304)).client.fetch("getCodes", {"id": "divisions"})
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.MALFORMED

    @pytest.mark.parametrize(
        ("said", "ages"),
        [
            ("", (0.0, 0.0)),
            ("no-store, max-age=60", (0.0, 0.0)),
            ("MAX-AGE=60", (60.0, 0.0)),
            ('max-age="60"', (60.0, 0.0)),
            ("max-age=-5, stale-if-error=x", (0.0, 0.0)),
            ("max-age=999999999999999999", (366 * 86400.0, 0.0)),
        ],
    )
    def test_ages_are_read_with_care(self, said: str, ages: tuple[float, float]) -> None:
        outcome = _world(answer(304, cache_control=said)).client.fetch("getKeys", etag='"1"')
        assert outcome == NotModified(*ages)

    @pytest.mark.parametrize("tag", ["", "bare", '"a\r\nX: y"', '"' + "x" * 500 + '"', '"中"'])
    def test_tag_that_cannot_be_sent_back_is_none(self, tag: str) -> None:
        outcome = _world(answer(200, {"keys": []}, etag=tag)).client.fetch("getKeys")
        assert isinstance(outcome, Fetched)
        assert outcome.etag is None

    def test_content_of_another_shape_never_reaches_the_cache(self) -> None:
        outcome = _world(answer(200, {"error": "maintenance"})).client.fetch("getCatalogue")
        assert outcome == Unreachable(Reason.MALFORMED, "getCatalogue /version: missing")

    def test_guide_that_is_gone_is_a_problem_and_not_a_broken_line(self) -> None:
        outcome = _world(problem(404, "NO_SUCH_ITEM")).client.fetch("getGuide", {"item": "a.b"})
        assert outcome == Problem(404, "NO_SUCH_ITEM")

    def test_citizens_content_is_not_fetched_this_way(self) -> None:
        with pytest.raises(ValueError, match="not public"):
            _world(answer(200)).client.fetch("listBenefits")


class TestSubmit:
    """A sealed body from the outbox."""

    def _submit(self, *answers: Answer) -> tuple[World, object]:
        world = _world(*answers)
        return world, world.client.submit("submitApplication", ITEM, b"eyJ.sealed", KEY)

    def test_envelope_goes_as_it_is_with_its_key_and_the_terminals_token(self) -> None:
        world, outcome = self._submit(answer(201, CASE))
        assert isinstance(outcome, Accepted)
        assert (outcome.data, outcome.again) == (CASE, False)
        asked = world.http.asked[0]
        assert asked.url == f"https://gateway.example/v1/items/{ITEM}/applications"
        assert asked.body == b"eyJ.sealed"
        assert asked.headers["Content-Type"] == "application/jose"
        assert asked.headers["Idempotency-Key"] == KEY
        assert asked.headers["Authorization"] == "Bearer terminal-1"

    def test_operation_without_a_target(self) -> None:
        world = _world(answer(201, {"ticket": "T1", "state": "received"}))
        assert isinstance(world.client.submit("escalate", "", b"x", KEY), Accepted)
        assert world.http.asked[0].url == "https://gateway.example/v1/escalations"

    def test_answer_a_second_time_says_so(self) -> None:
        _, outcome = self._submit(answer(200, CASE))
        assert isinstance(outcome, Accepted)
        assert outcome.again

    @pytest.mark.parametrize(
        ("got", "expected"),
        [
            (problem(409, "IN_PROGRESS", retryable=True), InProgress(None)),
            (answer(409, {"code": "IN_PROGRESS"}, retry_after="4"), InProgress(4.0)),
            (problem(409, "CONFLICT", detail="已评价"), Refused("CONFLICT", "已评价", ())),
            (
                problem(422, "REFUSED", detail="不符合", errors=[{"message": "未满80周岁"}]),
                Refused("REFUSED", "不符合", (FieldError("未满80周岁"),)),
            ),
            (problem(422, "KEY_REUSED"), Undeliverable(422, "KEY_REUSED", "")),
            (problem(422, "KEY_MISMATCH"), Undeliverable(422, "KEY_MISMATCH", "")),
            (problem(422, "SEAL_KEY_GONE"), Undeliverable(422, "SEAL_KEY_GONE", "")),
            (problem(400, "BAD_BODY"), Undeliverable(400, "BAD_BODY", "")),
            (problem(403, "FORBIDDEN"), Undeliverable(403, "FORBIDDEN", "")),
            (problem(413, "TOO_LARGE"), Undeliverable(413, "TOO_LARGE", "")),
            (problem(401, "UNKNOWN_TERMINAL"), Unauthorised("UNKNOWN_TERMINAL")),
            (answer(401), Unauthorised("")),
            (answer(429, retry_after="9"), Later("status 429", 9.0)),
            (answer(408, {}), Later("status 408", None)),
            (answer(503, retry_after="9"), Later("server-error", 9.0)),
            (answer(500), Later("server-error", None)),
            (CUT, Later("no-network", None)),
            (Unreachable(Reason.TIMEOUT), Later("timeout", None)),
            (Unreachable(Reason.TLS), Later("tls", None)),
            (answer(302), Later("captive-portal", None)),
            (answer(200, b"<html>", content_type="text/html"), Later("captive-portal", None)),
            (answer(422, b"<html>", content_type="text/html"), Later("malformed", None)),
            (answer(404, b"", content_type="text/plain"), Later("malformed", None)),
            (answer(201, {"case": 1}), Later("malformed", None)),
        ],
        ids=str,
    )
    def test_what_an_answer_means_for_the_outbox(self, got: Answer, expected: object) -> None:
        _, outcome = self._submit(got)
        assert outcome == expected

    def test_outbox_decides_when_to_try_again(self) -> None:
        world, _ = self._submit(CUT)
        assert len(world.http.asked) == 1
        assert world.pauses == []

    def test_unknown_terminal_is_not_asked_again_with_another_token(self) -> None:
        world, _ = self._submit(problem(401, "UNKNOWN_TERMINAL"))
        assert world.tokens_asked == [False]

    def test_token_that_ran_out_is_renewed_and_the_envelope_sent(self) -> None:
        world, outcome = self._submit(answer(401), answer(201, CASE))
        assert isinstance(outcome, Accepted)
        assert world.tokens_asked == [False, True]

    def test_operation_that_takes_no_sealed_body_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="sealed"):
            _world(CUT).client.submit("holdSlot", "", b"x", KEY)


def test_unknown_signer_lists_the_known_ones() -> None:
    assert sorted(SIGNERS) == ["hmac-sha256", "hmac-sm3", "none", "rfc9421", "x-tif"]
    with pytest.raises(UnknownSigner, match="no request signer 'hmac'; known: hmac-sha256, hmac-sm3, none"):
        signer("hmac")


def test_nothing_of_a_citizen_is_in_a_repr() -> None:
    assert repr(Ok({"name": "张三"})) == "Ok(again=False)"
    assert "张三" not in repr(Accepted({"name": "张三"}, again=False))
