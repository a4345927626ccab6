"""The health of a device, kept and told: once for each change, never once for each failed attempt."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from drivers.device import Availability, Health, HealthChanged, Listener, Meaning, Monotonic

C = TypeVar("C", bound=StrEnum)

SETTLE_SECONDS = 1.0
"""A loss that is over in less is a plug that bounced."""
DRIVER_FAILED = Meaning(
    Availability.UNKNOWN, "驱动程序出错，正在自动重新启动", "稍等它自己恢复；反复出现则导出日志报修"
)
"""What `driver-failed` means, the condition that each class has for an owner thread that fell."""


class _Loss(NamedTuple, Generic[C]):
    condition: C
    detail: str
    since: float


class KeptHealth(Generic[C]):
    """One of the device class's closed set of conditions, with what `meanings` says of it.

    A change to one of `losses` is told only when it has lasted for `settle` seconds, and not at all when the
    device is well again before. What was not there `at_first` is not lost, and told at once.

    Asked from any thread. What is reported is for the owner thread, which also calls the listener; but that
    the driver fell is told by whoever knows.
    """

    def __init__(
        self,
        meanings: Mapping[C, Meaning],
        at_first: C,
        listener: Listener,
        monotonic: Monotonic,
        *,
        losses: frozenset[C] = frozenset(),
        settle: float = SETTLE_SECONDS,
    ) -> None:
        self._meanings = meanings
        self._at_first = at_first
        self._listener = listener
        self._monotonic = monotonic
        self._losses = losses
        self._settle = settle
        self._lock = threading.Lock()
        self._condition = at_first
        self._loss: _Loss[C] | None = None
        self._health = health_of(meanings[at_first], at_first, monotonic())

    @property
    def now(self) -> Health:
        """The last that was told."""
        with self._lock:
            return self._health

    @property
    def condition(self) -> C:
        """That of `now`."""
        with self._lock:
            return self._condition

    @property
    def due(self) -> float:
        """The monotonic time at which `settle` has to be called; infinite while no loss waits."""
        with self._lock:
            return self._loss.since + self._settle if self._loss is not None else math.inf

    def report(self, condition: C, detail: str = "", *, at_once: bool = False) -> bool:
        """Keep it, and tell the listener where it is another condition: a loss when it has settled, or
        `at_once` where something is in hand. `detail` is added to the cause, and holds nothing of a person.
        Whether it was told."""
        now = self._monotonic()
        with self._lock:
            loss, self._loss = self._loss, None
            if condition is self._condition:
                return False
            lost = self._is_loss(condition, loss)
            since = loss.since if lost and loss is not None else now
            if lost and not at_once and now < since + self._settle:
                self._loss = _Loss(condition, detail, since)
                return False
            health = self._keep(condition, detail, since)
        self._listener(HealthChanged(health))
        return True

    def returned(self, condition: C) -> C:
        """The device is there again, which is all that `condition` says: where its loss was not told yet, it
        is what it was before. What it is now."""
        with self._lock:
            was_there = self._meanings[self._condition] is not DRIVER_FAILED and (
                self._meanings[self._condition].availability is not Availability.OFFLINE
            )
            bounced = self._loss is not None and was_there
            if bounced:
                self._loss = None
        if not bounced:
            self.report(condition)
        return self.condition

    def settle(self) -> None:
        """Tell a loss that has lasted long enough. To be called at `due`, or whenever."""
        with self._lock:
            loss = self._loss
        if loss is not None:
            self.report(loss.condition, loss.detail)

    def reset(self) -> None:
        """As at first, and nobody is told: the device is closed."""
        with self._lock:
            self._loss = None
            self._keep(self._at_first, "", self._monotonic())

    def _is_loss(self, condition: C, loss: _Loss[C] | None) -> bool:
        """Whether it is a loss, or what a device that is lost may seem to be while its plug bounces."""
        if loss is not None:
            return self._meanings[condition].availability is Availability.OFFLINE
        return condition in self._losses and self._condition is not self._at_first

    def _keep(self, condition: C, detail: str, since: float) -> Health:
        self._condition = condition
        self._health = health = health_of(self._meanings[condition], condition, since, detail)
        return health


def health_of(meaning: Meaning, condition: StrEnum, since: float, detail: str = "") -> Health:
    """The health that says this condition; `since` in monotonic seconds."""
    cause = f"{meaning.cause} ({detail})" if detail else meaning.cause
    return Health(meaning.availability, condition.value, since, cause, meaning.remedy)
