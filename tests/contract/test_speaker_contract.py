"""What every loudspeaker keeps: the double, the driver on a simulated player, and on Debian's own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.device import Availability, HealthChanged
from drivers.speaker import Condition
from tests.contract.speaker_rig import APLAY, RIGS, AlsaRig, Rig, opened


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    if request.param == "alsa" and not APLAY.exists():
        pytest.fail("needs Debian's alsa-utils; the set-up installs it: make setup")
    bench = RIGS[request.param](tmp_path)
    yield bench
    bench.close()


def test_health_is_unknown_before_opening(rig: Rig) -> None:
    assert (rig.speaker.health().availability, rig.speaker.health().condition) == ("unknown", "unknown")


def test_a_card_that_takes_sound_is_not_known_to_be_heard(rig: Rig) -> None:
    opened(rig)
    assert rig.speaker.health().availability is Availability.UNKNOWN
    assert rig.speaker.health().remedy


def test_opening_is_not_heard(rig: Rig) -> None:
    opened(rig)
    assert rig.sounds() == 0


def test_the_self_test_plays_the_tones_and_does_not_pass_unheard(rig: Rig) -> None:
    outcome = opened(rig).speaker.self_test()
    assert not outcome.passed
    assert rig.sounds() == 1
    assert rig.speaker.health().condition == Condition.UNCONFIRMED


def test_what_was_heard_is_ready_and_the_self_test_passes(rig: Rig) -> None:
    opened(rig).speaker.heard(True)
    rig.heard.condition(Condition.READY)
    assert rig.speaker.health().availability is Availability.ONLINE
    assert rig.speaker.self_test().passed


def test_what_was_not_heard_is_told_with_its_remedy(rig: Rig) -> None:
    opened(rig).speaker.heard(False)
    rig.heard.condition(Condition.UNHEARD)
    assert rig.speaker.health().availability is Availability.OFFLINE
    assert rig.speaker.health().remedy
    assert not rig.speaker.self_test().passed


def test_what_was_said_before_opening_counts(rig: Rig) -> None:
    rig.speaker.heard(True)
    rig.speaker.open()
    rig.heard.condition(Condition.READY)


def test_what_was_said_can_be_taken_back(rig: Rig) -> None:
    opened(rig).speaker.heard(True)
    rig.speaker.heard(None)
    assert rig.speaker.health().condition == Condition.UNCONFIRMED


def test_no_card_is_a_health_and_no_exception(rig: Rig) -> None:
    rig.pull()
    rig.speaker.open()
    rig.heard.condition(Condition.NO_CARD)
    health = rig.speaker.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy
    assert not rig.speaker.self_test().passed


def test_no_card_is_not_ready_whatever_was_heard_before(rig: Rig) -> None:
    rig.speaker.heard(True)
    rig.pull()
    rig.speaker.open()
    rig.heard.condition(Condition.NO_CARD)


def test_hearing_does_not_mend_a_card(rig: Rig) -> None:
    rig.pull()
    rig.speaker.open()
    rig.heard.condition(Condition.NO_CARD)
    rig.speaker.heard(True)
    assert rig.speaker.health().condition == Condition.NO_CARD


def test_a_pulled_card_is_told_once_and_so_is_its_return(rig: Rig) -> None:
    opened(rig).pull()
    for _ in range(3):
        rig.speaker.self_test()
    rig.plug()
    for _ in range(3):
        rig.speaker.self_test()
    assert [event.health.condition for event in rig.heard.of(HealthChanged)] == [
        "unconfirmed",
        "no-card",
        "unconfirmed",
    ]


def test_opening_twice_is_opening_once(rig: Rig) -> None:
    opened(rig).speaker.open()
    rig.speaker.self_test()
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_twice_is_closing_once(rig: Rig) -> None:
    opened(rig)
    rig.speaker.close()
    rig.speaker.close()
    assert rig.speaker.health().condition == Condition.UNKNOWN
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_before_opening_is_nothing(rig: Rig) -> None:
    rig.speaker.close()
    opened(rig)


def test_it_can_be_opened_again_after_closing(rig: Rig) -> None:
    opened(rig).speaker.close()
    opened(rig)


def test_attending_one_that_is_well_changes_nothing(rig: Rig) -> None:
    opened(rig).speaker.attend()
    rig.speaker.self_test()
    assert len(rig.heard.of(HealthChanged)) == 1


def test_a_closed_one_does_not_pass(rig: Rig) -> None:
    assert not rig.speaker.self_test().passed
    assert rig.sounds() == 0


def test_health_told_is_the_health_kept(rig: Rig) -> None:
    rig.speaker.open()
    assert rig.heard.next(HealthChanged).health == rig.speaker.health()


def test_a_card_that_takes_no_sound_has_failed_in_alsas_own_words(tmp_path: Path) -> None:
    rig = AlsaRig(tmp_path)
    opened(rig)
    rig.fill()
    outcome = rig.speaker.self_test()
    rig.heard.condition(Condition.FAILED)
    rig.close()
    assert not outcome.passed
    assert dict(outcome.facts)["said"].endswith("write error: Input/output error")


def test_alsa_itself_gave_the_card_what_we_meant(tmp_path: Path) -> None:
    """Rate and length by ALSA's own reading of our file; the tones counted by their zero crossings."""
    rig = AlsaRig(tmp_path)
    opened(rig)
    before = len(rig.raw())
    rig.speaker.self_test()
    rig.close()
    samples = memoryview(rig.raw()[before:]).cast("h")
    last = max(at for at, sample in enumerate(samples) if sample)
    tone, pause = 48_000 * 0.2, 48_000 * 0.08
    assert abs(last - (3 * tone + 2 * pause)) < 48
    for number, hertz in enumerate((660, 880, 1100)):
        begin = round(number * (tone + pause))
        part = samples[begin : begin + round(tone)]
        rises = sum(1 for a, b in pairwise(part) if a < 0 <= b)
        assert abs(rises - hertz * 0.2) <= 1
        assert 9_000 < max(part) < 10_000
    assert not any(samples[round(tone) : round(tone + pause)])
