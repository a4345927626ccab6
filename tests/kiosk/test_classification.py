"""Each answer that a sending can meet, from the line to the slip: what it means, where the submission is
then, what a technician reads, whether it is sent again, and what a citizen with the slip is told."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.events import Answered
from flows.events import Unreachable as NoAnswer
from flows.steps.numbers import _slip
from kiosk.commands.outbox import desk
from kiosk.delivery import Courier
from kiosk.gateway import contract
from kiosk.gateway.breaker import Breakers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Reason
from kiosk.gateway.outcomes import Unreachable as Silent
from kiosk.gateway.signers import signer
from kiosk.slips import Slips
from offline_cache.opening import Opened, open_outbox
from offline_cache.submission import State
from offline_cache.sync import Sync
from tests.kiosk.scripted import Answer, ScriptedHttp, answer, problem
from tests.offline_cache.world import FakeClock, submission

ITEM = "civil.senior-allowance-apply"


def case(state: str) -> dict[str, str]:
    return {"case_no": "TJ1", "item": ITEM, "state": state, "accepted_at": "2026-11-20T09:00:00+08:00"}


@dataclass
class Row:
    """What is expected. `heard`: whether it is a sign of life of the gateway; `slip`: words of the slip's
    look-up at this terminal, while the gateway says nothing."""

    said: Answer
    state: State
    reason: str
    heard: bool
    slip: str
    requests: int = 1


WAITS = "还在等待送出"
DESK = "平台没能接收，已转给工作人员"
DONE, WAITING, REFUSED, QUARANTINED = State.DONE, State.WAITING, State.REFUSED, State.QUARANTINED
PORTAL = answer(302, location="http://portal.invalid/login")
PAGE = answer(200, b"<!doctype html><html><p>login", content_type="text/html")

TABLE: dict[str, Row] = {
    "accepted": Row(answer(201, case("accepted")), DONE, "", True, "已经送达平台"),
    "replayed": Row(answer(200, case("accepted")), DONE, "", True, "已经送达平台"),
    "identity to confirm": Row(answer(201, case("identity-to-confirm")), DONE, "", True, "已经送达平台"),
    "in progress": Row(problem(409, "IN_PROGRESS", retryable=True), WAITING, "in-progress", True, WAITS),
    "conflict": Row(problem(409, "CONFLICT"), REFUSED, "CONFLICT", True, "已经送达，平台没有受理"),
    "refused": Row(
        problem(422, "REFUSED", errors=[{"code": "AGE", "message": "未满 80 周岁"}]),
        REFUSED,
        "AGE",
        True,
        "已经送达，平台没有受理",
    ),
    "seal key gone": Row(problem(422, "SEAL_KEY_GONE"), QUARANTINED, "seal-key-gone", True, DESK),
    "key reused": Row(problem(422, "KEY_REUSED"), QUARANTINED, "key-reused", True, DESK),
    "key mismatch": Row(problem(422, "KEY_MISMATCH"), QUARANTINED, "key-mismatch", True, DESK),
    "bad request": Row(problem(400, "BAD_BODY"), QUARANTINED, "malformed", True, DESK),
    "bad token": Row(problem(401, "BAD_TOKEN"), WAITING, "bad-token", True, WAITS, requests=2),
    "bare 401": Row(answer(401), WAITING, "unauthorised", True, WAITS, requests=2),
    "unknown terminal": Row(problem(401, "UNKNOWN_TERMINAL"), WAITING, "unknown-terminal", True, WAITS),
    "forbidden": Row(problem(403, "WRONG_SIGNER"), QUARANTINED, "forbidden", True, DESK),
    "not found": Row(problem(404, "NOT_FOUND"), QUARANTINED, "not-found", True, DESK),
    "too large": Row(problem(413, "TOO_LARGE"), QUARANTINED, "too-large", True, DESK),
    "another 4xx": Row(problem(418, "TEAPOT"), QUARANTINED, "other", True, DESK),
    "too many": Row(answer(429, retry_after="30"), WAITING, "too-many", True, WAITS),
    "timeout of the server": Row(problem(408, "TIMEOUT"), WAITING, "status-408", True, WAITS),
    "out of order": Row(answer(503, retry_after="30"), WAITING, "server-error", True, WAITS),
    "the proxy's page": Row(
        answer(502, b"<html>bad gateway", content_type="text/html"), WAITING, "server-error", True, WAITS
    ),
    "4xx of a proxy": Row(
        answer(403, b"denied", content_type="text/plain"), WAITING, "malformed", False, WAITS
    ),
    "portal redirects": Row(PORTAL, WAITING, "captive-portal", False, WAITS),
    "portal's page": Row(PAGE, WAITING, "captive-portal", False, WAITS),
    "portal's 511": Row(answer(511), WAITING, "captive-portal", False, WAITS),
    "wrong CA, expired, not TLS": Row(
        Silent(Reason.TLS, "certificate refused"), WAITING, "tls", False, WAITS
    ),
    "not JSON": Row(answer(201, b"case"), WAITING, "malformed", False, WAITS),
    "not the contract's": Row(answer(201, {"case": 1}), WAITING, "malformed", False, WAITS),
    "too much": Row(Silent(Reason.TOO_LARGE, ""), WAITING, "too-large", False, WAITS),
    "cut": Row(Silent(Reason.NO_NETWORK, "the line was cut"), WAITING, "no-network", False, WAITS),
    "no answer in time": Row(Silent(Reason.TIMEOUT, ""), WAITING, "timeout", False, WAITS),
}


class Line:
    """A terminal with one submission, before a gateway that says always the same."""

    def __init__(self, folder: Path, said: Answer) -> None:
        self.clock = FakeClock()
        self.http = ScriptedHttp(said)
        self.opened: Opened = open_outbox(folder / "outbox.db", clock=self.clock, random=random.Random(1))
        client = GatewayClient(
            base_url="https://gateway.example/v1/",
            http=self.http,
            contract=contract.load(),
            signer=signer("none"),
            terminal_token=lambda _fresh, _seconds: "terminal-1",
            clock=self.clock,
            on_time=lambda _: None,
            random=lambda: 0.5,
            pause=self.clock.advance,
            breakers=Breakers({}, self.clock),
        )
        self.sync = Sync(
            self.opened.outbox,
            Courier(client).send,
            probe=lambda: True,
            clock=self.clock,
            random=random.Random(2),
            on_answer=lambda _key, _answer: None,
            on_connectivity=lambda _: None,
        )
        self.one = submission(random.Random(3), at=self.clock.now())
        self.opened.outbox.enqueue(self.one)
        self.sync.step()  # the probe, which is answered

    def slip(self, gateway: dict[str, Any] | None) -> dict[str, str]:
        """What the look-up shows; `gateway` is its answer, None where it is silent."""
        asked = (
            NoAnswer(effect="e", reason="timeout") if gateway is None else Answered(effect="e", data=gateway)
        )
        told = Slips(self.opened.outbox.get).told(asked, self.one.key.upper())
        assert isinstance(told, Answered)
        return dict(_slip(told.data))


@pytest.mark.parametrize("name", TABLE)
def test_each_answer_from_the_line_to_the_slip(name: str, tmp_path: Path) -> None:
    row = TABLE[name]
    line = Line(tmp_path, row.said)
    line.sync.step()
    filed = line.opened.outbox.get(line.one.key)
    assert (filed.state, filed.reason) == (row.state, row.reason)
    assert len(line.http.asked) == row.requests
    doubted = line.sync._connectivity._against > 0
    assert doubted is not row.heard
    for said in (None, {"state": "not-received"}):
        told = line.slip(said)
        assert told["这台终端"].startswith(row.slip)
        assert told["接下来"]
    assert (line.slip(None).get("办件编号") == "TJ1") is (row.state is State.DONE)
    again = {one.headers["Idempotency-Key"] for one in line.http.asked}
    for _ in range(40):
        line.clock.advance(line.sync.step())
    assert (len(line.http.asked) > row.requests) is (row.state is State.WAITING)
    assert {one.headers["Idempotency-Key"] for one in line.http.asked} == again == {line.one.key}
    line.opened.close()
    listed = {each["key"]: each["reason"] for each in desk(tmp_path)}
    assert listed == ({line.one.key: row.reason} if row.state is State.QUARANTINED else {})


def test_what_the_gateway_knows_of_a_slip_comes_before_what_is_known_here(tmp_path: Path) -> None:
    line = Line(tmp_path, TABLE["seal key gone"].said)
    line.sync.step()
    told = line.slip({"state": "refused", "reasons": ["未满 80 周岁"]})
    assert told == {"状态": "平台没有受理", "原因": "未满 80 周岁"}
    line.opened.close()


def test_a_slip_of_another_terminal_is_not_guessed_at(tmp_path: Path) -> None:
    line = Line(tmp_path, PORTAL)
    slips = Slips(line.opened.outbox.get)
    silent = NoAnswer(effect="e", reason="timeout")
    other = "00000000-0000-4000-8000-000000000009"
    assert slips.told(silent, other) is silent
    unknown = Answered(effect="e", data={"state": "not-received"})
    assert slips.told(unknown, other) is unknown
    assert "出单的那台终端" in dict(_slip(unknown.data))["接下来"]
    line.opened.close()


def test_expired_is_said_with_the_day(tmp_path: Path) -> None:
    line = Line(tmp_path, PORTAL)
    line.clock.advance(31 * 86400)
    line.sync.heard(True)
    for _ in range(3):
        line.sync.step()
    told = line.slip({"state": "not-received"})
    assert told["这台终端"] == "到 2026-07-31 没能送出，不再送了"
    assert "重新办理" in told["接下来"]
    line.opened.close()


def test_the_table_knows_every_kind_of_silence() -> None:
    silent = {row.said.reason for row in TABLE.values() if isinstance(row.said, Silent)}
    read_from_answers = {Reason.SERVER_ERROR, Reason.CAPTIVE_PORTAL, Reason.MALFORMED}
    assert silent | read_from_answers | {Reason.DEPARTMENT_DOWN} == set(Reason)
