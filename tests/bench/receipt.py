"""One receipt with Chinese text and its QR code, beside python-escpos's own text path on the same printer.

The simulator is a process of its own on a pty paced at 115200 bit/s; it moves paper as fast as its profile
says. Ours and the peer's take turns. Timed is until the paper is cut, and for ours until the driver knows it:
the peer never asks. The peer is given the same lines by `textln` (no columns, no sizes) and its `qr`, which
it draws as a picture; what the paper then shows is read by the simulator's interpreter.
"""

from __future__ import annotations

import logging
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from escpos.printer import Dummy, Serial

from drivers.receipt_printer import (
    Document,
    JobOutcome,
    Pair,
    Printed,
    Qr,
    ReceiptPrinter,
    SerialTransport,
    Text,
    load_profile,
)
from drivers.receipt_printer.encoder import encode
from drivers.receipt_printer.fonts import system_fonts
from drivers.receipt_printer.simulator.machine import Model
from drivers.simkit import control
from tests.bench.rows import row
from tests.contract.heard import Heard
from tests.drivers.receipt_printer import corpus
from tests.drivers.receipt_printer.samples import receipt
from tests.drivers.receipt_printer.world import on_paper

BAUDRATE = 115_200
PROFILE = "generic-80mm-gb18030"
GOAL = 1.0
SAMPLES = 5
PEER = "python-escpos 3.1, textln and qr"
CHINESE_MODE = b"\x1c&"
"""FS &, which the peer never sends; most printers sold in China start with it, most others without."""
_PATIENCE = 60.0
_LOOK = 0.005  # between two looks at whether the paper was cut


def rows(samples: int = SAMPLES) -> list[dict[str, Any]]:
    """Bytes, times, and what is wrong on the paper."""
    document = receipt()
    text_alone = Document(tuple(each for each in document.blocks if not isinstance(each, Qr)))
    return [
        _bytes("bytes of a receipt", document, GOAL),
        _bytes("… of its text alone", text_alone, None),
        *_times(document, samples),
        _misprints("wrong characters and lines on the paper", document, b""),
        _misprints("… of a printer that starts in Chinese mode", document, CHINESE_MODE),
    ]


def _bytes(name: str, document: Document, goal: float | None) -> dict[str, Any]:
    return row(name, "B", len(_ours(document)), peer=(PEER, len(_theirs(document))), goal=goal)


def _misprints(name: str, document: Document, before: bytes) -> dict[str, Any]:
    ours, theirs = (_wrong(document, before + data) for data in (_ours(document), _theirs(document)))
    return row(name, "", ours, peer=(PEER, theirs))


def _ours(document: Document) -> bytes:
    return bytes(encode(document, load_profile(PROFILE), system_fonts()).data)


def _theirs(document: Document) -> bytes:
    logging.getLogger("escpos").setLevel(logging.ERROR)  # it misses the paper's width, for centring
    peer = Dummy()
    _print(peer, document)
    return bytes(peer.output)


def _print(peer: Any, document: Document) -> None:
    for block in document.blocks:
        match block:
            case Text():
                peer.textln(block.text)
            case Pair():
                peer.textln(f"{block.label} {block.value}")
            case Qr():
                peer.qr(block.data, ec=1, size=6)
    peer.cut()


def _wrong(document: Document, data: bytes) -> int:
    """Characters that are none of the document's, and lines over the width."""
    model = Model.named(PROFILE)
    piece = on_paper(data, model)
    strange = [
        each for each in corpus.faults(piece, document, model.width) if each.startswith("not of the document")
    ]
    return len(strange) + sum(bool(item["overflow"]) for item in piece.report["items"])


def _times(document: Document, samples: int) -> list[dict[str, Any]]:
    ours: list[tuple[float, float]] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        port, socket = Path(folder, "ttyPRN"), Path(folder, "control")
        command = [sys.executable, "-m", "drivers.receipt_printer.simulator", f"--pty={port}"]
        command += [f"--control={socket}", f"--paper={folder}/paper", f"--baud={BAUDRATE}"]
        command += [f"--profile={PROFILE}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
            try:
                assert simulator.stdout is not None
                simulator.stdout.readline()
                for _ in range(samples):
                    ours.append(_our_time(document, port, socket))
                    theirs.append(_their_time(document, port, socket))
            finally:
                simulator.terminate()
    peer = (PEER, statistics.median(theirs) * 1000)
    return [
        row(
            f"receipt until it is cut, {BAUDRATE} bit/s",
            "ms",
            statistics.median(cut for cut, _ in ours) * 1000,
            peer=peer,
            goal=GOAL,
        ),
        row("… until it is known to be printed", "ms", statistics.median(known for _, known in ours) * 1000),
    ]


def _our_time(document: Document, port: Path, socket: Path) -> tuple[float, float]:
    """Until it is cut, and until it is known."""
    heard, done = Heard(), threading.Event()
    outcomes: list[tuple[float, JobOutcome]] = []

    def ended(outcome: JobOutcome) -> None:
        outcomes.append((time.monotonic(), outcome))
        done.set()

    with ReceiptPrinter(
        transport=lambda: SerialTransport(port=str(port), baudrate=BAUDRATE),
        profile=load_profile(PROFILE),
        listener=heard,
    ) as printer:
        heard.condition("ready")
        begin = time.monotonic()
        cut = _until_cut(socket, lambda: printer.print(document, ended))
        assert done.wait(_PATIENCE)
    [(known, outcome)] = outcomes
    assert isinstance(outcome, Printed), outcome
    return cut, known - begin


def _their_time(document: Document, port: Path, socket: Path) -> float:
    peer = Serial(devfile=str(port), baudrate=BAUDRATE, timeout=1)
    peer.open()
    try:
        return _until_cut(socket, lambda: _print(peer, document))
    finally:
        peer.close()


def _until_cut(socket: Path, begin: Callable[[], None]) -> float:
    """Seconds from `begin` until one more piece of paper has fallen."""

    def pieces() -> int:
        return int(control(socket, {"op": "state"})["pieces"])

    before, began = pieces(), time.monotonic()
    begin()
    while pieces() == before:
        if time.monotonic() - began > _PATIENCE:
            raise TimeoutError("no paper was cut")
        threading.Event().wait(_LOOK)
    return time.monotonic() - began
