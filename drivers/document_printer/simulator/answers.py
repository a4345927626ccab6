"""What the machine answers to each operation, and the ways in which it can be told to answer wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.document_printer.simulator import ipp
from drivers.document_printer.simulator.machine import Job, Machine

_PDF = "application/pdf"
_MODEL = "SIMULATED A4-1"

HOW = (
    "mute",  # nothing at all
    "cut-before",  # the line is cut before anything is done
    "cut-after",  # it is done, and the line is cut without an answer
    "cut-during",  # the line is cut in the middle of the request
    "slow",  # a byte now and then
    "garbage",  # no HTTP
    "no-ipp",  # HTTP, but no IPP
    "huge",  # megabytes
    "wrong-version",
    "wrong-request-id",
    "http-500",
    "refuse",  # server-error-internal-error
)


@dataclass
class Fault:
    """A wrong way to answer: to which operation (None: any), and how often still (None: always)."""

    how: str
    operation: str | None = None
    times: int | None = None

    def applies(self, operation: str) -> bool:
        """Whether the next answer to `operation` is wrong; counts it."""
        if self.times == 0 or self.operation not in (None, operation):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def perform(machine: Machine, request: ipp.Request) -> bytes:
    """Do what is asked, and answer it."""
    operation = _OPERATIONS.get(ipp.OPERATIONS.get(request.operation, ""))
    if operation is None:
        return ipp.answer(request, ipp.OPERATION_NOT_SUPPORTED)
    try:
        return operation(machine, request)
    except ipp.BadRequest as error:
        return ipp.answer(request, error.status)


def _check_job(machine: Machine, request: ipp.Request) -> None:
    request.one("operation", "job-name", ipp.NAME)
    if request.one("operation", "document-format", ipp.MIME).decode() != _PDF:
        raise ipp.BadRequest(ipp.FORMAT_NOT_SUPPORTED, "format")
    if request.one("job", "media", ipp.KEYWORD).decode() != machine.media:
        raise ipp.BadRequest(ipp.VALUES_NOT_SUPPORTED, "media")
    if request.one("job", "sides", ipp.KEYWORD) != b"one-sided":
        raise ipp.BadRequest(ipp.VALUES_NOT_SUPPORTED, "sides")
    if not machine.accepting:
        raise ipp.BadRequest(ipp.NOT_ACCEPTING, "not accepting")


def _print(machine: Machine, request: ipp.Request) -> bytes:
    _check_job(machine, request)
    name, user = (
        request.one("operation", word, ipp.NAME).decode() for word in ("job-name", "requesting-user-name")
    )
    job = machine.submit(name, user, request.document)
    return ipp.answer(request, ipp.OK, (2, _job_attributes(job)))


def _validate(machine: Machine, request: ipp.Request) -> bytes:
    _check_job(machine, request)
    return ipp.answer(request, ipp.OK)


def _job_of(machine: Machine, request: ipp.Request) -> Job:
    job = machine.find(int.from_bytes(request.one("operation", "job-id", ipp.INTEGER), "big"))
    if job is None:
        raise ipp.BadRequest(ipp.NOT_FOUND, "no such job")
    return job


def _cancel(machine: Machine, request: ipp.Request) -> bytes:
    job = _job_of(machine, request)
    if job.ended:
        raise ipp.BadRequest(ipp.NOT_POSSIBLE, "ended")
    machine.cancel(job)
    return ipp.answer(request, ipp.OK)


def _job(machine: Machine, request: ipp.Request) -> bytes:
    return ipp.answer(request, ipp.OK, (2, _job_attributes(_job_of(machine, request))))


def _jobs(machine: Machine, request: ipp.Request) -> bytes:
    ended = request.maybe("operation", "which-jobs") == ["completed"]
    found = [job for job in machine.jobs if job.ended == ended]
    return ipp.answer(request, ipp.OK, *((2, _job_attributes(job)) for job in found))


def _printer(machine: Machine, request: ipp.Request) -> bytes:
    attributes: list[ipp.Answered] = [
        (ipp.ENUM, "printer-state", (machine.state(),)),
        (ipp.KEYWORD, "printer-state-reasons", tuple(machine.reasons())),
        (ipp.BOOLEAN, "printer-is-accepting-jobs", (machine.accepting,)),
        (ipp.TEXT, "printer-make-and-model", (_MODEL,)),
        (ipp.MIME, "document-format-supported", ("application/octet-stream", _PDF)),
        (ipp.KEYWORD, "media-ready", (machine.media,)),
        (ipp.KEYWORD, "marker-types", ("toner", "waste-toner")),
        (ipp.INTEGER, "marker-levels", (machine.toner_level(), 30)),
        (ipp.INTEGER, "marker-low-levels", (10, 0)),
    ]
    wanted = request.maybe("operation", "requested-attributes")
    told = [attribute for attribute in attributes if attribute[1] in wanted]
    return ipp.answer(request, ipp.OK, (4, told))


def _job_attributes(job: Job) -> list[ipp.Answered]:
    return [
        (ipp.INTEGER, "job-id", (job.number,)),
        (ipp.NAME, "job-name", (job.name,)),
        (ipp.NAME, "job-originating-user-name", (job.user,)),
        (ipp.ENUM, "job-state", (job.state,)),
        (ipp.KEYWORD, "job-state-reasons", job.reasons),
        (ipp.INTEGER, "job-impressions-completed", (job.done,)),
    ]


_OPERATIONS: dict[str, Callable[[Machine, ipp.Request], bytes]] = {
    "print-job": _print,
    "validate-job": _validate,
    "cancel-job": _cancel,
    "get-job-attributes": _job,
    "get-jobs": _jobs,
    "get-printer-attributes": _printer,
}
