"""The seam for a certified bank card terminal (POS): the card and the PIN never pass through us.

transport (lines on the loopback) · messages, link (protocol) · health, terminal (device) · simulator
beside it. See `docs/drivers/payment-terminal.md`: each vendor's terminal needs its own small adapter.
"""

from drivers.payment_terminal.health import Condition, SaleStep
from drivers.payment_terminal.link import Timing
from drivers.payment_terminal.messages import Result, State, Step
from drivers.payment_terminal.terminal import PaymentTerminal
from drivers.payment_terminal.transport import TcpTransport, Transport

__all__ = [
    "Condition",
    "PaymentTerminal",
    "Result",
    "SaleStep",
    "State",
    "Step",
    "TcpTransport",
    "Timing",
    "Transport",
]
