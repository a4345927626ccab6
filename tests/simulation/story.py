"""One seed: a few visits, what goes wrong in them, and the evening after, when everything is well again."""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import apsw

from offline_cache.journal import Bounds, Intact
from offline_cache.world import to_ms
from tests.simulation.box import Box
from tests.simulation.canaries import found_in, found_on
from tests.simulation.citizen import Citizen, Record
from tests.simulation.city import SimulatedCity, ground, memory
from tests.simulation.clock import START
from tests.simulation.net import Line
from tests.simulation.parts import Part
from tests.simulation.tasks import Tasks
from tests.simulation.trouble import Trouble

VISIT_SECONDS = 2400.0
EVENING_SECONDS = 6 * 3600.0
NIGHT_SECONDS = 2100.0
"""After everything is settled: the head of the journal is anchored, and its older part closed."""

NIGHTS = 16
"""One seed of so many lasts that long: nothing else happens then, and it takes as long as the visits."""
QUIET_SECONDS = 300.0
"""Within which the screen is blank again when everybody has gone."""


@dataclass(frozen=True)
class Scene:
    """One visit; `trouble` strikes when the run first stands at the step `at` (any step: empty), `delay`
    seconds later. `number` is its place in the whole story, also when others were left out."""

    part: Part
    trouble: str = ""
    at: str = ""
    delay: float = 0.0
    steady: bool = True
    number: int = 0


@dataclass
class Told:
    """What became of it, for `invariants`."""

    box: Box
    city: SimulatedCity
    records: list[Record]
    lines: list[str]
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    overstayed: list[str] = field(default_factory=list)
    broken_chains: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Story:
    """A world by `seed`, in a folder of its own that is gone when it is closed."""

    def __init__(self, seed: int, scenes: Sequence[Scene], *, bare: bool = False) -> None:
        """`bare`: the terminal has fetched nothing yet."""
        if not (bare or ground().content.exists()):
            _fetch_content()
        self.seed = seed
        self.scenes = scenes
        self.folder = Path(tempfile.mkdtemp(prefix=f"story-{seed}-", dir=memory()))
        self.tasks = Tasks(self._chance("order"))
        self.city = SimulatedCity(self.folder, self.tasks)
        self.line = Line(self.tasks, self.city, self._chance("line"))
        self.box = Box(self.folder / "store", self.tasks, self.line, self._chance("agent"))
        self.told = Told(self.box, self.city, [], [])
        self._citizen: Citizen | None = None
        self.trouble = Trouble(
            self.tasks, self.box, self.line, self.city, self._chance("trouble"), self._leave, self._tell
        )
        self.box.shown = self._seen
        self.box.booted = self._booted
        self._log = _Ears(self.told)
        self._struck = False

    def run(self) -> Told:
        """To its end."""
        # Parts of 25 entries, where a terminal's have 20,000: so that a story of an hour closes some.
        with self._log, patch("offline_cache.journal.Bounds", lambda: Bounds(rows=25)):
            self._live()
        return self.told

    def _live(self) -> None:
        self.box.boot()
        self.tasks.run(self._ready, 120.0)
        for scene in self.scenes:
            self._scene(scene)
        self._evening()

    def close(self) -> None:
        """Nothing of it is left."""
        if self.box.agent is not None:
            self.box.die(power=False)
        self.city.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _chance(self, of: str) -> random.Random:
        return random.Random(f"{self.seed} {of}")

    def _tell(self, line: str) -> None:
        self.told.lines.append(f"{self.tasks.now:9.2f}  {line}")

    def _ready(self) -> bool:
        """The terminal has what it needs to take something in."""
        agent = self.box.agent
        return agent is not None and agent.sync.online is True and agent._library.sealing_key() is not None

    def _scene(self, scene: Scene) -> None:
        chance = self._chance(f"citizen {scene.number}")
        citizen = Citizen(
            scene.part, self.tasks, self.box, self.city, chance, self._tell, steady=scene.steady
        )
        self._citizen, self._struck = citizen, False
        citizen.at_step = lambda kind: self._strike(scene, kind)
        self.told.records.append(citizen.record)
        self.tasks.spawn(citizen.visit)
        self.tasks.run(lambda: bool(citizen.record.ended), VISIT_SECONDS)
        if not citizen.record.ended:
            self.told.overstayed.append(f"{scene.part.item}: the citizen never went")
        if not self.tasks.run(self._nobody, QUIET_SECONDS + VISIT_SECONDS * (not scene.steady)):
            self.told.overstayed.append(f"{scene.part.item}: the screen is not blank")
        self._citizen = None
        for record in self.told.records:
            self.told.traces += found_on(self.box.disk, record.part.person)

    def _booted(self) -> None:
        assert self.box.agent is not None
        verdict = self.box.agent._stores.journal.verify()
        if not isinstance(verdict, Intact):
            self.told.broken_chains.append(f"at a start: {verdict.what.value} at {verdict.sequence}")

    def _nobody(self) -> bool:
        return self.box.agent is not None and not self.box.visited

    def _strike(self, scene: Scene, kind: str) -> None:
        if self._struck or not scene.trouble or scene.at not in {"", kind}:
            return
        self._struck = True

        def strike() -> None:
            self.told.met[self.box.step or kind, scene.trouble] += 1
            self.trouble.strike(scene.trouble)

        self.tasks.spawn(strike, scene.delay)

    def _leave(self) -> None:
        if self._citizen is not None:
            self._citizen.leave()

    def _seen(self) -> None:
        if self._citizen is not None:
            self._citizen.see()

    def _evening(self) -> None:
        """Everything is well; what waits is sent, what is open is settled."""
        self.tasks.run(lambda: self.box.agent is not None, 60.0)
        self.trouble.over()
        if self.box.agent is not None:
            self.box.agent.loop.post(lambda: None)
        if not self.tasks.run(self._settled, EVENING_SECONDS):
            self.told.errors.append("something still waits after the evening")
        if self.seed % NIGHTS == 0:
            self.tasks.run(lambda: False, NIGHT_SECONDS)

    def _settled(self) -> bool:
        agent = self.box.agent
        if agent is None or self.box.visited:
            return False
        return not agent._stores.outbox.depth() and not agent._stores.payments.unsettled()


def _fetch_content() -> None:
    """The first terminal of this process fetches all public content, for those that come after it."""
    first = Story(0, (), bare=True)
    try:
        first.box.boot()
        first.tasks.run(lambda: False, 60.0)
        assert first.box.agent is not None
        fetched = first.box.agent._stores.content._store._db
        draft = ground().content.with_suffix(".draft")
        # Not a copy of the file: much of it may still be in the log.
        with closing(apsw.Connection(str(draft))) as db:
            with db.backup("main", fetched, "main") as copying:
                copying.step()
            db.execute("UPDATE content SET fetched_at = ?", (to_ms(START),))
    finally:
        first.close()
    draft.rename(ground().content)


class _Ears(logging.Handler):
    """Hears what the agent logs: no exception, and nothing of a citizen."""

    def __init__(self, told: Told) -> None:
        super().__init__(logging.WARNING)
        self._told = told

    def __enter__(self) -> _Ears:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Any exception that was logged is a bug."""
        words = self.format(record)
        if record.exc_info:
            self._told.errors.append(words[-700:])
        for each in self._told.records:
            self._told.traces += [f"log: {how}" for how in found_in(words.encode(), each.part.person)]
