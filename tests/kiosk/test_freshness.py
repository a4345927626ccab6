"""`Cache-Control` and `Age` as RFC 9111 and RFC 5861 read them, by section."""

from __future__ import annotations

import pytest

from kiosk.gateway.freshness import Freshness, freshness, not_modified
from kiosk.gateway.outcomes import NotModified, Reason, Unreachable
from tests.kiosk.scripted import answer

KEPT = "max-age=60, stale-if-error=600"
TABLE = [
    ("9111-5.2.2.1 max-age, 5861-4 stale-if-error", {"cache_control": KEPT}, (60, 600, 0)),
    ("9111-4.2.2 nothing is said: no heuristics", {}, (0, 0, 0)),
    ("9111-5.2 names in any case", {"cache_control": "MAX-AGE=60, Stale-If-Error=600"}, (60, 600, 0)),
    ("9111-5.2 a quoted argument", {"cache_control": 'max-age="60"'}, (60, 0, 0)),
    ("9111-4.2.1 of two the first", {"cache_control": "max-age=60, max-age=600"}, (60, 0, 0)),
    ("9111-4.2.1 no number is stale", {"cache_control": "max-age=-5, stale-if-error=x"}, (0, 0, 0)),
    ("9111-1.2.2 a number too large", {"cache_control": "max-age=9999999999"}, (366 * 86400, 0, 0)),
    ("9111-5.2.2.5 no-store", {"cache_control": f"{KEPT}, no-store"}, (0, 0, 0)),
    ("9111-5.2.2.4 no-cache", {"cache_control": f"no-cache, {KEPT}"}, (0, 0, 0)),
    ("9111-5.2.2.4 no-cache of a field", {"cache_control": f'no-cache="set-cookie", {KEPT}'}, (0, 0, 0)),
    ("9111-5.2.2.7 private", {"cache_control": f"private, {KEPT}"}, (0, 0, 0)),
    ("9111-5.2.2.2 must-revalidate", {"cache_control": f"{KEPT}, must-revalidate"}, (60, 0, 0)),
    ("9111-5.2.2.8 proxy-revalidate", {"cache_control": f"{KEPT}, proxy-revalidate"}, (60, 600, 0)),
    ("9111-5.2.2.10 s-maxage", {"cache_control": f"s-maxage=1, {KEPT}"}, (60, 600, 0)),
    ("9111-5.2.3 unknown directives", {"cache_control": f"{KEPT}, immutable, x=1"}, (60, 600, 0)),
    ("9111-5.1 Age", {"cache_control": KEPT, "age": "25"}, (60, 600, 25)),
    ("9111-5.1 Age that is no number", {"cache_control": KEPT, "age": "soon"}, (60, 600, 0)),
    ("9111-5.3 Expires is not read", {"expires": "Fri, 20 Nov 2036 09:00:00 GMT"}, (0, 0, 0)),
    ("9111-4.1 Vary: *", {"cache_control": KEPT, "vary": "*"}, (0, 0, 0)),
    ("9111-4.1 Vary of what never varies", {"cache_control": KEPT, "vary": "Accept"}, (60, 600, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "told"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_it_is_read_as_the_standard_says(headers: dict[str, str], told: tuple[float, ...]) -> None:
    assert freshness(answer(200, **headers)) == Freshness(*told)


def test_9111_4_2_3_the_time_on_the_way_is_part_of_the_age() -> None:
    assert freshness(answer(200, cache_control=KEPT, age="25"), took=3.5).age == 28.5


def test_9111_3_2_a_304_that_says_nothing_changes_nothing() -> None:
    assert not_modified(answer(304), '"1"') == NotModified(None, None)
    assert not_modified(answer(304, cache_control=KEPT, age="5"), '"1"') == NotModified(60.0, 600.0, 5.0)
    assert not_modified(answer(304, cache_control=""), '"1"') == NotModified(0.0, 0.0)


@pytest.mark.parametrize(("etag", "believed"), [('"1"', True), ('W/"1"', True), ('"2"', False), ("1", True)])
def test_9111_4_3_4_a_304_for_another_version_confirms_nothing(etag: str, believed: bool) -> None:
    said = not_modified(answer(304, cache_control=KEPT, etag=etag), '"1"')
    assert isinstance(said, NotModified) is believed
    if isinstance(said, Unreachable):
        assert said.reason is Reason.MALFORMED
