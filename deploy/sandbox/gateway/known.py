"""prefill: every field of the catalogue that a register can fill, with its source and how far it is trusted.

A field that has several possible values (two flats, two children) is not filled: `registers` offers a choice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from ..db import Row
from ..wire import Json
from . import lists
from .facts import Fact, Finder
from .holdings import Asker

RENTAL, FIRST_CARD = "housing.rental-filing", "household.id-card-first-book"
REIMBURSEMENT = "medical-insurance.reimbursement-submit"
CITY = "120000"
METERS = {"electricity": "electricity", "water": "water", "gas": "gas"}


def _only(rows: Sequence[Row]) -> Row | None:
    return rows[0] if len(rows) == 1 else None


def _person(column: str, source: str, trust: str) -> Finder:
    def find(who: Asker) -> Fact | None:
        return Fact(who.person[column], source, trust) if who.person[column] else None

    return find


def _from(rows: Callable[[Asker], Sequence[Row]], column: str, source: str, trust: str = "A") -> Finder:
    """The value of the only row; none when there are several."""

    def find(who: Asker) -> Fact | None:
        row = _only(rows(who))
        return Fact(row[column], source, trust) if row else None

    return find


def _one(table: str, column: str, source: str, trust: str = "A") -> Finder:
    def find(who: Asker) -> Fact | None:
        row = who.one(table)
        return Fact(row[column], source, trust) if row else None

    return find


def _company(column: str, source: str = "e-licence", trust: str = "A") -> Finder:
    def find(who: Asker) -> Fact | None:
        found = who.company and who.company[column]
        return Fact(found, source, trust) if found else None

    return find


def _in(items: set[str], inside: Finder, outside: Finder | None = None) -> Finder:
    """One finder for these items, another for the rest."""

    def find(who: Asker) -> Fact | None:
        if who.item in items:
            return inside(who)
        return outside(who) if outside else None

    return find


def _household_register(who: Asker) -> Fact | None:
    address = json.loads(who.person["card"]).get("address")
    return Fact(address, "id-card") if address and who.person["domicile"] else None


def _relationship(who: Asker) -> Fact | None:
    """GB/T 4761: what the child is to who applies."""
    child = _only(who.children())
    return Fact("20" if child["sex"] == "1" else "30", "share") if child else None


def _spouse(column: str) -> Finder:
    def find(who: Asker) -> Fact | None:
        row = who.spouse()
        return Fact(row[column], "share") if row else None

    return find


def _married(who: Asker) -> Fact | None:
    return Fact("20", "share") if who.spouse() else None


def _account(who: Asker) -> Fact | None:
    """The account with the supplier that the item is about."""
    kind = next((each for each in METERS if each in who.item), None)
    row = _only(who.meters(kind)) if kind else None
    return Fact(row["account"], "share", "B") if row else None


def _reason(who: Asker) -> Fact | None:
    """Why somebody from elsewhere lives here, if the registers show it."""
    row = who.tx.one("SELECT 1 AS yes FROM employments WHERE person = ? AND until IS NULL", who.id)
    return Fact("10", "share", "B") if row else None


def _insured_here(who: Asker) -> Fact | None:
    row = who.tx.one("SELECT 1 AS yes FROM payrolls WHERE person = ? AND year = ?", who.id, who.today.year)
    return Fact(CITY, "share") if row else None


def _head(column: str) -> Finder:
    def find(who: Asker) -> Fact | None:
        if who.company is None:
            return None
        row = who.tx.one("SELECT * FROM persons WHERE id = ?", who.company["legal_representative"])
        return Fact(row[column], "e-licence") if row else None

    return find


def _handler(who: Asker) -> Fact | None:
    return Fact(who.person["name"], "account", "B") if who.company else None


def _taxpayer(who: Asker) -> Fact | None:
    """The company's credit code, or a citizen's own number."""
    return Fact(who.company["credit_code"] if who.company else who.person["id_number"], "account")


def _flat_count(who: Asker) -> Fact | None:
    return Fact(len(who.flats()), "share")


_OWN: dict[str, Finder] = {
    "person_name": _person("name", "share", "A"),
    "resident_id_number": _person("id_number", "share", "A"),
    "sex_code": _person("sex", "share", "A"),
    "birth_date": _person("birth", "share", "A"),
    "residential_address": _person("address", "share", "B"),
    "postal_address": _person("address", "account", "B"),
    "domicile_address": _household_register,
    "mobile_number": _person("mobile", "account", "B"),
    "contact_phone": _person("mobile", "account", "B"),
    "bank_card_number": _person("bank_card", "previous-case", "B"),
    "marital_status_code": _married,
    "spouse_name": _spouse("name"),
    "spouse_resident_id_number": _spouse("id_number"),
    "ward_name": _from(Asker.children, "name", "share"),
    "ward_resident_id_number": _from(Asker.children, "id_number", "share"),
    "relationship_code": _relationship,
    "property_address": _in(
        {RENTAL}, _from(Asker.rentals, "address", "share", "B"), _from(Asker.flats, "address", "e-licence")
    ),
    "landlord_resident_id_number": _in({RENTAL}, _from(Asker.rentals, "landlord_number", "share", "B")),
    "rent_amount": _in({RENTAL}, _from(Asker.rentals, "rent_fen", "share", "B")),
    "contract_number": _in({RENTAL}, _from(Asker.rentals, "id", "share", "B")),
    "start_date": _in(
        {RENTAL},
        _from(Asker.rentals, "since", "share", "B"),
        _in({REIMBURSEMENT}, _from(Asker.treatments, "since", "share", "B")),
    ),
    "end_date": _in(
        {RENTAL},
        _from(Asker.rentals, "until", "share", "B"),
        _in({REIMBURSEMENT}, _from(Asker.treatments, "until", "share", "B")),
    ),
    "hospital_code": _in({REIMBURSEMENT}, _from(Asker.treatments, "hospital", "share", "B")),
    "invoice_number": _in({REIMBURSEMENT}, _from(Asker.treatments, "invoice", "share", "B")),
    "amount": _in({REIMBURSEMENT}, _from(Asker.treatments, "fen", "share", "B")),
    "install_address": _from(Asker.flats, "address", "e-licence"),
    "real_estate_unit_number": _from(Asker.flats, "unit", "e-licence"),
    "family_housing_count": _flat_count,
    "utility_account_number": _account,
    "plate_number": _from(Asker.cars, "plate", "share"),
    "plate_type_code": _from(Asker.cars, "plate_type", "share"),
    "vin": _from(Asker.cars, "vin", "share"),
    "licence_file_number": _one("driving_licences", "file_number", "share"),
    "housing_fund_account": _one("fund_accounts", "account", "share"),
    "disability_certificate_number": _one("disabilities", "number", "e-licence"),
    "disability_type_code": _one("disabilities", "type_code", "e-licence"),
    "disability_level_code": _one("disabilities", "level_code", "e-licence"),
    "residence_permit_number": _one("residence_permits", "number", "e-licence"),
    "residence_reason_code": _reason,
    "transfer_from_division_code": _one("insured_elsewhere", "division", "share"),
    "transfer_to_division_code": _insured_here,
    "unified_social_credit_code": _company("credit_code", "account"),
    "taxpayer_id": _taxpayer,
    "enterprise_name": _company("name"),
    "enterprise_type_code": _company("type_code"),
    "industry_code": _company("industry"),
    "enterprise_scale_code": _company("scale", "share", "B"),
    "operating_revenue_amount": _company("revenue_fen", "share", "B"),
    "registered_capital": _company("capital_fen"),
    "business_address": _company("address"),
    "division_code": _company("district"),
    "employee_count": _company("employees", "share", "B"),
    "bank_account_number": _company("bank_account", "share", "B"),
    "legal_representative_name": _head("name"),
    "legal_representative_id_number": _head("id_number"),
    "handler_name": _handler,
}


def _first(*finders: Finder) -> Finder:
    """What the first of them finds that finds anything."""

    def find(who: Asker) -> Fact | None:
        return next((fact for finder in finders if (fact := finder(who)) is not None), None)

    return find


_LISTED = lists.finders()
FIELDS: dict[str, Finder] = {
    name: _first(lists.by_entry(name), *(found[name] for found in (_OWN, _LISTED) if name in found))
    for name in {**_OWN, **_LISTED}
}
"""By field of the catalogue. Money is in fen."""


def known(who: Asker, names: Sequence[str]) -> dict[str, Json]:
    """What is known of the fields that were asked, and of nothing else."""
    as_of = who.today.replace(day=1).isoformat()
    found = {name: FIELDS[name](who) for name in names if name in FIELDS}
    return {name: fact.as_json(as_of) for name, fact in found.items() if fact is not None}
