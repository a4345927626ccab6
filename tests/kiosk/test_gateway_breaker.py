"""A breaker per department: as a state machine against a model, and in front of the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from flows.effects import Call
from flows.events import Outcome
from kiosk.delivery import to_answer
from kiosk.desks.city import CityDesk
from kiosk.gateway import contract
from kiosk.gateway.bearer import PlainBearer
from kiosk.gateway.breaker import FAILURES, REST, Breaker, Breakers, Pass, State, Verdict, verdict
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.delivery import Later
from kiosk.gateway.outcomes import Ok, Problem, Reason, Unreachable
from kiosk.gateway.signers import signer
from kiosk.gateway.transport import HttpAnswer
from kiosk.guide_pictures import Held, Media
from kiosk.visit import Visit
from offline_cache.answers import Temporary
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import NO_SLIPS, Answer, ScriptedHttp, answer, problem
from tests.kiosk.test_filing import Inline

PENSION, POLICE = "市人社局", "市公安局"
RECORD, ALLOWANCE, MIGRATION = (
    "social-insurance.rights-record",
    "social-insurance.other",
    "household.migration-job",
)
NAMES = {RECORD: PENSION, ALLOWANCE: PENSION, MIGRATION: POLICE}
KEY = "7b0c4f0e-0000-4000-8000-000000000001"


class BreakerMachine(RuleBasedStateMachine):
    """Attempts that overlap, end late or never, and a clock that moves between any two of them."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(failures=3, rest=10.0)
        self.now = 0.0
        self.pending: list[Pass] = []
        # The model: bad ones in a row since the last change, when it opened, and who is the probe.
        self.bad = 0
        self.opened: float | None = None
        self.probe: Pass | None = None
        self.fresh: list[Pass] = []

    def _changed(self, opened: float | None) -> None:
        self.bad, self.opened, self.probe, self.fresh = 0, opened, None, []

    @property
    def resting(self) -> bool:
        return self.opened is not None and self.now < self.opened + 10.0

    @rule(seconds=st.sampled_from([0.25, 1.0, 5.0, 9.75, 10.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def somebody_asks(self) -> None:
        leave = self.breaker.admit(self.now)
        if self.resting:
            assert isinstance(leave, float)
            assert 0 < leave <= 10.0
        elif self.opened is not None and self.probe is not None:
            assert isinstance(leave, float), "one probe at a time"
        else:
            assert isinstance(leave, Pass)
            self.pending.append(leave)
            self.fresh.append(leave)
            if self.opened is not None:
                self.probe = leave

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), found=st.sampled_from(Verdict))
    def an_attempt_ends(self, data: st.DataObject, found: Verdict) -> None:
        place = data.draw(st.integers(0, len(self.pending) - 1))
        leave = self.pending.pop(place)
        counts = any(leave is one for one in self.fresh)
        self.breaker.settle(leave, found, self.now)
        if not counts:
            return  # it began before the last change
        self.fresh = [one for one in self.fresh if one is not leave]
        if self.opened is not None:
            self.probe = None
            if found is Verdict.GOOD:
                self._changed(None)
            elif found is Verdict.BAD:
                self._changed(self.now)
        elif found is Verdict.GOOD:
            self.bad = 0
        elif found is Verdict.BAD:
            self.bad += 1
            if self.bad == 3:
                self._changed(self.now)

    @rule()
    def health_says_down(self) -> None:
        self.breaker.open(self.now)
        self._changed(self.now)

    @rule()
    def health_says_up(self) -> None:
        self.breaker.relent(self.now)
        if self.resting:
            self._changed(self.now - 10.0)

    @rule()
    def the_gateway_itself_is_lost(self) -> None:
        self.breaker.close()
        self._changed(None)

    @invariant()
    def it_is_in_the_state_of_the_model(self) -> None:
        expected = State.CLOSED if self.opened is None else State.OPEN if self.resting else State.HALF_OPEN
        assert self.breaker.state(self.now) is expected


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)


class _NoLibrary:
    def get(self, operation: str, *names: str) -> None:
        """There is none."""

    def pictures(self, media: object, *, ask: bool) -> list[tuple[Media, Held]]:
        """Nor are there any of these."""
        return []


class World:
    """A client whose network answers by what is asked; the clock moves as each answer says."""

    def __init__(self, reply: Callable[[str], Answer], took: float = 0.0) -> None:
        self.clock = TestClock()

        def give(asked: Any) -> Answer:
            self.clock.advance(took)
            return reply(asked.url)

        self.http = ScriptedHttp(give)
        self.breakers = Breakers(NAMES, self.clock)
        self.client = GatewayClient(
            base_url="https://gateway.example/v1",
            http=self.http,
            contract=contract.load(),
            signer=signer("none"),
            terminal_token=lambda *_: "t",
            clock=self.clock,
            on_time=lambda _: None,
            random=lambda: 0.0,
            pause=self.clock.advance,
            breakers=self.breakers,
        )

    def query(self, item: str) -> Any:
        return self.client.call("query", {"item": item}, {"fields": {}})


