"""The driver's end of the worker: requests with deadlines, and an end to a worker that does not answer."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from drivers.device import Monotonic
from drivers.exc import DriverError
from drivers.smart_card import worker

START_SECONDS = 10.0
"""Python and the library on a slow terminal: a second, mostly."""
TRANSMIT_SECONDS = 5.0
"""A card may ask for more time again and again; one that was heard of takes a second at most."""
CALL_SECONDS = 5.0
_END_SECONDS = 2.0
_LONGEST_ANSWER = 65_536
"""Bytes of a line; what a worker says is far below."""


class Trouble(StrEnum):
    """What a call ran into: the worker's words, and three about the worker itself."""

    NO_SERVICE = "no-service"
    DENIED = "denied"
    NO_READER = "no-reader"
    IN_USE = "in-use"
    NO_CARD = "no-card"
    MUTE = "mute"
    NOT_TRANSACTED = "not-transacted"
    FAILED = "failed"
    NO_LIBRARY = "no-library"
    HUNG = "hung"
    DIED = "died"


class LinkError(DriverError):
    """A call that failed. `detail` has nothing personal."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value} {detail}".rstrip())
        self.trouble = trouble
        self.detail = detail


class SlotState(StrEnum):
    """What is in a reader's slot."""

    EMPTY = "empty"
    PRESENT = "present"
    MUTE = "mute"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Slot:
    """A reader by its PC/SC name. `count` is another after a card came or went, however shortly."""

    reader: str
    state: SlotState
    count: int


@dataclass(frozen=True, slots=True)
class Connected:
    """A powered card: its answer to reset, and whether T=0 is spoken with it."""

    atr: bytes
    t0: bool


class Link(Protocol):
    """PC/SC as the driver needs it. Every call ends; each raises LinkError.

    Not for two threads, but for `wake`.
    """

    def start(self) -> None:
        """Be ready for calls; does nothing where it is."""
        ...

    def watch(self, seconds: float) -> tuple[Slot, ...]:
        """The slots, at a change or after `seconds`."""
        ...

    def connect(self, reader: str) -> Connected:
        """Power the card in `reader`."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """One exchange; the answer ends with its status word."""
        ...

    def disconnect(self) -> None:
        """Take the power from the card."""
        ...

    def stop(self) -> None:
        """Let everything go; `start` begins anew."""
        ...

    def wake(self) -> None:
        """From any thread: no call waits any longer, now and from here on; it raises HUNG."""
        ...


class WorkerLink(Link):
    """A worker under the Python at `python`, which has the library.

    To be started by a thread that lives as long as the worker is wanted: the worker ends with it. Its
    environment is this process's, without what would make its Python another (-I).
    """

    def __init__(self, *, python: Path, monotonic: Monotonic) -> None:
        self._command = [str(python), "-I", worker.__file__]
        self._monotonic = monotonic
        self._process: subprocess.Popen[bytes] | None = None
        self._held = b""
        self._woken = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def __del__(self) -> None:
        """Give the descriptor back."""
        with contextlib.suppress(OSError, AttributeError):
            os.close(self._woken)

    def __repr__(self) -> str:
        return f"<WorkerLink {self._command[0]}, process {self.pid}>"

    @property
    def pid(self) -> int | None:
        """The worker's process; None while there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """See `Link.start`."""
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        try:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise LinkError(Trouble.NO_LIBRARY, f"{self._command[0]}: {error.strerror}") from error
        try:
            self._answer(START_SECONDS)
        except LinkError as error:
            if error.trouble is Trouble.DIED:  # before it said a word: no Python, or none that can run it
                raise LinkError(Trouble.NO_LIBRARY, "the worker ended at once") from error
            raise

    def watch(self, seconds: float) -> tuple[Slot, ...]:
        """See `Link.watch`."""
        found = self._call(CALL_SECONDS + seconds, op="watch", seconds=float(seconds))["readers"]
        return tuple(Slot(name, SlotState(state), count) for name, state, count in found)

    def connect(self, reader: str) -> Connected:
        """See `Link.connect`."""
        answer = self._call(CALL_SECONDS, op="connect", reader=reader)
        return Connected(bytes.fromhex(answer["atr"]), answer["t0"])

    def transmit(self, apdu: bytes) -> bytes:
        """See `Link.transmit`."""
        return bytes.fromhex(self._call(TRANSMIT_SECONDS, op="transmit", apdu=apdu.hex())["answer"])

    def disconnect(self) -> None:
        """See `Link.disconnect`."""
        self._call(CALL_SECONDS, op="disconnect")

    def stop(self) -> None:
        """See `Link.stop`. It is killed at once: in a call that hangs it would hear nothing."""
        process, self._process = self._process, None
        self._held = b""
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)

    def wake(self) -> None:
        """See `Link.wake`."""
        os.eventfd_write(self._woken, 1)

    def _call(self, within: float, **request: Any) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None:
            raise LinkError(Trouble.DIED, "not started")
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:  # a broken pipe
            self.stop()
            raise LinkError(Trouble.DIED) from error
        return self._answer(within)

    def _answer(self, seconds: float) -> dict[str, Any]:
        """The next line, within `seconds`. A worker that says none, or something else, is ended."""
        deadline = self._monotonic() + seconds
        while b"\n" not in self._held:
            part = self._read(deadline - self._monotonic())
            if part is None or len(self._held) + len(part) > _LONGEST_ANSWER:
                self.stop()
                raise LinkError(Trouble.HUNG)
            if not part:
                self.stop()
                raise LinkError(Trouble.DIED)
            self._held += part
        line, _, self._held = self._held.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):  # the library, or another Python, wrote to standard output
            self.stop()
            raise LinkError(Trouble.DIED, "the worker said something else")
        if (word := answer.get("error")) is not None:
            known = word in set(Trouble)
            raise LinkError(Trouble(word) if known else Trouble.FAILED, answer.get("code") or word)
        return answer

    def _read(self, seconds: float) -> bytes | None:
        """What the worker says next; nothing where it ended, None where it says nothing in time."""
        if self._process is None or self._process.stdout is None:
            return b""
        handle = self._process.stdout.fileno()
        ready, _, _ = select.select([handle, self._woken], [], [], max(0.0, seconds))
        if handle in ready:
            return os.read(handle, 4096)
        return None


DEFAULT_PYTHON = Path("/usr/bin/python3")
"""Debian's, which has its package `python3-pyscard`."""
