"""The network cable between the terminal and the city: forwards TCP, and can be pulled, slow, or cut.

It understands nothing of what it carries (TLS runs through it), so what the terminal meets is what a cable,
a modem or a tired switch does to it. One thread with one asyncio loop; connections and memory are bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Self

MAX_CONNECTIONS = 64
"""More are refused at once: an agent that leaks connections is seen, and this machine is not harmed."""

CHUNK = 16384
IDLE_SECONDS = 120.0
"""A connection on which nothing moves for this long is cut."""

CONNECT_SECONDS = 5.0
OBEY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Connected:
    """As it should be."""


@dataclass(frozen=True, slots=True)
class Unplugged:
    """Pulled: what was established is cut.

    A new connection is met with silence, as behind a pulled cable; with `refuse` it is refused at once,
    as by a router that knows of the outage.
    """

    refuse: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """Every chunk comes `delay` seconds late, and no more than `bytes_per_second` go each way."""

    delay: float = 0.4
    bytes_per_second: int = 4000


@dataclass(frozen=True, slots=True)
class CutAfter:
    """Each new connection is reset once `count` bytes have gone over it, both directions together."""

    count: int


Mode = Connected | Unplugged | Slow | CutAfter


class Cable:
    """Forwards each route's own port of 127.0.0.1 to its target. A context manager."""

    def __init__(self, routes: Mapping[str, int], mode: Mode | None = None) -> None:
        """`routes` names the target ports (127.0.0.1) of the city."""
        self._targets = dict(routes)
        self._mode: Mode = mode or Connected()
        self._holders: dict[str, socket.socket] = {}
        self._servers: dict[str, asyncio.Server] = {}
        self._carrying: set[asyncio.Task[None]] = set()
        self._silent: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable", daemon=True)
        self.ports: dict[str, int] = {}
        self.carried = 0
        """Bytes carried so far, both directions."""

    def start(self) -> None:
        """Listen; `ports` has the route's own ports from here on."""
        for name in self._targets:
            # A socket that is bound and never listens keeps the port ours while nobody is to be let in.
            holder = socket.socket()
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(("127.0.0.1", 0))
            self._holders[name] = holder
            self.ports[name] = holder.getsockname()[1]
        self._thread.start()
        self._run(self._apply())

    @property
    def mode(self) -> Mode:
        """What it does now."""
        return self._mode

    @property
    def connections(self) -> int:
        """How many connections are established through it."""
        return len(self._carrying)

    def set(self, mode: Mode) -> None:
        """In force when this returns. Pulling it cuts what is established; other modes leave that alone."""
        self._mode = mode
        self._run(self._apply())

    def close(self) -> None:
        """Cut everything and stop listening."""
        if self._loop.is_closed():
            return
        self._mode = Unplugged(refuse=True)
        if self._thread.is_alive():
            self._run(self._apply())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(OBEY_SECONDS)
        self._loop.close()
        for holder in self._holders.values():
            holder.close()

    def __enter__(self) -> Self:
        """Started."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Closed."""
        self.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(OBEY_SECONDS)

    async def _apply(self) -> None:
        """Make the sockets be as the mode says."""
        mode = self._mode
        pulled = isinstance(mode, Unplugged)
        if isinstance(mode, Unplugged) and mode.refuse:
            for server in self._servers.values():
                server.close()
            self._servers.clear()
        else:
            for name in self._targets.keys() - self._servers.keys():
                await self._listen(name)
        ended = set(self._silent) | (set(self._carrying) if pulled else set())
        for task in ended:
            task.cancel()
        if ended:
            # What was cut is gone when this returns.
            await asyncio.wait(ended)

    async def _listen(self, name: str) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", self.ports[name]))
        target = self._targets[name]

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._serve(target, reader, writer)
            except* (OSError, asyncio.CancelledError):
                pass  # cut by the city, the terminal, time or us (cancelled): the other side is cut as well
            finally:
                _reset(writer)

        self._servers[name] = await asyncio.start_server(serve, sock=listener, limit=CHUNK)

    async def _serve(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._carrying) + len(self._silent) >= MAX_CONNECTIONS:
            return
        silent = isinstance(self._mode, Unplugged)
        among = self._silent if silent else self._carrying
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in a task
        among.add(task)
        try:
            if silent:
                await _swallow(reader)
            else:
                await self._forward(target, reader, writer)
        finally:
            among.discard(task)

    async def _forward(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mode = self._mode
        left = _Left(mode.count if isinstance(mode, CutAfter) else None)
        async with asyncio.timeout(CONNECT_SECONDS):
            there, back = await asyncio.open_connection("127.0.0.1", target, limit=CHUNK)
        try:
            for each in (writer, back):
                each.transport.set_write_buffer_limits(0)  # drained means sent
            # A side that has said all leaves the other direction open (TCP half close); a failure ends both.
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._carry(reader, back, left))
                ways.create_task(self._carry(there, writer, left))
            writer.close()
            back.close()
        finally:
            _reset(back)

    async def _carry(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, left: _Left) -> None:
        """One direction, until the source has said all. Raises OSError (or TimeoutError) when cut."""
        while True:
            async with asyncio.timeout(IDLE_SECONDS):
                data = await source.read(_portion(self._mode))
            if not data:
                to.write_eof()
                return
            mode = self._mode
            if isinstance(mode, Slow):
                await asyncio.sleep(mode.delay + len(data) / mode.bytes_per_second)
            part = left.take(data)
            to.write(part)
            self.carried += len(part)
            async with asyncio.timeout(IDLE_SECONDS):
                await to.drain()
            if left.none:
                raise ConnectionResetError


class _Left:
    """How many bytes a connection may still carry; None is any number."""

    def __init__(self, count: int | None) -> None:
        self._count = count

    def take(self, data: bytes) -> bytes:
        if self._count is None:
            return data
        part = data[: self._count]
        self._count -= len(part)
        return part

    @property
    def none(self) -> bool:
        return self._count == 0


def _portion(mode: Mode) -> int:
    """How much is taken at once: little where it is slow, so that it comes evenly."""
    return max(1, min(CHUNK, mode.bytes_per_second // 10)) if isinstance(mode, Slow) else CHUNK


async def _swallow(reader: asyncio.StreamReader) -> None:
    """Silence: until the other side gives up, or this task is cancelled."""
    async with asyncio.timeout(IDLE_SECONDS):
        while await reader.read(CHUNK):
            pass


def _reset(writer: asyncio.StreamWriter) -> None:
    """Cut a connection the hard way: the other side gets a reset, and no waiting state stays behind."""
    if writer.is_closing():
        return
    line: socket.socket | None = writer.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            # SO_LINGER with a time of 0: close() sends RST (socket(7)).
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
