"""The simulated pad: obeys the control socket, and puts input events on its node."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# linux/input-event-codes.h
_SYN, _KEY, _REL, _MSC, _LED = 0, 1, 2, 4, 17
_REPORT, _DROPPED = 0, 3
KEYS = {
    "previous": 105,  # KEY_LEFT
    "next": 106,  # KEY_RIGHT
    "select": 28,  # KEY_ENTER
    "help": 59,  # KEY_F1
    "letter": 30,  # KEY_A: a pad that is a whole keyboard
    "volume": 115,  # KEY_VOLUMEUP
}
"""What a hand can press, and what it sends."""
NAME = "Simulated Four-Key Pad"

_HISTORY = 2000
_STALL_SECONDS = 0.1
_SEND_SECONDS = 2
_HAND_SECONDS = 0.1
"""A hand is not ready for another press sooner."""


class KeypadSimulator:
    """A pad. `start` plugs it in; `stop` ends it. Orders come by `control`.

    `node` is a Unix socket that stands for the event node. A line in JSON says what for: ``{"want":
    "about"}`` is answered by a line with the pad's name and keys; ``{"want": "events"}`` by the same, and
    then come `struct input_event`; ``{"want": "held"}`` by the codes that are down. An error is ``{"errno":
    ...}``. As with EVIOCGRAB, the events go to one reader.
    """

    def __init__(self, node: Path, *, lacks: frozenset[str] = frozenset()) -> None:
        """`lacks`: of `KEYS`, what this pad has not."""
        self._path = node
        self._able = [code for name, code in KEYS.items() if name not in lacks]
        self._server: socket.socket | None = None
        self._reader: socket.socket | None = None
        self._down: set[int] = set()
        self._refuses = 0
        self._mute = False
        self._history: deque[dict[str, Any]] = deque(maxlen=_HISTORY)
        self._changed = threading.Condition(threading.RLock())

    def start(self) -> None:
        """Plug in."""
        self._plug()

    def stop(self) -> None:
        """Unplug and end."""
        self._unplug()

    def history(self, event: str | None = None) -> list[dict[str, Any]]:
        """What happened, oldest first: `pressed`, `opened` and grabbed, `unplugged`, `replugged`;
        or only `event`."""
        with self._changed:
            return [dict(entry) for entry in self._history if event in (None, entry["event"])]

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey one order (docs/drivers/keypad.md). Raises ValueError or KeyError for what is none."""
        operation = OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op {request['op']!r} is none of {', '.join(OPERATIONS)}")
        operation(self, request)
        with self._changed:
            return {
                "plugged": self._server is not None,
                "opened": self._reader is not None,
                "pressed": len(self.history("pressed")),
            }

    # What a hand does

    def _press(self, request: dict[str, Any]) -> None:
        for _ in range(int(request.get("times", 1))):
            self._send([self._move(request["key"], 1)], request.get("how", ""))
            self._send([self._move(request["key"], 0)], "")
            time.sleep(float(request.get("pause", _HAND_SECONDS)))
        self._note("pressed", key=request["key"])

    def _hold(self, request: dict[str, Any]) -> None:
        self._send([self._move(request["key"], 1)], request.get("how", ""))

    def _release(self, request: dict[str, Any]) -> None:
        self._send([self._move(request["key"], 0)], request.get("how", ""))

    def _repeat(self, request: dict[str, Any]) -> None:
        code = KEYS[request["key"]]
        for _ in range(int(request.get("times", 1))):
            self._send([_event(_KEY, code, 2) + _event(_SYN, _REPORT, 1)], "")

    def _both(self, request: dict[str, Any]) -> None:
        """Several keys in one packet."""
        codes = [KEYS[key] for key in request["keys"]]
        for value in (1, 0):
            self._held(codes, down=value == 1)
            body = b"".join(_event(_KEY, code, value) for code in codes)
            self._send([body + _event(_SYN, _REPORT, 0)], "")

    def _bounce(self, request: dict[str, Any]) -> None:
        """A worn contact: down and up in milliseconds, and it stays up."""
        for _ in range(int(request.get("times", 3))):
            self._send([self._move(request["key"], 1), self._move(request["key"], 0)], "")

    def _glued(self, request: dict[str, Any]) -> None:
        """Presses and releases of several keys in one delivery."""
        moves = [self._move(key, value) for key in request["keys"] for value in (1, 0)]
        self._send([b"".join(moves)], request.get("how", ""))

    def _overrun(self, request: dict[str, Any]) -> None:
        """The kernel's buffer ran over: the head of a packet, SYN_DROPPED, the tail of another."""
        code = KEYS[request["key"]]
        self._held([code], down=bool(request["down"]))
        wrong = _event(_KEY, code, 1) + _event(_SYN, _DROPPED, 0) + _event(_KEY, code, 1)
        self._send([wrong + _event(_SYN, _REPORT, 0)], "")

    def _noise(self, request: dict[str, Any]) -> None:
        self._send([bytes.fromhex(request["hex"])], "")

    def _strange(self, request: dict[str, Any]) -> None:
        """Other things that an input device may say."""
        others = [_event(_MSC, 4, 0x70050), _event(_REL, 8, -1), _event(_LED, 0, 1), _event(0x15, 0x50, 3)]
        self._send(
            [b"".join([*others, _event(_SYN, 1, 0), _event(_SYN, 2, 0), _event(_SYN, _REPORT, 0)])], ""
        )

    def _unplug(self, _request: dict[str, Any] | None = None) -> None:
        with self._changed:
            server, self._server = self._server, None
            reader, self._reader = self._reader, None
            self._down.clear()
            self._note("unplugged")
        for each in (server, reader):
            _hang_up(each)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def _plug(self, _request: dict[str, Any] | None = None) -> None:
        if self._server is not None:
            return
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(self._path))
        server.listen(8)
        with self._changed:
            self._server = server
            self._note("replugged")
        threading.Thread(target=self._accept, args=(server,), name="keypad-simulator", daemon=True).start()

    def _power_cycle(self, request: dict[str, Any]) -> None:
        self._unplug()
        self._plug(request)

    def _refuse(self, request: dict[str, Any]) -> None:
        """What opening fails with, e.g. EBUSY; none lets it succeed again. Whoever has it is thrown off."""
        self._refuses = int(getattr(errno, request["errno"])) if request.get("errno") else 0
        if self._refuses:
            with self._changed:
                reader, self._reader = self._reader, None
            _hang_up(reader)

    def _lose(self, request: dict[str, Any]) -> None:
        """Another pad is plugged in, which has fewer keys."""
        self._unplug()
        self._able = [code for name, code in KEYS.items() if name not in request["keys"]]
        self._plug()

    def _muted(self, request: dict[str, Any]) -> None:
        """Nothing reaches the node: a wire is broken behind the plug."""
        self._mute = bool(request["on"])

    # The node

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            want = json.loads(_line(peer))["want"]
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", _SEND_SECONDS, 0))
            with self._changed:  # answered under the lock: the events come behind the answer
                busy = self._refuses or (errno.EBUSY if want == "events" and self._reader else 0)
                about = {"name": NAME, "keys": self._able}
                answer: dict[str, Any] = {"held": sorted(self._down)} if want == "held" else about
                if busy:
                    answer = {"errno": busy}
                elif want == "events":
                    self._reader = peer
                    self._note("opened")
                peer.sendall(json.dumps(answer).encode() + b"\n")
            if busy or want != "events":
                peer.close()
                return
            peer.recv(1)  # nothing is sent to a pad: it ends when the host closes
            self._left(peer)
        except (OSError, ValueError, KeyError):
            self._left(peer)

    def _left(self, peer: socket.socket) -> None:
        with self._changed:
            if self._reader is peer:
                self._reader = None
                self._changed.notify_all()
        peer.close()

    def _move(self, key: str, value: int) -> bytes:
        """One packet of a USB keyboard: MSC_SCAN, the key, SYN_REPORT."""
        code = KEYS[key]
        self._held([code], down=value == 1)
        return _event(_MSC, 4, 0x70000 + code) + _event(_KEY, code, value) + _event(_SYN, _REPORT, 0)

    def _held(self, codes: list[int], *, down: bool) -> None:
        with self._changed:
            self._down = self._down | set(codes) if down else self._down - set(codes)

    def _send(self, packets: list[bytes], how: str) -> None:
        for packet in packets:
            for chunk in _delivered(packet, how):
                with self._changed:
                    reader = self._reader
                if reader is None or self._mute:
                    return
                try:
                    reader.sendall(chunk)
                except OSError:
                    return
        if how == "unplug":
            self._unplug()

    def _note(self, event: str, **facts: Any) -> None:
        with self._changed:
            self._history.append({"t": time.monotonic(), "event": event, **facts})
            self._changed.notify_all()


