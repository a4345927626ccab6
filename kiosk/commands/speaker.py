"""`kiosk speaker test`: three rising tones, and somebody who says whether they were heard.

A card that takes sound is not a loudspeaker that is heard: no program knows that. The answer is kept in the
store; `kiosk doctor` looks at it each time, the agent when it starts.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import msgspec

from drivers.device import SelfTest
from kiosk import heard
from kiosk.aids import speaker
from kiosk.config import Config
from kiosk.config_devices import SpeakerAlsa

QUESTION = "Did three rising tones come out of the loudspeaker?"
TAKEN = frozenset({"unconfirmed", "ready", "unheard"})
"""Conditions of a card that took the sound."""


class CannotTest(Exception):  # noqa: N818 - reads as what it is
    """Nothing was played, or nothing is known of a test: says why, and what to do."""


def play(config: Config) -> str:
    """Play the tones and keep that they were; what ALSA said. Raises CannotTest."""
    spec = _spec(config)
    _may_keep(config)
    device = speaker(spec, lambda _: None, time.monotonic)
    device.open()
    try:
        outcome = device.self_test()
        health = device.health()
    finally:
        device.close()
    if health.condition not in TAKEN:
        raise CannotTest(f"nothing was played: {health.condition}, {health.cause}; {health.remedy}")
    _keep(config, heard.Test(at=datetime.now(UTC).isoformat(timespec="seconds"), device=spec.device))
    return _words(outcome)


def answer(config: Config, ear: bool) -> str:
    """Keep what somebody says of the tones that were played last; what follows of it. Raises CannotTest."""
    spec = _spec(config)
    _may_keep(config)
    test = heard.last(config.store.path)
    if test is None or test.device != spec.device:
        raise CannotTest("no tones were played on this device: leave out --heard and --not-heard")
    _keep(config, msgspec.structs.replace(test, heard=ear))
    if ear:
        return "ready: the loudspeaker is heard; a running agent knows it from its next start"
    return "unheard: check the amplifier, the wires of the loudspeaker, volume and mute; then test again"


def _spec(config: Config) -> SpeakerAlsa:
    spec = config.devices.speaker
    if spec is None:
        raise CannotTest("no loudspeaker is configured: name it under [devices.speaker]")
    if not isinstance(spec, SpeakerAlsa):
        raise CannotTest("the loudspeaker is simulated: its control socket is told what is heard of it")
    return spec


def _may_keep(config: Config) -> None:
    """Another user than the agent's would leave an answer that the agent cannot read."""
    store = config.store.path
    try:
        owner = store.stat().st_uid
    except OSError as error:
        words = f"{store}: {error.strerror}; do this as the agent's user, after it was started once"
        raise CannotTest(words) from error
    if owner != os.geteuid():
        raise CannotTest(f"{store} is another user's; do this as the agent's user")


def _keep(config: Config, test: heard.Test) -> None:
    try:
        heard.keep(config.store.path, test)
    except OSError as error:
        raise CannotTest(f"{config.store.path}: {error.strerror}; the test is not kept") from error


def _words(outcome: SelfTest) -> str:
    return f"{outcome.summary} ({', '.join(f'{name} {value}' for name, value in outcome.facts)})"
