"""What the status lights show of a visit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from drivers.device import Availability, Health, HealthChanged
from drivers.gpio.simulator import GpioBus, GpioServer
from drivers.gpio.simulator.bus import NAMES
from drivers.gpio.simulator.orders import obey
from drivers.lights import Look
from flows.effects import PrintPaper, ReadCard
from kiosk.agent import Agent
from kiosk.config_devices import Devices
from kiosk.config_gpio import DoorOnGpio, LightsOnGpio
from kiosk.desks.card import CardDesk
from kiosk.lamps import PAPER_SECONDS, Lamps
from kiosk.views import OutOfServiceBody, View
from kiosk.visit import Visit
from offline_cache.events import DeviceChanged
from tests.kiosk.shell import Box
from tests.kiosk.test_agent import configured

DEADLINE = 15.0
OUT = OutOfServiceBody(reason="设备维护中", code="DOOR-OPEN")
READ = ReadCard(id="v.1", whose="citizen")
PAPER = PrintPaper(id="v.1", kind="receipt", item="x.y", item_name="", version="1")


class Seen:
    """The lights: every order, in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, float]] = []

    def show(self, name: str, look: Look, seconds: float = math.inf) -> bool:
        self.told.append((name, look.value, seconds))
        return True

    def of(self, name: str) -> list[str]:
        return [look for light, look, _ in self.told if light == name]


class Reader:
    """An ID card reader."""

    def __init__(self, availability: Availability) -> None:
        self._availability = availability

    def arm(self) -> None: ...

    def disarm(self) -> None: ...

    def health(self) -> Health:
        return Health(self._availability, "ready", 0.0)


def test_the_reader_blinks_while_a_card_is_asked_for() -> None:
    seen = Seen()
    desk = CardDesk(Reader(Availability.ONLINE), Lamps(seen).reading)
    desk.read(READ, lambda _: None)
    assert seen.of("id_card") == ["blink"]
    desk.cancel("another")
    assert seen.of("id_card") == ["blink"]
    desk.cancel(READ.id)
    assert seen.of("id_card") == ["blink", "off"]


def test_a_visit_that_ends_ends_the_blinking() -> None:
    seen = Seen()
    desk = CardDesk(Reader(Availability.ONLINE), Lamps(seen).reading)
    desk.read(READ, lambda _: None)
    desk.forget()
    assert seen.of("id_card") == ["blink", "off"]


def test_nobody_is_lured_to_a_reader_that_does_not_work() -> None:
    seen = Seen()
    for reader in (Reader(Availability.OFFLINE), None):
        CardDesk(reader, Lamps(seen).reading).read(READ, lambda _: None)
    assert seen.told == []


def now(availability: Availability) -> HealthChanged:
    return HealthChanged(Health(availability, "any", 0.0))


def test_the_blinking_follows_a_reader_that_is_lost_and_found_while_it_asks() -> None:
    seen = Seen()
    desk = CardDesk(Reader(Availability.ONLINE), Lamps(seen).reading)
    desk.read(READ, lambda _: None)
    desk.heard(now(Availability.OFFLINE))
    assert seen.of("id_card") == ["blink", "off"]
    desk.heard(now(Availability.ONLINE))
    assert seen.of("id_card") == ["blink", "off", "blink"]
    desk.forget()
    desk.heard(now(Availability.OFFLINE))
    desk.heard(now(Availability.ONLINE))
    assert seen.of("id_card") == ["blink", "off", "blink", "off"]  # nobody is asked for a card


def test_a_reader_that_is_back_while_a_card_is_asked_for_blinks() -> None:
    seen = Seen()
    desk = CardDesk(Reader(Availability.OFFLINE), Lamps(seen).reading)
    desk.read(READ, lambda _: None)
    desk.heard(now(Availability.ONLINE))
    assert seen.of("id_card") == ["blink"]


@pytest.mark.parametrize(("outcome", "lit"), [("printed", True), ("unconfirmed", True), ("failed", False)])
def test_the_slot_is_lit_where_paper_may_lie(outcome: str, lit: bool) -> None:
    seen = Seen()
    Lamps(seen).printed(outcome)
    assert seen.told == ([("receipt", "on", PAPER_SECONDS)] if lit else [])


def shown(box: Box, lamps: Lamps) -> None:
    lamps.shown(box.view)


def test_status_and_help_follow_the_page_and_are_told_once() -> None:
    seen, box = Seen(), Box()
    lamps = Lamps(seen)
    shown(box, lamps)
    shown(box, lamps)
    box.tap("help")
    shown(box, lamps)
    box.tap("back")
    shown(box, lamps)
    box.situation.fault = OUT
    box.terminal.refresh()
    shown(box, lamps)
    assert seen.of("status") == ["on", "blink"]
    assert seen.of("help") == ["off", "on", "off"]


def test_without_lights_nothing_is_shown() -> None:
    lamps = Lamps(None)
    lamps.reading(True)
    lamps.printed("printed")
    lamps.shown(Box().view)


