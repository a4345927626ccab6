"""For which legal persons somebody may act, and as what."""

from __future__ import annotations

from ..db import Tx


def of(tx: Tx, person: str) -> list[dict[str, str]]:
    """The contract's claim `business` for each of them: name, code, authority."""
    return [
        {name: str(row[name]) for name in ("name", "code", "authority")}
        for row in tx.all(
            "SELECT name, credit_code AS code, authority FROM handlers "
            "JOIN companies ON credit_code = business WHERE person = ? ORDER BY companies.id",
            person,
        )
    ]


def everybody(tx: Tx) -> dict[str, list[dict[str, str]]]:
    """The same for every person who may act for one."""
    rows = tx.all("SELECT DISTINCT person FROM handlers")
    return {row["person"]: of(tx, row["person"]) for row in rows}
