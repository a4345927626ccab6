"""getOptions: what there is to choose from, by item and field; and what a bill comes to."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..wire import Json, Problem
from . import directories, regions, registers
from .content import ITEM
from .operations import Call, Operation, Reply

ANY = "*"


def _region_mode(call: Call, q: str) -> list[Json]:
    return regions.options(json.loads(call.item()["guide"]), q)


OPTIONS: dict[tuple[str, str], Callable[[Call, str], list[Json]]] = {
    (ANY, "region_mode"): _region_mode,
    (ANY, directories.FIELD): directories.entries,
    **registers.OPTIONS,
}
"""By item and field; `ANY` where every item answers alike. `q` is empty when nothing was asked for. Each
entry of the answer is the contract's Option; whoever needs to know who asks calls `call.person(level)`."""

BILLS: dict[str, Callable[[Call, str], int | None]] = dict(registers.BILLS)
"""By item: what this bill comes to, in fen; None when there is no such bill. An item that is not here takes
any bill and any sum. `payments.settled` says whether one is paid."""


def options(call: Call) -> Reply:
    """The register's answer."""
    item, field = call.item()["code"], call.params["field"]
    answer = OPTIONS.get((item, field)) or OPTIONS.get((ANY, field))
    if answer is None:
        raise Problem(404, "NO_OPTIONS", "Nothing to choose for this field", "平台没有这一项的选项")
    cache = directories.CACHE if field == directories.FIELD else None
    return Reply(200, answer(call, call.query.get("q", "").strip()), cache)


OPERATIONS = (Operation("getOptions", "GET", ITEM + "/options/<field>", options),)
