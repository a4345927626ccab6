"""What the status lights show: where to put a card, where paper lies, whether anybody is served."""

from __future__ import annotations

import math
from typing import Protocol

from drivers.lights import Look
from kiosk.views import EscalateBody, EscalatedBody, HelpBody, OutOfServiceBody, View

PAPER_SECONDS = 30.0
"""How long the slot is lit after a paper came out."""


class Lit(Protocol):
    """What is needed of the lights."""

    def show(self, name: str, look: Look, seconds: float = math.inf) -> bool:
        """How a light looks from now on; False for one that is not there."""
        ...


class Lamps:
    """Loop's thread only. Each light is told once a change."""

    def __init__(self, lights: Lit | None) -> None:
        """Without lights nothing is shown."""
        self._lights = lights
        self._looks: dict[str, Look] = {}

    def reading(self, armed: bool) -> None:
        """`id_card` blinks while a card is asked for."""
        self._show("id_card", Look.BLINK if armed else Look.OFF)

    def printed(self, outcome: str) -> None:
        """`receipt` is lit for a while when paper came out, or when nobody knows."""
        if self._lights is not None and outcome != "failed":
            self._lights.show("receipt", Look.ON, PAPER_SECONDS)

    def shown(self, view: View) -> None:
        """`status` is lit while the terminal serves and blinks while it does not; `help` is lit on the pages
        of help."""
        body = view.page.body
        self._show("status", Look.BLINK if isinstance(body, OutOfServiceBody) else Look.ON)
        helps = isinstance(body, HelpBody | EscalateBody | EscalatedBody)
        self._show("help", Look.ON if helps else Look.OFF)

    def _show(self, name: str, look: Look) -> None:
        if self._lights is not None and self._looks.get(name) is not look:
            self._looks[name] = look
            self._lights.show(name, look)