# In the agent


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[GpioBus]:
    made = GpioBus()
    server = GpioServer(tmp_path / "gpio", made)
    yield made
    made.close()
    server.close()


@pytest.fixture
def agent(tmp_path: Path, bus: GpioBus) -> Iterator[Agent]:
    """Of a terminal with door switch and lights, the door shut; its loop is stepped by hand."""
    obey(bus, {"op": "drive", "line": "DOOR", "level": 0})
    devices = Devices(
        door=DoorOnGpio(chip="sim-gpio", line="DOOR", debounce_ms=0, simulator=tmp_path / "gpio"),
        lights=LightsOnGpio(
            chip="sim-gpio",
            id_card="LIGHT_ID_CARD",
            receipt="LIGHT_RECEIPT",
            status="LIGHT_STATUS",
            simulator=tmp_path / "gpio",
        ),
    )
    made = Agent(replace(configured(tmp_path), devices=devices))
    made.devices.open()
    yield made
    made.end(1.0)


def until(agent: Agent, fact: Callable[[], bool]) -> None:
    """Step the loop until it holds."""
    ends = agent._clock.monotonic() + DEADLINE
    while not fact():
        assert agent._clock.monotonic() < ends, "it never came to be"
        agent.loop.step(0.05)


def body(agent: Agent) -> object:
    view: View = agent.terminal.view
    return view.page.body


def level(bus: GpioBus, name: str) -> int:
    """What is at the pin."""
    levels: list[int] = bus.state()["levels"]
    return levels[NAMES.index(name)]


def written(agent: Agent) -> list[str]:
    """What the journal has of the door."""
    events = [entry.event for entry in agent._stores.journal.entries()]
    return [each.condition for each in events if isinstance(each, DeviceChanged) and each.device == "door"]


def test_while_the_cabinet_stands_open_nobody_new_is_served_and_it_is_journalled(
    agent: Agent, bus: GpioBus
) -> None:
    door = agent.devices.door
    assert door is not None
    until(agent, lambda: door.health().condition == "closed")
    obey(bus, {"op": "drive", "line": "DOOR", "level": 1})
    until(agent, lambda: isinstance(body(agent), OutOfServiceBody))
    shown_now = body(agent)
    assert isinstance(shown_now, OutOfServiceBody)
    assert (shown_now.code, "设备维护中" in shown_now.reason) == ("DOOR-OPEN", True)
    agent.terminal.touch(agent.terminal.view.turn, "start:service.item-guide", {})
    assert body(agent) == shown_now
    obey(bus, {"op": "drive", "line": "DOOR", "level": 0})
    until(agent, lambda: not isinstance(body(agent), OutOfServiceBody))
    until(agent, lambda: written(agent) == ["closed", "open", "closed"])


def test_a_switch_that_is_lost_while_the_cabinet_stands_open_leaves_it_open(
    agent: Agent, bus: GpioBus
) -> None:
    obey(bus, {"op": "drive", "line": "DOOR", "level": 1})
    until(agent, lambda: isinstance(body(agent), OutOfServiceBody))
    obey(bus, {"op": "unplug"})
    until(agent, lambda: written(agent)[-1:] == ["no-chip"])
    agent.terminal.refresh()
    assert isinstance(body(agent), OutOfServiceBody)
    obey(bus, {"op": "drive", "line": "DOOR", "level": 0})
    obey(bus, {"op": "replug"})
    until(agent, lambda: not isinstance(body(agent), OutOfServiceBody))


def test_a_visit_under_way_is_not_ended_by_the_door(agent: Agent, bus: GpioBus) -> None:
    door = agent.devices.door
    assert door is not None
    until(agent, lambda: door.health().condition == "closed")
    agent.terminal.touch(agent.terminal.view.turn, "start:service.item-guide", {})
    obey(bus, {"op": "drive", "line": "DOOR", "level": 1})
    until(agent, lambda: door.health().condition == "open")
    agent.terminal.refresh()
    assert not isinstance(body(agent), OutOfServiceBody)
    assert not agent.terminal.idle


def test_the_lights_of_the_agent_shine(agent: Agent, bus: GpioBus) -> None:
    agent.terminal.refresh()
    until(agent, lambda: level(bus, "LIGHT_STATUS") == 1)
    visit = Visit(id="0" * 32, began=0.0, touched=0.0)
    agent._peripherals.printed(visit, PAPER, "printed", "")
    until(agent, lambda: level(bus, "LIGHT_RECEIPT") == 1)
    agent.devices.close()
    assert (level(bus, "LIGHT_STATUS"), level(bus, "LIGHT_RECEIPT")) == (0, 0)


def test_devices_on_lines_are_attended_to(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    attended: list[str] = []
    for name in ("door", "lights"):
        device = getattr(agent.devices, name)
        monkeypatch.setattr(device, "attend", lambda name=name: attended.append(name))
    agent._look_around()
    assert attended == ["door", "lights"]
