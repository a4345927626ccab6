"""getOptions: what there is to choose from, by item and field; and what a bill comes to."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..wire import Json, Problem
from . import bills, directories, lists, regions, registers
from .content import ITEM
from .operations import Call, Operation, Reply
from .registers import ANY, Options


def _region_mode(call: Call, q: str) -> list[Json]:
    return regions.options(json.loads(call.item()["guide"]), q)


OPTIONS: dict[tuple[str, str], Options] = {
    (ANY, "region_mode"): _region_mode,
    (ANY, directories.FIELD): directories.entries,
    **registers.OPTIONS,
}
"""By item and field; `ANY` where every item answers alike. `q` is empty when nothing was asked for. Each
entry of the answer is the contract's Option; whoever needs to know who asks calls `call.person(level)`."""


BILLS: dict[str, Callable[[Call, str], int | None]] = dict(registers.BILLS)
"""By item: what this bill comes to, in fen; None when there is no such bill."""


def of(item: str, field: str) -> Options | None:
    """What answers for a field of an item: its own function, its bills, one for all items, a list."""
    if (item, field) in OPTIONS:
        return OPTIONS[item, field]
    if field in {"bill", "amount"} and bills.has(item):
        return bills.options
    if (ANY, field) in OPTIONS:
        return OPTIONS[ANY, field]
    return lists.options if lists.how(item, field) is not None else None


def amount_of(item: str) -> Callable[[Call, str], int | None] | None:
    """What says what a bill of the item comes to; for an item without one, any bill and any sum is taken.
    `payments.settled` says whether one is paid."""
    return BILLS.get(item) or (bills.amount if bills.has(item) else None)


def options(call: Call) -> Reply:
    """The register's answer."""
    field = call.params["field"]
    answer = of(call.item()["code"], field)
    if answer is None:
        raise Problem(404, "NO_OPTIONS", "Nothing to choose for this field", "平台没有这一项的选项")
    cache = directories.CACHE if field == directories.FIELD else None
    return Reply(200, answer(call, call.query.get("q", "").strip()), cache)


OPERATIONS = (Operation("getOptions", "GET", ITEM + "/options/<field>", options),)
