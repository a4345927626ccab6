"""Receipt printers that speak ESC/POS over a serial line, raw TCP or USB.

transport, usblp (bytes) · link, status (protocol) · printer, job (device) · charset, text, layout, raster,
qr, encoder (what is printed) · probe, probe_page, probe_result (what a printer can do) · simulator beside
it. See `docs/drivers/receipt-printer.md`.
"""

from drivers.receipt_printer.charset import Charset
from drivers.receipt_printer.condition import Condition
from drivers.receipt_printer.document import Block, Document, Feed, Image, Pair, Qr, Rule, Text
from drivers.receipt_printer.link import Timing
from drivers.receipt_printer.outcome import (
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.receipt_printer.printer import ReceiptPrinter, StatusChanged
from drivers.receipt_printer.profile import BadProfile, Profile, load_profile, profile_names
from drivers.receipt_printer.status import Cover, CutterState, Head, Paper, PrinterStatus
from drivers.receipt_printer.transport import SerialTransport, TcpTransport, Transport
from drivers.receipt_printer.usblp import UsblpTransport

__all__ = [
    "BadProfile",
    "Block",
    "Charset",
    "Condition",
    "Cover",
    "CutterState",
    "Document",
    "FailReason",
    "Failed",
    "Feed",
    "Head",
    "Image",
    "JobOutcome",
    "Pair",
    "Paper",
    "Printed",
    "PrinterStatus",
    "Profile",
    "Qr",
    "ReceiptPrinter",
    "Rule",
    "SerialTransport",
    "StatusChanged",
    "TcpTransport",
    "Text",
    "Timing",
    "Transport",
    "Unconfirmed",
    "UnconfirmedReason",
    "UsblpTransport",
    "load_profile",
    "profile_names",
]
