"""The host's end: simulated chips as gpiod's own objects would be, over a Unix socket or in this process.

A call has no deadline, as in the kernel; a simulator that has gone is a chip that has gone. Unlike gpiod's,
an `fd` may be readable though its edges were read already, and then nothing is read instead of waited for.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import gpiod
from gpiod.line import Bias, Clock, Direction, Drive, Edge, Value

from drivers.gpio.simulator.bus import GpioBus
from drivers.gpio.simulator.host import Host

Line = int | str
T = TypeVar("T")

_BIASES = {Bias.PULL_UP: "pull-up", Bias.PULL_DOWN: "pull-down", Bias.DISABLED: "disabled"}
_EDGES = {Edge.BOTH: "both", Edge.RISING: "rising", Edge.FALLING: "falling"}
_TYPES = {"rising": gpiod.EdgeEvent.Type.RISING_EDGE, "falling": gpiod.EdgeEvent.Type.FALLING_EDGE}


class Wire(Protocol):
    """One conversation with the simulator."""

    def ask(self, op: str, **details: Any) -> dict[str, Any]:
        """The answer. Raises OSError."""
        ...

    def bell(self, key: int) -> socket.socket:
        """Readable once a request has something to read."""
        ...

    def close(self) -> None:
        """Hang up. May be called twice."""
        ...


class SimulatedRequest:
    """See `gpiod.LineRequest`."""

    def __init__(self, wire: Wire, key: int, offsets: Sequence[int]) -> None:
        self._wire = wire
        self._key = key
        self._offsets = offsets
        self._bell = wire.bell(key)

    @property
    def fd(self) -> int:
        """Readable once an edge came, and once the chip is gone."""
        self._held()
        return self._bell.fileno()

    def get_values(self, lines: Iterable[Line] | None = None) -> list[Value]:
        """Logical values, in the order of `lines`, which are offsets."""
        offsets = list(lines or self._offsets)
        answer = self._ask("get", offsets=offsets)
        return _sense(lambda: [Value(each) for each in answer["values"]])

    def set_values(self, values: dict[Line, Value]) -> None:
        """Of outputs, by offset."""
        self._ask("set", values=[[offset, value.value] for offset, value in values.items()])

    def read_edge_events(self, max_events: int | None = None) -> list[gpiod.EdgeEvent]:
        """What there is."""
        with contextlib.suppress(BlockingIOError):
            self._bell.recv(4096)
        answer = self._ask("read", most=max_events or 64)
        return _sense(lambda: [_event(each) for each in answer["events"]])

    def release(self) -> None:
        """Let the lines go. May be called twice."""
        with contextlib.suppress(OSError, gpiod.RequestReleasedError):
            self._ask("release")
        self._key = 0
        self._bell.close()
        self._wire.close()

    def _ask(self, op: str, **details: Any) -> dict[str, Any]:
        self._held()
        return self._wire.ask(op, key=self._key, **details)

    def _held(self) -> None:
        if not self._key:
            raise gpiod.RequestReleasedError


class SimulatedChip:
    """See `gpiod.Chip`."""

    def __init__(self, call: Callable[[], Wire], path: str) -> None:
        self._call = call
        self._wire = call()
        self._open = False
        try:
            self._number = int(self._wire.ask("open", path=path)["number"])
        except OSError:
            self._wire.close()
            raise
        self._open = True
        self._info: gpiod.ChipInfo | None = None

    def get_info(self) -> gpiod.ChipInfo:
        """As it was at the first asking."""
        if self._info is None:
            answer = self._ask("info")
            self._info = gpiod.ChipInfo(answer["name"], answer["label"], answer["lines"])
        return self._info

    def get_line_info(self, line: Line) -> gpiod.LineInfo:
        """What is known of the line at an offset."""
        return _info(self._ask("line", offset=line))

    def request_lines(
        self,
        config: dict[Iterable[Line] | Line, gpiod.LineSettings | None],
        consumer: str | None = None,
        event_buffer_size: int | None = None,
    ) -> SimulatedRequest:
        """Take lines by their offsets."""
        self._ask("info")
        found = list(_each(config))
        wanted = [
            {
                "offset": offset,
                "output": settings.output_value.value if settings.direction is Direction.OUTPUT else None,
                "edges": _EDGES.get(settings.edge_detection, "none"),
                "bias": _BIASES.get(settings.bias, "as-is"),
                "active_low": settings.active_low,
                "debounce": settings.debounce_period.total_seconds(),
            }
            for offset, settings in found
        ]
        room = event_buffer_size or 16 * len(wanted)  # the kernel's own
        wire = self._call()
        try:
            answer = wire.ask(
                "request", number=self._number, lines=wanted, consumer=consumer or "", room=room
            )
            return SimulatedRequest(wire, answer["key"], [offset for offset, _ in found])
        except OSError:
            wire.close()
            raise

    def close(self) -> None:
        """Close the chip. May be called twice."""
        self._open = False
        self._wire.close()

    def _ask(self, op: str, **details: Any) -> dict[str, Any]:
        if not self._open:
            raise gpiod.ChipClosedError
        return self._wire.ask(op, number=self._number, **details)


class _SimulatedGpio:
    """Chips of a bus that `call` reaches."""

    def __init__(self, call: Callable[[], Wire]) -> None:
        self._call = call

    def chips(self) -> Sequence[str]:
        """The path of each; none where there is no simulator."""
        try:
            wire = self._call()
        except OSError:
            return []
        try:
            paths: list[str] = wire.ask("chips")["chips"]
            return paths
        finally:
            wire.close()

    def open(self, path: str) -> SimulatedChip:
        """Raises OSError."""
        return SimulatedChip(self._call, path)


class SocketGpio(_SimulatedGpio):
    """Chips of the simulator that listens at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: _SocketWire(path))


