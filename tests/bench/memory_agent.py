"""The agent of the memory measurement: all of it, but for a reader and a printer in memory."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from drivers.device import Availability, Health
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.text import read_text
from drivers.receipt_printer import Document, JobOutcome, Printed, load_profile
from drivers.receipt_printer.encoder import encode
from drivers.receipt_printer.fonts import system_fonts
from drivers.simulated.memory.id_card import IdCardDouble
from kiosk import config
from kiosk.agent import Agent
from kiosk.attached import Attached, Heard
from kiosk.camera import BrowserCamera
from kiosk.config_devices import Devices
from kiosk.service import Service
from kiosk.world import World

PROFILE = "generic-80mm-gb18030"
SAM_ID = "05.01-20190101-1234567890-0987654321"
"""Any will do: the module in the reader says it of itself, the card does not."""


class Reader(IdCardDouble):
    """Whoever is asked for a card puts the same one down at once."""

    def __init__(self, card: dict[str, str], **world: Any) -> None:
        super().__init__(**world)
        self._held = replace(read_text(make_chip(card).text), sam_id=SAM_ID)

    def arm(self) -> None:
        """Asked for a card."""
        self.lift()
        self.place(self._held)
        super().arm()


class Printer:
    """Encodes every document as the driver does, in a thread of its own, and sends it nowhere."""

    def __init__(self) -> None:
        self._profile = load_profile(PROFILE)
        self._jobs: queue.SimpleQueue[tuple[Document, Callable[[JobOutcome], None]]] = queue.SimpleQueue()

    def open(self) -> None:
        """Start."""
        threading.Thread(target=self._own, name="receipt_printer", daemon=True).start()

    def close(self) -> None:
        """The thread ends with the process."""

    def health(self) -> Health:
        """Always ready."""
        return Health(Availability.ONLINE, "ready", time.monotonic())

    def print(self, document: Document, done: Callable[[JobOutcome], None]) -> None:
        """Queue a job."""
        self._jobs.put((document, done))

    def _own(self) -> None:
        while True:
            document, done = self._jobs.get()
            job = encode(document, self._profile, system_fonts())
            job.wipe()
            done(Printed())


def attached(card: dict[str, str]) -> World:
    """The world, but for a terminal whose devices are these."""

    def attach(_: Devices, heard: Heard, monotonic: Callable[[], float]) -> Attached:
        reader: Any = Reader(card, listener=lambda event: heard("id_card", event), monotonic=monotonic)
        printer: Any = Printer()
        return Attached(reader, printer, None, None, None, None, BrowserCamera())

    return World(attach=attach)


def serve(pipe: Connection, config_file: Path, card: dict[str, str]) -> None:
    """Run until the other end of `pipe` is closed; says the process id and the address of the pages."""
    running = Service(Agent(config.load(config_file), attached(card)))
    pipe.send((os.getpid(), running.start()))
    pipe.poll(None)
    running.stop()
