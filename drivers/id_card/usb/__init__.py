"""Readers on USB: found by vendor and product, spoken to by endpoint. See docs/drivers/id-card.md."""

from drivers.id_card.usb.find import MIAXIS, SDT, UsbModel, Wanted
from drivers.id_card.usb.transport import UsbTransport

__all__ = ["MIAXIS", "SDT", "UsbModel", "UsbTransport", "Wanted"]
