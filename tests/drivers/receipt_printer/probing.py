"""A simulated printer with a probe page on it, and a technician who reads what came out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.qr import codes_in
from drivers.receipt_printer import probe_page
from drivers.receipt_printer.probe import Measured, Probe, Refused
from drivers.receipt_printer.simulator.machine import Machine, Model
from drivers.receipt_printer.simulator.paper import Piece
from drivers.receipt_printer.simulator.server import Simulator
from drivers.simulated.memory.receipt_printer import MemoryTransport, Wire
from tests.drivers.receipt_printer.world import QUICK


@contextmanager
def on_a_desk(model: Model, folder: Path, held: bytes = b"") -> Iterator[tuple[Simulator, Probe]]:
    """A printer of this model that holds these bytes, and a probe on its cable."""
    wires: list[Wire] = []

    def plug() -> Wire:
        wires.append(Wire())
        return wires[-1]

    machine = Machine(replace(model, rows_per_second=20_000))
    machine.receive(held)
    simulator = Simulator(machine, plug, folder / "paper", None)
    try:
        line = MemoryTransport(lambda: wires[-1], time.monotonic)
        yield simulator, Probe(line, timing=QUICK, slowest=10_000)
    finally:
        simulator.close()


def probed(model: Model, folder: Path, held: bytes = b"") -> tuple[Measured | Refused, list[Piece]]:
    """What the probe measured, and the paper; torn off where there is no cutter.

    The first piece is what was in the printer before, blank when there was nothing.
    """
    with on_a_desk(model, folder, held) as (simulator, probe):
        found = probe.run()
        if not model.has_cutter:
            simulator.machine.tear()
        return found, simulator.machine.roll.pieces


def seen(pieces: list[Piece]) -> frozenset[int]:
    """The numbers that came out right, as a technician reads them from the paper that is not blank."""
    pieces = [piece for piece in pieces if not piece.report["blank"]]
    items = [item for piece in pieces for item in piece.report["items"]]
    texts = [item for item in items if item["kind"] == "text"]
    right = {1} if any(item["kind"] == "raster" for item in items) else set()
    wanted = {2: "2 ABCxyz 0189 $#\\~|"}
    wanted |= {number: f"{number} {text}" for number, (_, text) in probe_page.FONTS.items()}
    right |= {number for number, text in wanted.items() if any(_is(item, text) for item in texts)}
    for number, cells in probe_page.RULERS.items():
        right |= {number for item in texts if _is_ruler(item, number, cells)}
    for number in probe_page.BARS:
        at = next(at for at, item in enumerate(items) if item.get("text") == str(number))
        right |= set() if items[at + 1]["overflow"] else {number}
    codes = sum(len(codes_in(piece.image)) for piece in pieces)
    own = any(piece.report["qr"] for piece in pieces)
    right |= {14} if own else set()
    right |= {15} if codes > own else set()
    cuts = zip((16, 17), pieces, ("partial cut", "full cut"), strict=False)
    return frozenset(right | {number for number, piece, cut in cuts if piece.report["cut"] == cut})


def _is(item: dict[str, Any], text: str) -> bool:
    return bool(item["text"] == text and not item["garbled"] and not item["overflow"])


def _is_ruler(item: dict[str, Any], number: int, cells: int) -> bool:
    text = item["text"]
    whole = text.startswith(f"{number} ") and text.endswith("|") and len(text) == cells
    return bool(whole and not item["overflow"])
