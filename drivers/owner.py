"""The one thread that has a device: begun, ended, and begun anew when a bug or a hang took it.

A fall of a driver is told and costs its device some seconds; the agent and the other devices go on.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar

from drivers.device import Monotonic

_log = logging.getLogger("drivers")

T = TypeVar("T")

BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between a fall and the next beginning; the last repeats."""
STEADY_SECONDS = 300.0
"""After so long without a fall the next one is the first again."""
JOIN_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""Without a beat for so long a thread hangs: every wait of a driver is shorter by far."""


class Fall(StrEnum):
    """How an owner thread was lost."""

    CRASHED = "crashed"
    HUNG = "hung"


class Turn:
    """One beginning of the owner thread: what its body sees of the outside."""

    def __init__(self, beat: Callable[[Turn], None]) -> None:
        self._stop = threading.Event()
        self._beat = beat

    @property
    def over(self) -> bool:
        """Whether the body has to return: the device is closed, or this thread was given up."""
        return self._stop.is_set()

    def end(self) -> None:
        """From any thread."""
        self._stop.set()

    def beat(self) -> bool:
        """Say that the thread is alive, at each round of the body's loop; False once it has to return."""
        self._beat(self)
        return not self.over

    def wait(self, seconds: float) -> bool:
        """Rest; True as soon as the body has to return."""
        return self._stop.wait(max(0.0, seconds))


class _Ask(Generic[T]):
    def __init__(self, what: Callable[[], T]) -> None:
        self.what = what
        self.done = threading.Event()
        self.answer: T | None = None

    def run(self) -> None:
        try:
            self.answer = self.what()
        finally:  # whoever waits is let go, also when a bug ends the thread
            self.done.set()


class Owner:
    """Runs `body` in a thread of its own, for as long as the device is open.

    `body` makes what it works with anew in each turn and releases it before it returns, raises or not: an
    earlier turn that was given up may still hang in the kernel. It loops ``while turn.beat():`` and calls
    `serve` in each round. `fell` is told of each fall, from the fallen thread or from who calls `attend`;
    it must make the device's health `unknown` and return. `wake` ends the body's present wait.
    """

    def __init__(
        self,
        name: str,
        body: Callable[[Turn], None],
        *,
        fell: Callable[[Fall], None],
        wake: Callable[[], None] = lambda: None,
        patience: float = PATIENCE_SECONDS,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._name = name
        self._body = body
        self._fell = fell
        self._wake = wake
        self._patience = patience
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._turn: Turn | None = None
        self._thread: threading.Thread | None = None
        self._asks: queue.SimpleQueue[_Ask[object]] = queue.SimpleQueue()
        self._beaten = 0.0
        self._falls = 0
        self._fallen = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the thread was begun and not ended."""
        return self._turn is not None

    def open(self) -> None:
        """Begin the thread; nothing when it is begun already."""
        with self._lock:
            if self._turn is None:
                self._begin()

    def close(self, within: float = JOIN_SECONDS) -> None:
        """End the thread, waiting at most `within` seconds, and let go whoever asked. May be called twice,
        and from the thread itself."""
        with self._lock:
            turn, self._turn = self._turn, None
            thread, self._thread = self._thread, None
        if turn is not None:
            turn.end()
            self._wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join(within)
            if thread.is_alive():
                _log.error("%s: the owner thread did not end within %.0f s", self._name, within)
        self._let_go()

    def ask(self, what: Callable[[], T], within: float) -> T | None:
        """What `what` gives, called by the owner thread at its next `serve`. None when the device is closed,
        its thread fell, or nothing came within `within` seconds."""
        asked: _Ask[T] = _Ask(what)
        with self._lock:
            if self._turn is None:
                return None
            self._asks.put(asked)  # type: ignore[arg-type] # the queue is of all kinds of asks
        self._wake()
        return asked.answer if asked.done.wait(within) else None

    @property
    def is_asked(self) -> bool:
        """Whether `serve` has something to do."""
        return not self._asks.empty()

    def serve(self) -> None:
        """Do what was asked; by the owner thread."""
        while True:
            try:
                asked = self._asks.get_nowait()
            except queue.Empty:
                return
            asked.run()

    def attend(self) -> None:
        """Look whether the thread hangs, and give it up then: another takes its place. From outside, every
        few seconds."""
        with self._lock:
            turn = self._turn
            if turn is None or self._monotonic() - self._beaten <= self._patience:
                return
            turn.end()
            self._begin(self._fall(Fall.HUNG, f"no sign of it for {self._patience:.0f} s"))
        self._fell(Fall.HUNG)
        self._let_go()

    def _begin(self, pause: float = 0.0) -> None:
        self._turn = turn = Turn(self._beat)
        self._beaten = self._monotonic() + pause
        self._thread = threading.Thread(target=self._run, args=(turn, pause), name=self._name, daemon=True)
        self._thread.start()

    def _run(self, turn: Turn, pause: float) -> None:
        while not turn.wait(pause):
            try:
                self._body(turn)
            except Exception as error:  # noqa: BLE001 - whatever it was, the other devices go on
                if turn.over:
                    return
                with self._lock:
                    pause = self._fall(Fall.CRASHED, _where(error))
                    self._beaten = self._monotonic() + pause
                self._fell(Fall.CRASHED)
                self._let_go()
            else:
                return

    def _beat(self, turn: Turn) -> None:
        if turn is self._turn:  # not one that was given up, and woke
            self._beaten = self._monotonic()

    def _fall(self, fall: Fall, words: str) -> float:
        """Seconds until the next beginning. Under the lock."""
        now = self._monotonic()
        if now - self._fallen > STEADY_SECONDS:
            self._falls = 0
        pause = BACK_OFF[min(self._falls, len(BACK_OFF) - 1)]
        self._falls += 1
        self._fallen = now
        _log.error("%s: the driver %s (%s); begun anew in %.0f s", self._name, fall.value, words, pause)
        return pause

    def _let_go(self) -> None:
        while True:
            try:
                self._asks.get_nowait().done.set()
            except queue.Empty:
                return


def _where(error: Exception) -> str:
    """Kind and place of an error: never its words, which may hold what a device said of a person."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = f" at {last.filename.rpartition('/')[2]}:{last.lineno}" if last else ""
    return f"{type(error).__name__}{place}"
