"""The demo as a library and as a command."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo import Demo, DemoRunningError, Handles
from deploy.demo.card_reader import CARD_READERS, CardReader, simulated
from deploy.demo.children import Child, Nursery
from deploy.demo.screen import Screen, ScreenGoneError
from deploy.demo.terminal import Places, Ports, configuration
from kiosk import config, keys
from kiosk.card_readers import card_reader as make_card_reader
from kiosk.config_devices import SdtHid, SdtSerial, SdtUsb

ROOT = Path(__file__).resolve().parents[3]
SOON = 60.0


def written(folder: Path, places: Places, card_reader: CardReader) -> config.Config:
    """The terminal's file as the agent takes it."""
    text = configuration(
        places,
        ports=Ports(web=8600, pages=8631, pos=8650),
        issuer="https://127.0.0.1:1",
        gateway="https://127.0.0.1:2/v1",
        ca_file="/ca.pem",
        card_reader=card_reader,
    )
    (folder / "terminal.toml").write_text(text, encoding="utf-8")
    return config.load(folder / "terminal.toml")


@pytest.mark.parametrize("card_reader", CARD_READERS)
def test_the_terminals_file_is_one_that_the_agent_takes(tmp_path: Path, card_reader: CardReader) -> None:
    places = Places(tmp_path / 'a "quoted" folder', tmp_path / "lines")
    loaded = written(tmp_path, places, card_reader)
    assert loaded.terminal.id == "tj-hp-0001"
    assert loaded.terminal.demo
    assert loaded.store.path == places.store
    assert loaded.identity.key_file == places.key
    devices = loaded.devices
    assert None not in (devices.id_card, devices.document_printer, devices.payment_terminal, devices.camera)
    assert None not in (devices.code_scanner, devices.keypad)
    assert loaded.staff.words


@pytest.mark.parametrize("card_reader", CARD_READERS)
def test_the_simulator_and_the_agent_meet_on_one_line(tmp_path: Path, card_reader: CardReader) -> None:
    """The simulator's process with the demo's options, and the driver with the demo's configuration."""
    places = Places(tmp_path, tmp_path)
    spec = written(tmp_path, places, card_reader).devices.id_card
    assert isinstance(spec, SdtSerial | SdtUsb | SdtHid)
    options = {"control": places.card_socket, "power-on": 0, **simulated(card_reader, places.card_line)}
    words = [f"--{option}={value}" for option, value in options.items()]
    command = [sys.executable, "-m", "drivers.id_card.simulator", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        reader = make_card_reader(spec, lambda _: None)
        reader.open()
        try:
            assert reader.self_test(SOON).passed
        finally:
            reader.close()
            process.terminate()


def test_pages_are_served_and_the_city_is_heard_through_the_cable(town: Handles) -> None:
    screen = Screen(town.kiosk_url)
    assert screen.look().turn
    assert town.cable.carried > 0
    assert {each.id for each in town.city.people()} >= {"p-wang-xiulan", "p-li-jianjun"}


def test_the_citys_key_of_the_terminal_is_the_one_on_its_disk(town: Handles) -> None:
    assert keys.load(town.places.key).public_jwk == town.public_jwk


def test_a_second_demo_in_the_same_folder_is_refused(town: Handles) -> None:
    with pytest.raises(DemoRunningError, match="runs in"):
        Demo(town.folder).start()
    assert Screen(town.kiosk_url).look().turn


def test_a_killed_agent_is_gone_and_comes_back_with_another_secret_at_the_same_port(
    running: tuple[Demo, Handles], town: Handles
) -> None:
    demo, _ = running
    before = town.kiosk_url
    town.kill_agent()
    assert not town.agent.running
    with pytest.raises(ScreenGoneError):
        Screen(before)
    assert demo.died() == [], "it was asked for"
    after = town.restart_agent()
    assert after == town.kiosk_url != before
    assert after.split("?")[0] == before.split("?")[0]
    assert Screen(after).look().kind == "home"


def test_what_the_city_logged_of_its_bugs_is_told_when_the_folder_may_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bug = (
        "2026-11-28 01:10:14,527 deploy.sandbox.gateway.app ERROR 500, a bug in getCase\nbuiltins.KeyError\n"
    )

    def broken(*_: object, **__: object) -> Child:
        (tmp_path / "log" / "city.log").write_text(bug, encoding="utf-8")
        raise OSError("no more processes")

    monkeypatch.setattr(Nursery, "start", broken)
    with pytest.raises(OSError, match="no more processes"):
        Demo(tmp_path).start()
    assert capsys.readouterr().err == f"the city had bugs of its own:\n{bug}"


def test_what_fails_to_start_ends_what_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.demo.demo.PRINTER_PROFILE", "no-such-printer")
    demo = Demo(tmp_path)
    with pytest.raises(RuntimeError, match=r"printer ended .*(.|\n)*no profile no-such-printer"):
        demo.start()
    assert demo.nursery.children == {}


class Command:
    """`python -m deploy.demo` as a process, with what it says."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo", "--no-browser", "--dir", str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = ""

    def until(self, words: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"it never said {words}:\n{self.said}")

    def ends(self) -> int:
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        return self.process.wait(SOON)

    def children(self) -> dict[str, int]:
        """Process ids by the module or program that they run."""
        found = {}
        listed = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        for pid in " ".join(each.read_text() for each in listed).split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            module = words[words.index(b"-m") + 1] if b"-m" in words else words[0]
            found[module.decode()] = int(pid)
        return found


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path)
    yield command
    command.process.kill()
    command.process.wait(SOON)


def gone(pid: int) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], SOON)[0])
    finally:
        os.close(handle)


def test_the_command_tells_both_addresses_and_ends_everything_on_ctrl_c(command: Command) -> None:
    command.until("演示台 the dock  http://127.0.0.1:")
    assert "终端 the kiosk   http://127.0.0.1:" in command.said
    children = command.children()
    assert set(children) == {
        "deploy.sandbox",
        "drivers.id_card.simulator",
        "drivers.receipt_printer.simulator",
        "drivers.document_printer.simulator",
        "drivers.payment_terminal.simulator",
        "drivers.code_scanner.simulator",
        "drivers.keypad.simulator",
        "kiosk.cli",
    }
    command.process.send_signal(signal.SIGINT)
    assert command.ends() == 0
    assert all(gone(pid) for pid in children.values())


def test_the_command_killed_takes_everything_with_it(command: Command) -> None:
    command.until("演示台 the dock")
    children = command.children()
    assert len(children) == 8
    command.process.kill()
    assert all(gone(pid) for pid in children.values())


def test_the_command_goes_on_without_the_agent_and_ends_without_the_city_and_says_so(
    command: Command,
) -> None:
    command.until("Ctrl-C")
    children = command.children()
    os.kill(children["kiosk.cli"], signal.SIGKILL)
    command.until("the dock can start it again")
    assert "agent ended (signal SIGKILL)" in command.said
    os.kill(children["deploy.sandbox"], signal.SIGKILL)
    assert command.ends() == 1
    assert "city ended (signal SIGKILL)" in command.said
