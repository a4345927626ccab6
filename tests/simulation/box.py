"""The terminal as a machine: disk, clocks, devices, and the agent, which may die and come back."""

from __future__ import annotations

import random
import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import greenlet

from flows.model import Flow
from flows.run import Run
from kiosk.agent import Agent
from kiosk.config import Config, Gateway, Identity, Store
from kiosk.config import Terminal as TerminalSection
from kiosk.config_devices import BrowserCamera, Devices
from kiosk.loop import Loop
from kiosk.world import World
from tests.simulation.city import GATEWAY, ISSUER, TERMINAL, ground
from tests.simulation.clock import Machine, SimulatedClock
from tests.simulation.devices import Bench
from tests.simulation.disk import Disk
from tests.simulation.net import Line
from tests.simulation.tasks import LEAST, Tasks

T = TypeVar("T")
NEVER = float("inf")


class Box:
    """`disk` and `machine` outlive the agent; `agent` is None while it is dead."""

    def __init__(self, folder: Path, tasks: Tasks, line: Line, chance: random.Random) -> None:
        self._tasks = tasks
        self._line = line
        self._chance = chance
        self._living: list[greenlet.greenlet] = []
        self._sync: greenlet.greenlet | None = None
        folder.mkdir()
        if ground().content.exists():
            shutil.copy(ground().content, folder / "content.db")
        self.disk = Disk(folder, chance)
        self.disk.adopt()
        self.machine = Machine(tasks)
        self.agent: Agent | None = None
        self.bench = Bench(tasks, chance)
        self.booted: Callable[[], None] = lambda: None
        self.shown: Callable[[], None] = lambda: None
        tasks.after = self._after

    def boot(self) -> None:
        """Switch on. Raises what the agent raises where it cannot start."""
        self.machine.boot()
        self.bench = Bench(self._tasks, self._chance)
        config = Config(
            terminal=TerminalSection(id=TERMINAL, name="测试厅"),
            identity=Identity(
                issuer=ISSUER, client_id=TERMINAL, key_file=ground().key_file, ca_file=Path("unused")
            ),
            gateway=Gateway(base_url=GATEWAY + "/v1", ca_file=Path("unused")),
            devices=Devices(camera=BrowserCamera()),
            store=Store(path=self.disk.folder),
        )
        world = World(
            clock=lambda: SimulatedClock(self.machine),
            http=lambda _: self._line,
            executor=lambda loop, workers, _: _Workers(self, loop, workers),
            lock=lambda: _Lock(self._tasks),
            random=self._chance,
            pause=self._tasks.sleep,
            new_key=lambda: f"{self._chance.getrandbits(32):08x}-0000-4000-8000-{_hex(self._chance, 12)}",
            token=lambda: _hex(self._chance, 32),
            attach=self.bench.attach,
            material=lambda: ground().material,
            vfs=self.disk.name,
            room=self.disk,
            files=lambda _: self.disk.parts,
        )
        self.agent = Agent(config, world)
        self.agent.begin()
        self._sync = self.task(self._drain)
        self.booted()

    def die(self, *, power: bool) -> None:
        """Killed as by `kill -9`; with `power`, what was not on the disk may be gone as well."""
        agent, self.agent = self.agent, None
        for task in self._living:
            self._tasks.kill(task)
        self._living, self._sync = [], None
        self.bench.paper.close()
        self.disk.trouble = {}
        old = self.disk
        self.disk = old.left(power=power)
        if agent is not None:
            agent._stores.close()  # of what was deleted: only lets go of the descriptors

    def task(self, work: Callable[[], None], delay: float = 0.0) -> greenlet.greenlet:
        """A thread of the agent: it dies with it."""
        self._living = [each for each in self._living if not each.dead]
        task = self._tasks.spawn(work, delay)
        self._living.append(task)
        return task

    def touch(self, action: str, values: dict[str, str], turn: int | None = None) -> None:
        """A tap on the page that is shown, or on an older one."""
        agent = self.agent
        if agent is not None:
            shown = agent.terminal.view.turn if turn is None else turn
            agent.loop.post(lambda: agent.terminal.touch(shown, action, values))

    @property
    def running(self) -> tuple[Run, Flow] | None:
        """The run of the present visit, and its flow."""
        visit = self.agent.terminal._visit if self.agent is not None else None
        if visit is None or visit.run is None or visit.flow is None:
            return None
        return visit.run, visit.flow

    @property
    def step(self) -> str:
        """The kind of step at which the run stands; empty when there is none."""
        if self.running is None:
            return ""
        run, flow = self.running
        if run.ended or run.step >= len(flow.steps):
            return ""
        return str(flow.steps[run.step].__struct_config__.tag)

    @property
    def visited(self) -> str:
        """The id of the present visit; empty when nobody is there."""
        visit = self.agent.terminal._visit if self.agent is not None else None
        return visit.id if visit is not None else ""

    def _drain(self) -> None:
        """What the thread of sync does."""
        while self.agent is not None:
            self.agent.sync._kicked = False
            self._tasks.sleep(min(self.agent.sync.step(), 60.0))

    def _after(self) -> float:
        """The loop works off everything at once: it never waits."""
        agent = self.agent
        if agent is None:
            return NEVER
        while agent.loop.step():
            self.shown()
            if self.agent is not agent:
                return 0.0
        if agent.sync._kicked and self._sync is not None:
            agent.sync._kicked = False
            self._tasks.wake(self._sync)
        timers = agent.loop._timers
        return self._tasks.now + max(timers[0].due - self.machine.monotonic(), LEAST) if timers else NEVER


class _Workers:
    """`kiosk.loop.Executor`: so many pieces of work at a time, each a task of the agent's."""

    def __init__(self, box: Box, loop: Loop, workers: int) -> None:
        self._box = box
        self._loop = loop
        self._free = workers
        self._queue: deque[Callable[[], None]] = deque()

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """See `Executor.submit`."""

        def job() -> None:
            result = work()
            self._loop.post(lambda: done(result))

        self._queue.append(job)
        if self._free:
            self._free -= 1
            self._box.task(self._work)

    def _work(self) -> None:
        while self._queue:
            self._queue.popleft()()
        self._free += 1


class _Lock:
    """As `threading.Lock`, between tasks."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """See `kiosk.identity.provider.Lock`."""
        ends = self._tasks.now + (timeout if timeout >= 0 else float("inf"))
        while self._held:
            if not blocking or self._tasks.now >= ends:
                return False
            self._tasks.sleep(0.01)
        self._held = True
        return True

    def release(self) -> None:
        """See there."""
        self._held = False


def _hex(chance: random.Random, digits: int) -> str:
    return f"{chance.getrandbits(4 * digits):0{digits}x}"
