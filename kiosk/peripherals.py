"""The devices, and what passes between them and the rest: what is heard goes where somebody waits for it,
and what happens on the screen and on paper is told to the devices."""

from __future__ import annotations

from collections.abc import Callable

from drivers.device import DeviceEvent, HealthChanged
from drivers.keypad import KeyPressed
from flows.effects import PrintPaper
from flows.model import DeviceName
from kiosk import heard, keys
from kiosk.clock import Clock
from kiosk.conditions import Cabinet
from kiosk.config import Config
from kiosk.config_devices import SpeakerAlsa
from kiosk.desks.card import CardDesk
from kiosk.desks.scan import ScanDesk, Take
from kiosk.diary import JournalDiary
from kiosk.lamps import Lamps
from kiosk.loop import Loop
from kiosk.presses import Presses
from kiosk.views import View
from kiosk.visit import Visit
from kiosk.world import World


class Peripherals:
    """Loop's thread, but for what is said to be another. `devices` are those that the configuration names."""

    def __init__(
        self,
        config: Config,
        world: World,
        *,
        key: keys.TerminalKey,
        diary: JournalDiary,
        loop: Loop,
        clock: Clock,
        refresh: Callable[[], None],
        scanned: Take,
    ) -> None:
        """`refresh` is called when a device's health has changed, `scanned` with what a code says. Raises
        BadProfile."""
        self._config = config
        self._diary = diary
        self._loop = loop
        self._refresh = refresh
        self.devices = world.attach(config.devices, self.heard, clock.monotonic)
        self.cabinet = Cabinet()
        self.presses = Presses(clock.monotonic)
        self._lamps = Lamps(self.devices.lights)
        self.card = CardDesk(self.devices.id_card, self._lamps.reading)
        self._scan = ScanDesk(
            self.devices.code_scanner,
            keys=(key.public_jwk,),
            issuer=config.identity.issuer,
            take=scanned,
        )

    def open(self) -> None:
        """Open the devices."""
        spec = self._config.devices.speaker
        if self.devices.speaker is not None and isinstance(spec, SpeakerAlsa):
            self.devices.speaker.heard(heard.answered(self._config.store.path, spec.device))
        self.devices.open()

    def heard(self, name: DeviceName, event: DeviceEvent) -> None:
        """What a device says, in its own thread."""
        if isinstance(event, KeyPressed):
            self.presses.pressed(event.press)
            return
        asking = self._scan.asking
        self._loop.post(lambda: self._take(name, event, asking))

    def _take(self, name: DeviceName, event: DeviceEvent, asking: int) -> None:
        if isinstance(event, HealthChanged):
            self._diary.device(name, event.health)
            if name == "door":
                self.cabinet.heard(event.health.condition)
            self._refresh()
        if name == "id_card":
            self.card.heard(event)
        elif name == "code_scanner" and asking == self._scan.asking:
            self._scan.heard(event)

    def shown(self, view: View) -> None:
        """The screen shows `view`: a code may be asked for, and lights change."""
        self._scan.shown(view)
        self._lamps.shown(view)

    def printed(self, visit: Visit, paper: PrintPaper, outcome: str, reason: str) -> None:
        """A print came to an end: it is journalled, and the slot is lit."""
        self._diary.printed(visit, paper, outcome, reason)
        self._lamps.printed(outcome)

    def look(self) -> None:
        """Every few seconds: what is no longer known."""
        if self.devices.camera is not None:
            self.devices.camera.look()

    def camera_told(self, word: str) -> None:
        """How it went when a page opened the camera. In a thread of the server."""
        if self.devices.camera is not None:
            self.devices.camera.told(word)
