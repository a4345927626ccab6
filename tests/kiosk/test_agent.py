"""The composition root: what only shows when the real parts are together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from drivers.id_card.poller import Poller
from drivers.id_card.simulator import CardSimulator
from drivers.keypad import KeyPressed, Press
from drivers.owner import PATIENCE_SECONDS
from drivers.speaker.simulator import install
from flows.effects import ReadCard, Submit
from flows.events import CardRead, NotStored, Outcome
from flows.itemset import packed
from flows.kinds import Pay, Photo
from flows.loader import load_names
from flows.tables import load_tables
from kiosk import heard, keys
from kiosk.agent import LOOK_SECONDS, Agent
from kiosk.clock import SystemClock
from kiosk.config import Config, Items, Store
from kiosk.config_devices import BrowserCamera, Devices, PosTcp, SdtSerial, SpeakerAlsa
from kiosk.offered import by_phone_alone, equipped
from kiosk.opening import Hours
from kiosk.views import HomeBody, OutOfServiceBody
from kiosk.visit import Visit
from kiosk.world import World
from offline_cache.events import DeviceChanged
from tests.drivers.id_card.people import RESIDENT
from tests.flows.shipped import shipped
from tests.kiosk.peers import authority
from tests.kiosk.shell import CONFIG, Box

DEADLINE = 10.0


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    """An agent that was never started: no device, no network, a loop stepped by hand."""
    return Agent(configured(tmp_path))


def configured(folder: Path) -> Config:
    key_file, ca_file = folder / "terminal.jwk", authority(folder).file
    keys.create(key_file)
    return replace(
        CONFIG,
        identity=replace(CONFIG.identity, key_file=key_file, ca_file=ca_file),
        gateway=replace(CONFIG.gateway, ca_file=ca_file),
        store=Store(path=folder / "store"),
        items=Items(file=folder / "items.json"),
    )


def test_what_was_confirmed_waits_for_no_call_of_the_network(agent: Agent) -> None:
    over, told = threading.Event(), list[Outcome]()
    for _ in range(20):
        agent._executor.submit(lambda: over.wait(DEADLINE), lambda _: None)
    visit = Visit(id="0" * 32, began=0.0, touched=0.0)
    effect = Submit(id="v.1", operation="submitApplication", item="x", body={}, wait=True)
    agent._filing.submit(effect, visit, told.append)
    ends = time.monotonic() + DEADLINE / 2
    while not told and time.monotonic() < ends:
        agent.loop.step(0.1)
    over.set()
    assert [type(outcome) for outcome in told] == [NotStored]  # no key was ever fetched; but it is said
    agent.end(1.0)


@pytest.mark.parametrize("there", [True, False])
def test_a_bank_card_is_asked_for_only_where_there_is_a_terminal_for_it(there: bool) -> None:
    pos = PosTcp(host="127.0.0.1", port=9200) if there else None
    methods = [
        step.methods
        for flow in shipped().values()
        for step in equipped(flow, Devices(payment_terminal=pos)).steps
        if isinstance(step, Pay)
    ]
    assert set(methods) == {("qr", "pos") if there else ("qr",)}


@pytest.mark.parametrize("there", [True, False])
def test_without_a_camera_only_what_takes_a_portrait_is_not_offered(there: bool) -> None:
    devices = Devices(camera=BrowserCamera() if there else None)
    wants = {item: flow for item, flow in shipped().items() if "camera" in flow.needs}
    left = {item for item, flow in wants.items() if "camera" in equipped(flow, devices).needs}
    portraits = {item for item, flow in wants.items() if any(isinstance(step, Photo) for step in flow.steps)}
    sent = {item for item, flow in wants.items() if by_phone_alone(equipped(flow, devices))}
    assert {"civil.senior-allowance-apply", "social-insurance.rights-record"} <= set(wants) - portraits
    assert left == (set(wants) if there else portraits)
    assert ("medical-insurance.reimbursement-submit" in sent) == (not there)
    assert not sent & portraits


def test_where_only_the_phone_can_send_documents_an_item_is_begun_with_a_network_only() -> None:
    item = "medical-insurance.reimbursement-submit"
    flow = equipped(shipped()[item], Devices(camera=None))
    box = Box(flows={item: flow})
    reasons = []
    for box.situation.online in (True, False):
        box.terminal.refresh()
        body = box.view.page.body
        assert isinstance(body, HomeBody)
        reasons.append(body.tiles[0].why_not)
    assert reasons == ["", "网络不通，材料暂不能传"]


def test_the_opening_hours_are_noticed_though_nobody_touches(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    conditions = agent.terminal._offer.conditions
    bodies = [agent.terminal.view.page.body]
    for hours in (Hours(("1-7 00:00-00:00",)), Hours(())):
        monkeypatch.setattr(conditions, "_hours", hours)
        agent._look_around()
        bodies.append(agent.terminal.view.page.body)
    assert [type(body) for body in bodies] == [HomeBody, OutOfServiceBody, HomeBody]
    agent.end(1.0)


def test_a_bug_in_one_look_around_does_not_end_the_looking(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug() -> None:
        raise ZeroDivisionError

    looks: list[float] = []
    monkeypatch.setattr(agent._diary, "retry", bug)
    monkeypatch.setattr(agent.loop, "later", lambda seconds, job: looks.append(seconds))
    with pytest.raises(ZeroDivisionError):
        agent._look_around()
    assert looks == [LOOK_SECONDS]
    agent.end(1.0)


@pytest.mark.parametrize("held", [True, False])
def test_after_an_outage_a_city_of_terminals_does_not_fetch_in_the_same_second(
    held: bool, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent._library, "sealing_key", lambda: object() if held else None)
    waits: list[float] = []
    monkeypatch.setattr(agent.loop, "later", lambda seconds, job: waits.append(seconds))
    for _ in range(50):
        agent._connectivity(online=True)
    spread = [each for each in waits if each <= 600.0]
    assert len(spread) == 50
    if held:
        assert max(spread) - min(spread) > 120.0
    else:
        assert set(spread) == {0.0}
    agent.end(1.0)


GUIDE, SENIOR = "service.item-guide", "civil.senior-allowance-apply"


def put(file: Path, version: str, *codes: str) -> None:
    """A set of these items into its place, as an update does."""
    new = file.with_suffix(".new")
    new.write_bytes(packed(version, {code: shipped()[code] for code in codes}, load_names(), load_tables()))
    new.replace(file)


def tiles(agent: Agent) -> set[str]:
    body = agent.terminal.view.page.body
    assert isinstance(body, HomeBody)
    return {tile.item for tile in body.tiles}


def until(agent: Agent, true: Callable[[], bool]) -> None:
    """Look around, and let the loop work, until it is so."""
    ends = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < ends
        agent._look_around()
        agent.loop.step(0.05)


def test_a_set_of_items_is_taken_between_visits_by_every_part_that_knows_items(tmp_path: Path) -> None:
    config = configured(tmp_path)
    file = config.items.file
    assert file is not None
    put(file, "2026-11-27", GUIDE)
    agent = Agent(config)
    assert tiles(agent) == {GUIDE}
    agent.loop.post(lambda: agent.terminal.touch(agent.terminal.view.turn, f"start:{GUIDE}", {}))
    until(agent, lambda: not agent.terminal.idle)
    put(file, "2026-11-28", GUIDE, SENIOR)
    until(agent, lambda: agent._items._waiting is not None)
    assert SENIOR not in agent._flows
    agent.terminal.shut()
    until(agent, lambda: tiles(agent) == {GUIDE, SENIOR})
    assert {GUIDE, SENIOR} <= agent._flows.keys() == agent.terminal._flows.keys()
    assert {"terminal.slip", "terminal.resume-draft"} <= agent._flows.keys(), "its own are always there"
    file.write_bytes(b"{}")
    until(agent, lambda: "items-refused" in said(agent))
    assert tiles(agent) == {GUIDE, SENIOR}
    assert [word for word in said(agent) if word.startswith("items-")] == [
        "items-taken",
        "items-taken",
        "items-refused",
    ]
    agent.end(1.0)


def said(agent: Agent) -> list[str]:
    """The kinds of what was journalled."""
    return [str(entry.event.__struct_config__.tag) for entry in agent._stores.journal.entries()]


class Shifted(SystemClock):
    """The clock of the machine, of which a test lets seconds pass at once."""

    shift = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.shift


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[CardSimulator]:
    made = CardSimulator(tmp_path / "ttyCARD", baudrate=115200, power_on=0.0)
    made.start()
    yield made
    made.stop()


def with_reader(folder: Path, clock: Shifted) -> Agent:
    devices = Devices(id_card=SdtSerial(port=str(folder / "ttyCARD"), baudrate=115200))
    return Agent(replace(configured(folder), devices=devices), World(clock=lambda: clock))


def conditions(agent: Agent) -> list[str]:
    """Of the ID card reader, as journalled."""
    events = [entry.event for entry in agent._stores.journal.entries()]
    return [event.condition for event in events if isinstance(event, DeviceChanged)]


@pytest.mark.parametrize("how", ["crashes", "hangs"])
def test_a_driver_that_falls_comes_back_and_the_visit_goes_on(
    tmp_path: Path, reader: CardSimulator, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    clock = Shifted()
    agent = with_reader(tmp_path, clock)
    step, falls, let_go = Poller.step, threading.Event(), threading.Event()

    def fallen(poller: Poller) -> float:
        """Once."""
        monkeypatch.setattr(Poller, "step", step)
        falls.set()
        if how == "crashes":
            raise RuntimeError("a bug")
        let_go.wait(DEADLINE)
        return step(poller)

    try:
        agent.begin()
        until(agent, lambda: conditions(agent) == ["ready"])
        agent.loop.post(lambda: agent.terminal.touch(agent.terminal.view.turn, f"start:{GUIDE}", {}))
        until(agent, lambda: not agent.terminal.idle)
        told = list[Outcome]()
        agent._peripherals.card.read(ReadCard(id="v.9", whose="citizen"), told.append)
        monkeypatch.setattr(Poller, "step", fallen)
        assert falls.wait(DEADLINE)
        if how == "hangs":
            clock.shift = PATIENCE_SECONDS + 1
        until(agent, lambda: conditions(agent) == ["ready", "driver-failed", "ready"])
        assert not agent.terminal.idle
        reader.control({"op": "place", "card": RESIDENT})
        until(agent, lambda: told != [])
        (outcome,) = told
        assert isinstance(outcome, CardRead)
        assert outcome.card["name"] == RESIDENT["name"]
    finally:
        let_go.set()
        agent.end(1.0)


def test_a_camera_that_no_page_has_used_for_long_is_not_known_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = Agent(replace(configured(tmp_path), devices=Devices(camera=BrowserCamera())))
    camera = agent.devices.camera
    assert camera is not None
    agent.screen.camera("ready")
    agent._look_around()
    assert camera.health().condition == "ready"
    monkeypatch.setattr("kiosk.camera.GOOD_SECONDS", 0.0)
    agent._look_around()
    assert camera.health().condition == "in-the-browser"
    agent.end(1.0)


def test_what_a_page_tells_of_the_camera_is_its_health_and_journalled(tmp_path: Path) -> None:
    agent = Agent(replace(configured(tmp_path), devices=Devices(camera=BrowserCamera())))
    agent.screen.camera("denied")
    assert agent.devices.camera is not None
    assert agent.devices.camera.health().condition == "denied"
    until(agent, lambda: "device-changed" in said(agent))
    agent.end(1.0)


def test_a_page_that_tells_of_a_camera_that_is_not_configured_does_no_harm(agent: Agent) -> None:
    agent.screen.camera("denied")
    assert agent.devices.camera is None
    agent.end(1.0)


def test_a_press_reaches_the_page_that_was_shown(agent: Agent) -> None:
    turn = agent.screen.view().turn
    agent.screen.pressed(turn)
    agent._peripherals.heard("keypad", KeyPressed(Press.NEXT))
    assert agent.screen.pressed(turn + 1) == ()
    agent.screen.pressed(turn)
    agent._peripherals.heard("keypad", KeyPressed(Press.SELECT))
    assert agent.screen.pressed(turn) == ("select",)
    agent.end(1.0)


def test_what_a_technician_heard_is_known_from_the_start(tmp_path: Path) -> None:
    config = configured(tmp_path)
    speaker = SpeakerAlsa(player=install(tmp_path))
    config.store.path.mkdir(parents=True, exist_ok=True)
    heard.keep(config.store.path, heard.Test(at="2026-11-28T09:00:00Z", device="default", heard=True))
    agent = Agent(replace(config, devices=Devices(speaker=speaker)))
    agent._peripherals.open()
    loud = agent.devices.speaker
    assert loud is not None
    until(agent, lambda: loud.health().condition == "ready")
    agent.end(1.0)
