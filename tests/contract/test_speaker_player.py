"""The driver on a player that misbehaves: every word of ALSA, and every way to hang."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.device import Availability, HealthChanged
from drivers.speaker import Condition, Said, Speaker
from drivers.speaker.player import HANGING, Aplay
from drivers.speaker.simulator import HOW, played
from drivers.speaker.tones import seconds, sequence, silence
from tests.contract.heard import DEADLINE, Heard
from tests.contract.speaker_rig import SimulatorRig, opened

SHORT = 1.5
"""Seconds: enough for the simulated player to begin, and to hang."""
ENDS = {
    "busy": Condition.BUSY,
    "no-card": Condition.NO_CARD,
    "unknown-pcm": Condition.NO_CARD,
    "denied": Condition.DENIED,
    "fail": Condition.FAILED,
    "silent-fail": Condition.FAILED,
    "underrun": Condition.UNCONFIRMED,
    "crash": Condition.FAILED,
    "noise": Condition.FAILED,
    "half": Condition.FAILED,
    "foreign-words": Condition.FAILED,
    "orphan": Condition.UNCONFIRMED,
}
HANGS = ("hang", "deaf", "mute-hang", "flood")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SimulatorRig]:
    bench = SimulatorRig(tmp_path)
    yield bench
    bench.close()


def test_every_way_to_misbehave_is_met() -> None:
    assert {"play", *ENDS, *HANGS} == set(HOW)


@pytest.mark.parametrize("how", ENDS)
def test_each_end_has_its_condition(rig: SimulatorRig, how: str) -> None:
    rig.order(how)
    rig.speaker.open()
    rig.heard.condition(ENDS[how])
    assert rig.speaker.health().remedy


@pytest.mark.parametrize("how", ENDS)
def test_each_end_is_mended_by_the_next_that_is_well(rig: SimulatorRig, how: str) -> None:
    rig.order(how)
    rig.speaker.open()
    rig.heard.condition(ENDS[how])
    rig.order("play")
    rig.speaker.heard(True)
    assert rig.speaker.self_test().passed


@pytest.mark.parametrize("how", HANGS)
def test_one_that_hangs_is_killed_at_the_deadline(rig: SimulatorRig, how: str) -> None:
    opened(rig)
    rig.order(how)
    assert not rig.speaker.self_test(SHORT).passed
    assert rig.speaker.health().condition == Condition.FAILED
    assert "no end by the deadline" in rig.speaker.health().cause
    rig.order("play")
    rig.speaker.heard(True)
    assert rig.speaker.self_test().passed


def test_beside_one_that_cannot_be_killed_no_other_is_begun(
    rig: SimulatorRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        begun.append(popen(*arguments, **options))
        return begun[-1]

    popen = subprocess.Popen
    monkeypatch.setattr("drivers.speaker.player.subprocess.Popen", begin)
    player = Aplay("default", program=rig.program)
    rig.order("hang")
    with monkeypatch.context() as kernel:
        kernel.setattr("drivers.speaker.player.os.killpg", lambda _group, _signal: None)
        kernel.setattr("drivers.speaker.player.KILLED_SECONDS", 0.01)
        assert player.play(silence(), SHORT).condition is Condition.FAILED
        for _ in range(3):
            assert player.play(silence(), SHORT) == Said(Condition.FAILED, HANGING)
    assert len(begun) == 1
    begun[0].kill()
    begun[0].wait(DEADLINE)
    rig.order("play")
    assert player.play(silence(), DEADLINE).condition is Condition.UNCONFIRMED


@pytest.mark.parametrize("how", HANGS)
def test_closing_cuts_one_that_hangs(rig: SimulatorRig, how: str) -> None:
    rig.order(how)
    rig.speaker.open()
    rig.speaker.close()
    assert rig.speaker.health().condition == Condition.UNKNOWN
    assert rig.heard.of(HealthChanged) == []  # nor is it a failure of the card


@pytest.mark.parametrize("how", [*ENDS, *HANGS])
def test_what_is_told_is_short_and_plain(rig: SimulatorRig, how: str) -> None:
    rig.order(how)
    told = Aplay("front", program=rig.program).play(silence(), SHORT)
    assert len(told.words) <= 120
    assert told.words.isprintable()


def test_a_failure_tells_what_alsa_said(rig: SimulatorRig) -> None:
    rig.order("fail")
    rig.speaker.open()
    rig.heard.condition(Condition.FAILED)
    assert "Channels count non available" in rig.speaker.health().cause


def test_a_busy_card_is_not_known_to_be_bad(rig: SimulatorRig) -> None:
    rig.order("busy")
    rig.speaker.open()
    rig.heard.condition(Condition.BUSY)
    assert rig.speaker.health().availability is Availability.UNKNOWN


def test_underruns_are_counted(rig: SimulatorRig) -> None:
    opened(rig)
    rig.order("underrun")
    assert ("underruns", "2") in rig.speaker.self_test().facts


def test_no_player_is_told(tmp_path: Path) -> None:
    heard = Heard()
    speaker = Speaker(program=tmp_path / "nothing", listener=heard)
    speaker.open()
    heard.condition(Condition.NO_PLAYER)
    speaker.close()


def test_a_player_that_may_not_be_run_is_none(tmp_path: Path) -> None:
    program = tmp_path / "aplay"
    program.write_text("no program", encoding="utf-8")
    told = Aplay("default", program=program).play(silence(), SHORT)
    assert told.condition is Condition.NO_PLAYER
    program.chmod(0o755)
    told = Aplay("default", program=program).play(silence(), SHORT)  # ENOEXEC
    assert told.condition is Condition.NO_PLAYER


def test_what_is_played_is_what_was_meant(rig: SimulatorRig) -> None:
    """By the simulator's own reading of the file, which is the standard library's."""
    opened(rig).speaker.self_test()
    quiet, tones = played(rig.folder)
    assert (quiet["loudest"], quiet["frames"]) == (0, 4800)
    assert {name: tones[name] for name in ("device", "channels", "rate", "bits")} == {
        "device": "front",
        "channels": 1,
        "rate": 48_000,
        "bits": 16,
    }
    assert tones["frames"] == round(seconds(sequence()) * 48_000)
    assert 9_000 < tones["loudest"] < 10_000


def test_a_bug_in_the_driver_is_told_and_it_is_begun_anew(
    rig: SimulatorRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs = [RuntimeError("a bug")]
    play = Aplay.play

    def buggy(player: Aplay, sound: bytes, within: float, over: Callable[[], bool]) -> Said:
        if bugs:
            raise bugs.pop()
        return play(player, sound, within, over)

    monkeypatch.setattr(Aplay, "play", buggy)
    rig.speaker.open()
    rig.heard.condition(Condition.DRIVER_FAILED)
    rig.heard.condition(Condition.UNCONFIRMED)


def test_tests_wait_for_each_other(rig: SimulatorRig) -> None:
    opened(rig)
    threads = [threading.Thread(target=rig.speaker.self_test) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert rig.sounds() == 3
