"""What `python -m deploy.offer` refuses to compile."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.offered import mistakes
from deploy.sandbox import offer

FIRST = "traffic.licence-renew"


def wrong(**change: Any) -> list[str]:
    told = {**offer.offer(), "items": [{**offer.entry(FIRST), **change}]}
    return [line.removeprefix(f"{FIRST}: ") for line in mistakes(told)]


def test_what_is_offered_has_no_mistake() -> None:
    assert mistakes(offer.offer()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"elligible": {}}, "Object contains unknown field `elligible`"),
        ({"level": "cart"}, "Invalid enum value 'cart' - at `$.level`"),
        ({"conditions": []}, "Expected `array` of length >= 1 - at `$.conditions`"),
        (
            {"eligible": {"has": [{"register": "drivng"}]}},
            "register 'drivng' is not known, did you mean 'driving'?",
        ),
        (
            {"open": "谁都可以申请"},
            "`open` says that nobody is refused, `eligible` who is",
        ),
        ({"eligible": {"age": 18}}, "Object contains unknown field `age` - at `$.eligible`"),
        (
            {"options": {"certificate_nummer": {}}},
            "list under options 'certificate_nummer' is not known, did you mean 'certificate_number'?",
        ),
        ({"prefill": {"no_such": {"column": "x"}}}, "field under prefill 'no_such' is not known"),
        ({"query": {"register": "zzz"}}, "register 'zzz' is not known"),
        (
            {"documents": [{"role": "photo", "name": "照片", "importance": "main", "known_by": "hauses"}]},
            "register 'hauses' is not known, did you mean 'houses'?",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_item_and_what_is_wrong(change: dict[str, Any], words: str) -> None:
    assert wrong(**change) == [words]
