"""Certificates, dues, loans and cases of the town: of somebody who can have them, agreeing with the rest."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from deploy.sandbox.people import check_digit
from deploy.sandbox.town import AS_OF, Town, numbers, town
from deploy.sandbox.town.making import age_at
from deploy.sandbox.town.work import LOST

SEEDS = (2026, 7, 31)


@pytest.fixture(params=SEEDS, scope="module")
def place(request: pytest.FixtureRequest) -> Town:
    """Towns of several seeds."""
    return town(request.param)


def having(place: Town, kind: str) -> set[str]:
    """Who has a credential of a kind."""
    return {row.person for row in place.registers.credentials if row.kind == kind}


def test_numbers_are_given_once_and_none_can_be_real(place: Town) -> None:
    r = place.registers
    for table in (
        "credentials",
        "dues",
        "happenings",
        "progress",
        "company_records",
        "violations",
        "public_records",
    ):
        found = [row[0] for row in dict(r.tables())[table]]
        assert len(set(found)) == len(found), table
    for table in ("credentials", "dues", "progress", "violations"):
        assert all(row[0].startswith("YS") for row in dict(r.tables())[table])
    plates = [*(row.plate for row in r.cars), *(row.plate for row in r.transport_certificates)]
    assert len(set(plates)) == len(plates)
    for lorry in r.transport_certificates:
        assert lorry.plate.startswith("津Z")
        assert (lorry.vin[0], numbers.vin_check(lorry.vin)) == ("0", lorry.vin[8])
    names = [row.name for row in r.companies]
    assert len(set(names)) == len(names)
    living = {one.id_number for one in place.persons}
    for row in r.deaths:
        assert row.id_number not in living
        assert row.id_number.startswith("120199")
        assert check_digit(row.id_number[:17]) == row.id_number[17]


def test_a_standing_is_of_who_can_have_it(place: Town) -> None:
    r = place.registers
    local = {one.id for one in place.persons if one.domicile.startswith("12")}
    working = {row.person for row in r.employments if row.until is None}
    drawing = {row.person for row in r.pensions}
    owning = {row.person for row in r.owners if row.person}
    lost = {row.person for row in r.employments if row.until == LOST}
    assert having(place, "unemployed") == {each for each in lost if each not in working}
    assert not having(place, "low-income") & (working | drawing)
    assert not having(place, "public-rental") & owning
    assert not having(place, "points") & local
    assert having(place, "senior-card") <= local
    ages = {one.id: age_at(one.birth) for one in place.persons}
    assert all(ages[row.person] < 16 for row in r.credentials if row.kind == "pupil")


def test_a_credential_is_issued_in_the_lifetime_of_its_holder(place: Town) -> None:
    born = {one.id: one.birth for one in place.persons}
    for row in place.registers.credentials:
        issued = date.fromisoformat(row.issued)
        assert issued <= AS_OF
        assert row.kind in {"sale-contract", "upkeep-fund"} or born[row.person] < issued
        assert row.valid_to == "长期" or row.valid_to > row.issued


def test_what_is_paid_out_goes_to_who_has_the_standing(place: Town) -> None:
    r = place.registers
    disabled = {row.person: row.level_code for row in r.disabilities}
    for row in r.payouts:
        if row.kind == "失业保险金":
            assert row.person in having(place, "unemployed")
            assert row.month > LOST
        if row.kind == "最低生活保障金":
            assert row.person in having(place, "low-income")
        if row.kind == "重度残疾人护理补贴":
            assert disabled[row.person] in {"1", "2"}


def test_a_loan_is_on_a_house_of_the_borrower_bought_before_and_secured(place: Town) -> None:
    r = place.registers
    owners = {(row.house, row.person) for row in r.owners}
    bought = {row.unit: row.registered for row in r.houses}
    paying = {row.person for row in r.fund_accounts}
    mortgages = {row.loan: row for row in r.mortgages}
    assert len(mortgages) == len(r.fund_loans) >= 20
    for loan in r.fund_loans:
        assert (loan.house, loan.person) in owners
        assert loan.person in paying
        assert bought[loan.house] < loan.since
        mortgage = mortgages[loan.contract]
        assert (mortgage.house, mortgage.person, mortgage.fen) == (loan.house, loan.person, loan.fen)


def test_a_fine_is_of_a_violation_with_ones_own_car(place: Town) -> None:
    r = place.registers
    holder = {row.plate: row.person for row in r.cars}
    dues = {row.number: row for row in r.dues}
    assert {row.plate for row in r.vehicle_policies} == set(holder)
    decided = [row for row in r.violations if row.decision]
    assert len({row.decision for row in decided}) == len(decided)
    for row in decided:
        fine = dues[str(row.decision)]
        assert (fine.kind, fine.person, fine.fen) == ("fine", holder[row.plate], row.fen)
    assert sum(row.kind == "fine" for row in r.dues) == len(decided)


def test_heating_is_in_the_name_of_the_other_meters(place: Town) -> None:
    r = place.registers
    water = {row.house: (row.person, row.company) for row in r.meters if row.kind == "water"}
    assert {row.house: (row.person, row.company) for row in r.heating_accounts} == water
    named = {row.account: (row.person, row.company) for row in r.heating_accounts}
    seasons = Counter(row.about for row in r.dues if row.kind == "heating")
    assert seasons == dict.fromkeys(named, 2)
    for row in r.dues:
        assert row.kind != "heating" or (row.person, row.company) == named[row.about]


def test_a_dead_husband_is_the_father_that_the_children_know(place: Town) -> None:
    r = place.registers
    parents = {(row.parent, row.child) for row in r.kin}
    married = {each for row in r.marriages for each in row[:2]}
    left = {row.id_number: row.relative for row in r.deaths if row.relation == "10"}
    for row in r.deaths:
        if row.relation == "10":
            assert row.relative not in married
        elif row.id_number in left:
            assert (left[row.id_number], row.relative) in parents


def test_a_child_that_was_born_here_has_a_parent_here(place: Town) -> None:
    children = {row.child for row in place.registers.kin}
    assert {row.child for row in place.registers.births} <= children
    born = {one.id: one.birth.isoformat() for one in place.persons}
    for row in place.registers.happenings:
        assert row.day > born[row.person]
        assert row.day <= "2026-11-01"
