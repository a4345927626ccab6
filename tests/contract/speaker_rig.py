"""What the contract suite needs of a bench: a loudspeaker, and a hand that pulls its card."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from drivers.device import Device
from drivers.simulated.memory.speaker import SpeakerDouble
from drivers.speaker import Condition, Speaker
from drivers.speaker.simulator import install, order, played
from tests.contract.heard import Heard

APLAY = Path("/usr/bin/aplay")


class Loud(Device, Protocol):
    """The device class: a `Device` that is told what somebody heard."""

    def attend(self) -> None: ...

    def heard(self, confirmed: bool | None) -> None: ...


class Rig(Protocol):
    """One loudspeaker under test."""

    heard: Heard
    speaker: Loud

    def pull(self) -> None:
        """The card is gone."""
        ...

    def plug(self) -> None: ...

    def sounds(self) -> int:
        """How often the tones were played."""
        ...

    def close(self) -> None: ...


class DoubleRig:
    """The double in memory."""

    def __init__(self) -> None:
        self.heard = Heard()
        self._double = SpeakerDouble(listener=self.heard)
        self.speaker: Loud = self._double

    def pull(self) -> None:
        self._double.fail(Condition.NO_CARD)

    def plug(self) -> None:
        self._double.fail(None)

    def sounds(self) -> int:
        return self._double.sounds

    def close(self) -> None:
        self._double.close()


class SimulatorRig:
    """The driver on the simulated player."""

    def __init__(self, folder: Path) -> None:
        self.heard = Heard()
        self.folder = folder
        self.program = install(folder)
        self.driver = Speaker(device="front", program=self.program, listener=self.heard)
        self.speaker: Loud = self.driver

    def order(self, how: str) -> None:
        order(self.folder, how)

    def pull(self) -> None:
        self.order("no-card")

    def plug(self) -> None:
        self.order("play")

    def sounds(self) -> int:
        return sum(entry["loudest"] > 0 for entry in played(self.folder) if entry["how"] == "play")

    def close(self) -> None:
        self.speaker.close()


class AlsaRig:
    """The driver on Debian's aplay and libasound. This machine has no card: ALSA's own `file` plugin stands
    for one, and writes down what it is given."""

    def __init__(self, folder: Path) -> None:
        self.heard = Heard()
        self._folder = folder
        program = folder / "aplay-of-alsa"
        program.write_text(f'#!/bin/sh\nHOME={shlex.quote(str(folder))} exec {APLAY} "$@"\n', "utf-8")
        program.chmod(0o755)
        self.plug()
        self.speaker: Loud = Speaker(device="kiosk", program=program, listener=self.heard)

    def plug(self) -> None:
        self._configured(f'type file slave.pcm "null" file "|cat >> {self.samples}" format "raw"')

    def pull(self) -> None:
        self._configured('type hw card "NoSuchCard"')

    def fill(self) -> None:
        """The card takes no sound any more."""
        self._configured('type file slave.pcm "null" file "/dev/full" format "raw"')

    def sounds(self) -> int:
        return sum(any(sound) for sound in self.raw().split(b"\0" * 20_000))

    @property
    def samples(self) -> Path:
        return self._folder / "samples.raw"

    def raw(self) -> bytes:
        """All samples that reached the card."""
        return self.samples.read_bytes() if self.samples.exists() else b""

    def close(self) -> None:
        self.speaker.close()

    def _configured(self, card: str) -> None:
        new = self._folder / "asoundrc.new"
        new.write_text(f"pcm.kiosk {{ {card} }}\n", encoding="utf-8")
        new.rename(self._folder / ".asoundrc")


RIGS: dict[str, Callable[[Path], Rig]] = {
    "double": lambda _: DoubleRig(),
    "simulator": SimulatorRig,
    "alsa": AlsaRig,
}


def opened(rig: Rig) -> Rig:
    """Open, and the card has taken the silence."""
    rig.speaker.open()
    rig.heard.condition("unconfirmed")
    return rig
