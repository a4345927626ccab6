"""Each item from first touch to its end, engine and desks against the city; the verdict from its records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox.city import City, Plan
from deploy.sandbox.people import people
from deploy.sandbox.sheets import sheets
from flows.loader import load_all
from kiosk import keys
from tests.system.errand import TERMINAL, Counter, Errand, public

FLOWS = load_all()


class Town:
    """A city, a terminal, and who lives there."""

    def __init__(self, folder: Path) -> None:
        key = keys.create(folder / "key.pem")
        self.city = City(Plan(folder / "city", {TERMINAL: public(key)}))
        self.city.start()
        self.counter = Counter(folder, self.city, key)
        with self.city.context.db.transaction() as tx:
            self.people = sheets(tx, people())

    def one(self, *have: str, **more: Any) -> dict[str, Any]:
        """Somebody who has all of these, with a card."""
        for each in self.people:
            if all(each[name] for name in have) and each["card"] and each["card_type"] == "resident":
                if all(each[name] == value for name, value in more.items()):
                    return each
        raise LookupError(have)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    found = Town(tmp_path_factory.mktemp("town"))
    yield found
    found.city.stop()


@pytest.mark.parametrize("item", sorted(FLOWS))
def test_it_goes(town: Town, item: str) -> None:
    wishes: dict[str, str] = {"utility_account_number": "", "verification_code": "none"}
    have = {
        "utility.electricity-pay": ("bills",),
        "household.id-card-first-book": ("children",),
        "medical-insurance.reimbursement-submit": ("treatments",),
        "housing.rental-filing": ("rentals",),
        "one-thing.utilities-joint-connection": ("flats",),
        "social-insurance.employee-pension-transfer": ("insured_elsewhere",),
    }.get(item, ())
    who = town.one(*have)
    if who["bills"]:
        wishes["utility_account_number"] = next(b["account"] for b in who["bills"] if b["kind"] == "electricity")
    errand = Errand(town.counter, FLOWS[item], who, **wishes)
    ended = errand.go()
    print(item, ended, errand.titles, errand.refusals)
