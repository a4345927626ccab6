"""What touches tell of a panel: the numbers of the rules, by a clock that the test moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.touchscreen.health import Condition
from drivers.touchscreen.report import Report
from drivers.touchscreen.watch import (
    CALM_SECONDS,
    FLOOD_SECONDS,
    FLOOD_TOUCHES,
    GHOST_SECONDS,
    GHOST_TOUCHES,
    PLACE,
    SHORT_SECONDS,
    STUCK_SECONDS,
    Touches,
)


def tap(touches: Touches, now: float, x: float = 0.5, y: float = 0.5, seconds: float = 0.1) -> None:
    touches.heard(Report(0, True, x, y), now)
    touches.heard(Report(0, False, x, y), now + seconds)


def taps(count: int, within: float, *, apart: float = 0.0, seconds: float = 0.1) -> tuple[Touches, float]:
    """So many, evenly, the last of them over at the time that is given back."""
    touches, now = Touches(), 0.0
    for number in range(count):
        now = number * (within - seconds) / (count - 1)
        tap(touches, now, x=0.3 + apart * (number % 2), seconds=seconds)
    return touches, now + seconds


def test_a_contact_that_never_lifts_is_stuck_and_lifting_ends_it() -> None:
    touches = Touches()
    touches.heard(Report(0, True, 0.5, 0.5), 10.0)
    touches.heard(Report(0, True, 0.6, 0.5), 40.0)
    assert touches.condition(10 + STUCK_SECONDS - 0.1) is None
    assert touches.due(40.0) == 10 + STUCK_SECONDS - 40
    assert touches.condition(10 + STUCK_SECONDS) is Condition.STUCK
    touches.heard(Report(0, False, 0.6, 0.5), 100.0)
    assert touches.condition(100.0) is None


def test_one_stuck_contact_is_found_among_others() -> None:
    touches = Touches()
    touches.heard(Report(3, True, 0.0, 0.0), 0.0)
    for second in range(int(STUCK_SECONDS)):
        tap(touches, float(second), x=second / 60)
    assert touches.condition(STUCK_SECONDS) is Condition.STUCK


def test_many_short_touches_at_one_place_are_nobodys() -> None:
    touches, now = taps(GHOST_TOUCHES, GHOST_SECONDS)
    assert touches.condition(now) is Condition.GHOST


def test_one_fewer_is_somebodys() -> None:
    touches, now = taps(GHOST_TOUCHES - 1, GHOST_SECONDS)
    assert touches.condition(now) is None


def test_slower_is_somebodys() -> None:
    touches, now = taps(GHOST_TOUCHES * 2, GHOST_SECONDS * 2.2)
    assert touches.condition(now) is None


def test_longer_is_somebodys() -> None:
    touches, now = taps(GHOST_TOUCHES, GHOST_SECONDS, seconds=SHORT_SECONDS + 0.01)
    assert touches.condition(now) is None


def test_at_two_places_is_somebodys() -> None:
    """Two thumbs at a keyboard."""
    touches, now = taps(GHOST_TOUCHES, GHOST_SECONDS, apart=PLACE + 0.01)
    assert touches.condition(now) is None


def test_a_flood_anywhere_is_nobodys() -> None:
    touches = Touches()
    for number in range(FLOOD_TOUCHES):
        now = number * FLOOD_SECONDS / FLOOD_TOUCHES
        tap(touches, now, x=number / FLOOD_TOUCHES, seconds=0.01)
    assert touches.condition(FLOOD_SECONDS) is Condition.GHOST


def test_a_palm_of_ten_contacts_twice_a_second_is_a_hand() -> None:
    touches = Touches()
    for number in range(FLOOD_TOUCHES):
        now = number // 10 * 0.7
        touches.heard(Report(number % 10, True, number % 10 / 10, 0.5), now)
        touches.heard(Report(number % 10, False, number % 10 / 10, 0.5), now + 0.3)
    assert touches.condition(3.0) is None


def test_ghosts_are_over_after_a_minute_of_calm() -> None:
    touches, now = taps(GHOST_TOUCHES, GHOST_SECONDS)
    assert touches.due(now) is not None
    assert touches.condition(now + CALM_SECONDS - 0.1) is Condition.GHOST
    assert touches.condition(now + CALM_SECONDS) is None


def test_deleting_a_whole_id_number_is_no_ghost() -> None:
    """Eighteen taps at one key, as fast as a finger goes (seven a second), three times over."""
    touches, now = Touches(), 0.0
    for _ in range(3):
        for _ in range(18):
            tap(touches, now, seconds=0.06)
            now += 1 / 7
        now += 2.0
    assert touches.condition(now) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.booleans(), st.floats(0, 1), st.floats(0, 1), st.floats(0, 5)),
        max_size=200,
    )
)
def test_any_reports_are_counted_and_places_are_forgotten(
    told: list[tuple[int, bool, float, float, float]],
) -> None:
    touches, now, began = Touches(), 0.0, 0
    down: set[int] = set()
    for contact, pressed, x, y, wait in told:
        now += wait
        began += pressed and contact not in down
        (down.add if pressed else down.discard)(contact)
        touches.heard(Report(contact, pressed, x, y), now)
    assert touches.count == began
    touches.condition(now + GHOST_SECONDS + 1)
    assert not touches._short
