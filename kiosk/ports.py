"""What the visit actor asks of the rest of the agent: to perform effects, and to write down what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from flows.effects import Effect
from flows.events import Outcome
from kiosk.visit import Visit

Tell = Callable[[Outcome], None]


class Performer(Protocol):
    """Performs effects; never blocks the loop."""

    def perform(self, effect: Effect, visit: Visit, tell: Tell) -> None:
        """Begin `effect`; `tell` its outcomes in the loop's thread."""
        ...

    def cancel(self, target: str) -> None:
        """The outcome of `target` is no longer wanted."""
        ...

    def forget(self, visit: Visit) -> None:
        """The visit is over: stop its effects, revoke its token, forget the person."""
        ...


class Diary(Protocol):
    """What of a visit is journalled: never anything personal."""

    def visit_began(self, visit: str) -> None:
        """Somebody touched the screen."""
        ...

    def visit_ended(self, visit: str, how: str, items: int) -> None:
        """finished | left | timed-out | crashed."""
        ...

    def item_started(self, visit: str, item: str, version: str) -> None:
        """A run began."""
        ...

    def item_ended(self, visit: str, item: str, outcome: str) -> None:
        """A run ended."""
        ...

    def identified(self, visit: str, method: str, level: str, confirmed: bool) -> None:
        """It is known who the citizen is, at this level."""
        ...
