"""A wire between the driver and the simulated adapter that delivers badly: in pieces, cut, with noise."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from tests.contract.heard import DEADLINE
from tests.drivers.payment_terminal.world import SimulatorWorld

_READ_SIZE = 4096


class Wire:
    """A TCP port that leads to another. What goes to the driver passes through `deliver`, as whole lines."""

    def __init__(self, port: int) -> None:
        self.deliver: Callable[[bytes], list[bytes]] = lambda line: [line]
        """Of a line of the adapter, with its end: the pieces in which it is handed on, one write each."""
        self.cut_in: bytes | None = None
        """A word: after the first half of the next line that has it, both ends are hung up on."""
        self.stall_in: bytes | None = None
        """A word: after the first half of the next line that has it, nothing comes until `go_on` is set."""
        self.stalled = threading.Event()
        self.go_on = threading.Event()
        self.connections = 0
        self._onward = ("127.0.0.1", port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._ends: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, name="wire", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take it away."""
        self.go_on.set()
        # A close alone does not end an accept that waits.
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._hang_up(*self._ends)
        self._thread.join(DEADLINE)

    def say(self, data: bytes) -> None:
        """Noise, from the side of the adapter."""
        self._ends[-2].sendall(data)

    def _accept(self) -> None:
        while True:
            try:
                driver, _ = self._server.accept()
            except OSError:
                return
            try:
                adapter = socket.create_connection(self._onward, timeout=DEADLINE)
            except OSError:  # it is switched off
                driver.close()
                continue
            adapter.settimeout(None)
            driver.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._ends += [driver, adapter]
            threading.Thread(target=self._to_adapter, args=(driver, adapter), daemon=True).start()
            threading.Thread(target=self._to_driver, args=(driver, adapter), daemon=True).start()

    def _to_adapter(self, driver: socket.socket, adapter: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := driver.recv(_READ_SIZE):
                adapter.sendall(data)
        self._hang_up(driver, adapter)

    def _to_driver(self, driver: socket.socket, adapter: socket.socket) -> None:
        held = b""
        with contextlib.suppress(OSError):
            while data := adapter.recv(_READ_SIZE):
                *lines, held = (held + data).split(b"\n")
                for line in lines:
                    if not self._hand_on(driver, line + b"\n"):
                        break
                else:
                    continue
                break
        self._hang_up(driver, adapter)

    def _hand_on(self, driver: socket.socket, line: bytes) -> bool:
        """Whether there is more to come."""
        half = len(line) // 2
        if self.cut_in is not None and self.cut_in in line:
            self.cut_in = None
            driver.sendall(line[:half])
            return False
        if self.stall_in is not None and self.stall_in in line:
            self.stall_in = None
            driver.sendall(line[:half])
            self.stalled.set()
            self.go_on.wait(DEADLINE)
            driver.sendall(line[half:])
            return True
        for piece in self.deliver(line):
            driver.sendall(piece)
        return True

    @staticmethod
    def _hang_up(*ends: socket.socket) -> None:
        for end in ends:
            # The other thread may wait in its recv: a close alone would not wake it.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class WireWorld(SimulatorWorld):
    """The driver on a bad wire, with the simulated adapter at its other end."""

    def port(self) -> int:
        self.wire = Wire(self.simulator.port)
        return self.wire.port

    def close(self) -> None:
        self.wire.close()
        super().close()