TABLE = answer(200, {"columns": [], "rows": []})


def _pension_is_down(url: str) -> Answer:
    return answer(503) if "social-insurance" in url else TABLE


class TestInFrontOfTheClient:
    """What a citizen and the outbox notice of it."""

    def test_it_opens_after_so_many_failures_and_answers_at_once(self) -> None:
        world = World(_pension_is_down)
        for _ in range(FAILURES):
            assert world.query(RECORD).reason is Reason.SERVER_ERROR
        asked = len(world.http.asked)
        shut = world.query(RECORD)
        assert shut == Unreachable(Reason.DEPARTMENT_DOWN, shut.detail, REST)
        assert world.query(ALLOWANCE).reason is Reason.DEPARTMENT_DOWN, "the same department's other item"
        assert len(world.http.asked) == asked

    def test_other_departments_are_not_touched(self) -> None:
        world = World(_pension_is_down)
        for _ in range(FAILURES + 1):
            world.query(RECORD)
        assert isinstance(world.query(MIGRATION), Ok)
        assert world.breakers.state(POLICE) is State.CLOSED

    def test_one_probe_after_the_rest_decides(self) -> None:
        answers = {"now": answer(503)}
        world = World(lambda _: answers["now"])
        for _ in range(FAILURES):
            world.query(RECORD)
        world.clock.advance(REST)
        assert world.query(RECORD).reason is Reason.SERVER_ERROR
        assert world.breakers.state(PENSION) is State.OPEN
        world.clock.advance(REST)
        answers["now"] = TABLE
        assert isinstance(world.query(RECORD), Ok)
        assert world.breakers.state(PENSION) is State.CLOSED

    def test_a_call_that_repeats_itself_stops_where_it_opens(self) -> None:
        world = World(lambda _: answer(503))
        body = {"fields": {}, "item": RECORD}
        for expected in (3, 5):  # three attempts, then two: the fifth opens it
            world.client.call("submitApplication", {"item": RECORD}, body, key=KEY)
            assert len(world.http.asked) == expected
        assert world.breakers.state(PENSION) is State.OPEN

    def test_a_refusal_is_an_answer_and_begins_the_count_anew(self) -> None:
        before = [answer(503)] * (FAILURES - 1)
        given: list[Answer] = [*before, problem(422, "REFUSED"), *before]
        world = World(lambda _: given.pop(0))
        for _ in range(2 * FAILURES - 1):
            world.query(RECORD)
        assert world.breakers.state(PENSION) is State.CLOSED

    def test_timeouts_count_and_a_pulled_cable_does_not(self) -> None:
        slow = World(lambda _: Unreachable(Reason.TIMEOUT), took=8.0)
        cut = World(lambda _: Unreachable(Reason.NO_NETWORK))
        for _ in range(FAILURES):
            slow.query(RECORD)
            cut.query(RECORD)
        assert slow.breakers.state(PENSION) is State.OPEN
        assert cut.breakers.state(PENSION) is State.CLOSED

    @pytest.mark.parametrize(
        ("operation", "path", "query", "body", "department"),
        [
            ("prefill", {"item": RECORD}, {}, {}, PENSION),
            ("getSlots", {}, {"item": MIGRATION}, None, POLICE),
            ("holdSlot", {}, {}, {"item": MIGRATION, "slot": "s"}, POLICE),
            ("createPayment", {}, {}, {"item": RECORD}, PENSION),
            ("getGuide", {"item": RECORD}, {}, None, None),
            ("rate", {}, {}, {"item": RECORD}, None),
            ("escalate", {}, {}, {"item": RECORD}, None),
            ("getCase", {"id": "1"}, {}, None, None),
            ("prefill", {"item": "nobody.knows"}, {}, {}, None),
            ("holdSlot", {}, {}, {"item": 3}, None),
        ],
    )
    def test_the_department_comes_from_the_items_official_entry(
        self, operation: str, path: dict[str, str], query: dict[str, str], body: Any, department: str | None
    ) -> None:
        breakers = Breakers(NAMES, TestClock())
        assert breakers.department(contract.load()[operation], path, query, body) == department

    def test_what_the_outbox_holds_for_it_waits_and_the_rest_goes_on(self) -> None:
        world = World(_pension_is_down)
        for _ in range(FAILURES):
            world.client.submit("submitApplication", RECORD, b"sealed", KEY)
        later = world.client.submit("submitApplication", RECORD, b"sealed", KEY)
        assert later == Later("department-down", REST)
        # Not Unreachable, which would say that the gateway is not heard and stop the whole drain.
        assert to_answer(later) == Temporary("department-down", REST, asked=False)

    def test_connectivity_is_told_nothing_because_nobody_was_asked(self) -> None:
        world, heard, told = World(_pension_is_down), list[bool](), list[Outcome]()
        desk = CityDesk(
            client=world.client,
            contract=contract.load(),
            library=_NoLibrary(),
            names={},
            executor=Inline(),
            clock=world.clock,
            heard=heard.append,
            online=lambda: True,
            new_key=lambda: "00000000-0000-4000-8000-000000000001",
            slips=NO_SLIPS,
        )
        world.breakers.told({PENSION: "down"})
        desk.call(
            Call(id="e", operation="query", item=RECORD, body={"fields": {}}),
            Visit(id="0" * 32, began=0.0, touched=0.0),
            PlainBearer("visit"),
            told.append,
        )
        assert heard == []
        assert [getattr(outcome, "reason", "") for outcome in told] == ["department-down"]

    def test_the_log_hears_of_the_first_failure_and_of_the_recovery(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        given: list[Answer] = [*[answer(503)] * (2 * FAILURES), TABLE]
        world = World(lambda _: given.pop(0) if len(given) > 1 else given[0])
        for _ in range(2 * FAILURES):
            world.query(RECORD)
        while not isinstance(world.query(RECORD), Ok):
            world.clock.advance(REST)
        assert [record.getMessage() for record in caplog.records] == [
            f"department {PENSION} does not answer, and is left alone",
            f"department {PENSION} is asked again",
        ]

    def test_an_attempt_that_ends_in_a_bug_does_not_keep_it_shut(self) -> None:
        breakers = Breakers(NAMES, TestClock(), failures=1, rest=0.0)

        def bug() -> None:
            raise RuntimeError

        breakers.guarded(PENSION, lambda: answer(503))
        with pytest.raises(RuntimeError):
            breakers.guarded(PENSION, bug)
        assert breakers.guarded(PENSION, lambda: TABLE) is TABLE
        assert breakers.state(PENSION) is State.CLOSED


class TestHealth:
    """getHealth's `departments` feed it."""

    def _world(self, departments: Any) -> World:
        def reply(url: str) -> Answer:
            if not url.endswith("/health"):
                return TABLE
            if isinstance(departments, Unreachable):
                return departments
            return answer(200, {"status": "up", "time": "2026-11-20T09:00:00+08:00", **departments})

        return World(reply)

    def test_down_opens_at_once_and_up_lets_a_probe_through(self) -> None:
        world = self._world({"departments": {PENSION: "down", "不认识的局": "down"}})
        world.client.call("getHealth")
        assert world.query(RECORD).reason is Reason.DEPARTMENT_DOWN
        assert isinstance(world.query(MIGRATION), Ok)
        world.breakers.told({PENSION: "slow"})
        assert world.breakers.state(PENSION) is State.HALF_OPEN
        assert isinstance(world.query(RECORD), Ok)
        assert world.breakers.state(PENSION) is State.CLOSED

    def test_up_says_nothing_new_of_a_department_that_is_asked(self) -> None:
        world = self._world({"departments": dict.fromkeys((PENSION, POLICE), "up")})
        world.client.call("getHealth")
        assert world.breakers.state(PENSION) is State.CLOSED

    def test_when_the_gateway_itself_is_silent_no_department_is_blamed(self) -> None:
        world = self._world(Unreachable(Reason.NO_NETWORK))
        world.breakers.told({PENSION: "down"})
        world.client.call("getHealth")
        assert world.breakers.state(PENSION) is State.CLOSED

    @pytest.mark.parametrize("odd", [None, [], "down", {PENSION: 3}, {PENSION: ["down"]}])
    def test_odd_health_changes_nothing(self, odd: Any) -> None:
        breakers = Breakers(NAMES, TestClock())
        breakers.told(odd)
        assert breakers.state(PENSION) is State.CLOSED


@pytest.mark.parametrize(
    ("said", "took", "found"),
    [
        (HttpAnswer(200, {}, b""), 0.0, Verdict.GOOD),
        (HttpAnswer(404, {}, b""), 0.0, Verdict.GOOD),
        (HttpAnswer(500, {}, b""), 0.0, Verdict.BAD),
        (HttpAnswer(429, {}, b""), 0.0, Verdict.SILENT),
        (HttpAnswer(401, {}, b""), 0.0, Verdict.SILENT),
        (Problem(403), 0.0, Verdict.SILENT),
        (Problem(422), 0.0, Verdict.GOOD),
        (Ok({}), 0.0, Verdict.GOOD),
        (Unreachable(Reason.SERVER_ERROR), 0.0, Verdict.BAD),
        (Unreachable(Reason.TIMEOUT), 2.0, Verdict.BAD),
        (Unreachable(Reason.TIMEOUT), 0.5, Verdict.SILENT),
        (Unreachable(Reason.CAPTIVE_PORTAL), 9.0, Verdict.SILENT),
        (Unreachable(Reason.MALFORMED), 9.0, Verdict.SILENT),
    ],
)
def test_what_an_attempt_says_about_a_department(said: object, took: float, found: Verdict) -> None:
    assert verdict(said, took) is found
