"""The device: holds the node alone, tells each press once, and how it fares."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from evdev import ecodes

from drivers.device import Listener, Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.kept import KeptDevice
from drivers.keypad.events import KeyPressed, Press
from drivers.keypad.health import LOSSES, MEANING, Condition, condition_of_error
from drivers.keypad.keys import DEFAULT_KEYS, Keys, meanings
from drivers.keypad.node import Node
from drivers.keypad.protocol import EventStream
from drivers.owner import Owner, Turn
from drivers.serial_port import Waiter

_log = logging.getLogger("drivers.keypad")

REST_SECONDS = 10.0
"""Between two rounds while nothing comes."""
QUIET_SECONDS = 0.5
"""After so long without a byte, half an event or half a packet will not end."""
BACK_OFF = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to open; the last repeats."""
MOST_A_SECOND = 20
"""Presses that are told; a hand makes five."""


class Keypad(KeptDevice[Owner]):
    """Four keys at one input device. Listens while it is open; a press that nobody wants costs nothing."""

    def __init__(
        self,
        *,
        node: Callable[[], Node],
        listener: Listener,
        keys: Mapping[int, Press] | None = None,
        name: str = "keypad",
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        """`node` makes the line, anew for each beginning of the owner thread; `keys`: code → meaning."""
        self._make = node
        self._wanted = meanings(DEFAULT_KEYS) if keys is None else dict(keys)
        self._listener = listener
        self._name = name
        self._monotonic = monotonic
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES)
        self._waiter = Waiter()  # of the present turn: one that was given up may still wait at its own
        self._woken = threading.Event()
        self._owner = Owner(
            name,
            self._body,
            fell=lambda _: self._fell(),
            wake=self._wake,
            monotonic=monotonic,
        )
        self._node: Node | None = None  # while it is open; of the owner thread
        self._keys = Keys(self._wanted, monotonic)
        self._told: deque[float] = deque(maxlen=MOST_A_SECOND)

    def __repr__(self) -> str:
        return f"<Keypad {self._name}: {self.health().condition}>"

    @property
    def counts(self) -> dict[str, int]:
        """Since it was plugged in: keys `pressed`, that `bounced`, `other` than the four; `overruns` of the
        kernel's buffer or by noise; events or packets `torn`, whose end did not come."""
        return dict(self._keys.counts)

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Whether the device answers what is down, and has all four keys. No key has to be pressed."""
        outcome = self._owner.ask(self._examine, deadline)
        return outcome if outcome is not None else SelfTest(False, f"no outcome within {deadline:g} s")

    def _wake(self) -> None:
        self._waiter.wake()
        self._woken.set()

    def _fell(self) -> None:
        self._kept.report(Condition.DRIVER_FAILED)

    # The owner thread

    def _body(self, turn: Turn) -> None:
        node = self._make()
        self._waiter = waiter = Waiter()
        failures = 0
        try:
            while turn.beat():
                try:
                    self._connect(node, failures)
                    failures = 0
                    self._listen(turn, node, waiter)
                except _Unfit as unfit:
                    condition, detail = Condition.NOT_A_KEYPAD, str(unfit)
                except OSError as error:
                    condition, detail = condition_of_error(error), error.strerror or type(error).__name__
                else:
                    return
                if turn.over:
                    return
                self._node = None
                node.close()
                self._lost(condition, detail)
                self._rest(turn, BACK_OFF[min(failures, len(BACK_OFF) - 1)])
                failures += 1
        finally:
            if self._node is node:
                self._node = None
            node.close()

    def _connect(self, node: Node, failures: int) -> None:
        node.open()
        able = node.keys()
        lacking = [press for press in Press if not self._codes(press) & able]
        if lacking:
            raise _Unfit(f"{node.name}: {', '.join(lacking)}")
        node.grab()
        if failures:
            _log.info("%s is back after %d failed attempts", self._name, failures)
        self._keys = Keys(self._wanted, self._monotonic)
        self._node = node

    def _codes(self, press: Press) -> set[int]:
        return {code for code, meaning in self._wanted.items() if meaning is press}

    def _listen(self, turn: Turn, node: Node, waiter: Waiter) -> None:
        keys, stream = self._keys, EventStream()
        last = self._monotonic()
        while turn.beat():
            self._owner.serve()
            if keys.stale:
                keys.held(node.held())
            if not turn.beat():  # given up meanwhile: another tells how it is
                return
            self._tell_condition(keys)
            unfinished = keys.unfinished or stream.torn
            rest = last + QUIET_SECONDS - self._monotonic() if unfinished else REST_SECONDS
            data = _read(node, waiter, min(max(0.0, rest), keys.until_stuck() or REST_SECONDS))
            now = self._monotonic()
            if not turn.beat():
                return
            if data:
                last = now
                for event in stream.feed(data):
                    for press in keys.take(event):
                        self._press(press)
            elif unfinished and now - last >= QUIET_SECONDS:
                stream.forget()
                keys.quiet()

    def _press(self, press: Press) -> None:
        now = self._monotonic()
        if len(self._told) == MOST_A_SECOND and now - self._told[0] < 1.0:
            return
        self._told.append(now)
        self._listener(KeyPressed(press))

    def _tell_condition(self, keys: Keys) -> None:
        if stuck := keys.stuck():
            names = ", ".join(_key_name(code) for code in stuck)
            if self._kept.report(Condition.STUCK, names):
                _log.warning("%s: %s held for too long", self._name, names)
        else:
            self._kept.report(Condition.READY)

    def _lost(self, condition: Condition, detail: str) -> None:
        if self._kept.report(condition, detail):
            _log.warning("%s: %s (%s); trying again until it is back", self._name, condition.value, detail)

    def _rest(self, turn: Turn, seconds: float) -> None:
        ends = self._monotonic() + seconds
        while turn.beat() and (left := ends - self._monotonic()) > 0:
            self._owner.serve()
            self._woken.wait(left)
            self._woken.clear()

    def _examine(self) -> SelfTest:
        health = self.health()
        if self._node is None:
            return SelfTest(False, health.condition)
        try:
            self._keys.held(self._node.held())
            facts = (("device", self._node.name), *((name, str(n)) for name, n in self._keys.counts.items()))
        except OSError as error:
            return SelfTest(False, f"it does not answer: {error.strerror}")
        passed = health.condition == Condition.READY
        return SelfTest(passed, "all four keys are there" if passed else health.condition, facts)


class _Unfit(Exception):  # noqa: N818 - reads as what it is
    """The device lacks one of the four keys."""


def _read(node: Node, waiter: Waiter, timeout: float) -> bytes:
    """What came; empty when nothing did, or when woken."""
    if not waiter.ready(node.fileno(), timeout):
        return b""
    try:
        return node.read()
    except BlockingIOError:
        return b""


def _key_name(code: int) -> str:
    name = ecodes.bytype[ecodes.EV_KEY].get(code, str(code))
    return name if isinstance(name, str) else name[0]
