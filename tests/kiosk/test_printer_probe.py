"""`kiosk printer probe`, as a technician types it, on a simulated printer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from drivers.receipt_printer import load_profile
from drivers.receipt_printer.probe import Measured, Probe
from drivers.receipt_printer.simulator.machine import Machine, Model
from drivers.receipt_printer.simulator.server import Simulator
from drivers.simkit import PtyLine
from kiosk.cli import main
from kiosk.clock import SystemClock
from kiosk.config import load
from kiosk.store import Stores
from tests.kiosk.test_cli import terminal

__all__ = ["terminal"]


@pytest.fixture
def printer(terminal: Path, tmp_path: Path) -> Iterator[Simulator]:
    """A printer on the terminal's USB; a pty stands in for the node."""
    line = tmp_path / "printer"
    table = f'[devices.receipt_printer]\ndriver = "escpos-usb"\nport = "{line}"\n'
    terminal.write_text(terminal.read_text(encoding="utf-8") + table, encoding="utf-8")
    machine = Machine(Model(rows_per_second=20_000, process_id=True))
    made = Simulator(machine, lambda: PtyLine(line), tmp_path / "paper", None)
    yield made
    made.close()


def typed(terminal: Path, *arguments: str, answers: str = "") -> Result:
    command = ["printer", "probe", "--config", str(terminal), *arguments]
    return CliRunner().invoke(main, command, input=answers)


def test_the_page_is_printed_and_the_answers_make_a_profile(
    terminal: Path, printer: Simulator, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    done = typed(terminal, "--write", str(own), answers="1-5, 7-12, 14-16\n")
    assert done.exit_code == 0, done.output
    assert printer.handle({"op": "state"})["pieces"] == 3  # and what was in the printer
    assert "model: SIMULATED PAPER-1" in done.output
    assert "GS ( H, GS r" in done.output
    assert "nearest is generic-80mm-gb18030; this printer differs in: confirm" in done.output
    made = load_profile(str(own))
    assert made.confirmed is not None
    assert made.confirmed.right == (*range(1, 6), *range(7, 13), 14, 15, 16)
    terminal.write_text(terminal.read_text(encoding="utf-8") + 'profile = "own.toml"\n', encoding="utf-8")
    assert load(terminal).devices.receipt_printer is not None


def test_bad_answers_are_told_and_asked_for_again(terminal: Path, printer: Simulator) -> None:
    done = typed(terminal, answers="alles\n1-4,6\n1-99\n1-5,7-12,14-16\n")
    assert done.exit_code == 0, done.output
    for word in ("'alles' is no number", "6 cannot be right where 5 is wrong", "1-99 is not on the page"):
        assert word in done.output
    assert printer.handle({"op": "state"})["pieces"] == 3  # and what was in the printer


def test_answers_may_come_later_and_again_without_a_second_page(
    terminal: Path, printer: Simulator, tmp_path: Path
) -> None:
    left = typed(terminal)  # nobody answers
    assert left.exit_code == 1
    assert "answer later with --came-out" in left.output
    printer.close()
    wrong = typed(terminal, "--came-out", "3")
    assert (wrong.exit_code, "without 1" in wrong.output) == (2, True)
    own = tmp_path / "own.toml"
    done = typed(terminal, "--came-out", "1-5,7-12,14-16", "--write", str(own))
    assert done.exit_code == 0, done.output
    assert load_profile(str(own)).cells == 48


def test_a_profile_that_is_there_is_not_written_over_and_nothing_is_printed(
    terminal: Path, printer: Simulator, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text("precious", encoding="utf-8")
    for file, word in ((own, "is there already"), (tmp_path / "own.txt", "ends in .toml")):
        done = typed(terminal, "--write", str(file), answers="1-5\n")
        assert (done.exit_code, word in done.output) == (2, True)
    assert own.read_text(encoding="utf-8") == "precious"
    assert printer.handle({"op": "state"})["pieces"] == 0


def test_a_folder_that_cannot_be_written_to_is_told(
    terminal: Path, printer: Simulator, tmp_path: Path
) -> None:
    typed(terminal)
    done = typed(terminal, "--came-out", "1-5,7-12", "--write", str(tmp_path / "none" / "own.toml"))
    assert (done.exit_code, "No such file" in done.output) == (2, True)


def test_a_fault_of_the_printer_is_told(terminal: Path, printer: Simulator) -> None:
    printer.handle({"op": "cover", "open": True})
    done = typed(terminal)
    assert (done.exit_code, "cover-open" in done.output) == (2, True)


def test_a_printer_that_cannot_be_used_is_told_before_anything_is_asked(
    terminal: Path, printer: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its page looks like: the driver sends a mute printer nothing."""
    mute = Measured(
        asked=(), model="", font="", queued_status=False, process_id=False, clears=False, status_back=False
    )
    monkeypatch.setattr(Probe, "run", lambda self: mute)  # a real one costs a minute of its deadlines
    own = tmp_path / "own.toml"
    done = typed(terminal, "--write", str(own), answers="1-5,7-12\n")
    assert (done.exit_code, "DLE EOT 1" in done.output) == (2, True)
    assert "Which came out right" not in done.output
    assert not own.exists()
    assert not terminal.with_suffix(".probe.json").exists()


def test_a_page_of_a_printer_that_cannot_be_used_makes_no_profile_later(
    terminal: Path, printer: Simulator, tmp_path: Path
) -> None:
    typed(terminal)
    notes, own = terminal.with_suffix(".probe.json"), tmp_path / "own.toml"
    told = notes.read_text(encoding="utf-8")
    notes.write_text(told.replace('"asked":[1,2,3,4]', '"asked":[2]'), encoding="utf-8")
    done = typed(terminal, "--came-out", "1-5,7-12", "--write", str(own))
    assert (done.exit_code, "DLE EOT 1" in done.output, own.exists()) == (2, True, False)


def test_without_a_printer_or_a_page_it_says_what_to_do(terminal: Path, printer: Simulator) -> None:
    done = typed(terminal, "--came-out", "1-5")
    assert (done.exit_code, "leave out --came-out" in done.output) == (2, True)
    terminal.with_suffix(".probe.json").write_text("{}", encoding="utf-8")
    assert "leave out --came-out" in typed(terminal, "--came-out", "1-5").output
    printer.close()
    assert "no-port" in typed(terminal).output
    table = terminal.read_text(encoding="utf-8").partition("[devices")[0]
    terminal.write_text(table, encoding="utf-8")
    assert "[devices.receipt_printer]" in typed(terminal).output


def test_the_running_agents_printer_is_left_alone(terminal: Path, printer: Simulator) -> None:
    stores = Stores.open(terminal.parent / "store", SystemClock(), Random(1))
    try:
        done = typed(terminal)
    finally:
        stores.close()
    assert (done.exit_code, "stop it first" in done.output) == (2, True)
    assert printer.handle({"op": "state"})["pieces"] == 0
