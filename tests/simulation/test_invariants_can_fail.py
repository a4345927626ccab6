"""Each invariant with its mechanism switched off: the simulation sees it break, or it would prove nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from deploy.sandbox.gateway.idempotency import Once
from flows import engine
from flows.effects import Submit
from flows.model import Flow
from flows.run import Run
from kiosk.desks import filing
from kiosk.desks.paper import PaperDesk
from kiosk.seal import Sealed
from kiosk.terminal import Terminal
from offline_cache.schedule import Schedule
from offline_cache.storage import Store
from tests.simulation.disk import Disk
from tests.simulation.parts import parts
from tests.simulation.story import Scene
from tests.simulation.telling import Tale, tell

Patch = pytest.MonkeyPatch
ALLOWANCE = next(each for each in parts() if each.item == "civil.senior-allowance-apply")
MOST = 12
"""Seeds until it must have been seen."""


def seen(invariant: str, *scenes: Scene) -> Tale:
    """The first story of these scenes that breaks the invariant."""
    for seed in range(MOST):
        tale = tell(seed, scenes)
        if any(each.startswith(f"{invariant}: ") for each in tale.broken):
            return tale
    raise AssertionError(f"{MOST} seeds, and `{invariant}` holds though its mechanism is off; last: {tale}")


def forgets_keys(patch: Patch) -> None:
    claim = Once.claim

    def forgetful(self: Once) -> Any:
        with self._context.db.transaction() as tx:
            tx.run("DELETE FROM idempotency WHERE key = ?", self._request.key)
        return claim(self)

    patch.setattr(Once, "claim", forgetful)


def syncs_nothing(patch: Patch) -> None:
    patch.setattr(Disk, "sync", lambda self, file: None)


def sends_what_was_left(patch: Patch) -> None:
    abandon = engine.abandon

    def sends(flow: Flow, run: Run) -> Any:
        body: dict[str, Any] = {
            "item": run.item,
            "flow_version": run.version,
            "fields": {},
            "signature": None,
        }
        sent = Submit(
            id=f"{run.id}.left", operation="submitApplication", item=run.item, body=body, wait=False
        )
        return (*abandon(flow, run), sent)

    patch.setattr(engine, "abandon", sends)


def sends_the_last_first(patch: Patch) -> None:
    def due(self: Schedule, now: float) -> str | None:
        top = self._top()
        return self._queues[top[2]][-1][1] if top is not None and top[0] <= now else None

    patch.setattr(Schedule, "due", due)


def waits_for_ever(patch: Patch) -> None:
    patch.setattr(Terminal, "_quiet", lambda self: None)


def goes_on_from_what_was_undone(patch: Patch) -> None:
    patch.setattr(Store, "rollbacks", property(lambda self: 0, lambda self, value: None), raising=False)


def seals_nothing(patch: Patch) -> None:
    def clear(body: dict[str, Any], *_: object) -> Sealed:
        text = base64.urlsafe_b64encode(json.dumps(body, ensure_ascii=False).encode()).rstrip(b"=")
        return Sealed(b"eyJ9." + text + b"...", "0" * 64, "none")

    patch.setattr(filing, "seal", clear)


def breaks_at_the_printer(patch: Patch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    patch.setattr(PaperDesk, "print", fails)


@pytest.mark.parametrize(
    ("invariant", "off", "scene"),
    [
        ("once", forgets_keys, Scene(ALLOWANCE, "duplicate", "submit")),
        ("kept", syncs_nothing, Scene(ALLOWANCE, "power-cut", "print")),
        ("agreed", sends_what_was_left, Scene(ALLOWANCE, "leave", "form")),
        ("in_order", sends_the_last_first, Scene(ALLOWANCE, "silent", "submit")),
        ("ends", waits_for_ever, Scene(ALLOWANCE, "leave", "form")),
        ("verifies", goes_on_from_what_was_undone, Scene(ALLOWANCE, "write-error", "submit")),
        ("nothing_personal", seals_nothing, Scene(ALLOWANCE)),
        ("no_bug", breaks_at_the_printer, Scene(ALLOWANCE)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_its_mechanism_it_is_seen_to_break(
    invariant: str, off: Callable[[Patch], None], scene: Scene, monkeypatch: Patch
) -> None:
    tell(0, (scene,))  # what a process makes once is made by the agent as it is
    off(monkeypatch)
    assert seen(invariant, scene).broken
