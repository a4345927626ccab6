"""What an operation is, and what it is given. The operations themselves stand in the modules beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec

from ..context import Context
from ..db import Row, Tx
from ..identity.tokens import Caller
from ..wire import BEIJING, Json, Problem, Reason, plain
from . import shapes

VISIT, TERMINAL = "visit", "terminal"
EITHER = frozenset({VISIT, TERMINAL})
LEVELS = {"none": 0, "card": 1, "card+face": 2, "phone": 2}
"""identity.md: `none` < `card` < `card+face` or `phone`."""
ACR_FOR = {"none": "card phone", "card": "card phone", "card+face": "card+face phone", "phone": "phone"}
"""What RFC 9470's `acr_values` says to a token that is too low."""

Body = TypeVar("Body")


@dataclass(frozen=True)
class Cache:
    """How long content may be used, and for how long it is better than nothing; seconds."""

    max_age: int
    stale_if_error: int

    def header(self) -> str:
        """Cache-Control (RFC 9111; RFC 5861 for stale-if-error)."""
        return f"max-age={self.max_age}, stale-if-error={self.stale_if_error}"


@dataclass(frozen=True)
class Reply:
    """An answer. `status` 201 is answered as 200 when the same key and body come again; `cache`: this answer
    may be kept, where not every one of its operation may."""

    status: int
    body: Json
    cache: Cache | None = None


@dataclass(frozen=True)
class Call:
    """One request, authorised, unsealed, inside one transaction."""

    context: Context
    tx: Tx
    caller: Caller
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Json = None
    key: str = ""
    sealed: bool = False
    changed: bool = False
    """Ordered by a fault: what is asked for was taken by somebody else in the meantime."""
    operation: str = ""

    @property
    def now(self) -> float:
        """The platform's time, Unix seconds."""
        return self.context.now()

    @property
    def today(self) -> date:
        """The civil day of the city."""
        return datetime.fromtimestamp(self.now, UTC).astimezone(BEIJING).date()

    def decode(self, shape: type[Body]) -> Body:
        """The body as `shape`. Raises Problem 400 that names every mistake's place as a JSON Pointer."""
        shapes.body(self.operation, self.body)
        try:
            return msgspec.convert(plain(self.body), shape)
        except msgspec.ValidationError as error:
            what, _, path = str(error).partition(" - at `$")
            pointer = path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
            raise Problem(
                400, "BAD_BODY", "Not the contract's body", errors=(Reason(what, "BAD_BODY", pointer),)
            ) from error

    def item(self, code: str | None = None) -> Row:
        """The item with this code, else that of the path. Raises Problem 404."""
        row = self.tx.one("SELECT * FROM items WHERE code = ?", self.params["item"] if code is None else code)
        if row is None:
            raise Problem(404, "NO_ITEM", "No such item", "没有这个事项")
        return row

    def person(self, level: str = "card") -> Row:
        """Who stands there, at least at `level`. Raises Problem 401 as RFC 9470 says."""
        if self.caller.person is None or LEVELS[self.caller.acr or "none"] < LEVELS[level]:
            raise too_low(level)
        row = self.tx.one("SELECT * FROM persons WHERE id = ?", self.caller.person)
        assert row is not None, "a foreign key"  # noqa: S101
        return row


def too_low(level: str) -> Problem:
    """401: whoever this is has to be identified (better) first (RFC 9470, 3)."""
    challenge = f'Bearer error="insufficient_user_authentication", acr_values="{ACR_FOR[level]}"'
    return Problem(401, "IDENTIFY", "Identify first", "请先核验身份", headers={"WWW-Authenticate": challenge})


@dataclass(frozen=True)
class Paper:
    """An answer that is no JSON."""

    content: bytes
    media_type: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Operation:
    """One operation of the contract: `id` is its operationId, `path` Flask's spelling of its path.

    `paper` makes the answer out of what `act` replied, which is what is remembered with the key.
    """

    id: str
    method: str
    path: str
    act: Callable[[Call], Reply]
    security: frozenset[str] = field(default=EITHER)
    body: bool = False
    keyed: bool = False
    sealed: bool = False
    cache: Cache | None = None
    paper: Callable[[Tx, Json], Paper] | None = None