HOW = ("", "bytewise", "chunks", "stall", "half", "no-report", "unplug")
"""How a packet is delivered: whole; a byte at a time; 64 bytes at a time; with a pause in its middle; only
its first half; without its SYN_REPORT; half of it, and the plug is pulled."""


def _delivered(packet: bytes, how: str) -> Iterator[bytes]:
    if how not in HOW:
        raise ValueError(f"how {how!r} is none of {', '.join(HOW)}")
    half = len(packet) // 2 + 5  # within an event
    match how:
        case "bytewise":
            yield from (packet[at : at + 1] for at in range(len(packet)))
        case "chunks":
            yield from (packet[at : at + 64] for at in range(0, len(packet), 64))
        case "stall":
            yield packet[:half]
            time.sleep(_STALL_SECONDS)
            yield packet[half:]
        case "half" | "unplug":
            yield packet[:half]
        case "no-report":
            yield packet[: -struct.calcsize("@llHHi")]
        case _:
            yield packet


def _hang_up(end: socket.socket | None) -> None:
    if end is not None:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)  # else a thread that waits at it goes on waiting
        end.close()


def _event(kind: int, code: int, value: int) -> bytes:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return struct.pack("@llHHi", seconds, nanoseconds // 1000, kind, code, value)


def _line(peer: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\n"):
        byte = peer.recv(1)
        if not byte:
            raise OSError(os.strerror(errno.EPIPE))
        found += byte
    return found


Operation = Callable[[KeypadSimulator, dict[str, Any]], None]
OPERATIONS: dict[str, Operation] = {
    "press": KeypadSimulator._press,
    "hold": KeypadSimulator._hold,
    "release": KeypadSimulator._release,
    "repeat": KeypadSimulator._repeat,
    "both": KeypadSimulator._both,
    "bounce": KeypadSimulator._bounce,
    "glued": KeypadSimulator._glued,
    "overrun": KeypadSimulator._overrun,
    "noise": KeypadSimulator._noise,
    "strange": KeypadSimulator._strange,
    "mute": KeypadSimulator._muted,
    "unplug": KeypadSimulator._unplug,
    "replug": KeypadSimulator._plug,
    "power-cycle": KeypadSimulator._power_cycle,
    "refuse": KeypadSimulator._refuse,
    "lose": KeypadSimulator._lose,
    "state": lambda _self, _request: None,
}
