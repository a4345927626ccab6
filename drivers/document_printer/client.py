"""The operations of IPP/1.1 that this driver needs, as questions with typed answers (RFC 8011, section 4).

Every method may raise Unreachable (nothing was sent), Refused (the printer said no) and, where it cannot
be told what the printer made of it, TransportLost, TransportTimeout or BadAnswer. Used from one thread.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from drivers.device import Monotonic
from drivers.document_printer.ipp import Attribute, GroupTag, Malformed, Message, Tag, decode, encode
from drivers.document_printer.status import (
    A4,
    JOB_ATTRIBUTES,
    PDF,
    PRINTER_ATTRIBUTES,
    JobReport,
    PrinterState,
    job_report,
    printer_state,
)
from drivers.document_printer.transport import BadAnswer, Part, Transport
from drivers.exc import DriverError

USER = "kiosk"
"""requesting-user-name: the same for everybody, and how this driver knows its own jobs again."""
VERSION = (1, 1)
"""Every printer takes 1.1 (RFC 8011, 4.1.8); nothing here needs more."""
_VERSIONS = (1, 2)  # major versions of an answer
_FIRST_ERROR = 0x0100  # statuses below are successes (RFC 8011, appendix B)


class Operation(IntEnum):
    """operation-id (RFC 8011, 5.4.15)."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


NOT_FOUND = 0x0406  # client-error-not-found
GONE = 0x0407  # client-error-gone
_NOT_THIS_OPERATION = 0x0501  # server-error-operation-not-supported


class Refused(DriverError, ValueError):  # noqa: N818 - what the printer did
    """The printer answered that it does not do it. `status` is its status-code."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status:#06x}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Timing:
    """Waits, in seconds; and the slowest speed, in bytes a second, at which a printer takes a document."""

    answer: float = 4.0  # one question
    job: float = 90.0  # from the printer's taking a job to its end; then it is cancelled
    cancel: float = 10.0  # a cancelled job, until the printer says that it has ended
    closing: float = 2.0  # the same, when the driver is being closed
    silence: float = 20.0  # without one good answer while a job prints
    watch: float = 1.0  # between two looks at a job
    poll: float = 5.0  # between two looks at an idle printer
    upload: float = 100_000.0

    def sending(self, size: int) -> float:
        """The most that sending `size` bytes may take."""
        return 2 * self.answer + size / self.upload

    def longest(self, size: int) -> float:
        """The most that printing `size` bytes takes, from the owner's beginning with it to its outcome."""
        asking = 14 * self.answer + 3 * self.watch  # each question may take all of its time
        return asking + self.cancel + self.sending(size) + self.job + self.cancel


