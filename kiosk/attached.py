"""What is attached to the terminal, as far as the configuration names it: made, opened and closed here."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from drivers.code_scanner import (
    CodeScanner,
    HidLine,
    HidrawNode,
    SerialLine,
    Terminator,
    Trigger,
)
from drivers.device import Device, DeviceEvent, Listener, Monotonic
from drivers.document_printer import DocumentPrinter
from drivers.door import DoorSwitch
from drivers.id_card import IdCardReader
from drivers.keypad import Keypad
from drivers.lights import Lights
from drivers.owner import where
from drivers.payment_terminal import PaymentTerminal
from drivers.receipt_printer import (
    ReceiptPrinter,
    SerialTransport,
    TcpTransport,
    Transport,
    UsblpTransport,
    load_profile,
)
from drivers.serial_port import SerialPort
from drivers.smart_card import SmartCardReader
from drivers.speaker import Speaker
from drivers.touchscreen import Touchscreen
from flows.model import DeviceName
from kiosk.aids import keypad, speaker
from kiosk.camera import BrowserCamera
from kiosk.card_readers import card_reader
from kiosk.conditions import HasHealth
from kiosk.config_devices import (
    Devices,
    EscposNetwork,
    EscposSerial,
    EscposUsb,
    PcscReader,
    ScannerHidPos,
    ScannerSerial,
    Simulated,
)
from kiosk.gpio_lines import door_switch, status_lights
from kiosk.simulated_devices import SimulatedDevices
from kiosk.touch_panel import touchscreen

log = logging.getLogger(__name__)

S = TypeVar("S")
D = TypeVar("D")

Heard = Callable[[DeviceName, DeviceEvent], None]
"""What a device says, from its own thread."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The devices; None is what the configuration does not name."""

    id_card: IdCardReader | None
    receipt_printer: ReceiptPrinter | None
    document_printer: DocumentPrinter | None
    payment_terminal: PaymentTerminal | None
    smart_card: SmartCardReader | None
    code_scanner: CodeScanner | None
    camera: BrowserCamera | None
    simulated: SimulatedDevices | None = None
    """What stands behind those that are simulated."""
    door: DoorSwitch | None = None
    lights: Lights | None = None
    touchscreen: Touchscreen | None = None
    keypad: Keypad | None = None
    speaker: Speaker | None = None

    @classmethod
    def make(cls, config: Devices, heard: Heard, monotonic: Monotonic) -> Attached:
        """Everything that `config` names, not yet opened. Raises BadProfile, OSError."""

        def listener(name: DeviceName) -> Callable[[DeviceEvent], None]:
            return lambda event: heard(name, event)

        simulated = SimulatedDevices(monotonic)

        def beside(
            name: DeviceName, spec: S | Simulated | None, make: Callable[[S, Listener, Monotonic], D]
        ) -> D | None:
            if isinstance(spec, Simulated):
                stands_in: D = simulated.device(name, spec, listener(name))
                return stands_in
            return make(spec, listener(name), monotonic) if spec is not None else None

        reader = printer = pages = pos = scanner = panel = None
        if isinstance(card := config.id_card, Simulated):
            reader = simulated.device("id_card", card, listener("id_card"))
        elif card is not None:
            reader = card_reader(card, listener("id_card"), monotonic)
        if isinstance(paper := config.receipt_printer, Simulated):
            printer = simulated.device("receipt_printer", paper, listener("receipt_printer"))
        elif paper is not None:
            printer = ReceiptPrinter(
                transport=printer_line(paper),
                profile=load_profile(paper.profile),
                listener=listener("receipt_printer"),
                monotonic=monotonic,
            )
        if isinstance(ipp := config.document_printer, Simulated):
            pages = simulated.device("document_printer", ipp, listener("document_printer"))
        elif ipp is not None:
            pages = DocumentPrinter(
                host=ipp.host,
                port=ipp.port,
                path=ipp.path,
                listener=listener("document_printer"),
                monotonic=monotonic,
            )
        if isinstance(terminal := config.payment_terminal, Simulated):
            pos = simulated.device("payment_terminal", terminal, listener("payment_terminal"))
        elif terminal is not None:
            pos = PaymentTerminal(
                host=terminal.host,
                port=terminal.port,
                listener=listener("payment_terminal"),
                monotonic=monotonic,
            )
        chips = beside("smart_card", config.smart_card, smart_card)
        if isinstance(codes := config.code_scanner, Simulated):
            scanner = simulated.device("code_scanner", codes, listener("code_scanner"))
        elif codes is not None:
            scanner = code_scanner(codes, listener("code_scanner"), monotonic)
        if isinstance(screen := config.touchscreen, Simulated):
            panel = simulated.device("touchscreen", screen, listener("touchscreen"))
        elif screen is not None:
            panel = touchscreen(screen, listener("touchscreen"), monotonic)
        camera = BrowserCamera(listener("camera"), monotonic) if config.camera is not None else None

        return cls(
            *(reader, printer, pages, pos, chips, scanner, camera, simulated),
            door=beside("door", config.door, door_switch),
            lights=beside("lights", config.lights, status_lights),
            touchscreen=panel,
            keypad=beside("keypad", config.keypad, keypad),
            speaker=beside("speaker", config.speaker, speaker),
        )

    def healths(self) -> Mapping[DeviceName, HasHealth | None]:
        """Every kind of device, with None for what is not there."""
        return {
            "id_card": self.id_card,
            "receipt_printer": self.receipt_printer,
            "document_printer": self.document_printer,
            "payment_terminal": self.payment_terminal,
            "smart_card": self.smart_card,
            "code_scanner": self.code_scanner,
            "camera": self.camera,
            "door": self.door,
            "lights": self.lights,
            "touchscreen": self.touchscreen,
            "keypad": self.keypad,
            "speaker": self.speaker,
        }

    def page_touched(self) -> None:
        """From any thread: a page saw a finger, and so has the touchscreen, if it is the one named here."""
        if self.touchscreen is not None:
            self.touchscreen.page_touched()

    def open(self) -> None:
        """Start the owner threads, and before them what is simulated. Raises OSError where that cannot be."""
        if self.simulated is not None:
            self.simulated.begin()
        for device in self._drivers():
            device.open()

    def attend(self) -> None:
        """Replace those that hang. A bug in one is logged, and the others are attended to."""
        for device in self._drivers():
            with _alone(device):
                device.attend()

    def close(self) -> None:
        """Stop them, as `attend` does."""
        for device in self._drivers():
            with _alone(device):
                device.close()
        if self.simulated is not None:
            self.simulated.end()

    def _drivers(self) -> Iterator[Device]:
        found: tuple[Device | None, ...] = (
            self.id_card,
            self.receipt_printer,
            self.document_printer,
            self.payment_terminal,
            self.smart_card,
            self.code_scanner,
            self.door,
            self.lights,
            self.touchscreen,
            self.keypad,
            self.speaker,
        )
        yield from (device for device in found if device is not None)


