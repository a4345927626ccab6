"""An item's own tests, held against what a rehearsal comes to; each failure in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from flows.model import Flow
from flows.rehearsal.playing import rehearse
from flows.rehearsal.script import Script
from flows.rehearsal.transcript import Transcript
from flows.trials import Trial

INHERITED = ("path", "pages", "asks", "judged", "sends", "files", "level")
"""Of these a test says only what differs from the test before it."""
_COMPARED = (*INHERITED, "documents", "later", "unchecked", "papers", "ends", "told")

CALLED = {"pages": "lines"}
"""What a transcript calls otherwise."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as a test says."""

    item: str
    test: str
    what: str
    """The key, of `flows.trials`."""
    expected: str
    got: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.item}, {self.test}: {self.what}: expected {self.expected}; got {self.got}"


def failures(flow: Flow) -> tuple[Failure, ...]:
    """What of `flow` is not as its own tests say."""
    return tuple(
        Failure(item=flow.item, test=trial.name, what=what, expected=expected, got=got)
        for trial in whole(flow.tests)
        for what, expected, got in _differences(trial, rehearse(flow, script_of(trial)))
    )


def whole(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Each with what it leaves to the test before it; nobody is judged before a test says so."""
    found: list[Trial] = []
    for trial in trials:
        before: dict[str, Any] = (
            {name: getattr(found[-1], name) for name in INHERITED} if found else {"judged": (), "files": ()}
        )
        left = {name: value for name, value in before.items() if getattr(trial, name) is None}
        found.append(replace(trial, **left))
    return tuple(found)


def script_of(trial: Trial) -> Script:
    """What the citizen of `trial` does."""
    return Script(
        network=trial.network,
        cache=trial.cache,
        known=trial.known,
        whom=trial.whom,
        way=trial.by,
        answers=trial.answers,
        refuses=trial.refuses,
        later=trial.later,
        items=trial.items,
    )


def _differences(trial: Trial, got: Transcript) -> Iterator[tuple[str, str, str]]:
    for what in _COMPARED:
        expected, found = getattr(trial, what), getattr(got, CALLED.get(what, what))
        if expected is not None and expected != found:
            yield what, _words(expected), _words(found)
    if trial.items is not None and trial.items != got.items:
        yield "items", _words(trial.items), _words(got.items)
    for name, value in trial.refuses.items():
        if name not in got.refused:
            yield f"refuses {name}", f"{value!r} refused", "taken, or never asked"


def _words(value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return value or "nothing"
    return ", ".join(value) or "none"
