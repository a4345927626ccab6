"""What anybody may keep a copy of: health, keys, catalogue, guides, code lists."""

from __future__ import annotations

import json

from .. import keys
from ..wire import Problem, stamp
from .operations import Cache, Call, Operation, Reply

WEEK = 7 * 86400
KEYS = Cache(300, WEEK)
CATALOGUE = Cache(60, WEEK)
GUIDES = Cache(300, 4 * WEEK)
CODES = Cache(3600, 4 * WEEK)
_DOWN = {"5xx", "down", "reset-after-acting"}


def health(call: Call) -> Reply:
    """Up, with the departments as the faults in force leave them."""
    kinds = {order["kind"] for order in call.context.faults.as_json() if order["operation"] == "*"}
    state = "down" if kinds & _DOWN else "slow" if "slow" in kinds else "up"
    departments = [row["department"] for row in call.tx.all("SELECT DISTINCT department FROM items")]
    return Reply(
        200,
        {"status": "ok", "time": stamp(call.now), "departments": dict.fromkeys(departments, state)},
    )


def jwks(call: Call) -> Reply:
    """Keys to seal to, and those the gateway signs with."""
    return Reply(200, keys.gateway_jwks(call.tx, call.now))


def catalogue(call: Call) -> Reply:
    """Every item, and whether it can be handled now."""
    version = call.tx.one("SELECT value FROM meta WHERE name = 'catalogue'")
    assert version is not None, "populate() has run"  # noqa: S101
    items = []
    for row in call.tx.all("SELECT code, version, enabled, reason FROM items ORDER BY rowid"):
        entry = {"code": row["code"], "version": row["version"], "enabled": bool(row["enabled"])}
        items.append(entry if row["reason"] is None else {**entry, "reason": row["reason"]})
    return Reply(200, {"version": version["value"], "items": items})


def guide(call: Call) -> Reply:
    """一次性告知; a sample."""
    return Reply(200, json.loads(call.item()["guide"]))


def codes(call: Call) -> Reply:
    """A code list by name; every field of the catalogue that holds a division has the list of divisions."""
    name = "divisions" if call.params["id"].endswith("division_code") else call.params["id"]
    rows = call.tx.all("SELECT code, label, parent FROM codes WHERE list = ? ORDER BY position", name)
    if not rows:
        raise Problem(404, "NO_LIST", "No such list", "没有这个代码表")
    version = call.tx.one("SELECT value FROM meta WHERE name = 'catalogue'")
    assert version is not None, "populate() has run"  # noqa: S101
    entries = [{name: text for name, text in row.items() if text is not None} for row in rows]
    return Reply(200, {"version": version["value"], "entries": entries})


ITEM = "/items/<item>"
OPERATIONS = (
    Operation("getHealth", "GET", "/health", health, security=frozenset()),
    Operation("getKeys", "GET", "/keys", jwks, security=frozenset(), cache=KEYS),
    Operation("getCatalogue", "GET", "/catalogue", catalogue, cache=CATALOGUE),
    Operation("getGuide", "GET", ITEM + "/guide", guide, cache=GUIDES),
    Operation("getCodes", "GET", "/codes/<id>", codes, cache=CODES),
)
