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

from drivers.device import Monotonic, SelfTest

_log = logging.getLogger("drivers")

T = TypeVar("T")

BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between a fall and the next beginning; the last repeats."""
STEADY_SECONDS = 300.0
"""After so long without a fall the next one is the first again."""
JOIN_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""Without a beat for so long a thread hangs: every wait of a driver is shorter by far."""
MOST_HUNG = 3
"""While so many threads of a device hang no other is begun: none of them can be ended from here."""

LONGEST_REST = 10.0
"""Seconds at most that a body rests between two beats."""


class Fall(StrEnum):
    """How an owner thread was lost."""

    CRASHED = "crashed"
    HUNG = "hung"
    NOT_BEGUN = "did not begin"


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
    earlier turn that was given up may still hang in the kernel, and what it holds is released by the next. It
    loops ``while turn.beat():`` and calls `serve` in each round; what may take longer than `patience` beats
    meanwhile. `fell` is told of each fall, from the fallen thread or from who calls `attend`, before the next
    turn begins; it must make the device's health `driver-failed` and return. `wake` ends the body's present
    wait. Of falls one after the other the first is logged, each that falls in another way, and the recovery.

    Where no thread can be begun (the system gives none, or `MOST_HUNG` of this device hang already) it has
    none, which is logged once, and each `attend` tries again.
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
        self._given_up: list[threading.Thread] = []
        self._kept_back = ""
        self._asks: queue.SimpleQueue[_Ask[object]] = queue.SimpleQueue()
        self._beaten = 0.0
        self._falls = 0
        self._fallen = 0.0
        self._fallen_by = ""

    @property
    def is_open(self) -> bool:
        """Whether the thread was begun and not ended."""
        return self._turn is not None

    @property
    def is_caller(self) -> bool:
        """Whether the thread that asks is the owner's own."""
        return threading.current_thread() is self._thread

    def open(self) -> None:
        """Begin the thread; nothing when it is begun already."""
        with self._lock:
            if self._turn is not None:
                return
            begun = self._begin(Turn(self._beat))
        if not begun:
            self._tell(Fall.NOT_BEGUN)

    def close(self, within: float = JOIN_SECONDS) -> None:
        """End the thread, waiting at most `within` seconds (not at all where it is the one that calls), and
        let go whoever asked. May be called twice."""
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
                with self._lock:
                    self._given_up.append(thread)
        self._let_go()

    def ask(self, what: Callable[[], T], within: float) -> T | None:
        """What `what` gives, called by the owner thread at its next `serve`. None when the device is closed,
        has no thread, its thread fell, or nothing came within `within` seconds."""
        asked: _Ask[T] = _Ask(what)
        with self._lock:
            if self._thread is None:
                return None
            self._asks.put(asked)  # type: ignore[arg-type] # the queue is of all kinds of asks
        self._wake()
        return asked.answer if asked.done.wait(within) else None

    def self_test(self, test: Callable[[], SelfTest], within: float) -> SelfTest:
        """What `test` gives, called by the owner thread; a failed one where nothing came within `within`
        seconds, or the device is closed."""
        if not self.is_open:
            return SelfTest(False, "设备没有打开")
        return self.ask(test, within) or SelfTest(False, f"{within:g} 秒内没有结果")

    @property
    def is_asked(self) -> bool:
        """Whether `serve` has something to do."""
        return not self._asks.empty()

    def serve(self) -> None:
        """Do what was asked; by the owner thread, and no more by one that was given up."""
        while threading.current_thread() is self._thread:
            try:
                asked = self._asks.get_nowait()
            except queue.Empty:
                return
            asked.run()

    def attend(self) -> None:
        """Look whether the thread hangs, and give it up then: another takes its place. From outside, every
        few seconds. Raises nothing."""
        pause = 0.0
        with self._lock:
            turn, thread = self._turn, self._thread
            if turn is None:
                return
            if thread is not None:
                if self._monotonic() - self._beaten <= self._patience:
                    return
                turn.end()
                self._given_up.append(thread)
                pause = self._fall(Fall.HUNG, f"no sign of it for {self._patience:.0f} s")
                self._turn = turn = Turn(self._beat)
                self._thread = None
        if thread is not None:
            self._tell(Fall.HUNG)  # before another begins, which may do what is waited for
        with self._lock:
            if self._turn is turn and self._thread is None:  # not closed meanwhile
                self._begin(turn, pause)

    def _begin(self, turn: Turn, pause: float = 0.0) -> bool:
        """Whether the turn has a thread now. Under the lock."""
        self._turn = turn
        self._given_up = [thread for thread in self._given_up if thread.is_alive()]
        if len(self._given_up) >= MOST_HUNG:
            return self._keep_back(f"{MOST_HUNG} threads of it hang")
        thread = threading.Thread(target=self._run, args=(turn, pause), name=self._name, daemon=True)
        self._beaten = self._monotonic() + pause
        try:
            thread.start()
        except RuntimeError:  # the system gives none: of `threading`, which has no narrower error for it
            return self._keep_back("the system gives it no thread")
        self._thread = thread
        if self._kept_back:
            _log.warning("%s: the driver has a thread again", self._name)
            self._kept_back = ""
        return True

    def _keep_back(self, why: str) -> bool:
        """No thread is begun: False. Under the lock."""
        if why != self._kept_back:
            _log.error("%s: the driver is not begun (%s); tried again until it is", self._name, why)
            self._kept_back = why
        return False

    def _run(self, turn: Turn, pause: float) -> None:
        while not turn.wait(pause):
            try:
                self._body(turn)
            except Exception as error:  # noqa: BLE001 - whatever it was, the other devices go on
                if turn.over:
                    return
                with self._lock:
                    pause = self._fall(Fall.CRASHED, where(error))
                    self._beaten = self._monotonic() + pause
                self._tell(Fall.CRASHED)
            else:
                return

    def _beat(self, turn: Turn) -> None:
        if turn is not self._turn:
            return  # one that was given up, and woke
        self._beaten = now = self._monotonic()
        if self._falls and now - self._fallen > STEADY_SECONDS:
            _log.warning("%s: the driver runs again, after %d falls", self._name, self._falls)
            self._falls = 0

    def _tell(self, fall: Fall) -> None:
        try:
            self._fell(fall)
        except Exception as error:  # noqa: BLE001 - whoever is told has the bug: the device goes on
            _log.error("%s: its fall could not be told (%s)", self._name, where(error))
        finally:
            self._let_go()

    def _fall(self, fall: Fall, words: str) -> float:
        """Seconds until the next beginning. Under the lock."""
        now = self._monotonic()
        if now - self._fallen > STEADY_SECONDS:
            self._falls = 0
        pause = BACK_OFF[min(self._falls, len(BACK_OFF) - 1)]
        if not self._falls or words != self._fallen_by:
            _log.error(
                "%s: the driver %s (%s); begun anew in %.0f s, and then as often as it takes",
                self._name,
                fall.value,
                words,
                pause,
            )
        self._falls += 1
        self._fallen, self._fallen_by = now, words
        return pause

    def _let_go(self) -> None:
        while True:
            try:
                self._asks.get_nowait().done.set()
            except queue.Empty:
                return


def where(error: Exception) -> str:
    """Kind and place of an error: never its words, which may hold what a device said of a person."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = f" at {last.filename.rpartition('/')[2]}:{last.lineno}" if last else ""
    return f"{type(error).__name__}{place}"
