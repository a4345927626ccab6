"""The whole gateway under schemathesis, over its real TLS, as people and terminals that it knows.

Every operation gets requests made from the contract: good ones, ones that break it in one place, ones without
what has to be there; and stories, in which one answer leads to the next request. The seed is fixed. How many
requests were made is told at the end of a run (tests/conftest.py). `long` makes some 7,500 more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup

from deploy.sandbox.gateway import app as gateway
from deploy.sandbox.gateway.operations import Call, Reply
from deploy.sandbox.wire import Problem
from tests.deploy.sandbox.fuzz import SCHEMA, Fuzzed, operation_id
from tests.deploy.sandbox.world import World

EXAMPLES, MANY = 12, 120
STORIES, MANY_STORIES = 12, 150
FIXED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    # No shrinking: whatever fails is reported as it was found, within bounded time.
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    """A city for all the requests of one worker: what they leave behind is what the next ones find."""
    world = World(tmp_path_factory.mktemp("fuzzed") / "city")
    yield Fuzzed(world)
    world.close()


@pytest.fixture
def counted(fuzzed: Fuzzed, record_property: Callable[[str, object], None]) -> Iterator[Fuzzed]:
    """The same; how many requests a test made is told."""
    before = fuzzed.cases
    yield fuzzed
    record_property("schemathesis_cases", fuzzed.cases - before)


@SCHEMA.parametrize()
@settings(FIXED, max_examples=EXAMPLES)
def test_answers_are_the_contracts_whatever_is_asked(case: Case[Any], counted: Fuzzed) -> None:
    counted.hold(case)


@pytest.mark.long
@pytest.mark.timeout(1800)
@SCHEMA.parametrize()
@settings(FIXED, max_examples=MANY)
def test_answers_are_the_contracts_whatever_is_asked_much_more_often(
    case: Case[Any], counted: Fuzzed
) -> None:
    counted.hold(case)


def stories(fuzzed: Fuzzed, many: int) -> None:
    """Requests that follow from answers: a case, a booking, a payment, a ticket, and what comes of it."""

    class Story(SCHEMA.as_state_machine()):  # type: ignore[misc]  # made at run time
        def setup(self) -> None:
            fuzzed.anew()

        def before_call(self, case: Case[Any]) -> None:
            fuzzed.prepared(case)

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            headers = dict(fuzzed.headers(operation_id(case)))
            return {"base_url": fuzzed.world.city.own_gateway_url, "headers": headers, **fuzzed.sent()}

    Story.run(settings=settings(FIXED, max_examples=many, stateful_step_count=8))


def test_stories_hold(counted: Fuzzed) -> None:
    stories(counted, STORIES)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_stories_hold(counted: Fuzzed) -> None:
    stories(counted, MANY_STORIES)


def _breaks(call: Call) -> Reply:
    raise RuntimeError("on purpose")


def _refuses(call: Call) -> Reply:
    raise Problem(400, "BAD_BODY", "on purpose")


def _answers(status: int, body: Any) -> Callable[[Call], Reply]:
    return lambda call: Reply(status, body)


GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
BROKEN: dict[str, tuple[str, GenerationMode, dict[str, Any]]] = {
    "it falls over": ("searchPolicies", GOOD, {"act": _breaks}),
    "a member of the answer is missing": ("searchPolicies", GOOD, {"act": _answers(200, {})}),
    "a member is of another kind": (
        "searchPolicies",
        GOOD,
        {"act": _answers(200, {"policies": [{"id": 1, "title": "x"}]})},
    ),
    "the status is another": ("searchPolicies", GOOD, {"act": _answers(201, {"policies": []})}),
    "anybody may ask": ("searchPolicies", GOOD, {"security": frozenset()}),
    "what is good is refused": ("matchPolicies", GOOD, {"act": _refuses}),
    "what is bad is taken": ("matchPolicies", BAD, {"act": _answers(200, [])}),
}


def exercise(fuzzed: Fuzzed, operation: str, mode: GenerationMode) -> None:
    """The checks of above, on one operation."""
    strategy = SCHEMA.find_operation_by_id(operation).as_strategy(generation_mode=mode)

    @settings(FIXED, max_examples=EXAMPLES)
    @given(case=strategy)
    def ask(case: Case[Any]) -> None:
        fuzzed.hold(case)

    ask()


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_operation_is_caught(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, mode, changes = BROKEN[how]
    operations = tuple(replace(one, **changes) if one.id == operation else one for one in gateway.OPERATIONS)
    monkeypatch.setattr(gateway, "OPERATIONS", operations)
    world = World(tmp_path / "city")
    try:
        with pytest.raises(FailureGroup):
            exercise(Fuzzed(world), operation, mode)
    finally:
        world.close()


@pytest.mark.parametrize("operation", sorted({operation for operation, _, _ in BROKEN.values()}))
@pytest.mark.parametrize("mode", [GOOD, BAD])
def test_the_same_operation_whole_is_not(fuzzed: Fuzzed, operation: str, mode: GenerationMode) -> None:
    exercise(fuzzed, operation, mode)
