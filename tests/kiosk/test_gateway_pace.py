"""The rate that a gateway states: read from its answers, strictly, and handed on."""

from __future__ import annotations

import pytest

from kiosk.gateway import contract
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.pace import stated
from kiosk.gateway.signers import signer
from offline_cache.rate import Left, Quota, Stated
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import Answer, ScriptedHttp, answer, problem

POLICY = '"outbox";q=6;w=60'
LIMIT = '"outbox";r=3;t=30'
HEALTH = {"status": "up", "time": "2026-11-20T09:00:00Z"}


@pytest.mark.parametrize(
    ("policy", "limit", "said"),
    [
        (POLICY, LIMIT, Stated((Quota(6, 60.0),), (Left(3, 30.0),))),
        (POLICY, "", Stated((Quota(6, 60.0),))),
        ("", LIMIT, Stated((), (Left(3, 30.0),))),
        ('"o";q=6;w=60;qu="requests";pk=:dGVybWluYWw=:', "", Stated((Quota(6, 60.0),))),
        ('"minute";q=6;w=60, "day";q=900;w=86400', "", Stated((Quota(6, 60.0), Quota(900, 86400.0)))),
        ('"o";q=6;w=60, "bytes";q=9;w=60;qu="content-bytes"', "", Stated((Quota(6, 60.0),))),
        ("", '"o";r=0;t=5', Stated((), (Left(0, 5.0),))),
        (",".join(['"o";q=6;w=60'] * 9), "", Stated((Quota(6, 60.0),) * 4)),
    ],
)
def test_what_is_stated_is_read(policy: str, limit: str, said: Stated) -> None:
    assert stated(answer(200, {}, ratelimit_policy=policy, ratelimit=limit)) == said


@pytest.mark.parametrize(
    "policy",
    [
        "6;w=60",  # as in the drafts before 2024
        "outbox;q=6;w=60",  # a Token, where a String is due
        '"outbox";q=6',
        '"outbox";w=60',
        '"outbox";q=0;w=60',
        '"outbox";q=-6;w=60',
        '"outbox";q=6.0;w=60',
        '"outbox";q;w=60',
        '"outbox";q=6;w=0',
        '"outbox";q=6;w=86401',
        '"outbox";q=9999999999;w=60',
        '"outbox";q=99999999999999999999;w=60',
        '("outbox" "b");q=6;w=60',
        '"";q=6;w=60',
        '"outbox";q=6;w=60,',
        '"outbox";q=6;w=60 and more',
        '"出件";q=6;w=60',
        '"outbox";q=6;w=60' + " " * 500,
        "\x00",
    ],
)
def test_what_is_not_a_statement_states_nothing(policy: str) -> None:
    assert stated(answer(200, {}, ratelimit_policy=policy)) is None


class World:
    """A client that tells what it heard."""

    def __init__(self, *answers: Answer) -> None:
        self.http = ScriptedHttp(*answers)
        self.said: list[Stated] = []
        self.again = 0
        self.client = GatewayClient(
            base_url="https://gateway.example/v1/",
            http=self.http,
            contract=contract.load(),
            signer=signer("none"),
            terminal_token=lambda _fresh, _seconds: "terminal-1",
            clock=TestClock(),
            on_time=lambda _: None,
            on_pace=self.said.append,
            on_again=self._again,
            random=lambda: 0.5,
            pause=lambda _: None,
        )

    def _again(self) -> None:
        self.again += 1


@pytest.mark.parametrize(
    "said",
    [
        answer(200, HEALTH, ratelimit_policy=POLICY),
        answer(503, ratelimit_policy=POLICY),
        problem(429, "TOO_MANY", retryable=True),
    ],
)
def test_every_answer_of_the_city_hands_its_rate_on(said: Answer) -> None:
    if not isinstance(said, Unreachable) and said.status == 429:
        said = answer(429, ratelimit_policy=POLICY, retry_after="9")
    world = World(said)
    world.client.call("getHealth", attempts=1)
    assert world.said == [Stated((Quota(6, 60.0),))]
    assert len(world.http.asked) == 1


@pytest.mark.parametrize(
    "said",
    [
        Unreachable(Reason.TLS, "certificate refused"),
        answer(302, location="http://portal.invalid/", ratelimit_policy=POLICY),
        answer(200, b"<html>", content_type="text/html", ratelimit_policy=POLICY),
    ],
)
def test_a_captive_portal_states_nothing(said: Answer) -> None:
    world = World(said)
    world.client.call("getHealth", attempts=1)
    assert world.said == []


def test_what_is_sent_once_more_for_a_new_token_is_told() -> None:
    world = World(problem(401, "BAD_TOKEN"), answer(201, {"id": "r-1"}))
    world.client.submit("rate", "", b"eyJh.b.c.d.e", "7b0c4f0e-0000-4000-8000-000000000001")
    assert (len(world.http.asked), world.again) == (2, 1)
