"""What each resident knows of themselves, as a walker's sheet wants it: family, companies, homes, bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .db import Row, Tx
from .people import Person

Sheet = dict[str, Any]

_LISTS = {
    "children": (
        "SELECT kin.parent AS person, id, name, id_number, birth, valid_to <> '' AS has_card "
        "FROM kin JOIN persons ON id = child ORDER BY birth"
    ),
    "spouse": (
        "SELECT husband AS person, id, name, id_number FROM marriages JOIN persons ON id = wife "
        "UNION ALL SELECT wife, id, name, id_number FROM marriages JOIN persons ON id = husband"
    ),
    "companies": (
        "SELECT person, companies.id, credit_code AS code, name, authority "
        "FROM handlers JOIN companies ON credit_code = business ORDER BY companies.id"
    ),
    "employer": (
        "SELECT person, companies.id, credit_code AS code, name, since "
        "FROM employments JOIN companies ON companies.id = company WHERE until IS NULL"
    ),
    "flats": (
        "SELECT person, unit, address, certificate, percent FROM owners JOIN houses ON unit = house "
        "WHERE person IS NOT NULL ORDER BY owners.rowid"
    ),
    "rentals": (
        "SELECT person, rentals.id, address, rent_fen, since, until, filed, as_what FROM ("
        "SELECT landlord AS person, 'landlord' AS as_what, * FROM rentals "
        "UNION ALL SELECT tenant, 'tenant', * FROM rentals) AS rentals JOIN houses ON unit = house"
    ),
    "bills": (
        "SELECT person, bills.id, bills.account, kind, month, fen, due FROM bills "
        "JOIN meters ON meters.account = bills.account "
        "WHERE person IS NOT NULL AND settled_on IS NULL ORDER BY bills.account, month"
    ),
    "cars": "SELECT person, plate, plate_type, vin FROM cars",
    "treatments": (
        "SELECT person, invoice, hospital, name AS hospital_name, since, until, fen FROM treatments "
        "JOIN hospitals ON code = hospital WHERE NOT settled ORDER BY since"
    ),
    "insured_elsewhere": "SELECT person, division, since, until FROM insured_elsewhere",
    "residence_permit": "SELECT person, number, valid_to FROM residence_permits",
    "disability": "SELECT person, number, type_code, level_code FROM disabilities",
    "dishonesty": "SELECT person, id, what, until FROM dishonesties WHERE person IS NOT NULL",
    "drafts": "SELECT person, id, item FROM drafts",
    "pension": "SELECT person, since, monthly_fen FROM pensions",
}
"""Each row names its person; a bill that was paid since the city was started is still listed."""
_ONE = {"spouse", "employer", "residence_permit", "disability", "pension"}


def _by_person(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.pop("person")].append(row)
    return found


def sheets(tx: Tx, residents: Iterable[Person]) -> list[Sheet]:
    """One for each, in this order. `card` is what `place` of the ID-card simulator takes; None: none yet."""
    known = {name: _by_person(tx.all(sql)) for name, sql in _LISTS.items()}
    told = []
    for person in residents:
        sheet: Sheet = {
            "id": person.id,
            "name": person.name,
            "id_number": person.id_number,
            "birth": person.birth.isoformat(),
            "card_type": person.card_type,
            "card": dict(person.card) or None,
            "mobile": person.mobile,
            "address": person.address,
            "bank_card": person.bank_card,
            "domicile": person.domicile,
        }
        for name, rows in known.items():
            mine = rows.get(person.id, [])
            sheet[name] = (mine[0] if mine else None) if name in _ONE else mine
        told.append(sheet)
    return told


def has(sheet: Sheet, word: str) -> bool:
    """Whether a word of a search is in the id, the name or the number, or names something that they have.

    A word like `children` or `dishonesty` is a member of the sheet that is not empty.
    """
    if word in _LISTS:
        return bool(sheet[word])
    return word in sheet["id"] or word in sheet["name"] or word in sheet["id_number"]
