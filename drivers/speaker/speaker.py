"""The device: asks from time to time whether the card takes sound, and plays the tones when it is tested."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from drivers.device import Listener, Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.kept import KeptDevice
from drivers.owner import Owner, Turn
from drivers.speaker.health import MEANING, Condition
from drivers.speaker.player import Aplay
from drivers.speaker.said import Said
from drivers.speaker.tones import seconds, sequence, silence

_log = logging.getLogger("drivers.speaker")

LOOK_SECONDS = 300.0
"""Between two times that the card is asked, with silence."""
SOON_SECONDS = 10.0
"""While it is not well: a card that is plugged in again is found by then."""
PLAY_SECONDS = 5.0
"""For the tones, which last less than one: a card may wake up slowly."""
_STEP_SECONDS = 30.0
"""Between two signs of life of the owner thread."""


class Speaker(KeptDevice[Owner]):
    """A loudspeaker behind ALSA. Whether it is heard only somebody beside it knows: see `heard`."""

    def __init__(
        self,
        *,
        device: str = "default",
        program: Path = Path("/usr/bin/aplay"),
        listener: Listener,
        name: str = "speaker",
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._player = Aplay(device, program=program, monotonic=monotonic)
        self._device = device
        self._name = name
        self._monotonic = monotonic
        self._heard: bool | None = None
        self._last: Said | None = None
        self._over: Callable[[], bool] = lambda: False  # of the present turn
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic)
        self._woken = threading.Event()
        self._owner = Owner(
            name, self._body, fell=lambda _: self._fell(), wake=self._woken.set, monotonic=monotonic
        )

    def __repr__(self) -> str:
        return f"<Speaker {self._name}: {self.health().condition}>"

    def heard(self, confirmed: bool | None) -> None:
        """What somebody beside it said of the tones; None is nobody. Before `open`, or of a test since."""
        self._heard = confirmed
        self._owner.ask(lambda: self._last and self._judge(self._last), PLAY_SECONDS)

    def self_test(self, deadline: float = PLAY_SECONDS) -> SelfTest:
        """Play the tones. Passes where they were taken, and somebody has said that they are heard."""
        outcome = self._owner.ask(lambda: self._test(deadline), deadline + 2.0)
        return outcome if outcome is not None else SelfTest(False, f"no outcome within {deadline:g} s")

    def _fell(self) -> None:
        self._kept.report(Condition.DRIVER_FAILED)

    # The owner thread

    def _body(self, turn: Turn) -> None:
        self._over, self._last = (lambda: turn.over), None
        due = self._monotonic()
        while turn.beat():
            self._owner.serve()
            if (left := due - self._monotonic()) <= 0:
                told = self._player.play(silence(), PLAY_SECONDS, self._over)
                if not turn.beat():  # cut, or given up meanwhile: it says nothing of the card
                    return
                well = self._judge(told)
                due = self._monotonic() + (LOOK_SECONDS if well else SOON_SECONDS)
                continue
            self._woken.wait(min(left, _STEP_SECONDS))
            self._woken.clear()

    def _test(self, within: float) -> SelfTest:
        sound = sequence()
        begin = self._monotonic()
        told = self._player.play(sound, within, self._over)
        if self._over():
            return SelfTest(False, "closed meanwhile")
        took = self._monotonic() - begin
        self._judge(told)
        facts = (
            ("device", self._device),
            ("length", f"{seconds(sound):.2f} s"),
            ("took", f"{took:.2f} s"),
            ("underruns", str(told.underruns)),
            *((("said", told.words),) if told.words else ()),
        )
        condition = self.health().condition
        return SelfTest(condition == Condition.READY, _WORDS.get(condition, condition), facts)

    def _judge(self, told: Said) -> bool:
        """Whether the card took it."""
        self._last = told
        taken = told.condition is Condition.UNCONFIRMED
        condition = _BY_EAR[self._heard] if taken else told.condition
        if self._kept.report(condition, "" if taken else told.words) and not taken:
            _log.warning("%s: %s (%s)", self._name, condition.value, told.words)
        return taken


_BY_EAR = {None: Condition.UNCONFIRMED, True: Condition.READY, False: Condition.UNHEARD}
_WORDS: dict[str, str] = {
    Condition.READY: "the tones were played, and somebody has heard them",
    Condition.UNCONFIRMED: "the tones were played; nobody has said that they were heard",
    Condition.UNHEARD: "the tones were played; they were not heard",
}
