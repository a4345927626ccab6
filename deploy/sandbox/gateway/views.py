"""The registers of data/registers.yaml: whose rows they tell, what narrows them, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..db import Row, Tx
from ..offer import offer
from ..wire import Problem, Reason, refused
from .bodies import Fields

MOST = 200
"""Rows that are told at once."""
_SHAPES = (
    (
        re.compile(r"period_(start|end)$"),
        re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\d\d)?"),
        "请填写正确的年月",
        "BAD_MONTH",
    ),
    (re.compile(r"_year$"), re.compile(r"(19|20)\d\d"), "请选择要查询的年度", "NO_YEAR"),
    (re.compile(r"_(amount|months|price)$"), re.compile(r"\d{1,12}"), "请填写数字", "BAD_NUMBER"),
)
"""Fields of such names, what they look like, and what is said where they do not."""
_OWN = {"resident_id_number": "me", "unified_social_credit_code": "firm", "taxpayer_id": "firm"}
_OPS = {
    "=": "{0} = :{1}",
    ">=": "{0} >= substr(:{1}, 1, length({0}))",
    "<=": "{0} <= substr(:{1}, 1, length({0}))",
    "has": "instr({0}, :{1}) > 0",
    "any": "{0} IN (:{1}, '*')",
}


@dataclass(frozen=True)
class Who:
    """Who asks, as far as registers go: ids of person and company, empty for none, and their own numbers."""

    tx: Tx
    today: date
    item: str
    person: Row | None = None
    company: Row | None = None

    @property
    def me(self) -> str:
        """The person's id."""
        return str(self.person["id"]) if self.person else ""

    @property
    def firm(self) -> str:
        """The id of the company that is acted for."""
        return str(self.company["id"]) if self.company else ""


def view(name: str) -> Mapping[str, Any]:
    """A register as data/registers.yaml says it. Raises KeyError."""
    found: Mapping[str, Any] = offer()["registers"][name]
    return found


def _standing(who: Who) -> list[str]:
    """Companies that the person stands for."""
    rows = who.tx.all(
        "SELECT id FROM companies JOIN handlers ON business = credit_code WHERE person = ? ORDER BY id",
        who.me,
    )
    return [row["id"] for row in rows]


def _whose(register: Mapping[str, Any], who: Who, *, alone: bool) -> tuple[str, str]:
    """Ids of the person and of the company whose rows are told."""
    whose = register["whose"]
    if whose == "person":
        return who.me, ""
    if whose == "company":
        firms = [who.firm] if who.firm else _standing(who)[:1] if alone else []
        return "", firms[0] if firms else ""
    if whose == "either":
        return ("", who.firm) if who.firm else (who.me, "")
    return "", ""


def rows(
    who: Who, name: str, where: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None, *,
    alone: bool = False,
) -> list[Row]:  # fmt: skip
    """Rows of a register. `where`: what the item fixes; `given`: values by field, those that narrow count.

    `alone`: where no company is acted for, that which the person stands for is told of.
    """
    register, given = view(name), given or {}
    me, firm = _whose(register, who, alone=alone)
    asked = dict.fromkeys([*register.get("needs", ()), *register.get("may", ())], "")
    values: dict[str, Any] = {
        **register.get("defaults", {}), **asked, **(where or {}),
        **{field: text for field, text in given.items() if field in asked},
        "me": me, "firm": firm, "today": who.today.isoformat(), "item": who.item,
    }  # fmt: skip
    tests, near = [], []
    for field, how in register.get("narrow", {}).items():
        text = given.get(field, "")
        if not text:
            continue
        column, op = how.split()
        if op == "near":
            near.append((column, text))
            continue
        tests.append(_OPS[op].format(column, field))
        values[field] = text
    # The statements are our own; what comes from outside is bound.
    test = f" WHERE {' AND '.join(tests)}" if tests else ""
    found = who.tx.named(f"SELECT * FROM ({register['sql']}){test} LIMIT {MOST + 1}", values)  # noqa: S608
    for column, text in near:
        found = [row for row in found if str(row[column]) in text] or found
    return found


def wrong(who: Who, name: str, fields: Fields) -> list[Reason]:
    """What is wrong with what a query was given, every reason at once."""
    register, found = view(name), []
    personal = register["whose"] != "anybody"
    for field, value in fields.items():
        text, at = value.text(), f"/fields/{field}/value"
        if personal and text and _foreign(who, field, text):
            found.append(Reason("只能查询本人（本单位）的记录", "NOT_YOURS", at))
        if text:
            found += [
                Reason(words, code, at)
                for names, shape, words, code in _SHAPES
                if names.search(field) and not shape.fullmatch(text)
            ]
    for first, last in (("period_start", "period_end"), ("tax_period_start", "tax_period_end")):
        ends = [fields[each].text()[:7] if each in fields else "" for each in (first, last)]
        if all(ends) and ends[0] > ends[1]:
            found.append(Reason("起始年月不能晚于终止年月", "PERIOD_ORDER", f"/fields/{last}/value"))
    needs = register.get("needs", ())
    if needs and not any(field in fields and fields[field].text() for field in needs):
        found.append(Reason("请填写要查询的内容", "NOTHING_ASKED", f"/fields/{needs[0]}/value"))
    return found


def _foreign(who: Who, field: str, text: str) -> bool:
    """Whether this is somebody else's number."""
    if field == "resident_id_number":
        return who.person is not None and text != who.person["id_number"]
    return field in _OWN and who.company is not None and text != who.company["credit_code"]


def nothing(register: Mapping[str, Any]) -> Problem:
    """There is nothing, and what to do."""
    message, code, instead = register["none"]
    return refused(Reason(message, code, instead=instead), detail="没有查到记录")
