"""The desk of sealed certificates: fetched, printed on A4, counted; never a plain record in its place.

The PDF is in memory only, from the gateway to the printer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.document_printer import Failed, FailReason, JobOutcome, Printed
from flows.effects import PrintCertificate
from flows.events import Outcome, PrintEnded, Refused
from kiosk.clock import Clock
from kiosk.desks.city import refused_or_unreachable
from kiosk.desks.desk import Tell, civil
from kiosk.gateway.bearer import Bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Certificate, CertificateOutcome
from kiosk.loop import Executor, Loop
from kiosk.visit import Visit

SLACK_SECONDS = 10.0
"""The driver has deadlines of its own; this is added to guard against a driver that never says."""

NO_PRINTER = "这台终端没有证明打印机"
NOT_FETCHED = "没有取到证明，没有打印"
_FAILED = {
    "paper-out": "证明打印机缺纸",
    "paper-jam": "证明打印机卡纸",
    "cover-open": "证明打印机盖子没有盖好",
    "toner-out": "证明打印机缺墨粉",
    "offline": "证明打印机没有回应",
    "rejected": "证明打印机没有接受这份文件",
}
_UNCONFIRMED = "打印机没有确认。请看一看出纸口有没有证明"

_PERHAPS_IN_PART = frozenset(
    {FailReason.PAPER_OUT, FailReason.PAPER_JAM, FailReason.COVER_OPEN, FailReason.TONER_OUT}
)
"""With these it did not come out whole, and sheets of it may lie there: what is printed anew must be told
from them, so it is another counted print."""

Ended = Callable[[Visit, str, str, int], None]
"""Journals a print: visit, outcome, reason, the gateway's count (0: not fetched)."""


class Printer(Protocol):
    """What this desk needs of the device."""

    def longest(self, size: int) -> float:
        """Seconds within which a job of `size` bytes has an outcome."""
        ...

    def print(self, pdf: bytes, done: Callable[[JobOutcome], None]) -> None:
        """Queue a job; `done` is called once, from the device's thread. The bytes are kept no longer."""
        ...


class CertificateDesk:
    """Loop's thread, but for the call."""

    def __init__(
        self,
        *,
        client: GatewayClient,
        printer: Printer | None,
        key_of: Callable[[Visit, str], str],
        executor: Executor,
        loop: Loop,
        clock: Clock,
        ended: Ended,
    ) -> None:
        self._client = client
        self._printer = printer
        self._key_of = key_of
        self._executor = executor
        self._loop = loop
        self._clock = clock
        self._ended = ended

    def print(self, effect: PrintCertificate, visit: Visit, token: Bearer | None, tell: Tell) -> None:
        """Fetch and print; without a printer nothing is fetched, for a fetched one counts."""
        if self._printer is None or token is None:
            words = NO_PRINTER if self._printer is None else NOT_FETCHED
            tell(PrintEnded(effect=effect.id, result="failed", words=words))
            return
        key = self._key_of(visit, effect.intent)

        def work() -> CertificateOutcome:
            return self._client.print_certificate(effect.certificate, token=token, key=key)

        self._executor.submit(work, lambda said: self._fetched(effect, visit, tell, said))

    def _fetched(self, effect: PrintCertificate, visit: Visit, tell: Tell, said: CertificateOutcome) -> None:
        if not isinstance(said, Certificate) or self._printer is None:
            words = NOT_FETCHED
            if not isinstance(said, Certificate):
                outcome = refused_or_unreachable(effect.id, said, civil(self._clock.now()))
                words = _why(outcome)
            self._ended(visit, "failed", "not-fetched", 0)
            tell(PrintEnded(effect=effect.id, result="failed", words=words))
            return
        code, count = said.verification_code, said.print_count
        told = False

        def end(outcome: JobOutcome | None) -> None:
            nonlocal told
            if told:
                return
            told = True
            timer.cancel()
            result = _result(effect.id, outcome, code, count)
            self._ended(visit, result.result, _reason(outcome), count)
            tell(result)

        timer = self._loop.later(self._printer.longest(len(said.pdf)) + SLACK_SECONDS, lambda: end(None))
        self._printer.print(said.pdf, lambda outcome: self._loop.post(lambda: end(outcome)))


def _why(outcome: Outcome) -> str:
    if isinstance(outcome, Refused) and outcome.reasons:
        return f"{NOT_FETCHED}：{outcome.reasons[0].message}"
    return NOT_FETCHED


def _reason(outcome: JobOutcome | None) -> str:
    if outcome is None:
        return "no-outcome"
    return "" if isinstance(outcome, Printed) else outcome.reason.value


def _result(effect_id: str, outcome: JobOutcome | None, code: str, count: int) -> PrintEnded:
    if isinstance(outcome, Printed):
        return PrintEnded(effect=effect_id, result="printed", code=code, count=count)
    if isinstance(outcome, Failed):
        words = _FAILED.get(outcome.reason.value, "证明打印机暂时不能用")
        in_part = outcome.reason in _PERHAPS_IN_PART
        return PrintEnded(effect=effect_id, result="failed", words=words, count=count if in_part else 0)
    return PrintEnded(effect=effect_id, result="unconfirmed", words=_UNCONFIRMED, code=code, count=count)
