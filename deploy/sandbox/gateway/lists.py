"""getOptions and prefill out of data/lists.yaml: lists by the name of a field, the same for every item.

An item may say, under `options`, that its list is another part of a register, or of another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import offer
from ..db import Row
from ..wire import Json
from . import described, views
from .facts import Fact, Finder
from .holdings import Asker
from .operations import Call

_BLANK = "—"


class _Words(dict[str, str]):
    """A row for a sentence: sums in yuan, blanks for what is not there."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        for key, value in row.items():
            if value is None:
                self[key] = _BLANK
            else:
                self[key] = f"{value // 100}.{value % 100:02d} 元" if key.endswith("fen") else str(value)


def how(item: str, field: str) -> Mapping[str, Any] | None:
    """How the list of a field is told for an item; None where there is none."""
    own = offer.entry(item).get("options", {}).get(field, {})
    general = offer.offer()["options"].get(field)
    if general is None:
        return None
    if "register" not in own:
        return {**general, **own}
    # Another register has columns of its own: nothing of the general one then holds, but whether it is known.
    kept = {name: general[name] for name in ("source", "prefill") if name in general}
    return {**kept, **views.view(own["register"]).get("option", {}), **own}


def _found(who: views.Who, list_: Mapping[str, Any], *, alone: bool = False) -> list[Row]:
    if "codes" in list_:
        return who.tx.all(
            "SELECT code AS id, label FROM codes WHERE list = ? ORDER BY position", list_["codes"]
        )
    return views.rows(who, list_["register"], list_.get("where"), alone=alone)


def _facts(field: str, list_: Mapping[str, Any], row: Row) -> dict[str, Fact]:
    source, trust = list_.get("source", "share"), list_.get("trust", "A")
    if "codes" in list_:
        return {field: Fact(row["id"], source, trust)}
    brings = {field: list_["id"], **list_.get("brings", {})}
    return {
        name: Fact(row[column], source, trust) for name, column in brings.items() if row[column] is not None
    }


def options(call: Call, q: str) -> list[Json]:
    """The list of the field of the path; those in which every word of `q` is. Raises Problem 401."""
    item, field = call.item(), call.params["field"]
    list_ = how(item["code"], field)
    assert list_ is not None, "the caller has looked"  # noqa: S101
    register = list_.get("register")
    if register is None:
        who = views.Who(call.tx, call.today, item["code"])
    elif (
        item["level"] == "none" and call.caller.person is None and views.view(register)["whose"] != "anybody"
    ):
        return []
    else:
        who = described.who_asks(call, register)
    as_of = call.today.replace(day=1).isoformat()
    found = []
    # As a query: at level `phone` nothing is told of a company without its legal person's login.
    for row in _found(who, list_, alone=item["level"] != "phone"):
        words = _Words(row)
        found.append(
            {
                "id": str(row["id"] if "codes" in list_ else row[list_["id"]]),
                "label": words["label"] if "codes" in list_ else list_["label"].format_map(words),
                "detail": "" if "codes" in list_ else list_.get("detail", "").format_map(words),
                "fields": {
                    name: fact.as_json(as_of) for name, fact in _facts(field, list_, row).items()
                },
            }
        )  # fmt: skip
    words_of_q = q.lower().split()
    return [
        one
        for one in found
        if all(word in f"{one['id']} {one['label']} {one['detail']}".lower() for word in words_of_q)
    ]


def _who(asker: Asker) -> views.Who:
    return views.Who(asker.tx, asker.today, asker.item, asker.person, asker.company)


def _only(field: str) -> Finder:
    """The value of the only entry of the field's list; none when there are several."""

    def find(asker: Asker) -> Fact | None:
        list_ = how(asker.item, field)
        if list_ is None or "codes" in list_:
            return None
        found = _found(_who(asker), list_)
        return _facts(field, list_, found[0]).get(field) if len(found) == 1 else None

    return find


def _told(asker: Asker, told: Mapping[str, Any]) -> Fact | None:
    """A column of a register's first row (of its only one, with `only`)."""
    found = views.rows(_who(asker), told["register"], told.get("where"))
    if not found or (told.get("only") and len(found) > 1):
        return None
    value = found[0][told["column"]]
    return None if value is None else Fact(value, told.get("source", "share"), told.get("trust", "A"))


def _described(field: str, general: Mapping[str, Any]) -> Finder:
    """The value that data/lists.yaml says; the item's entry may say another part of the register."""

    def find(asker: Asker) -> Fact | None:
        return _told(asker, {**general, **offer.entry(asker.item).get("prefill", {}).get(field, {})})

    return find


def by_entry(field: str) -> Finder:
    """What the item's own entry says of a field, under `prefill`; it goes before everything general."""

    def find(asker: Asker) -> Fact | None:
        told = offer.entry(asker.item).get("prefill", {}).get(field)
        return _told(asker, told) if told and "register" in told else None

    return find


def finders() -> dict[str, Finder]:
    """By field: how it is known, beside `known.FIELDS`."""
    lists = {field: _only(field) for field, told in offer.offer()["options"].items() if told.get("prefill")}
    return {**lists, **{field: _described(field, told) for field, told in offer.offer()["prefill"].items()}}
