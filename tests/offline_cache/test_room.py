"""Which content goes when room runs out: the order is stated, and it is this one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offline_cache.room import Held, rank, victims

LOOKED_PICTURE, LOOKED, NEEDED_PICTURE, NEEDED = range(4)


def test_ranks_are_what_they_are_called() -> None:
    named = [(needed, kind) for needed in (False, True) for kind in ("image/jpeg", "application/json")]
    assert [rank(*each) for each in named] == [LOOKED_PICTURE, LOOKED, NEEDED_PICTURE, NEEDED]


HOUSE = [
    Held("needed-past", 10, NEEDED, True, 900),
    Held("needed", 10, NEEDED, False, 800),
    Held("picture", 10, NEEDED_PICTURE, False, 999),
    Held("looked-young", 10, LOOKED, False, 1),
    Held("looked-old", 10, LOOKED, False, 2),
    Held("looked-unknown", 10, LOOKED, False, None),
    Held("looked-past", 10, LOOKED, True, 1),
    Held("looked-picture", 10, LOOKED_PICTURE, False, 0),
]


def test_they_go_in_the_stated_order() -> None:
    assert victims(HOUSE, "new", 80, NEEDED, 90) == [
        "looked-picture",
        "looked-past",
        "looked-unknown",
        "looked-old",
        "looked-young",
        "picture",
        "needed-past",
    ]


def test_no_more_goes_than_has_to() -> None:
    assert victims(HOUSE, "new", 10, NEEDED, 90) == []
    assert victims(HOUSE, "new", 15, NEEDED, 90) == ["looked-picture"]


def test_what_was_only_looked_at_never_drives_out_what_is_needed_offline() -> None:
    needed = [each for each in HOUSE if each.rank >= NEEDED_PICTURE]
    assert victims(needed, "new", 10, LOOKED, 30) is None


def test_prefetched_content_makes_no_room_for_its_like() -> None:
    full = [Held(str(n), 10, NEEDED, False, n) for n in range(3)]
    assert victims(full, "new", 10, NEEDED, 30) is None
    assert victims(full, "1", 10, NEEDED, 30) == [], "a new version of itself is another thing"


def test_what_was_once_prefetched_stays_dear_when_somebody_looks_at_it() -> None:
    held = [Held("guide", 10, NEEDED, False, 5), Held("picture", 20, NEEDED_PICTURE, False, 5)]
    assert victims(held, "guide", 20, LOOKED, 30) == ["picture"]


PIECES = st.lists(
    st.builds(
        Held,
        st.integers(0, 99).map(str),
        st.integers(1, 50),
        st.integers(0, 3),
        st.booleans(),
        st.none() | st.floats(0, 1e9),
    ),
    unique_by=lambda each: each.key,
)


@given(PIECES, st.integers(1, 80), st.integers(0, 3))
def test_the_bound_holds_and_nothing_dearer_goes(held: list[Held], size: int, dear: int) -> None:
    bound = max(100, sum(each.size for each in held))
    going = victims(held, "new", size, dear, bound)
    if going is None:
        return
    left = [each for each in held if each.key not in going]
    assert sum(each.size for each in left) + size <= bound
    gone = [each for each in held if each.key in going]
    assert all(each.rank <= dear for each in gone)
    assert all(each.rank >= max((one.rank for one in gone), default=0) or each.rank == dear for each in left)
