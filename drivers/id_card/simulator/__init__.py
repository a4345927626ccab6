"""An ID card reader made of software: bytes on a pty or a USB bus of its own, physics behind them,
misbehaviour on command.

Shares no code with the driver that it is there to prove: its own request parser, its own encoder, its own
tables. ``python -m drivers.id_card.simulator --pty LINK --control SOCK``; see docs/drivers/id-card.md.
"""

from drivers.id_card.simulator.device import CardSimulator
from drivers.id_card.simulator.usb_bus import UsbBus
from drivers.id_card.simulator.usb_device import UsbCardSimulator

__all__ = ["CardSimulator", "UsbBus", "UsbCardSimulator"]
