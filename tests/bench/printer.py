"""What a status query costs, and what a receipt weighs, beside python-escpos on the same simulator.

The simulator runs as a process of its own, once on a pty paced at 115200 bit/s, once on TCP. The peer asks
its two questions (`is_online`, `paper_status`) with its default timeout of one second; we ask all four. Its
serial query always waits for the whole timeout, because it asks for 16 bytes where one comes.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from escpos.printer import Dummy, Network, Serial

from drivers.receipt_printer import SerialTransport, TcpTransport, Transport, load_profile
from drivers.receipt_printer.condition import Condition, condition_of
from drivers.receipt_printer.encoder import encode
from drivers.receipt_printer.fonts import system_fonts
from drivers.receipt_printer.link import Link, Timing
from tests.bench.rows import row
from tests.drivers.receipt_printer.samples import SIGNED, slip

BAUDRATE = 115_200
PROFILE = "generic-80mm-gb18030"
GOAL = 0.1
_OURS, _PEERS = 30, 3  # samples; a peer's takes two seconds


def run() -> list[dict[str, Any]]:
    """Status over serial (the goal) and TCP, and bytes of one slip."""
    return [_serial(), _tcp(), _bytes()]


def _serial() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        port = str(Path(folder, "ttyPRN"))
        with _simulator(folder, "--pty", port):
            ours = _ours(SerialTransport(port=port, baudrate=BAUDRATE))
            peer = Serial(devfile=port, baudrate=BAUDRATE, timeout=1)
            theirs = _theirs(peer)
    return row(
        "printer status query, serial 115200 bit/s",
        "ms",
        ours * 1000,
        peer=("python-escpos 3.1, 2 of our 4 questions", theirs * 1000),
        goal=GOAL,
    )


def _tcp() -> dict[str, Any]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder, _simulator(folder, "--tcp", str(port)):
        ours = _ours(TcpTransport(host="127.0.0.1", port=port))
        theirs = _theirs(Network("127.0.0.1", port, timeout=1))
    return row(
        "printer status query, TCP",
        "ms",
        ours * 1000,
        peer=("python-escpos 3.1, 2 of our 4 questions", theirs * 1000),
    )


def _bytes() -> dict[str, Any]:
    """The peer's text path prints the same lines, without columns, sizes or a cut that is confirmed."""
    ours = encode(slip(), load_profile(PROFILE), system_fonts())
    peer = Dummy()
    for block in slip().blocks:
        for name in ("text", "label", "value"):
            if hasattr(block, name):
                peer.textln(getattr(block, name))
    peer.qr(SIGNED, ec=1, size=6)  # its default: drawn as a picture
    peer.cut()
    return row(
        "bytes of a slip with its QR code",
        "B",
        len(ours.data),
        peer=("python-escpos 3.1, text and qr", len(peer.output)),
    )


@contextmanager
def _simulator(folder: str, *where: str) -> Iterator[None]:
    command = [sys.executable, "-m", "drivers.receipt_printer.simulator", *where]
    command += ["--control", str(Path(folder, "control")), "--paper", str(Path(folder, "paper"))]
    command += ["--baud", str(BAUDRATE), "--profile", PROFILE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield
        finally:
            process.terminate()


def _ours(transport: Transport) -> float:
    transport.open()
    link = Link(transport, time.monotonic, Timing())

    def ask() -> None:
        assert condition_of(link.status()) is Condition.READY

    try:
        return _median(ask, _OURS)
    finally:
        transport.close()


def _theirs(peer: Any) -> float:
    def ask() -> None:
        assert peer.is_online()
        assert peer.paper_status() == 2

    peer.open()
    try:
        return _median(ask, _PEERS)
    finally:
        peer.close()


def _median(ask: Callable[[], None], samples: int) -> float:
    taken = []
    for _ in range(samples):
        begin = time.monotonic()
        ask()
        taken.append(time.monotonic() - begin)
    return statistics.median(taken)
