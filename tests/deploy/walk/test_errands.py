"""Who can do what, by the city's sheets; each errand's answers are those of the person's own papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from deploy.demo.city import Resident
from deploy.walk.errands import errand, somebody
from deploy.walk.journey import flows
from tests.deploy.walk.people import LAN, MEI

NOTHING: dict[str, Any] = {"cases": [], "payments": []}
LOCAL = {"domicile": "120101"}


def aged(years: int, **knows: Any) -> Resident:
    birth = date(date.today().year - years, 1, 1)  # noqa: DTZ011 - as people count years
    return replace(LAN, birth=birth.isoformat(), knows={**LOCAL, **knows})


def facts(item: str, person: Resident, ledger: dict[str, Any] = NOTHING) -> dict[str, str]:
    found = errand(item, person, ledger)
    assert found is not None
    return dict(found.facts)


def test_the_allowance_is_for_the_oldest_of_the_city() -> None:
    item = "civil.senior-allowance-apply"
    assert errand(item, aged(80), NOTHING) is not None
    assert errand(item, aged(79), NOTHING) is None
    assert errand(item, replace(aged(80), knows={"domicile": "131000"}), NOTHING) is None


def test_nobody_without_a_card_and_no_child_stands_before_the_terminal() -> None:
    assert errand("social-insurance.rights-record", aged(17), NOTHING) is None
    assert errand("social-insurance.rights-record", replace(aged(40), card={}), NOTHING) is None
    assert errand("social-insurance.rights-record", aged(40), NOTHING) is not None


def test_a_contract_is_typed_by_its_landlord_as_it_stands_on_the_paper() -> None:
    rental = {
        "address": "示范里1号",
        "rent_fen": 420050,
        "since": "2026-01-01",
        "until": "2026-12-31",
        "filed": 0,
        "as_what": "landlord",
    }
    item = "housing.rental-filing"
    known = facts(item, aged(40, rentals=[rental]))
    assert (known["坐落"], known["租金"], known["出租人"]) == ("示范里1号", "4200.50", LAN.id_number)
    for other in ({"filed": 1}, {"as_what": "tenant"}):
        assert errand(item, aged(40, rentals=[{**rental, **other}]), NOTHING) is None
    assert errand(item, aged(40, rentals=[rental], dishonesty=[{"id": "x"}]), NOTHING) is None


def test_a_bill_is_one_that_nobody_has_paid_yet() -> None:
    item = "utility.electricity-pay"
    bills = [
        {"kind": "water", "id": "B0", "account": "1"},
        {"kind": "electricity", "id": "B1", "account": "2"},
        {"kind": "electricity", "id": "B2", "account": "3"},
    ]
    person = aged(40, bills=bills)
    first = errand(item, person, NOTHING)
    assert first is not None
    assert (first.bill, first.facts) == ("B1", (("户号", "2"),))
    paid: dict[str, Any] = {"cases": [], "payments": [{"bill": "B1", "state": "paid"}]}
    second = errand(item, person, paid)
    assert second is not None
    assert second.bill == "B2"
    both: dict[str, Any] = {"cases": [], "payments": [{"bill": b, "state": "paid"} for b in ("B1", "B2")]}
    assert errand(item, person, both) is None


def test_who_was_insured_elsewhere_chooses_the_province_and_the_place() -> None:
    item = "social-insurance.employee-pension-transfer"
    elsewhere = [{"division": "510100"}]
    found = errand(item, aged(40, insured_elsewhere=elsewhere), NOTHING)
    assert found is not None
    assert found.wishes == ("510100", "510000")
    assert found.instead[0][1] != LAN.mobile, "a number that has to be proved"
    assert errand(item, aged(65, insured_elsewhere=elsewhere, pension={"since": "2020"}), NOTHING) is None


def test_a_company_is_acted_for_by_who_may() -> None:
    company = {"name": "演示公司", "code": "E1", "authority": "handler"}
    found = errand("service.policy-match-enterprise", aged(40, companies=[company]), NOTHING)
    assert found is not None
    assert found.company is not None
    assert found.company.code == "E1"
    assert errand("service.policy-match-enterprise", aged(40), NOTHING) is None


def test_the_first_who_has_no_case_yet_is_taken() -> None:
    item = "civil.senior-allowance-apply"
    people = [aged(40), replace(aged(85), id="p-first"), replace(MEI, knows=LOCAL)]
    first = somebody(item, people, NOTHING)
    assert first is not None
    assert first.id == "p-first"
    busy: dict[str, Any] = {"cases": [{"item": item, "beneficiary": "p-first"}], "payments": []}
    second = somebody(item, people, busy)
    assert second is not None
    assert second.id == MEI.id
    assert somebody(item, people[:1], NOTHING) is None


@pytest.mark.parametrize("item", flows())
def test_an_errand_is_told_for_every_item_or_is_nobodys(item: str) -> None:
    assert errand(item, aged(85), NOTHING) is None or item in flows()
