"""What is played: three rising tones that nobody takes for another sound, or silence of a moment. WAV, 16-bit
PCM (RIFF, Multimedia Programming Interface and Data Specifications 1.0, 1991)."""

from __future__ import annotations

import math
import struct

RATE = 48_000
"""Samples a second, one channel: every card takes it."""
TONES = (660.0, 880.0, 1100.0)
"""Hertz. Old ears hear them, and small loudspeakers give them."""
TONE_SECONDS = 0.2
PAUSE_SECONDS = 0.08
FADE_SECONDS = 0.01
"""At both ends of a tone, which would click otherwise."""
LOUD = 0.3
"""Of full scale."""
SILENCE_SECONDS = 0.1
_PCM = 1


def sequence() -> bytes:
    """The three tones as a WAV file."""
    samples: list[int] = []
    for hertz in TONES:
        samples += _tone(hertz)
        samples += [0] * round(PAUSE_SECONDS * RATE)
    return wav(samples)


def silence() -> bytes:
    """A WAV file that opens the card as the tones do, and is not heard."""
    return wav([0] * round(SILENCE_SECONDS * RATE))


def seconds(sound: bytes) -> float:
    """How long a WAV file of ours lasts."""
    return (len(sound) - 44) / 2 / RATE


def wav(samples: list[int]) -> bytes:
    """Mono samples of 16 bit as a WAV file: a header of 44 bytes, then the data."""
    data = struct.pack(f"<{len(samples)}h", *samples)
    form = struct.pack("<HHIIHH", _PCM, 1, RATE, RATE * 2, 2, 16)
    head = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", len(form)) + form
    return head + b"data" + struct.pack("<I", len(data)) + data


def _tone(hertz: float) -> list[int]:
    count, fade = round(TONE_SECONDS * RATE), FADE_SECONDS * RATE
    return [
        round(
            32767
            * LOUD
            * min(1.0, at / fade, (count - 1 - at) / fade)
            * math.sin(2 * math.pi * hertz * at / RATE)
        )
        for at in range(count)
    ]
