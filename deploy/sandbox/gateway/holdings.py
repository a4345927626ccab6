"""What the registers hold of who asks: flats, meters, contracts, children, cars, a company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..db import Row, Tx
from . import rules
from .operations import Call

FIRST_CARD = 16
"""Up to this age a first identity card is applied for by a guardian."""


@dataclass(frozen=True)
class Asker:
    """Who asks: a person, in one item, perhaps on behalf of a company (`company` is its row then)."""

    tx: Tx
    item: str
    person: Row
    company: Row | None
    today: date

    @property
    def id(self) -> str:
        """The person's id."""
        return str(self.person["id"])

    def flats(self) -> list[Row]:
        """Houses that belong to the person, or to the company."""
        column, owner = ("company", self.company["id"]) if self.company else ("person", self.id)
        return self.tx.all(
            f"SELECT houses.*, percent FROM owners JOIN houses ON unit = house WHERE owners.{column} = ? "  # noqa: S608
            "ORDER BY owners.rowid",
            owner,
        )

    def meters(self, kind: str) -> list[Row]:
        """Accounts of a kind in the person's or the company's name, with the address."""
        column, owner = ("company", self.company["id"]) if self.company else ("person", self.id)
        return self.tx.all(
            f"SELECT account, address FROM meters JOIN houses ON unit = house WHERE meters.{column} = ? "  # noqa: S608
            "AND meters.kind = ? ORDER BY meters.rowid",
            owner,
            kind,
        )

    def rentals(self) -> list[Row]:
        """Contracts in force that have not been filed, as landlord or as tenant."""
        return self.tx.all(
            "SELECT rentals.*, houses.address, certificate, persons.id_number AS landlord_number "
            "FROM rentals JOIN houses ON unit = house JOIN persons ON persons.id = landlord "
            "WHERE (landlord = ? OR tenant = ?) AND NOT filed AND until >= ? ORDER BY rentals.rowid",
            self.id,
            self.id,
            self.today.isoformat(),
        )

    def children(self) -> list[Row]:
        """Children under 16; for a first identity card those that have none."""
        rows = self.tx.all(
            "SELECT persons.* FROM kin JOIN persons ON id = child WHERE parent = ? ORDER BY birth", self.id
        )
        first = self.item == "household.id-card-first-book"
        return [
            row
            for row in rows
            if rules.age(date.fromisoformat(row["birth"]), self.today) < FIRST_CARD
            and not (first and row["valid_to"])
        ]

    def spouse(self) -> Row | None:
        """The husband or the wife."""
        return self.tx.one(
            "SELECT persons.* FROM marriages "
            "JOIN persons ON id = CASE husband WHEN ? THEN wife ELSE husband END "
            "WHERE husband = ? OR wife = ?",
            self.id,
            self.id,
            self.id,
        )

    def cars(self) -> list[Row]:
        """Cars in the person's name."""
        return self.tx.all("SELECT * FROM cars WHERE person = ? ORDER BY plate", self.id)

    def treatments(self) -> list[Row]:
        """Hospital bills that the person paid in full and has not claimed."""
        return self.tx.all(
            "SELECT treatments.*, name FROM treatments JOIN hospitals ON code = hospital "
            "WHERE person = ? AND NOT settled ORDER BY since DESC, invoice",
            self.id,
        )

    def one(self, table: str) -> Row | None:
        """The row of a register that has at most one for a person."""
        return self.tx.one(f"SELECT * FROM {table} WHERE person = ?", self.id)  # noqa: S608 - names of our own


def asker(call: Call) -> Asker:
    """Who asks for the item of the path. Raises Problem 401 below its level, 404 for no item."""
    item = call.item()
    person = call.person(item["level"] if item["level"] != "none" else "card")
    return Asker(call.tx, item["code"], person, company(call), call.today)


def company(call: Call) -> Row | None:
    """The company that is acted for, by what the token says."""
    return call.tx.one("SELECT * FROM companies WHERE credit_code = ?", call.caller.business)
