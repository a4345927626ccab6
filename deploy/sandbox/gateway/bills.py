"""What is to be paid with an item, as its entry says under `bill`: dues of a kind, a sample fee, or a top-up.

A bill of a kind is one of the register of dues. A fee is the citizen's own, for this item, once for each time
it was paid. Of a top-up only the sum is chosen.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from .. import offer
from ..db import Row
from ..wire import Json, Reason, refused
from . import holdings
from .facts import Fact
from .operations import Call
from .registers import money

FEE_FEN = 100
"""A sample: real fees are the office's to say."""
_FEE, _TOP_UP = "YSGB", "YSCZ"
_OPEN = (
    "SELECT * FROM dues WHERE kind = ? AND settled_on IS NULL AND NOT EXISTS (SELECT 1 FROM payments "
    "WHERE bill = dues.number AND state IN ('paid', 'refunding'))"
)


def has(item: str) -> bool:
    """Whether something is paid with the item that its entry describes."""
    return "bill" in offer.entry(item)


def _how(item: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = offer.entry(item)["bill"]
    return told


def _bill(call: Call, number: str, label: str, detail: str, fen: int, **brings: Json) -> Json:
    as_of = call.today.replace(day=1).isoformat()
    facts = {"bill": number, "amount": fen, **brings}
    told = {name: Fact(value, "share").as_json(as_of) for name, value in facts.items()}
    return {"id": number, "label": f"{label} {money(fen)}", "detail": detail, "fields": told}


def _due(call: Call, how: Mapping[str, Any], row: Row) -> Json:
    brings = {field: row[column] for field, column in how.get("brings", {}).items()}
    detail = f"单号 {row['number']}，所属期 {row['period']}，请在 {row['due']} 前缴纳（演示数据）"
    return _bill(call, row["number"], row["what"], detail, row["fen"], **brings)


def _dues(call: Call, how: Mapping[str, Any], q: str) -> list[Row]:
    """Open ones: by number or by what they are for, where `q` says it; else those of who stands there.

    Raises Problem 422 where nothing has that number.
    """
    if q:
        known = call.tx.one(
            "SELECT 1 AS yes FROM dues WHERE kind = ? AND (number = ? OR about = ?)", how["kind"], q, q
        )
        if known is None:
            raise refused(
                Reason("没有查到这个号码", "NO_ACCOUNT", instead="请对照单据核对号码，或者到窗口咨询"),
                detail="没有查到这个号码",
            )
        return call.tx.all(
            f"{_OPEN} AND (number = ? OR about = ?) ORDER BY period, number", how["kind"], q, q
        )
    if call.caller.person is None:
        return []
    company = holdings.company(call)
    column, owner = ("company", company["id"]) if company else ("person", call.caller.person)
    return call.tx.all(f"{_OPEN} AND {column} = ? ORDER BY period, number", how["kind"], owner)


def _fee_number(call: Call, item: Row, person: Row) -> str:
    stem = f"{_FEE}{person['sub'][:16]}"
    paid = call.tx.one(
        "SELECT count(*) AS times FROM payments WHERE item = ? AND bill LIKE ? "
        "AND state IN ('paid', 'refunding')",
        item["code"],
        f"{stem}%",
    )
    return f"{stem}{paid['times'] if paid else 0:03d}"


def options(call: Call, q: str) -> list[Json]:
    """What there is to pay. Raises Problem 401 below the item's level, 422 for a number that nothing has."""
    item = call.item()
    how = _how(item["code"])
    if "fee" in how:
        person = call.person(item["level"])
        words = "样例金额（演示数据），实际以窗口公布为准"
        return [_bill(call, _fee_number(call, item, person), how["fee"], words, FEE_FEN)]
    if "sums" in how:
        one = secrets.token_hex(8)
        return [
            _bill(call, f"{_TOP_UP}{one}-{fen}", "充值", f"{how['told']}（演示数据）", fen)
            for fen in how["sums"]
        ]
    if item["level"] != "none":
        call.person(item["level"])
    return [_due(call, how, row) for row in _dues(call, how, q)]


def amount(call: Call, number: str) -> int | None:
    """What a bill of the item in the body or the path comes to, in fen; None when there is none to pay."""
    how = _how((call.body or {}).get("item") or call.params["item"])
    if "fee" in how:
        known = call.tx.one(
            "SELECT 1 AS yes FROM persons WHERE ? LIKE ? || substr(sub, 1, 16) || '___'", number, _FEE
        )
        return FEE_FEN if known else None
    if "sums" in how:
        sums = {f"{fen}": fen for fen in how["sums"]}
        return sums.get(number.partition("-")[2]) if number.startswith(_TOP_UP) else None
    row = call.tx.one(f"{_OPEN} AND number = ?", how["kind"], number)
    return row["fen"] if row else None
