"""Somebody who asks the city's own functions about any item of the catalogue, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deploy.sandbox.db import Tx
from deploy.sandbox.gateway import records
from deploy.sandbox.gateway.operations import Call
from deploy.sandbox.identity.tokens import Caller
from deploy.sandbox.town import town
from deploy.sandbox.wire import Json
from tests.deploy.sandbox.catalogue import Item
from tests.deploy.sandbox.world import TERMINAL, World

JSON = "application/json"
REGISTERS = town().registers
KNOWN = [one for one in town().persons if one.id.startswith("p-")]
EVERYBODY = [*KNOWN, *(one for one in town().persons if not one.id.startswith("p-"))]
"""The well-known first: what one of them can do, a demonstration can show."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks, perhaps for a company (its credit code)."""

    person: str | None
    business: str | None = None


def visitors(item: Item) -> Iterator[Visitor]:
    """Who may have something to ask of an item: handlers of companies where it is for those."""
    if item.level == "none":
        yield Visitor(None)
    if item.audience != "citizen":
        for row in REGISTERS.handlers:
            yield Visitor(row.person, row.business)
    for one in EVERYBODY:
        yield Visitor(one.id)


@dataclass
class Desk:
    """Asks the city's own functions, as somebody with a phone login."""

    world: World
    tx: Tx = field(init=False)

    def call(self, item: str, who: Visitor, body: Json = None, **params: str) -> Call:
        """A call about an item, in the transaction that is open."""
        caller = Caller(TERMINAL, "t", who.person, "phone" if who.person else None, business=who.business)
        return Call(self.world.city.context, self.tx, caller, {"item": item, **params}, {}, body=body)

    def query(self, item: str, who: Visitor, fields: Mapping[str, str]) -> Json:
        """The answer of query. Raises Problem."""
        body = {"fields": {name: {"value": text, "source": "typed"} for name, text in fields.items()}}
        call = self.call(item, who, body)
        return records.query(Call(**{**call.__dict__, "operation": "query"})).body