@contextlib.contextmanager
def _alone(device: Device) -> Iterator[None]:
    """A bug in it ends here. Of the error its place is logged, and no words: a device may have said them."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it was, the other devices go on
        log.error("%s: a call failed (%s)", device.name, where(error))


def to_printer(spec: EscposSerial | EscposNetwork | EscposUsb) -> Transport:
    """The line to the receipt printer that `spec` names, not yet open."""
    match spec:
        case EscposNetwork():
            return TcpTransport(host=spec.host, port=spec.port)
        case EscposUsb():
            return UsblpTransport(port=spec.port)
        case EscposSerial():
            return SerialTransport(port=spec.port, baudrate=spec.baudrate)


def printer_line(spec: EscposSerial | EscposNetwork | EscposUsb) -> Callable[[], Transport]:
    """Makes such lines, one for each turn of the driver. Raises ValueError where there is none such."""
    to_printer(spec)
    return lambda: to_printer(spec)


def smart_card(spec: PcscReader, listener: Listener, monotonic: Monotonic) -> SmartCardReader:
    """The reader that `spec` names, not yet opened."""
    return SmartCardReader(reader=spec.reader, python=spec.python, listener=listener, monotonic=monotonic)


def code_scanner(
    spec: ScannerSerial | ScannerHidPos, listener: Listener, monotonic: Monotonic
) -> CodeScanner:
    """The scanner that `spec` names, not yet opened."""
    return CodeScanner(source=lambda: _line(spec, monotonic), listener=listener, monotonic=monotonic)


def _line(spec: ScannerSerial | ScannerHidPos, monotonic: Monotonic) -> SerialLine | HidLine:
    if isinstance(spec, ScannerHidPos):
        return HidLine(HidrawNode(spec.port), monotonic=monotonic)
    return SerialLine(
        SerialPort(spec.port, spec.baudrate),
        terminator=Terminator(spec.terminator),
        identified=spec.aim,
        trigger=Trigger(spec.trigger),
        monotonic=monotonic,
    )
