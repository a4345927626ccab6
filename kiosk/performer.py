"""Performs effects: hands each to its desk. Loop's thread only."""

from __future__ import annotations

from dataclasses import dataclass

from flows.effects import (
    Call,
    CheckPicture,
    ClosePayment,
    Effect,
    LoadEntries,
    LoadGuide,
    LoadOptions,
    LoadPolicies,
    Login,
    NumberLogin,
    OpenUpload,
    PhoneScan,
    PrintCertificate,
    PrintPaper,
    ReadCard,
    RefundPayment,
    StartPayment,
    Submit,
)
from kiosk.desks.card import CardDesk
from kiosk.desks.certificate import CertificateDesk
from kiosk.desks.city import CityDesk
from kiosk.desks.desk import Tell
from kiosk.desks.filing import FilingDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PaperDesk
from kiosk.desks.payment import PaymentDesk
from kiosk.desks.picture import PictureDesk
from kiosk.desks.upload import UploadDesk
from kiosk.visit import Visit


@dataclass(frozen=True, slots=True)
class Desks:
    """The performer of one terminal (see `ports.Performer`)."""

    card: CardDesk
    login: LoginDesk
    city: CityDesk
    filing: FilingDesk
    paper: PaperDesk
    picture: PictureDesk
    upload: UploadDesk
    payment: PaymentDesk
    certificate: CertificateDesk

    def perform(self, effect: Effect, visit: Visit, tell: Tell) -> None:
        """Begin `effect`."""
        match effect:
            case ReadCard():
                self.card.read(effect, tell)
            case Login():
                self.login.login(effect, visit, tell)
            case NumberLogin():
                self.login.by_number(effect, visit, tell)
            case PhoneScan():
                self.login.scan(effect, visit, tell)
            case CheckPicture():
                self.picture.check(effect, tell)
            case OpenUpload():
                self.upload.open(effect, visit, self.login.token(visit), tell)
            case Submit():
                self.filing.submit(effect, visit, tell)
            case PrintPaper():
                self.paper.print(effect, visit, tell)
            case PrintCertificate():
                self.certificate.print(effect, visit, self.login.token(visit), tell)
            case StartPayment() | ClosePayment() | RefundPayment():
                self._pay(effect, visit, tell)
            case _:
                self._ask(effect, visit, tell)

    def _pay(self, effect: StartPayment | ClosePayment | RefundPayment, visit: Visit, tell: Tell) -> None:
        match effect:
            case StartPayment():
                self.payment.start(effect, visit, self.login.token(visit), tell)
            case ClosePayment():
                self.payment.close(effect, self.login.token(visit), tell)
            case RefundPayment():
                self.payment.refund(effect, tell)

    def _ask(self, effect: Effect, visit: Visit, tell: Tell) -> None:
        """What the city is asked."""
        match effect:
            case Call():
                self.city.call(effect, visit, self.login.token(visit), tell)
            case LoadGuide():
                self.city.guide(effect, tell)
            case LoadOptions():
                self.city.options(effect, tell)
            case LoadEntries():
                self.city.entries(effect, tell)
            case LoadPolicies():
                self.city.policies(effect, tell)
            case _:
                raise TypeError(f"no desk performs {type(effect).__name__}")

    def cancel(self, target: str) -> None:
        """What can be stopped is stopped; the outcome of the rest is dropped by the engine."""
        self.card.cancel(target)
        self.login.cancel(target)
        self.payment.cancel(target)
        self.upload.cancel(target)

    def forget(self, visit: Visit) -> None:
        """The visit is over."""
        self.card.forget()
        self.login.forget(visit)
        self.filing.forget(visit)
        self.payment.forget(visit)
        self.upload.forget(visit)
