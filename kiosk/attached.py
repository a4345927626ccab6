"""What is attached to the terminal, as far as the configuration names it: made, opened and closed here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

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
from drivers.id_card import IdCardReader
from drivers.keypad import EvdevNode, Keypad, Node, meanings
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
from flows.model import DeviceName
from kiosk.camera import BrowserCamera
from kiosk.card_readers import card_reader
from kiosk.conditions import HasHealth
from kiosk.config import (
    SIMULATED_PAD,
    Devices,
    EscposNetwork,
    EscposSerial,
    EscposUsb,
    KeypadEvdev,
    ScannerHidPos,
    ScannerSerial,
    SpeakerAlsa,
)

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
    keypad: Keypad | None = None
    speaker: Speaker | None = None

    @classmethod
    def make(cls, config: Devices, heard: Heard, monotonic: Monotonic) -> Attached:
        """Everything that `config` names, not yet opened. Raises BadProfile."""

        def listener(name: DeviceName) -> Callable[[DeviceEvent], None]:
            return lambda event: heard(name, event)

        reader = printer = pages = pos = chips = scanner = None
        if (card := config.id_card) is not None:
            reader = card_reader(card, listener("id_card"), monotonic)
        if (paper := config.receipt_printer) is not None:
            printer = ReceiptPrinter(
                transport=to_printer(paper),
                profile=load_profile(paper.profile),
                listener=listener("receipt_printer"),
                monotonic=monotonic,
            )
        if (ipp := config.document_printer) is not None:
            pages = DocumentPrinter(
                host=ipp.host,
                port=ipp.port,
                path=ipp.path,
                listener=listener("document_printer"),
                monotonic=monotonic,
            )
        if (terminal := config.payment_terminal) is not None:
            pos = PaymentTerminal(
                host=terminal.host,
                port=terminal.port,
                listener=listener("payment_terminal"),
                monotonic=monotonic,
            )
        if (pcsc := config.smart_card) is not None:
            chips = SmartCardReader(
                reader=pcsc.reader,
                python=pcsc.python,
                listener=listener("smart_card"),
                monotonic=monotonic,
            )
        if (codes := config.code_scanner) is not None:
            scanner = code_scanner(codes, listener("code_scanner"), monotonic)
        pad = None
        if (keys := config.keypad) is not None:
            pad = keypad(keys, listener("keypad"), monotonic)
        loud = None
        if (alsa := config.speaker) is not None:
            loud = speaker(alsa, listener("speaker"), monotonic)
        camera = BrowserCamera(listener("camera"), monotonic) if config.camera is not None else None
        return cls(reader, printer, pages, pos, chips, scanner, camera, pad, loud)

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
            "keypad": self.keypad,
            "speaker": self.speaker,
        }

    def open(self) -> None:
        """Start the owner threads."""
        for device in self._drivers():
            device.open()

    def attend(self) -> None:
        """Replace those that hang."""
        for device in (self.keypad, self.speaker):
            if device is not None:
                device.attend()

    def close(self) -> None:
        """Stop them."""
        for device in self._drivers():
            device.close()

    def _drivers(self) -> Iterator[Device]:
        found: tuple[Device | None, ...] = (
            self.id_card,
            self.receipt_printer,
            self.document_printer,
            self.payment_terminal,
            self.smart_card,
            self.code_scanner,
            self.keypad,
            self.speaker,
        )
        yield from (device for device in found if device is not None)


def to_printer(spec: EscposSerial | EscposNetwork | EscposUsb) -> Transport:
    """The line to the receipt printer that `spec` names, not yet open."""
    match spec:
        case EscposNetwork():
            return TcpTransport(host=spec.host, port=spec.port)
        case EscposUsb():
            return UsblpTransport(port=spec.port)
        case EscposSerial():
            return SerialTransport(port=spec.port, baudrate=spec.baudrate)


def code_scanner(
    spec: ScannerSerial | ScannerHidPos, listener: Listener, monotonic: Monotonic
) -> CodeScanner:
    """The scanner that `spec` names, not yet opened."""
    if isinstance(spec, ScannerHidPos):
        return CodeScanner(
            source=HidLine(HidrawNode(spec.port), monotonic=monotonic), listener=listener, monotonic=monotonic
        )
    line = SerialLine(
        SerialPort(spec.port, spec.baudrate),
        terminator=Terminator(spec.terminator),
        identified=spec.aim,
        trigger=Trigger(spec.trigger),
        monotonic=monotonic,
    )
    return CodeScanner(source=line, listener=listener, monotonic=monotonic)


def keypad(spec: KeypadEvdev, listener: Listener, monotonic: Monotonic) -> Keypad:
    """The keypad that `spec` names, not yet opened."""
    return Keypad(node=lambda: _node(spec), keys=meanings(spec.keys), listener=listener, monotonic=monotonic)


def speaker(spec: SpeakerAlsa, listener: Listener, monotonic: Monotonic) -> Speaker:
    """The loudspeaker that `spec` names, not yet opened."""
    return Speaker(device=spec.device, program=spec.player, listener=listener, monotonic=monotonic)


def _node(spec: KeypadEvdev) -> Node:
    """Imported by name where it is a simulator's: a field build has none, and its configuration may name
    none."""
    if spec.simulator is not None:
        simulated: Node = importlib.import_module(SIMULATED_PAD).SocketNode(spec.simulator)
        return simulated
    return EvdevNode(spec.port or "")
