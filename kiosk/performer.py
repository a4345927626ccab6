"""Performs effects: hands each to its desk. Loop's thread only."""

from __future__ import annotations

from dataclasses import dataclass

from flows.effects import (
    Call,
    Effect,
    LoadGuide,
    LoadOptions,
    Login,
    PhoneScan,
    PrintPaper,
    ReadCard,
    Submit,
)
from kiosk.desks.card import CardDesk
from kiosk.desks.city import CityDesk
from kiosk.desks.desk import Tell
from kiosk.desks.filing import FilingDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PaperDesk
from kiosk.visit import Visit


@dataclass(frozen=True, slots=True)
class Desks:
    """The performer of one terminal (see `terminal.Performer`)."""

    card: CardDesk
    login: LoginDesk
    city: CityDesk
    filing: FilingDesk
    paper: PaperDesk

    def perform(self, effect: Effect, visit: Visit, tell: Tell) -> None:
        """Begin `effect`."""
        match effect:
            case ReadCard():
                self.card.read(effect, tell)
            case Login():
                self.login.login(effect, visit, tell)
            case PhoneScan():
                self.login.scan(effect, visit, tell)
            case Call():
                self.city.call(effect, self.login.token(visit), tell)
            case LoadGuide():
                self.city.guide(effect, tell)
            case LoadOptions():
                self.city.options(effect, tell)
            case Submit():
                self.filing.submit(effect, visit, tell)
            case PrintPaper():
                self.paper.print(effect, visit, tell)
            case _:
                raise TypeError(f"no desk performs {type(effect).__name__}")

    def cancel(self, target: str) -> None:
        """What can be stopped is stopped; the outcome of the rest is dropped by the engine."""
        self.card.cancel(target)
        self.login.cancel(target)

    def forget(self, visit: Visit) -> None:
        """The visit is over."""
        self.card.forget()
        self.login.forget(visit)
        self.filing.forget(visit)
