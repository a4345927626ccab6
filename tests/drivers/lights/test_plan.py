"""Which lights are lit when, and how long nothing changes."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from drivers.lights.plan import BLINK_SECONDS, Look, Plan

MOMENTS = st.floats(0.0, 1e6)
LOOKS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(Look), st.one_of(st.just(math.inf), MOMENTS)), max_size=6
)


def test_all_are_dark_at_first_and_nothing_changes() -> None:
    plan = Plan("ab")
    assert plan.lit(5.0) == {"a": False, "b": False}
    assert plan.rest(5.0, 60.0) == 60.0


def test_one_that_is_none_of_them_is_not_taken() -> None:
    assert not Plan("ab").set("c", Look.ON)


def test_a_blinking_light_changes_by_the_clock() -> None:
    plan = Plan("ab")
    plan.set("a", Look.BLINK)
    assert plan.lit(0.2)["a"]
    assert plan.rest(0.2, 60.0) == BLINK_SECONDS - 0.2
    assert not plan.lit(BLINK_SECONDS)["a"]


@given(LOOKS, MOMENTS)
def test_nothing_changes_before_it_is_said_to(looks: list[tuple[str, Look, float]], now: float) -> None:
    plan = Plan("ab")
    for name, look, until in looks:
        plan.set(name, look, until)
    rest = plan.rest(now, 60.0)
    assert 0.0 < rest <= 60.0
    assert plan.lit(now) == plan.lit(now + rest * 0.4999)