class MemoryGpio(_SimulatedGpio):
    """Chips of a bus in this process: no socket, no JSON."""

    def __init__(self, bus: GpioBus) -> None:
        super().__init__(lambda: _MemoryWire(bus))


class _SocketWire:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = self._connected()
        self._stream = self._socket.makefile("rwb")

    def ask(self, op: str, **details: Any) -> dict[str, Any]:
        try:
            self._stream.write(json.dumps({"op": op, **details}).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline()
        except (OSError, ValueError) as error:  # ValueError: it was hung up
            raise _gone() from error
        if not line:
            raise _gone()
        answer = _sense(lambda: dict(json.loads(line)))
        if "errno" in answer:
            raise OSError(answer["errno"], answer["error"])
        return answer

    def bell(self, key: int) -> socket.socket:
        bell = self._connected()
        bell.sendall(json.dumps({"op": "bell", "key": key}).encode() + b"\n")
        bell.setblocking(False)
        return bell

    def close(self) -> None:
        for end in (self._stream, self._socket):
            with contextlib.suppress(OSError, ValueError):
                end.close()

    def _connected(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.connect(str(self._path))
        except OSError as error:
            made.close()
            raise _gone() from error
        return made


class _MemoryWire:
    def __init__(self, bus: GpioBus) -> None:
        self._bus = bus
        self._host = Host(bus)
        self._ours: socket.socket | None = None

    def ask(self, op: str, **details: Any) -> dict[str, Any]:
        return self._host.obey({"op": op, **details})

    def bell(self, key: int) -> socket.socket:
        rope, bell = socket.socketpair()
        self._ours = rope
        self._bus.ring_at(key, ringing(rope))
        bell.setblocking(False)
        return bell

    def close(self) -> None:
        self._host.leave()
        if self._ours is not None:
            self._ours.close()


def ringing(rope: socket.socket) -> Callable[[], None]:
    """Makes the other end readable; nothing more where it is already, or is gone."""
    rope.setblocking(False)

    def ring() -> None:
        with contextlib.suppress(OSError):
            rope.send(b"\n")

    return ring


def _sense(read: Callable[[], T]) -> T:
    """What an answer says. Raises OSError (EPROTO) where it says nothing that it could."""
    try:
        return read()
    except (KeyError, TypeError, ValueError) as error:
        raise OSError(errno.EPROTO, "Protocol error") from error


def _event(told: dict[str, Any]) -> gpiod.EdgeEvent:
    return gpiod.EdgeEvent(
        _TYPES[told["type"]].value,
        int(told["timestamp"]),
        int(told["offset"]),
        int(told["global"]),
        int(told["line"]),
    )


def _info(told: dict[str, Any]) -> gpiod.LineInfo:
    debounce = float(told["debounce"])
    biases = {word: bias for bias, word in _BIASES.items()}
    edges = {word: edge for edge, word in _EDGES.items()}
    return gpiod.LineInfo(
        told["offset"],
        told["name"],
        bool(told["consumer"]),
        told["consumer"],
        (Direction.OUTPUT if told["output"] else Direction.INPUT).value,
        told["active_low"],
        biases.get(told["bias"], Bias.UNKNOWN).value,
        Drive.PUSH_PULL.value,
        edges.get(told["edges"], Edge.NONE).value,
        Clock.MONOTONIC.value,
        debounce > 0,
        round(debounce * 1e6),
    )


def _each(
    config: dict[Iterable[Line] | Line, gpiod.LineSettings | None],
) -> Iterable[tuple[int, gpiod.LineSettings]]:
    for key, settings in config.items():
        for line in (key,) if isinstance(key, int | str) else key:
            yield int(line), settings or gpiod.LineSettings()


def _gone() -> OSError:
    return OSError(errno.ENODEV, "No such device")
