"""What the gateway's client says of a sending, in the outbox's words."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kiosk.delivery import Courier, to_answer
from kiosk.gateway import delivery as said
from kiosk.gateway.outcomes import FieldError
from offline_cache import answers
from offline_cache.answers import Reason, Rejection
from tests.offline_cache.world import submission

ERROR = FieldError(message="未满 80 周岁", code="AGE", instead="窗口")


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (
            said.Accepted({"case_no": "TJ-1", "state": "accepted"}, False),
            answers.Accepted("TJ-1", "accepted"),
        ),
        (said.Accepted({"ticket": "T-1", "state": "received"}, True), answers.Accepted("T-1", "received")),
        (said.Accepted({"id": "r-1"}, False), answers.Accepted("r-1", None)),
        (said.Accepted([], False), answers.Accepted(None, None)),
        (said.InProgress(3.0), answers.InProgress(3.0)),
        (
            said.Refused("REFUSED", "", (ERROR,)),
            answers.Refused((Reason("AGE", "未满 80 周岁", instead="窗口"),)),
        ),
        (said.Refused("CONFLICT", "已有一件", ()), answers.Refused((Reason("CONFLICT", "已有一件"),))),
        (said.Unauthorised("UNKNOWN_TERMINAL"), answers.Unauthorised("unknown-terminal")),
        (said.Undeliverable(422, "SEAL_KEY_GONE", ""), answers.SealKeyGone()),
        (said.Undeliverable(422, "KEY_REUSED", ""), answers.Rejected(Rejection.KEY_REUSED)),
        (said.Undeliverable(413, "", ""), answers.Rejected(Rejection.TOO_LARGE)),
        (said.Undeliverable(418, "", ""), answers.Rejected(Rejection.OTHER)),
        (said.Later("status 429", 9.0), answers.TooMany(9.0)),
        (said.Later("server-error", None), answers.Temporary("server-error", None)),
        (said.Later("department-down", 9.0), answers.Temporary("department-down", 9.0, asked=False)),
        (said.Later("status 408", None), answers.Temporary("status-408", None)),
        (said.Later("captive-portal", None), answers.Unreachable("captive-portal")),
        (said.Later("tls", None), answers.Unreachable("tls")),
    ],
)
def test_each_outcome_has_its_answer(result: said.Delivery, answer: answers.Answer) -> None:
    assert to_answer(result) == answer


class Client:
    """Accepts everything with the same case."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def submit(self, operation: str, target: str, envelope: bytes, key: str) -> said.Delivery:
        return said.Accepted(self.data, False)


def test_what_the_city_said_beyond_the_number_is_there_once() -> None:
    courier = Courier(Client({"case_no": "TJ-1", "next": "等短信", "promised_working_days": 20}))
    one = submission(random.Random(1))
    courier.send(one)
    case = courier.case(one.key)
    assert case is not None
    assert (case.next, case.working_days) == ("等短信", 20)
    assert courier.case(one.key) is None


def test_what_nobody_asks_for_does_not_pile_up() -> None:
    courier = Courier(Client({"case_no": "TJ-1"}))
    chance = random.Random(1)
    sent = [submission(chance) for _ in range(200)]
    for each in sent:
        courier.send(each)
    assert sum(courier.case(each.key) is not None for each in sent) <= 64
