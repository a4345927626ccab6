"""What of a walk was the agent's own, what was waiting for the city: sums over spans of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.walk_agent import Record, Span


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the visitor: its path, when, and for a poll the turn of the page that it was made from."""

    path: str
    began: float
    ended: float
    after: int = -1


@dataclass(frozen=True, slots=True)
class Share:
    """Of one touch, in seconds: until the page after it can be touched, and what of it was waiting."""

    title: str
    whole: float
    waiting: float

    @property
    def own(self) -> float:
        """The agent's."""
        return self.whole - self.waiting


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time, in spans that do not overlap, in order."""
    found: list[Span] = []
    for began, ended in sorted(spans):
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def common(these: Iterable[Span], those: Iterable[Span]) -> list[Span]:
    """The time that is in both."""
    others = merged(those)
    pairs = [(max(one[0], other[0]), min(one[1], other[1])) for one in merged(these) for other in others]
    return [span for span in pairs if span[0] < span[1]]


def length(spans: Iterable[Span]) -> float:
    """Seconds."""
    return sum(ended - began for began, ended in merged(spans))


def shares(asked: Sequence[Asked], titles: Sequence[str], record: Record) -> list[Share]:
    """One for each touch (POST /act) in `asked`, which `titles` name.

    A touch takes until its answer is there. Where the answer is a page to be waited on, it takes until the
    agent shows the last one before the visitor fetches it, and then the fetching. How late the visitor's poll
    finds that out is nobody's time. Waiting for the city counts as such only while the page says to wait:
    what goes out behind a page that can be touched holds nobody up.
    """
    ends = [began for began, _, _ in record.shown[1:]] + [float("inf")]
    waited = [(began, end) for (began, _, waits), end in zip(record.shown, ends, strict=True) if waits]
    wire = common(waited, record.wire)
    found = []
    touches = [number for number, each in enumerate(asked) if each.path == "/act"]
    for title, first, last in zip(titles, touches, [*touches[1:], len(asked)], strict=True):
        spans = _spans(asked[first:last], record)
        found.append(Share(title, length(spans), length(common(spans, wire))))
    return found


def _spans(asked: Sequence[Asked], record: Record) -> list[Span]:
    """When the agent was at work for the touch that `asked` begins with, or waited for the city."""
    spans = [(each.began, each.ended) for each in asked if each.path in {"/act", "/"}]
    answered = asked[0].ended
    for fetched in (each for each in asked if each.path == "/"):
        turned = [at for at, _, _ in record.shown if answered < at < fetched.began]
        spans += [(answered, max(turned))] if turned else []
        answered = fetched.ended
    return spans
