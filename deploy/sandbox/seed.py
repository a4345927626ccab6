"""Fills an empty database with the city: residents, authorisations, items, guides, code lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from . import pictures
from .db import DatabaseUnfitError, Tx
from .offer import offer
from .people import authorisations
from .town import town
from .wire import dump

UNTOLD = frozenset({"counts_as", "for_children", "known_by", "when"})
"""What an entry says of a document beside the contract's Guide: the city keeps it to itself."""


def _days(spans: list[list[str]]) -> Iterator[date]:
    for first, last in (map(date.fromisoformat, span) for span in spans):
        for offset in range((last - first).days + 1):
            yield first + timedelta(days=offset)


def _guide(entry: Mapping[str, Any], catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's Guide, marked as a sample, without anything that only an office may say."""
    told: dict[str, Any] = {
        name: entry[name] for name in ("defer_working_days", "commitment_text") if name in entry
    }
    if "pictures" in entry:
        told["media"] = [
            {"kind": "picture", "url": f"{pictures.FOLDER}/{name}.png", "title": title, "captions": captions}
            for name, title, captions in entry["pictures"]
        ]
    return {
        "item": entry["code"],
        "version": catalogue["version"],
        "sample": True,
        "conditions": entry["conditions"],
        "documents": [
            {name: told for name, told in each.items() if name not in UNTOLD} for each in entry["documents"]
        ],
        "fee": {"note": catalogue["unsaid"]},
        "legal_basis": [catalogue["unsaid"]],
        "office": catalogue["office"],
        "hotline": catalogue["hotline"],
        "badges": entry["badges"],
        **told,
    }


def _fill(tx: Tx, table: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        tx.many(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names of our own


def _people(tx: Tx, seed: int) -> None:
    everybody = town(seed)
    persons = [
        (
            person.id,
            person.sub,
            person.name,
            person.card_type,
            person.id_number,
            person.sex,
            person.birth.isoformat(),
            person.valid_to,
            person.domicile,
            person.address,
            person.mobile,
            person.bank_card,
            person.allowance_since.isoformat() if person.allowance_since else None,
            dump(dict(person.card)),
        )
        for person in everybody.persons
    ]
    insurances = [
        (
            person.id,
            one.year,
            one.kind,
            one.state,
            one.months,
            one.base_fen,
            one.personal_fen,
            one.unit_fen,
            one.benefit_fen,
        )
        for person in everybody.persons
        for one in person.insurances
    ]
    _fill(tx, "persons", persons)
    _fill(tx, "insurances", insurances)
    for table, rows in everybody.registers.tables():
        _fill(tx, table, rows)
    _fill(
        tx,
        "authorisations",
        [
            (
                known.id,
                known.agent,
                known.principal,
                known.relation,
                dump(known.items),
                known.valid_to.isoformat(),
            )
            for known in authorisations()
        ],
    )


def _offer(tx: Tx) -> None:
    catalogue = offer()["catalogue"]
    tx.run("INSERT INTO meta VALUES ('catalogue', ?)", catalogue["version"])
    for entry in offer()["items"]:
        tx.run(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            entry["code"],
            catalogue["version"],
            entry["name"],
            entry["department"],
            entry["level"],
            0 if "closed" in entry else 1,
            entry.get("closed"),
            dump(_guide(entry, catalogue)),
        )
    lists = dict(offer()["codes"])
    days = {day: label for label, spans in lists["calendar"].items() for day in _days(spans)}
    lists["calendar"] = [[day.isoformat(), days[day]] for day in sorted(days)]
    for name, entries in lists.items():
        for position, (code, label, *parent) in enumerate(entries):
            tx.run(
                "INSERT INTO codes VALUES (?, ?, ?, ?, ?)",
                name,
                position,
                code,
                label,
                parent[0] if parent else None,
            )


def populate(tx: Tx, seed: int) -> None:
    """Fill a new database; leave one of the same seed as it is.

    Raises DatabaseUnfitError for a database of another seed.
    """
    known = tx.one("SELECT value FROM meta WHERE name = 'seed'")
    if known is None:
        tx.run("INSERT INTO meta VALUES ('seed', ?)", str(seed))
        _offer(tx)
        _people(tx, seed)
    elif known["value"] != str(seed):
        raise DatabaseUnfitError(
            f"the database was made with --seed {known['value']}, not {seed}: remove it, or use that seed"
        )
