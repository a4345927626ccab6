"""When a switch chatters, and when no longer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.door.chatter import MOST_EDGES, WINDOW_SECONDS, Chatter

STEPS = st.lists(st.tuples(st.floats(0.0, 20.0), st.integers(0, 10**9)), max_size=40)


def test_one_edge_too_many_is_chatter() -> None:
    chatter = Chatter()
    for edge in range(MOST_EDGES):
        chatter.heard(1, edge * 0.1)
        assert not chatter.chatters(edge * 0.1)
    chatter.heard(1, WINDOW_SECONDS)
    assert chatter.chatters(WINDOW_SECONDS)


def test_edges_that_are_far_apart_are_none() -> None:
    chatter = Chatter()
    for edge in range(100):
        now = edge * (WINDOW_SECONDS / MOST_EDGES + 0.01)
        chatter.heard(1, now)
        assert not chatter.chatters(now)


def test_it_lasts_until_it_was_quiet() -> None:
    chatter = Chatter()
    chatter.heard(1000, 0.0)
    assert chatter.chatters(WINDOW_SECONDS)
    chatter.heard(1, WINDOW_SECONDS)
    assert chatter.chatters(2 * WINDOW_SECONDS)
    assert not chatter.chatters(2 * WINDOW_SECONDS + 0.1)
    chatter.heard(1, 2 * WINDOW_SECONDS + 0.1)
    assert not chatter.chatters(2 * WINDOW_SECONDS + 0.1)


@given(STEPS)
def test_whatever_comes_it_is_calm_in_the_end(steps: list[tuple[float, int]]) -> None:
    chatter, now = Chatter(), 0.0
    for pause, count in steps:
        now += pause
        chatter.heard(count, now)
        chatter.chatters(now)
    assert not chatter.chatters(now + WINDOW_SECONDS + 1)
