"""Fetches ahead what is needed without a network: again and again, and when the city is heard again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flows.model import Flow
from kiosk.library import CachedLibrary, beside
from kiosk.loop import Executor, Loop
from kiosk.published import known_items
from kiosk.world import Random

AGAIN_SECONDS = 900.0
"""Between two rounds of prefetch; the content's own max-age decides what is really asked for."""
SPREAD_SECONDS = 600.0
"""Over which the terminals of a city fetch anew after an outage."""


class Warming:
    """Loop's thread, but for the work it hands out."""

    def __init__(
        self,
        *,
        library: CachedLibrary,
        flows: Callable[[], Iterable[Flow]],
        executor: Executor,
        loop: Loop,
        random: Random,
        warmed: Callable[[], None],
    ) -> None:
        """`flows` are those offered now; `warmed` is called after each round."""
        self._library = library
        self._flows = flows
        self._executor = executor
        self._loop = loop
        self._random = random
        self._warmed = warmed

    def begin(self) -> None:
        """Fetch now, and again from time to time."""
        self.warm()
        self._loop.later(AGAIN_SECONDS, self.begin)

    def after_outage(self) -> None:
        """All terminals of the city hear it again at once: what each has in hand may wait its turn."""
        held = self._library.sealing_key() is not None
        wait = self._random.uniform(0.0, SPREAD_SECONDS) if held else 0.0
        self._loop.later(wait, self.warm)

    def warm(self) -> None:
        """Fetch now, once."""
        wanted = beside(self._flows())
        self._executor.submit(lambda: self._library.warm(known_items, wanted), lambda _: self._warmed())
