"""Reports out of an input device's events: slots and tracking ids, a single touch, and what is lost."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable

import pytest
from evdev import InputEvent, ecodes
from hypothesis import given
from hypothesis import strategies as st

from drivers.touchscreen.contacts import Contacts
from drivers.touchscreen.panel import NotATouchscreen, Panel, panel_of
from drivers.touchscreen.report import Report
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed

MULTI = Panel("multi", (0, 1000), (0, 500), 3)
SINGLE = Panel("single", (100, 1100), (0, 500), 0)
SYN = (ecodes.EV_SYN, ecodes.SYN_REPORT, 0)
DROPPED = (ecodes.EV_SYN, ecodes.SYN_DROPPED, 0)


def mt(name: str, value: int) -> tuple[int, int, int]:
    return (ecodes.EV_ABS, getattr(ecodes, f"ABS_MT_{name}"), value)


def events(*told: tuple[int, int, int]) -> list[InputEvent]:
    return [InputEvent(0, 0, *each) for each in told]


def test_a_finger_comes_down_moves_and_is_lifted() -> None:
    contacts = Contacts(MULTI)
    down = events(mt("TRACKING_ID", 7), mt("POSITION_X", 500), mt("POSITION_Y", 250), SYN)
    assert contacts.feed(down) == [Report(0, True, 0.5, 0.5)]
    assert contacts.feed(events(mt("POSITION_X", 250), SYN)) == [Report(0, True, 0.25, 0.5)]
    assert contacts.feed(events(mt("TRACKING_ID", -1), SYN)) == [Report(0, False, 0.25, 0.5)]
    assert contacts.feed(events(SYN)) == []


def test_nothing_is_told_before_its_frame_is_over() -> None:
    contacts = Contacts(MULTI)
    told = events(mt("TRACKING_ID", 7), mt("POSITION_X", 500), mt("POSITION_Y", 250), SYN)
    assert [contacts.feed([each]) for each in told] == [[], [], [], [Report(0, True, 0.5, 0.5)]]


def test_fingers_are_told_apart_by_their_slots() -> None:
    contacts = Contacts(MULTI)
    contacts.feed(events(mt("TRACKING_ID", 1), mt("POSITION_X", 0), mt("SLOT", 2), mt("TRACKING_ID", 2), SYN))
    assert contacts.feed(events(mt("POSITION_X", 1000), SYN)) == [Report(2, True, 1.0, 0.0)]
    assert contacts.feed(events(mt("TRACKING_ID", -1), mt("SLOT", 0), mt("TRACKING_ID", -1), SYN)) == [
        Report(0, False, 0.0, 0.0),
        Report(2, False, 1.0, 0.0),
    ]


def test_events_begin_with_the_slot_that_the_kernel_names() -> None:
    contacts = Contacts(Panel("multi", (0, 1000), (0, 500), 3, slot=2))
    assert contacts.feed(events(mt("TRACKING_ID", 1), SYN)) == [Report(2, True, 0.0, 0.0)]


@pytest.mark.parametrize("slot", [-1, 3, 2**31 - 1])
def test_slot_that_the_panel_has_not_is_not_followed(slot: int) -> None:
    contacts = Contacts(MULTI)
    assert contacts.feed(events(mt("SLOT", slot), mt("TRACKING_ID", 1), mt("POSITION_X", 1), SYN)) == []
    assert contacts.feed(events(mt("SLOT", 1), mt("TRACKING_ID", 2), SYN)) == [Report(1, True, 0.0, 0.0)]


def test_contact_from_before_the_opening_is_not_followed() -> None:
    contacts = Contacts(MULTI)
    assert contacts.feed(events(mt("POSITION_X", 500), SYN, mt("TRACKING_ID", -1), SYN)) == []


def test_after_lost_events_all_is_lifted_and_the_rest_of_the_frame_is_not_believed() -> None:
    contacts = Contacts(MULTI)
    contacts.feed(events(mt("TRACKING_ID", 1), mt("POSITION_X", 500), SYN))
    lost = events(DROPPED, mt("TRACKING_ID", 9), mt("POSITION_X", 0), SYN)
    assert contacts.feed(lost) == [Report(0, False, 0.5, 0.0)]
    assert contacts.dropped == 1
    contacts.resume(1)
    assert contacts.feed(events(mt("TRACKING_ID", 10), SYN)) == [Report(1, True, 0.0, 0.0)]


def test_single_touch() -> None:
    contacts = Contacts(SINGLE)
    x, y, touch = (ecodes.EV_ABS, 0, 600), (ecodes.EV_ABS, 1, 125), ecodes.EV_KEY
    assert contacts.feed(events(x, y, (touch, ecodes.BTN_TOUCH, 1), SYN)) == [Report(0, True, 0.5, 0.25)]
    assert contacts.feed(events((touch, ecodes.BTN_TOUCH, 0), SYN)) == [Report(0, False, 0.5, 0.25)]
    assert contacts.feed(events((touch, ecodes.BTN_LEFT, 1), SYN)) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ecodes.EV_SYN, ecodes.EV_KEY, ecodes.EV_ABS, 0x15]),
            st.one_of(st.sampled_from([0, 1, 3, 0x2F, 0x35, 0x36, 0x39, 0x14A]), st.integers(0, 0xFFFF)),
            st.integers(-(2**31), 2**31 - 1),
        ),
        max_size=60,
    ),
    st.sampled_from([MULTI, SINGLE]),
)
def test_any_events_are_reports_inside_the_panel(told: list[tuple[int, int, int]], panel: Panel) -> None:
    assert_inside(panel, Contacts(panel).feed(events(*told)))


def assert_inside(panel: Panel, reports: Iterable[Report]) -> None:
    """On the panel, of a contact that it has; and none is lifted that did not come down."""
    down: set[int] = set()
    for report in reports:
        assert 0 <= report.x <= 1
        assert 0 <= report.y <= 1
        assert 0 <= report.contact < max(1, panel.slots)
        assert report.down or report.contact in down
        (down.add if report.down else down.discard)(report.contact)


LIFTED = {
    MULTI: events(SYN, mt("SLOT", 0), mt("TRACKING_ID", -1), SYN),
    SINGLE: events(SYN, (ecodes.EV_KEY, ecodes.BTN_TOUCH, 0), SYN),
}
TAPS = {
    MULTI: events(
        mt("TRACKING_ID", 1), mt("POSITION_X", 500), mt("POSITION_Y", 250), SYN, mt("TRACKING_ID", -1), SYN
    ),
    SINGLE: events(
        (ecodes.EV_ABS, ecodes.ABS_X, 600),
        (ecodes.EV_ABS, ecodes.ABS_Y, 250),
        (ecodes.EV_KEY, ecodes.BTN_TOUCH, 1),
        SYN,
        (ecodes.EV_KEY, ecodes.BTN_TOUCH, 0),
        SYN,
    ),
}


def wire_of(told: Iterable[InputEvent]) -> bytes:
    """As the kernel gives it: struct input_event."""
    return b"".join(struct.pack("<qqHHi", 0, 0, each.type, each.code, each.value) for each in told)


def hide_no_touch_after_them(wire: bytes) -> None:
    """By whole struct input_event, as python-evdev reads them; on either kind of panel reports are on it, and
    a touch is read afterwards."""
    whole = wire[: len(wire) // 24 * 24]
    told = [InputEvent(*each) for each in struct.iter_unpack("<qqHHi", whole)]
    for panel, tap in TAPS.items():
        contacts = Contacts(panel)
        assert_inside(panel, [*contacts.feed(told), *contacts.feed(LIFTED[panel])])
        assert contacts.feed(tap) == [Report(0, True, 0.5, 0.5), Report(0, False, 0.5, 0.5)]


TWO_FINGERS = events(
    mt("TRACKING_ID", 1), mt("SLOT", 2), mt("TRACKING_ID", 2), SYN, DROPPED, mt("TRACKING_ID", -1), SYN
)
SENT = tuple(wire_of(told) for told in (*TAPS.values(), TWO_FINGERS))
FUZZED = Fuzzed(hide_no_touch_after_them, SENT, longest=512)


def mutated_events_never_break_it(count: int, seed: int) -> None:
    """Frames whose bytes were tampered with."""
    chance = random.Random(seed)
    for _ in range(count):
        hide_no_touch_after_them(mutated(chance.choice(SENT), chance))


def test_mutated_events_never_break_it_and_the_next_touch_is_read() -> None:
    todays(mutated_events_never_break_it)


AXES = {0: (0, 10), 1: (0, 20), 0x2F: (0, 9), 0x35: (0, 100), 0x36: (0, 200), 0x39: (0, 65535)}


def test_panel_with_slots_is_multitouch() -> None:
    assert panel_of("p", AXES, [ecodes.BTN_TOUCH], [1]) == Panel("p", (0, 100), (0, 200), 10)


def test_panel_without_slots_is_single_touch() -> None:
    axes = {code: AXES[code] for code in (0, 1)}
    assert panel_of("p", axes, [ecodes.BTN_TOUCH], []) == Panel("p", (0, 10), (0, 20), 0)


@pytest.mark.parametrize(
    ("axes", "keys", "properties"),
    [
        ({}, [ecodes.KEY_A], []),
        ({0: (0, 10), 1: (0, 10)}, [ecodes.BTN_LEFT], []),
        (AXES, [ecodes.BTN_TOUCH], [ecodes.INPUT_PROP_POINTER]),
        ({0: (0, 0), 1: (0, 10)}, [ecodes.BTN_TOUCH], []),
        (AXES | {0x2F: (0, 10_000)}, [ecodes.BTN_TOUCH], []),
    ],
    ids=["keyboard", "mouse", "touchpad", "no-range", "too-many"],
)
def test_what_is_no_touchscreen(
    axes: dict[int, tuple[int, int]], keys: list[int], properties: list[int]
) -> None:
    with pytest.raises(NotATouchscreen):
        panel_of("p", axes, keys, properties)
