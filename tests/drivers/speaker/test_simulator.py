"""The simulator is a witness: independent, and a process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from drivers.speaker.simulator import install, order, played
from drivers.speaker.tones import sequence
from tests.drivers.independence import loaded, names_no_driver

DRIVER = "drivers.speaker"
FOLDER = Path("drivers/speaker/simulator")


def test_it_imports_nothing_of_the_driver() -> None:
    assert loaded(DRIVER, "serial", "player") == ["['drivers.speaker']", "False"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_it_names_the_driver(file: Path) -> None:
    names_no_driver(file, DRIVER)


def test_the_driver_does_not_know_its_simulator() -> None:
    for file in FOLDER.parent.glob("*.py"):
        assert "speaker.simulator" not in file.read_text("utf-8"), file


def test_it_is_strict_about_orders(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dance"):
        order(tmp_path, "dance")


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    program, sound = install(tmp_path), tmp_path / "sound.wav"
    sound.write_bytes(sequence())
    ended = subprocess.run([str(program), "-q", "-D", "front", str(sound)], check=True, timeout=60)
    assert ended.returncode == 0
    [entry] = played(tmp_path)
    assert (entry["device"], entry["how"]) == ("front", "play")
