"""What ALSA's player says, word by word; and the sound that it is given."""

from __future__ import annotations

import io
import random
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.speaker import Condition
from drivers.speaker.said import MOST_WORDS, said
from drivers.speaker.tones import PAUSE_SECONDS, RATE, TONE_SECONDS, TONES, seconds, sequence, silence
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed

# As Debian 12's alsa-utils 1.2.8 says it. Seen on a machine without a card: the first three, and the last on
# ALSA's `file` plugin and a full disk. The others are put together by the source (docs/drivers/speaker.md).
WORDS = {
    b"ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM nope\n"
    b"aplay: main:831: audio open error: No such file or directory\n": Condition.NO_CARD,
    b"ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for 0\n"
    b"aplay: main:831: audio open error: No such file or directory\n": Condition.NO_CARD,
    b"aplay: main:831: audio open error: No such device\n": Condition.NO_CARD,
    b"aplay: main:831: audio open error: Device or resource busy\n": Condition.BUSY,
    b"aplay: main:831: audio open error: Permission denied\n": Condition.DENIED,
    b"aplay: pcm_write:2127: write error: Input/output error\n": Condition.FAILED,
}


@pytest.mark.parametrize("words", WORDS)
def test_what_it_says_has_its_condition(words: bytes) -> None:
    told = said(1, words)
    assert told.condition is WORDS[words]
    assert told.words.startswith("aplay:")


@pytest.mark.parametrize("words", WORDS)
def test_an_end_that_is_well_is_taken_whatever_was_said(words: bytes) -> None:
    assert said(0, words).condition is Condition.UNCONFIRMED


def test_what_did_not_end_or_was_killed_has_failed() -> None:
    assert (said(None, b"").condition, said(-11, b"").condition) == (Condition.FAILED, Condition.FAILED)


@given(st.one_of(st.none(), st.integers(-64, 255)), st.binary(max_size=8192))
def test_any_words_are_an_outcome_short_and_plain(status: int | None, words: bytes) -> None:
    assert_an_outcome(status, words)


def assert_an_outcome(status: int | None, words: bytes) -> None:
    """One that such an end has; its words are few, and a terminal obeys none of them."""
    told = said(status, words)
    assert told.condition in OUTCOMES if status else told.condition is ENDS[status]
    assert len(told.words) <= MOST_WORDS
    assert told.words.isprintable()


OUTCOMES = {Condition.NO_CARD, Condition.BUSY, Condition.DENIED, Condition.FAILED}
ENDS = {0: Condition.UNCONFIRMED, None: Condition.FAILED}


@pytest.mark.parametrize("obeyed", ["\x1b", "\x7f", "\u202e", "\u2066", "\ufeff"])
def test_what_a_terminal_would_obey_is_a_space(obeyed: str) -> None:
    """Colours, and what turns the direction of writing round."""
    assert said(1, f"aplay: a{obeyed}b 播放失败".encode()).words == "aplay: a b 播放失败"


def outcome_of_any_end(words: bytes) -> None:
    """Well, with an error, by a signal, and at the deadline."""
    for status in (0, 1, -11, None):
        assert_an_outcome(status, words)


FUZZED = Fuzzed(outcome_of_any_end, (*WORDS, "aplay: 播放失败\n".encode(), b"underrun!!!\n"), longest=512)


def mutated_words_are_an_outcome(count: int, seed: int) -> None:
    """Never heard, never ready."""
    chance = random.Random(seed)
    for _ in range(count):
        outcome_of_any_end(mutated(chance.choice(list(WORDS)), chance))


def test_mutated_words_are_an_outcome() -> None:
    todays(mutated_words_are_an_outcome)


@pytest.mark.parametrize("sound", [sequence(), silence()])
def test_a_sound_is_a_wav_file_by_the_standard_librarys_reading(sound: bytes) -> None:
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, RATE, 2)
        assert file.getnframes() / RATE == seconds(sound)
        assert file.readframes(10**6) == sound[44:]


def test_the_tones_last_less_than_a_second() -> None:
    assert seconds(sequence()) == pytest.approx(len(TONES) * (TONE_SECONDS + PAUSE_SECONDS))
    assert seconds(sequence()) < 1


def test_silence_is_silent() -> None:
    assert not any(silence()[44:])
