"""Simulated devices in both fidelities: opened, used by a hand, spoilt by every fault of a script, ended."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.code_scanner import CodeRead
from drivers.device import DeviceEvent
from drivers.document_printer import JobOutcome as PagesOutcome
from drivers.document_printer import Printed as PagesPrinted
from drivers.door import DoorClosed, DoorOpened
from drivers.id_card import CardRead, CardUnreadable
from drivers.keypad import KeyPressed, Press
from drivers.lights import Look
from drivers.payment_terminal import SaleStep
from drivers.receipt_printer import Document, JobOutcome, Printed, Text
from drivers.simkit import control
from drivers.simulated import FAULTS, Fault, Simulation
from drivers.simulated.__main__ import main
from drivers.simulated.faults import Fidelity
from drivers.smart_card import CardRead as ChipRead
from tests.contract.heard import Heard
from tests.drivers.document_printer.pdf import pdf
from tests.drivers.smart_card.people import social_card

DEADLINE = 60.0
WELL = {
    "id_card": "ready",
    "receipt_printer": "ready",
    "document_printer": "idle",
    "payment_terminal": "ready",
    "code_scanner": "ready",
    "door": "closed",
    "lights": "ready",
    "keypad": "ready",
    "speaker": "unconfirmed",
    "touchscreen": "ready",
}
PERSON = {
    "name": "王小津",
    "sex": "女",
    "nation": "汉",
    "birth": "19900307",
    "address": "天津市和平区示例路 1 号",
    "id_number": "120101199003070021",
    "issuer": "天津市公安局和平分局",
    "valid_from": "20200101",
    "valid_to": "20400101",
}
SEEN = {
    ("id_card", "unplugged"): "unplugged",
    ("receipt_printer", "unplugged"): "no-port",
    ("receipt_printer", "silent"): "unknown",
    ("document_printer", "unplugged"): "offline",
    ("payment_terminal", "unplugged"): "offline",
    ("payment_terminal", "silent"): "unknown",
    ("door", "unplugged"): "no-chip",
    ("speaker", "unplugged"): "no-card",
    ("lights", "unplugged"): "no-chip",
}
"""Faults whose condition has another word."""


class Desk:
    """All the devices in one fidelity, open."""

    def __init__(self, fidelity: Fidelity, scripts: dict[str, list[Fault]] | None = None) -> None:
        self.fidelity = fidelity
        self.heard = {name: Heard() for name in WELL}
        self.simulation = Simulation(time.monotonic)
        self.devices = {
            name: self.simulation.device(name, fidelity, (scripts or {}).get(name, []), self.heard[name])
            for name in WELL
        }
        self.simulation.begin()
        for device in self.devices.values():
            device.open()

    def close(self) -> None:
        for device in self.devices.values():
            device.close()
        self.simulation.end()

    def hand(self, name: str, **order: Any) -> dict[str, Any]:
        return control(self.simulation.folder / f"{name}.sock", order)

    def until(self, name: str, condition: str) -> None:
        """Wait until the device is in this condition; self-tests make it look."""
        begun = time.monotonic()
        while self.devices[name].health().condition != condition:
            assert time.monotonic() - begun < DEADLINE, (condition, self.devices[name])
            self.devices[name].self_test()

    def well(self, name: str) -> None:
        # A serial scanner shows nothing of itself before it has read a code.
        unproven = name == "code_scanner" and self.fidelity == "bytes"
        self.until(name, "listening" if unproven else WELL[name])


@pytest.fixture(scope="module", params=["memory", "bytes"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    made = Desk(request.param)
    yield made
    made.close()


@pytest.fixture
def make() -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def one(fidelity: Fidelity, **scripts: list[Fault]) -> Desk:
        made.append(Desk(fidelity, scripts))
        return made[-1]

    yield one
    for each in made:
        each.close()


class Told:
    """Waits for what a job tells when it has ended."""

    def __init__(self) -> None:
        self.outcome: Any = None
        self._ended = threading.Event()

    def __call__(self, *outcome: Any) -> None:
        self.outcome = outcome[0] if outcome else None
        self._ended.set()

    def wait(self) -> Any:
        assert self._ended.wait(DEADLINE)
        return self.outcome


def print_receipt(desk: Desk) -> JobOutcome:
    told = Told()
    desk.devices["receipt_printer"].print(Document((Text("受理回执"),)), told)
    outcome: JobOutcome = told.wait()
    return outcome


def print_page(desk: Desk) -> PagesOutcome:
    told = Told()
    desk.devices["document_printer"].print(pdf(), told)
    outcome: PagesOutcome = told.wait()
    return outcome


def read_one(desk: Desk) -> DeviceEvent:
    """A citizen puts a card down and takes it away."""
    desk.devices["id_card"].arm()
    desk.hand("id_card", op="place", card=PERSON)
    event = desk.heard["id_card"].next(CardRead, CardUnreadable)
    desk.devices["id_card"].disarm()
    desk.hand("id_card", op="lift")
    return event


def test_a_card_is_read(desk: Desk) -> None:
    desk.well("id_card")
    event = read_one(desk)
    assert isinstance(event, CardRead)
    assert (event.card.name, event.card.id_number) == (PERSON["name"], PERSON["id_number"])


def test_a_receipt_is_printed(desk: Desk) -> None:
    desk.well("receipt_printer")
    assert print_receipt(desk) == Printed()
    assert desk.hand("receipt_printer", op="state")["receipts"] >= 1
    assert any((desk.simulation.folder / "receipt_printer.paper").iterdir())


def test_a_certificate_is_printed_in_the_time_that_was_told(desk: Desk) -> None:
    desk.well("document_printer")
    assert desk.devices["document_printer"].longest(10_000) > 1.0
    assert isinstance(print_page(desk), PagesPrinted)
    assert desk.hand("document_printer", op="state")["documents"] == 1


def test_a_sale_goes_as_the_hand_at_the_terminal_says(desk: Desk) -> None:
    desk.well("payment_terminal")
    told = Told()
    desk.devices["payment_terminal"].sale(8050, "pay-1", told)
    desk.heard["payment_terminal"].next(SaleStep)
    assert desk.hand("payment_terminal", op="state")["amount_fen"] == 8050
    desk.hand("payment_terminal", op="card")
    desk.hand("payment_terminal", op="end", result="approved")
    told.wait()
    assert desk.hand("payment_terminal", op="state")["amount_fen"] is None


def test_a_code_is_read(desk: Desk) -> None:
    desk.well("code_scanner")
    scanner = desk.devices["code_scanner"]
    scanner.arm()
    scanner.self_test()  # the module has been told by now that it is to read
    while desk.fidelity == "bytes" and not desk.hand("code_scanner", op="state")["triggered"]:
        scanner.self_test()
    desk.hand("code_scanner", op="show", text="0086-天津")
    assert desk.heard["code_scanner"].next(CodeRead).text == "0086-天津"
    scanner.disarm()


def test_a_door_is_opened_and_shut(desk: Desk) -> None:
    desk.well("door")
    desk.hand("door", op="drive", line="DOOR", level=1)
    desk.heard["door"].next(DoorOpened)
    desk.hand("door", op="drive", line="DOOR", level=0)
    desk.heard["door"].next(DoorClosed)


def test_a_key_is_pressed(desk: Desk) -> None:
    desk.well("keypad")
    desk.hand("keypad", op="press", key="select")
    assert desk.heard["keypad"].next(KeyPressed).press is Press.SELECT
    assert desk.hand("keypad", op="state")["pressed"] >= 1


def test_a_loudspeaker_is_heard_by_whoever_says_so(desk: Desk) -> None:
    desk.well("speaker")
    before = desk.hand("speaker", op="state")["sounds"]
    desk.devices["speaker"].self_test()
    assert desk.hand("speaker", op="state")["sounds"] > before
    desk.hand("speaker", op="hear", heard=True)
    desk.until("speaker", "ready")
    assert desk.devices["speaker"].self_test().passed
    desk.hand("speaker", op="hear", heard=None)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("keypad", {"op": "burn"}),
        ("speaker", {"op": "burn"}),
        ("touchscreen", {"op": "burn"}),
        ("speaker", {"op": "be", "how": "burn", "condition": "burn"}),
    ],
)
def test_what_is_no_order_is_refused(desk: Desk, name: str, order: dict[str, str]) -> None:
    desk.well(name)
    with pytest.raises(ValueError, match="burn"):
        desk.hand(name, **order)


def test_a_touch_is_counted(desk: Desk) -> None:
    desk.well("touchscreen")
    screen = desk.devices["touchscreen"]
    before = screen.counts["touches"]
    desk.hand("touchscreen", op="tap", x=0.25, y=0.5)
    begun = time.monotonic()
    while screen.counts["touches"] == before:
        assert time.monotonic() - begun < DEADLINE
        screen.self_test()


def test_a_panel_that_is_mute_when_it_comes_back_is_silent(desk: Desk) -> None:
    # One that falls silent is asked half a minute later: here it is asked at once.
    desk.well("touchscreen")
    silent, unplugged = (FAULTS["touchscreen"][desk.fidelity][word] for word in ("silent", "unplugged"))
    assert silent.end is not None
    assert unplugged.end is not None
    desk.hand("touchscreen", **unplugged.begin)
    desk.until("touchscreen", "unplugged")
    if desk.fidelity == "bytes":
        desk.hand("touchscreen", **silent.begin)
    desk.hand("touchscreen", **unplugged.end)
    if desk.fidelity == "memory":
        desk.hand("touchscreen", **silent.begin)
    desk.until("touchscreen", "silent")
    desk.hand("touchscreen", **silent.end)
    desk.well("touchscreen")


def test_a_light_is_lit_on_its_line(desk: Desk) -> None:
    desk.well("lights")
    for look in (Look.ON, Look.OFF):
        assert desk.devices["lights"].show("help", look)
        begun = time.monotonic()
        while desk.hand("lights", op="state")["levels"][1:5] != [0, 0, look is Look.ON, 0]:
            assert time.monotonic() - begun < DEADLINE


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (name, word)
        for name, ways in FAULTS.items()
        for word, orders in ways.get("bytes", {}).items()
        if orders.end is not None and name != "code_scanner" and (name, word) != ("touchscreen", "silent")
    ],
)
def test_each_fault_is_seen_as_what_it_is_and_is_over_when_it_ends(desk: Desk, name: str, word: str) -> None:
    desk.well(name)
    orders = FAULTS[name][desk.fidelity][word]
    desk.hand(name, **orders.begin)
    desk.until(name, SEEN.get((name, word), word))
    assert orders.end is not None
    desk.hand(name, **orders.end)
    desk.well(name)


def test_a_silent_scanner_reads_nothing_and_an_unplugged_one_is_told(make: Callable[..., Desk]) -> None:
    desk = make("memory")
    desk.devices["code_scanner"].arm()
    silent, unplugged = (FAULTS["code_scanner"]["memory"][word] for word in ("silent", "unplugged"))
    desk.hand("code_scanner", **silent.begin)
    desk.hand("code_scanner", op="show", text="1")
    assert silent.end is not None
    desk.hand("code_scanner", **silent.end)
    desk.hand("code_scanner", op="show", text="2")
    assert desk.heard["code_scanner"].next(CodeRead).text == "2"
    desk.hand("code_scanner", **unplugged.begin)
    desk.until("code_scanner", "unplugged")


def test_a_smart_card_reader_in_memory_reads_is_spoilt_and_recovers() -> None:
    heard = Heard()
    simulation = Simulation(time.monotonic)
    reader = simulation.device("smart_card", "memory", [Fault(what="silent", after_uses=1)], heard)
    simulation.begin()
    reader.open()
    try:
        heard.condition("ready")
        reader.arm()
        socket = simulation.folder / "smart_card.sock"
        assert control(socket, {"op": "insert", "card": social_card()})["in"]
        heard.next(ChipRead)
        heard.condition("silent")
        for word, orders in FAULTS["smart_card"]["memory"].items():
            assert orders.end is not None
            control(socket, {**orders.end})
            heard.condition("ready")
            control(socket, {**orders.begin})
            heard.condition(word)
    finally:
        reader.close()
        simulation.end()


@pytest.mark.parametrize("fidelity", ["memory", "bytes"])
def test_a_script_spoils_the_second_card_and_ends_the_paper_after_two_receipts(
    make: Callable[..., Desk], fidelity: Fidelity
) -> None:
    desk = make(
        fidelity,
        id_card=[Fault(what="card-unreadable", after_uses=1)],
        receipt_printer=[Fault(what="paper-out", after_uses=2)],
        document_printer=[Fault(what="toner-out", after_uses=1)],
        payment_terminal=[Fault(what="out-of-service", after_uses=1)],
    )
    desk.well("id_card")
    assert isinstance(read_one(desk), CardRead)
    while not ((state := desk.hand("id_card", op="state")).get("spoilt") or state.get("faults")):
        assert desk.devices["id_card"].self_test().passed
    assert isinstance(read_one(desk), CardUnreadable)
    assert isinstance(read_one(desk), CardRead)
    desk.well("receipt_printer")
    assert [print_receipt(desk), print_receipt(desk)] == [Printed(), Printed()]
    desk.until("receipt_printer", "paper-out")
    desk.well("document_printer")
    assert isinstance(print_page(desk), PagesPrinted)
    desk.until("document_printer", "toner-out")
    desk.well("payment_terminal")
    told = Told()
    desk.devices["payment_terminal"].sale(1, "pay-2", told)
    desk.heard["payment_terminal"].next(SaleStep)
    desk.devices["payment_terminal"].cancel()
    told.wait()
    desk.until("payment_terminal", "out-of-service")


def test_a_script_pulls_the_cable_at_its_time_and_puts_it_back(make: Callable[..., Desk]) -> None:
    desk = make("memory", id_card=[Fault(what="unplugged", at_seconds=0.0, for_seconds=0.1)])
    desk.heard["id_card"].condition("unplugged")
    desk.heard["id_card"].condition("ready")


def test_what_was_begun_is_gone_when_it_has_ended_and_ending_twice_is_nothing(
    make: Callable[..., Desk],
) -> None:
    desk = make("memory")
    folder = desk.simulation.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.name for each in folder.glob("*.sock")} == {f"{name}.sock" for name in WELL}
    desk.close()
    assert not folder.exists()
    desk.simulation.end()


def test_the_hand_is_a_command(make: Callable[..., Desk], capsys: pytest.CaptureFixture[str]) -> None:
    desk = make("memory")
    socket = str(desk.simulation.folder / "id_card.sock")
    main([socket, json.dumps({"op": "place", "card": PERSON})])
    assert json.loads(capsys.readouterr().out) == {"condition": "ready", "card": True, "spoilt": False}
    for wrong in ([socket, '{"op": "burn"}'], ["/nowhere.sock", '{"op": "state"}']):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 1
        assert wrong[0] in capsys.readouterr().err


_PARENT = """
import sys, time
from drivers.simulated import Simulation
simulation = Simulation(time.monotonic)
device = simulation.device("id_card", "bytes", [], lambda event: None)
simulation.begin()
device.open()
print(simulation.folder, flush=True)
sys.stdin.read()
"""


def test_a_simulator_ends_with_an_agent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    folder = Path(parent.stdout.readline().strip())
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    [handle] = [os.pidfd_open(int(child)) for child in children]
    parent.send_signal(signal.SIGKILL)
    parent.communicate(timeout=DEADLINE)
    ended, _, _ = select.select([handle], [], [], DEADLINE)
    os.close(handle)
    assert ended
    shutil.rmtree(folder)
