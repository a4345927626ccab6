"""Who suits an item: residents for whom its own registers, conditions and lists have what it needs.

For the walker, which else would have to know an errand for each of the city's items. What is found is what
the person would know or hold: values that the registers know of them, the number of a bill or a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from flask import Flask, Response, jsonify

from . import offer
from .context import Context
from .db import Row, Tx
from .gateway import bills, conditions, holdings, known, options, records, rules, views
from .gateway.bodies import Fields, Given
from .gateway.operations import Call
from .identity.tokens import Caller
from .people import Person
from .wire import Json, Problem, today

GROWN_UP = 18
MOST = 2
"""So many are told; more nobody needs."""
COMPARED = {"=", "has"}
"""How a field narrows a register so that the value of a row finds that row."""
TRIED = 20
"""Entries of a list of which one is looked for."""


@dataclass(frozen=True)
class Wish:
    """An item, and what of it the registers have to know.

    `fields`: all that it asks; `chosen`: those that are picked from a list; `by`: by list, the field whose
    value narrows it; `business`: it is for companies; `queries`: it asks a register;
    `children`: items that are filed with it, of which none may be open either.
    """

    item: str
    fields: Sequence[str] = ()
    chosen: Sequence[str] = ()
    by: Mapping[str, str] = field(default_factory=dict)
    business: bool = False
    queries: bool = False
    children: Sequence[str] = ()


@dataclass(frozen=True)
class _Visitor:
    person: Row
    business: str | None = None


def suited(context: Context, residents: Iterable[Person], wish: Wish) -> Json:
    """The first `MOST` that suit, the well-known before the others; each once.

    Raises ValueError for an item that the city does not have.
    """
    found: list[Json] = []
    with context.db.transaction() as tx:
        if tx.one("SELECT 1 AS yes FROM items WHERE code = ?", wish.item) is None:
            raise ValueError(
                f"{wish.item} has no entry in the small city: write one in deploy/sandbox/data/items/, "
                "then run python -m deploy.offer"
            )
        visitors = list(_visitors(tx, [one.id for one in residents], wish))
        for whole in (True, False):
            for visitor in () if found else visitors:
                told = _told(_call(context, tx, wish.item, visitor), wish, visitor, whole=whole)
                if told is not None and all(each["person"] != told["person"] for each in found):
                    found.append(told)
                if len(found) == MOST:
                    return found
    return found


def _call(context: Context, tx: Tx, item: str, visitor: _Visitor) -> Call:
    caller = Caller("", "", visitor.person["id"], "phone", business=visitor.business)
    return Call(context, tx, caller, {"item": item}, {})


def _visitors(tx: Tx, residents: Sequence[str], wish: Wish) -> Iterator[_Visitor]:
    """Whoever has a card that is valid, is of age and keeps their word; for companies who may act for one."""
    rows = {row["id"]: row for row in tx.all("SELECT * FROM persons")}
    shut = {row["person"] for row in tx.all("SELECT person FROM dishonesties WHERE person IS NOT NULL")}
    able = [rows[one] for one in residents if one not in shut and _able(rows[one])]
    if wish.business:
        acts = tx.all(
            "SELECT person, business FROM handlers ORDER BY authority = 'legal-representative' DESC"
        )
        known_able = {row["id"] for row in able}
        yield from (
            _Visitor(rows[row["person"]], row["business"]) for row in acts if row["person"] in known_able
        )
    yield from (_Visitor(row) for row in able)


def _able(person: Row) -> bool:
    now = today()
    valid = person["valid_to"] == "长期" or person["valid_to"] > now.isoformat()
    return bool(
        person["card_type"] == "resident"
        and valid
        and rules.age(date.fromisoformat(person["birth"]), now) >= GROWN_UP
    )


def _told(call: Call, wish: Wish, visitor: _Visitor, *, whole: bool) -> Json | None:
    """What this visitor would do the item with; None where it is not for them.

    `whole`: with something on every list, also those that perhaps nobody has to choose from; and of a bundle
    each item is for them.
    """
    person = visitor.person
    able = (wish.item, *wish.children) if whole else (wish.item,)
    if any(conditions.conditions(call, item, person) for item in able):
        return None
    if any(rules.open_case(call.tx, item, person) for item in (wish.item, *wish.children)):
        return None
    facts = _facts(call, wish, visitor)
    lists: dict[str, str] = {}
    for name in wish.chosen:
        first = _first(call, wish, name, facts)
        if first is not None:
            lists[name] = first["id"]
            facts |= {each: told["value"] for each, told in first["fields"].items()}
        elif whole:
            return None
    within = {**facts, **_within(call, wish, facts)}
    if wish.queries and _answers(call, wish, within):
        facts = within
    elif wish.queries and not _answers(call, wish, facts):
        return None
    row = call.tx.one("SELECT name, credit_code FROM companies WHERE credit_code = ?", visitor.business)
    company = None if row is None else {"name": row["name"], "code": row["credit_code"]}
    return {"person": person["id"], "company": company, "facts": facts, "lists": lists}


def _facts(call: Call, wish: Wish, visitor: _Visitor) -> dict[str, Any]:
    """What is known of the fields, by the registers and by papers that the visitor might hold."""
    own = known.known(holdings.asker(call), wish.fields)
    found = {
        **_in_hand(call.tx, wish.item, visitor.person),
        "statement_year": str(call.today.year - 1),
        **_narrowing(call, wish),
        **{name: each["value"] for name, each in own.items()},
        **_narrowing(call, wish, public=True),
    }
    how = offer.entry(wish.item).get("query", {})
    needs = views.view(how["register"]).get("needs", ()) if how else ()
    return {name: value for name, value in found.items() if name in {*wish.fields, *needs}}


def _narrowing(call: Call, wish: Wish, *, public: bool = False) -> dict[str, Any]:
    """What narrows the register that is asked so that its first row is told: a year, a number, a name.

    `public`: only of a register that is anybody's, in which nobody looks for themselves.
    """
    how = offer.entry(wish.item).get("query", {})
    if not wish.queries or not how:
        return {}
    register = views.view(how["register"])
    if public and register["whose"] != "anybody":
        return {}
    if register["whose"] == "anybody":
        who = views.Who(call.tx, call.today, wish.item)
    else:
        asker = holdings.asker(call)
        who = views.Who(call.tx, call.today, wish.item, asker.person, asker.company)
    rows = views.rows(who, how["register"], how.get("where"), alone=True)
    narrow = {field: told.split() for field, told in register.get("narrow", {}).items()}
    return {
        field: rows[0][column]
        for field, (column, test) in narrow.items()
        if test in COMPARED and rows and rows[0].get(column)
    }


def _within(call: Call, wish: Wish, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The month of the first row that these facts find, where the register is narrowed by months."""
    how = offer.entry(wish.item).get("query", {})
    if not how:
        return {}
    register, asker = views.view(how["register"]), holdings.asker(call)
    who = views.Who(call.tx, call.today, wish.item, asker.person, asker.company)
    given = {name: str(value) for name, value in facts.items()}
    rows = views.rows(who, how["register"], how.get("where"), given, alone=True)
    narrow = {field: told.split() for field, told in register.get("narrow", {}).items()}
    return {
        field: rows[0][column]
        for field, (column, test) in narrow.items()
        if test in {">=", "<="} and field in wish.fields and rows and rows[0].get(column)
    }


