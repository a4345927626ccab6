"""The line to `vsmartcard-vpcd`: a TCP client that is the card while it is connected.

A message is two bytes of length, big-endian, and the payload. From the reader one byte is 00 off, 01 on, 02
reset or 04 get ATR (asked all the time); all else is an APDU. Closing the socket takes the card out.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

from drivers.smart_card.simulator.card import Card, Said

PORT = 35963
"""Of the first slot; the second is the next."""
BETWEEN_CARDS = 0.6
"""Seconds that vpcd needs to see one card go before the next comes (by trial)."""
_RETRY = 0.05
_GET_ATR = 0x04


class Slot:
    """One slot of the reader. A card that is in stays in when pcscd is started anew."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self._address = (host, port)
        self._moved = threading.Condition()
        self._card: Card | None = None
        self._socket: socket.socket | None = None
        self._out_since = 0.0
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="simulated-card", daemon=True)
        self._thread.start()

    @property
    def card(self) -> Card | None:
        """The one that is in."""
        return self._card

    @property
    def connected(self) -> bool:
        """Whether the reader holds it."""
        return self._socket is not None

    def insert(self, card: Card) -> None:
        """Put it in, in the place of another."""
        self.remove()
        with self._moved:
            self._card = card
            self._moved.notify_all()

    def remove(self) -> None:
        """Take the card out, also in the middle of an answer."""
        with self._moved:
            self._out_since = time.monotonic()
            self._card = None
            self._close()
            self._moved.notify_all()

    def close(self) -> None:
        """Take card and slot away."""
        self._stopped = True
        self.remove()
        self._thread.join(5)

    def under_lock(self, change: Callable[[Card], None]) -> None:
        """Change the card that is in. Raises ValueError where none is."""
        with self._moved:
            if self._card is None:
                raise ValueError("no card is in")
            change(self._card)

    def _close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None

    def _run(self) -> None:
        while not self._stopped:
            with self._moved:
                self._moved.wait_for(lambda: self._card is not None or self._stopped, 1.0)
                card = self._card
            if card is None:
                continue
            time.sleep(max(0.0, self._out_since + BETWEEN_CARDS - time.monotonic()))
            try:
                line = socket.create_connection(self._address, timeout=1.0)
            except OSError:
                time.sleep(_RETRY)
                continue
            with self._moved:
                if self._card is not card:
                    line.close()
                    continue
                line.settimeout(None)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._socket = line
                card.power()
                self._moved.notify_all()
            with contextlib.suppress(OSError):
                self._serve(line, card)
            with self._moved:
                if self._socket is line:
                    self._close()

    def _serve(self, line: socket.socket, card: Card) -> None:
        while True:
            # Else each message waits for a delayed acknowledgement: 47 ms instead of 0.1 (by trial).
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            size = _exactly(line, 2)
            message = _exactly(line, struct.unpack(">H", size)[0])
            if len(message) == 1:
                if message[0] == _GET_ATR:
                    _send(line, card.atr)
                else:
                    with self._moved:
                        card.power()
                continue
            with self._moved:
                said = card.hear(message)
                self._moved.notify_all()
            time.sleep(said.seconds)
            if not self._say(line, said):
                return

    def _say(self, line: socket.socket, said: Said) -> bool:
        """Whether the card is still in."""
        if said.pull is not None:
            whole = struct.pack(">H", len(said.answer or b"")) + (said.answer or b"")
            line.sendall({"pull-in-header": whole[:1], "pull-in-answer": whole[:-1]}.get(said.pull, b""))
            self.remove()
            return False
        if said.answer is not None:
            _send(line, said.answer)
        return True


def _send(line: socket.socket, payload: bytes) -> None:
    line.sendall(struct.pack(">H", len(payload)) + payload)


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = line.recv(size - len(data))
        if not part:
            raise ConnectionResetError("the reader let the card go")
        data += part
    return data
