"""A4 printers that speak IPP (RFC 8010, RFC 8011), directly or through CUPS.

transport (HTTP) · ipp, client (protocol) · status, condition, job, printer (device) · simulator beside it.
See `docs/drivers/document-printer.md`.
"""

from drivers.document_printer.client import Timing
from drivers.document_printer.condition import Condition
from drivers.document_printer.outcome import (
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.document_printer.printer import DocumentPrinter
from drivers.document_printer.transport import HttpTransport, Transport

__all__ = [
    "Condition",
    "DocumentPrinter",
    "FailReason",
    "Failed",
    "HttpTransport",
    "JobOutcome",
    "Printed",
    "Timing",
    "Transport",
    "Unconfirmed",
    "UnconfirmedReason",
]
