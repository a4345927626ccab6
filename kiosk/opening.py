"""Opening hours: when the terminal serves, in the city's civil time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.desks.desk import CHINA


@dataclass(frozen=True, slots=True)
class _Span:
    """Days from `first` to `last` (1 is Monday; may run over Sunday), minutes of the day from and until."""

    first: int
    last: int
    opens: int
    closes: int

    def holds(self, day: int, minute: int) -> bool:
        """Whether `minute` of `day` is within."""
        if self.first <= self.last:
            on = self.first <= day <= self.last
        else:
            on = day >= self.first or day <= self.last
        return on and self.opens <= minute < self.closes


class Hours:
    """`spans` as the configuration has them, e.g. ``1-5 08:30-17:30``; none: always open."""

    def __init__(self, spans: Sequence[str]) -> None:
        self._spans = tuple(_parsed(text) for text in spans)
        self.words = "，".join(_words(span) for span in self._spans)
        """For the citizen."""

    def open(self, now: datetime) -> bool:
        """Whether the terminal serves at `now`."""
        if not self._spans:
            return True
        here = now.astimezone(CHINA)
        minute = here.hour * 60 + here.minute
        return any(span.holds(here.isoweekday(), minute) for span in self._spans)


def _parsed(text: str) -> _Span:
    days, times = text.split(" ")
    first, _, last = days.partition("-")
    opens, closes = times.split("-")
    return _Span(int(first), int(last or first), _minutes(opens), _minutes(closes))


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _words(span: _Span) -> str:
    names = "一二三四五六日"
    days = f"周{names[span.first - 1]}"
    if span.last != span.first:
        days += f"至周{names[span.last - 1]}"
    return f"{days} {_clock(span.opens)}–{_clock(span.closes)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
