"""Starts an agent and says where the time goes: ``python -m tests.bench.start_phases CONFIG``.

One JSON object on standard output: milliseconds by phase. Imports are the time from this module's first line
until the agent is imported; the rest is taken around the calls that `kiosk.world`, `kiosk.agent` and
`kiosk.service` make.
"""

from __future__ import annotations

import time

_BEGAN = time.perf_counter()

import functools  # noqa: E402 - everything below is what is timed
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402
from unittest.mock import patch  # noqa: E402

from kiosk import agent, attached, cli, config, keys, service, store, world  # noqa: E402, F401 - cli: what `kiosk run` imports
from kiosk.gateway import contract  # noqa: E402
from kiosk.gateway.transport import PinnedHttp  # noqa: E402

_IMPORTED = time.perf_counter()

IMPORTS, OTHER = "imports", "everything else"
PHASES: tuple[tuple[str, Any, str], ...] = (
    ("configuration", config, "load"),
    ("key", keys, "load"),
    ("items", world, "load_all"),
    ("names of items (CSV)", world, "load_names"),
    ("contract", contract, "load"),
    ("store", store.Stores, "open"),
    ("certificate authority", PinnedHttp, "__init__"),
    ("printer's profile", attached, "load_profile"),
    ("web application", service, "create_app"),
)


class _Stopwatch:
    """Milliseconds by phase."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {IMPORTS: (_IMPORTED - _BEGAN) * 1000}

    def around(self, phase: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, timed under `phase`."""

        @functools.wraps(work)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*arguments, **named)
            finally:
                self.add(phase, time.perf_counter() - began)

        return timed

    def add(self, phase: str, seconds: float) -> None:
        """More of `phase`."""
        self.spent[phase] = self.spent.get(phase, 0.0) + seconds * 1000


def main(path: Path) -> dict[str, float]:
    """Start an agent from the configuration at `path`, stop it; milliseconds by phase until it serves."""
    watch = _Stopwatch()
    with ExitStack() as patched:
        for phase, holder, name in PHASES:
            patched.enter_context(patch.object(holder, name, watch.around(phase, getattr(holder, name))))
        began = time.perf_counter()
        running = service.Service(agent.Agent(config.load(path)))
        running.start()
        whole = time.perf_counter() - began
    running.stop()
    phases = sum(spent for phase, spent in watch.spent.items() if phase != IMPORTS)
    watch.add(OTHER, whole - phases / 1000)
    return watch.spent


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