class Client:
    """One printer's conversation. `interrupted` tells that the driver is being closed."""

    def __init__(
        self, transport: Transport, monotonic: Monotonic, timing: Timing, interrupted: Callable[[], bool]
    ) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._timing = timing
        self._interrupted = interrupted
        self._numbers = itertools.count(1)

    def elsewhere(self, transport: Transport) -> Client:
        """The same, to another printer."""
        return Client(transport, self._monotonic, self._timing, self._interrupted)

    def printer(self) -> PrinterState:
        """Get-Printer-Attributes."""
        message = self._ask(Operation.GET_PRINTER_ATTRIBUTES, [_wanted(PRINTER_ATTRIBUTES)])
        groups = message.all(GroupTag.PRINTER)
        if not groups:
            raise BadAnswer("no printer attributes")
        return printer_state(groups[0])

    def validate(self, name: str) -> None:
        """Validate-Job: whether a job such as ours would be taken, without sending it."""
        try:
            self._ask(Operation.VALIDATE_JOB, *_job(name))
        except Refused as refused:
            if refused.status != _NOT_THIS_OPERATION:
                raise

    def send(self, document: memoryview, name: str) -> JobReport:
        """Print-Job: the document, on one side of A4."""
        deadline = self._monotonic() + self._timing.sending(len(document))
        report = _one_job(self._ask(Operation.PRINT_JOB, *_job(name), document=document, deadline=deadline))
        if report is None:
            raise BadAnswer("no job-id")
        return report

    def job(self, number: int) -> JobReport:
        """Get-Job-Attributes."""
        message = self._ask(Operation.GET_JOB_ATTRIBUTES, [_number(number), _wanted(JOB_ATTRIBUTES)])
        group = next(iter(message.all(GroupTag.JOB)), None)
        if group is None:
            raise BadAnswer("no job attributes")
        # Some leave out the number that they were asked by.
        group.attributes.setdefault("job-id", (number,))
        report = job_report(group)
        if report is None or report.number != number:
            raise BadAnswer("another job")
        return report

    def jobs(self, which: str) -> list[JobReport]:
        """Get-Jobs: ours, `which` being ``not-completed`` or ``completed``."""
        asked = [
            Attribute(Tag.KEYWORD, "which-jobs", (which,)),
            Attribute(Tag.BOOLEAN, "my-jobs", (True,)),
            Attribute(Tag.INTEGER, "limit", (100,)),
            _wanted(JOB_ATTRIBUTES),
        ]
        found = [job_report(group) for group in self._ask(Operation.GET_JOBS, asked).all(GroupTag.JOB)]
        # A printer that does not know my-jobs tells everybody's.
        return [report for report in found if report is not None and report.user in ("", USER)]

    def cancel(self, number: int) -> None:
        """Cancel-Job. That it was taken does not mean that the job has ended."""
        self._ask(Operation.CANCEL_JOB, [_number(number)])

    def _ask(
        self,
        operation: Operation,
        asked: Sequence[Attribute],
        job: Sequence[Attribute] = (),
        *,
        document: memoryview | None = None,
        deadline: float | None = None,
    ) -> Message:
        request_id = next(self._numbers)
        head = [
            # The first two, in this order (RFC 8011, 4.1.4); then the target, then who asks.
            Attribute(Tag.CHARSET, "attributes-charset", ("utf-8",)),
            Attribute(Tag.LANGUAGE, "attributes-natural-language", ("en",)),
            Attribute(Tag.URI, "printer-uri", (self._transport.uri,)),
        ]
        number = [attribute for attribute in asked if attribute.name == "job-id"]
        rest = [attribute for attribute in asked if attribute.name != "job-id"]
        user = Attribute(Tag.NAME, "requesting-user-name", (USER,))
        groups: list[tuple[GroupTag, Sequence[Attribute]]] = [
            (GroupTag.OPERATION, [*head, *number, user, *rest])
        ]
        if job:
            groups.append((GroupTag.JOB, job))
        parts: list[Part] = [encode(VERSION, operation, request_id, groups)]
        if document is not None:
            parts.append(document)
        until = deadline if deadline is not None else self._monotonic() + self._timing.answer
        data = self._transport.exchange(parts, until, self._interrupted)
        try:
            message = decode(data)
        except Malformed as error:
            raise BadAnswer(f"no IPP: {error}") from error
        if message.request_id != request_id:
            raise BadAnswer("an answer to something else")
        if message.version[0] not in _VERSIONS:
            raise BadAnswer(f"IPP version {message.version[0]}.{message.version[1]}")
        if message.code >= _FIRST_ERROR:
            raise Refused(message.code)
        return message


def _one_job(message: Message) -> JobReport | None:
    return next((job_report(group) for group in message.all(GroupTag.JOB)), None)


def _number(number: int) -> Attribute:
    return Attribute(Tag.INTEGER, "job-id", (number,))


def _wanted(names: tuple[str, ...]) -> Attribute:
    return Attribute(Tag.KEYWORD, "requested-attributes", names)


def _job(name: str) -> tuple[list[Attribute], list[Attribute]]:
    """What a job is to be. With fidelity, a printer that cannot do it so refuses it (RFC 8011, 4.1.7)."""
    return (
        [
            Attribute(Tag.NAME, "job-name", (name,)),
            Attribute(Tag.BOOLEAN, "ipp-attribute-fidelity", (True,)),
            Attribute(Tag.MIME_TYPE, "document-format", (PDF,)),
        ],
        [
            Attribute(Tag.INTEGER, "copies", (1,)),
            Attribute(Tag.KEYWORD, "sides", ("one-sided",)),
            Attribute(Tag.KEYWORD, "media", (A4,)),
        ],
    )
