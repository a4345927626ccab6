"""Which simulated card reader a demo has: on a serial line or on USB, for the simulator and for the agent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, get_args

CardReader = Literal["serial", "usb", "usb-single", "usb-hid"]
"""A serial port, the standard USB reader with its pipes split or single, or a MIAXIS."""
CARD_READERS: tuple[CardReader, ...] = get_args(CardReader)
BAUDRATE = 115200
_FIRMWARE = {"usb": "split", "usb-single": "single", "usb-hid": "hid"}


def simulated(reader: CardReader, line: Path) -> dict[str, object]:
    """Options of the simulator, whose port or bus is at `line`."""
    if reader == "serial":
        return {"pty": line, "baud": BAUDRATE}
    return {"usb": line, "firmware": _FIRMWARE[reader]}


def configured(reader: CardReader, line: Path) -> str:
    """The table of the reader in the terminal's configuration."""
    where = json.dumps(str(line), ensure_ascii=False)
    if reader == "serial":
        lines = ['driver = "sdt-serial"', f"port = {where}", f"baudrate = {BAUDRATE}"]
    else:
        driver = "sdt-hid" if reader == "usb-hid" else "sdt-usb"
        lines = [f'driver = "{driver}"', f"simulator = {where}"]
    return "\n".join(("[devices.id_card]", *lines))
