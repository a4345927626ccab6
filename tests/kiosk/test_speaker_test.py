"""`kiosk speaker test`, as it is typed, on a simulated player; and what doctor makes of the answer."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drivers.speaker.simulator import install, order, played
from kiosk import heard
from kiosk.cli import main
from kiosk.commands.check import Check
from kiosk.commands.devices import check_devices
from kiosk.config import load
from tests.kiosk.test_cli import terminal

__all__ = ["terminal"]


@pytest.fixture
def player(terminal: Path, tmp_path: Path) -> Path:
    """A terminal with a loudspeaker; the folder of its simulated player."""
    folder = tmp_path / "player"
    folder.mkdir()
    table = f'[devices.speaker]\ndriver = "speaker-alsa"\nplayer = "{install(folder)}"\n'
    terminal.write_text(terminal.read_text(encoding="utf-8") + table, encoding="utf-8")
    load(terminal).store.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def typed(terminal: Path, *arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(main, ["speaker", "test", "--config", str(terminal), *arguments], input=answers)


def checked(terminal: Path) -> Check:
    return next(each for each in check_devices(load(terminal)) if each.what == "loudspeaker")


def test_what_is_heard_is_kept_and_doctor_knows(terminal: Path, player: Path) -> None:
    assert checked(terminal).state == "unknown"
    done = typed(terminal, answers="y\n")
    assert (done.exit_code, "ready" in done.output) == (0, True)
    found = checked(terminal)
    assert (found.state, "somebody has heard them" in found.found) == ("good", True)
    kept = load(terminal).store.path / "speaker.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_what_is_not_heard_is_bad_with_its_remedy(terminal: Path, player: Path) -> None:
    done = typed(terminal, answers="n\n")
    assert (done.exit_code, "amplifier" in done.output) == (1, True)
    found = checked(terminal)
    assert (found.state, bool(found.remedy)) == ("bad", True)


def test_the_answer_may_come_later_and_plays_nothing(terminal: Path, player: Path) -> None:
    left = typed(terminal)  # nobody answers
    assert (left.exit_code, "answer later" in left.output) == (1, True)
    sounds = len(played(player))
    assert typed(terminal, "--heard").exit_code == 0
    assert len(played(player)) == sounds
    assert checked(terminal).state == "good"
    assert typed(terminal, "--not-heard").exit_code == 1


def test_a_new_test_takes_the_old_answer_back(terminal: Path, player: Path) -> None:
    typed(terminal, answers="y\n")
    typed(terminal)
    assert checked(terminal).state == "unknown"


def test_without_a_test_there_is_nothing_to_answer(terminal: Path, player: Path) -> None:
    done = typed(terminal, "--heard")
    assert (done.exit_code, "leave out --heard" in done.output) == (2, True)


@pytest.mark.parametrize("arguments", [(), ("--heard",)])
def test_another_user_than_the_agents_is_refused_and_leaves_nothing(
    terminal: Path, player: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """`sudo kiosk speaker test` left an answer that the agent could not read."""
    other = os.geteuid() + 1
    monkeypatch.setattr("kiosk.commands.speaker.os.geteuid", lambda: other)
    done = typed(terminal, *arguments, answers="y\n")
    assert (done.exit_code, "as the agent's user" in done.output) == (2, True)
    assert list(load(terminal).store.path.glob("speaker.json*")) == []
    assert played(player) == []


def test_before_the_agents_first_start_there_is_no_store_and_none_is_made(
    terminal: Path, player: Path
) -> None:
    store = load(terminal).store.path
    store.rmdir()
    done = typed(terminal, answers="y\n")
    assert (done.exit_code, "started once" in done.output) == (2, True)
    assert not store.exists()


def test_what_alsa_does_not_take_is_told_and_nothing_kept(terminal: Path, player: Path) -> None:
    order(player, "no-card")
    done = typed(terminal, answers="y\n")
    assert (done.exit_code, "nothing was played: no-card" in done.output) == (2, True)
    assert heard.last(load(terminal).store.path) is None
    assert checked(terminal).state == "bad"


def test_an_answer_counts_for_its_device_only(terminal: Path, player: Path) -> None:
    typed(terminal, answers="y\n")
    text = terminal.read_text(encoding="utf-8")
    terminal.write_text(text.replace("player =", 'device = "front"\nplayer ='), encoding="utf-8")
    assert checked(terminal).state == "unknown"


def test_without_a_loudspeaker_it_says_so(terminal: Path) -> None:
    done = typed(terminal)
    assert (done.exit_code, "[devices.speaker]" in done.output) == (2, True)


def test_a_simulated_loudspeaker_is_not_tested_by_ear(terminal: Path) -> None:
    text = terminal.read_text(encoding="utf-8").replace("[terminal]\n", "[terminal]\ndemo = true\n", 1)
    terminal.write_text(text + '[devices.speaker]\ndriver = "simulated"\n', encoding="utf-8")
    done = typed(terminal)
    assert (done.exit_code, "is simulated" in done.output) == (2, True)
    assert checked(terminal).state == "unknown"


@pytest.mark.parametrize("text", ["", "{}", '{"at": "x", "device": 7}', "\x00"])
def test_a_spoilt_file_is_no_answer(tmp_path: Path, text: str) -> None:
    (tmp_path / "speaker.json").write_text(text, encoding="utf-8")
    assert heard.answered(tmp_path, "default") is None