def _in_hand(tx: Tx, item: str, person: Row) -> dict[str, Any]:
    """Numbers and names on papers of anybody's, under which public registers are asked."""

    def first(sql: str, *values: str) -> Row:
        return tx.one(sql, *values) or {}

    filed = first("SELECT * FROM progress WHERE item = ? ORDER BY person = ? DESC", item, person["id"])
    filed = filed or first("SELECT * FROM progress ORDER BY rowid")
    house = first("SELECT * FROM houses ORDER BY rowid DESC")
    company = first("SELECT * FROM companies ORDER BY id")
    invoice, bill = (
        first("SELECT * FROM public_records WHERE kind = ?", kind) for kind in ("invoice", "fiscal-bill")
    )
    project, customs = (
        first("SELECT * FROM company_records WHERE kind = ?", kind) for kind in ("project", "customs")
    )
    held = {
        "case_number": filed.get("number"),
        "application_code": filed.get("number"),
        "query_password": filed.get("word"),
        "candidate_name": person["name"],
        "certificate_number": house.get("certificate"),
        "property_address": house.get("address"),
        "real_estate_unit_number": house.get("unit"),
        "utility_account_number": first("SELECT account FROM meters ORDER BY rowid").get("account"),
        "unified_social_credit_code": company.get("credit_code"),
        "enterprise_name": company.get("name"),
        "project_code": project.get("number"),
        "customs_code": customs.get("number"),
        "invoice_code": invoice.get("code"),
        "invoice_number": invoice.get("number"),
        "bill_code": bill.get("code"),
        "bill_number": bill.get("number"),
    }
    return {name: value for name, value in held.items() if value}


def _first(call: Call, wish: Wish, field: str, facts: dict[str, Any]) -> Json | None:
    """The first entry of a list of which the item's query, if it has one, tells something.

    What narrows the list is put among the facts.
    """
    answer = options.of(wish.item, field)
    if answer is None:
        return None
    asking = Call(**{**call.__dict__, "params": {"item": wish.item, "field": field}})
    by = wish.by.get(field, "")
    try:
        if by in facts and not bills.has(wish.item):
            return next(iter(answer(asking, str(facts[by]))), None)
        for one in answer(asking, "")[:TRIED]:
            brings = {name: each["value"] for name, each in one["fields"].items()}
            if by:
                facts[by] = brings.get(by) or _about(call, one)
                if not answer(asking, str(facts[by])):
                    continue
            if not wish.queries or _answers(call, wish, {**facts, **brings}):
                return one
    except Problem:
        return None
    return None


def _about(call: Call, one: Json) -> str:
    """What one would type to find a due: what it is for."""
    row = call.tx.one("SELECT about FROM dues WHERE number = ?", one["id"])
    return str(row["about"] if row is not None else one["id"])


def _answers(call: Call, wish: Wish, facts: Mapping[str, Any]) -> bool:
    """Whether a query of the item tells something."""
    answer = records.answer_of(wish.item)
    if answer is None:
        return True
    texts = {name: {"value": str(value), "source": "typed"} for name, value in facts.items()}
    fields: Fields = msgspec.convert({"fields": texts}, Given).fields
    try:
        return bool(answer(call, fields)["rows"])
    except Problem:
        return False


def add(
    app: Flask, context: Context, residents: Sequence[Person], wish: Callable[[], dict[str, Any]]
) -> None:
    """Put this page beside the others of the control page; `wish` reads the body. A ValueError is a 400."""

    @app.post("/suited")
    def _suited() -> Response:
        try:
            told = msgspec.convert(wish(), Wish)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from error
        return jsonify(suited(context, residents, told))
