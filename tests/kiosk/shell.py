"""The visit actor in a box: a loop stepped by hand, a clock that the test owns, effects that are held."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flows.effects import Effect
from flows.events import Outcome
from flows.model import DeviceName, Flow
from kiosk.config import Config, Gateway, Identity, Store, VisitTimes
from kiosk.config import Terminal as TerminalSection
from kiosk.loop import Loop
from kiosk.ports import Tell
from kiosk.terminal import Terminal
from kiosk.views import OutOfServiceBody, View
from kiosk.visit import Visit
from tests.flows.shipped import shipped
from tests.flows.world import PICTURE, World
from tests.kiosk.clocks import TestClock

CONFIG = Config(
    terminal=TerminalSection(
        id="tj-test-1",
        name="测试厅",
        tiles=("civil.senior-allowance-apply", "social-insurance.rights-record", "service.item-guide"),
    ),
    identity=Identity(issuer="https://id.example", client_id="t", key_file=Path("k"), ca_file=Path("c")),
    gateway=Gateway(base_url="https://gw.example/v1", ca_file=Path("c")),
    store=Store(path=Path("s")),
    visit=VisitTimes(),
)


class Hands:
    """The performer: keeps what was asked; the test answers when it likes."""

    def __init__(self) -> None:
        self.asked: list[tuple[Effect, Visit, Tell]] = []
        self.cancelled: list[str] = []
        self.forgotten: list[str] = []

    def perform(self, effect: Effect, visit: Visit, tell: Tell) -> None:
        self.asked.append((effect, visit, tell))

    def cancel(self, target: str) -> None:
        self.cancelled.append(target)

    def forget(self, visit: Visit) -> None:
        self.forgotten.append(visit.id)

    def answer(self, online: bool = True) -> None:
        """Answer all that is open, as the world of the engine's tests does, until nothing is open."""
        world = World(shipped()["service.item-guide"], online=online)
        while self.asked:
            effect, _, tell = self.asked.pop(0)
            for outcome in world.outcomes(effect):
                tell(outcome)

    def tell(self, outcome: Outcome) -> None:
        """Answer one effect, and leave it open."""
        next(tell for effect, _, tell in self.asked if effect.id == outcome.effect)(outcome)


class Situation:
    """See `kiosk.home.Conditions`."""

    def __init__(self) -> None:
        self.online: bool | None = True
        self.can_queue = True
        self.fault: OutOfServiceBody | None = None
        self.closed: OutOfServiceBody | None = None
        self.broken: set[DeviceName] = set()
        self.missing: set[DeviceName] = set()
        self.closed_items: dict[str, str] = {}

    def closed_item(self, item: str) -> str:
        return self.closed_items.get(item, "")

    def usable(self, device: DeviceName) -> bool:
        return device not in self.broken

    def fitted(self, device: DeviceName) -> bool:
        return device not in self.missing


class Notebook:
    """The diary."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = []

    def visit_began(self, visit: str) -> None:
        self.lines.append(("visit-began",))

    def visit_ended(self, visit: str, how: str, items: int) -> None:
        self.lines.append(("visit-ended", how, str(items)))

    def item_started(self, visit: str, item: str, version: str) -> None:
        self.lines.append(("item-started", item))

    def item_ended(self, visit: str, item: str, outcome: str) -> None:
        self.lines.append(("item-ended", item, outcome))

    def identified(self, visit: str, method: str, level: str, confirmed: bool) -> None:
        self.lines.append(("identified", method, level, str(confirmed)))


class Box:
    """A terminal with everything around it in the test's hands."""

    def __init__(self, config: Config = CONFIG, flows: Mapping[str, Flow] | None = None) -> None:
        self.clock = TestClock()
        self.crashes: list[Exception] = []
        self.loop = Loop(self.clock, self.crashes.append)
        self.hands = Hands()
        self.situation = Situation()
        self.diary = Notebook()
        numbers = iter(range(1, 10_000))
        self.terminal = Terminal(
            config=config,
            flows=flows or shipped(),
            loop=self.loop,
            clock=self.clock,
            performer=self.hands,
            conditions=self.situation,
            diary=self.diary,
            token=lambda: f"{next(numbers):032x}",
        )

    @property
    def view(self) -> View:
        return self.terminal.view

    @property
    def kind(self) -> str:
        """The present body's kind."""
        return str(self.view.page.body.__struct_config__.tag)

    def tap(self, action: str, **values: str) -> None:
        """A tap on the page that is shown."""
        self.terminal.touch(self.view.turn, action, values)

    def show_face(self) -> None:
        """Agree to the comparison, look into the camera; all that is open is answered."""
        self.tap("face")
        self.tap("next", **PICTURE)
        self.hands.answer()

    def wait(self, seconds: float) -> None:
        """Time passes; due timers run."""
        ends = self.clock.passed + seconds
        while self.clock.passed < ends:
            self.clock.advance(min(1.0, ends - self.clock.passed))
            while self.loop.step():
                pass
