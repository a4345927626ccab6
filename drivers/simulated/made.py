"""Each class of device in each fidelity: what the agent opens, and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpiod.line import Bias

from drivers.code_scanner import CodeRead, CodeScanner, CodeUnreadable, SerialLine, Terminator, Trigger
from drivers.device import DeviceEvent, Listener, Monotonic
from drivers.document_printer import DocumentPrinter
from drivers.door import DoorOpened, DoorSwitch
from drivers.gpio import Gpio
from drivers.gpio.simulator import GpioBus, MemoryGpio, SocketGpio
from drivers.gpio.simulator.bus import LABEL
from drivers.gpio.simulator.orders import obey
from drivers.id_card import CardRead, CardUnreadable, IdCardReader
from drivers.keypad import Keypad, KeyPressed
from drivers.keypad.simulator.node import SocketNode
from drivers.lights import Lights
from drivers.payment_terminal import PaymentTerminal
from drivers.receipt_printer import ReceiptPrinter, SerialTransport, load_profile
from drivers.serial_port import SerialPort
from drivers.simkit import ControlServer, control
from drivers.simkit.child import Child
from drivers.simkit.ports import free_ports
from drivers.simulated.faults import Fidelity, Order
from drivers.simulated.memory.code_scanner import CodeScannerDouble
from drivers.simulated.memory.document_printer import DocumentPrinterDouble
from drivers.simulated.memory.id_card import IdCardDouble
from drivers.simulated.memory.keypad import KeypadDouble
from drivers.simulated.memory.payment_terminal import PaymentTerminalDouble
from drivers.simulated.memory.receipt_printer import MemoryPrinter
from drivers.simulated.memory.smart_card import LinkDouble
from drivers.simulated.memory.speaker import SpeakerDouble
from drivers.simulated.memory.touchscreen import TouchscreenDouble
from drivers.smart_card import CardRead as ChipRead
from drivers.smart_card import CardUnreadable as ChipUnreadable
from drivers.smart_card import SmartCardReader
from drivers.speaker import Speaker
from drivers.speaker.simulator import install, played
from drivers.speaker.simulator import order as order_player
from drivers.touchscreen import ELO, ControllerLine, Touchscreen

PROFILE = "generic-80mm-gb18030"
PRINTER_BAUD = 115_200
SCANNER_BAUD = 9600
PANEL_BAUD = 9600
PAGES_A_MINUTE = 60
"""Faster than a real A4 printer (20 to 40), so that nobody waits for the exercise's sake."""
LOCALHOST = "127.0.0.1"
LIGHTS = {
    "id_card": "LIGHT_ID_CARD",
    "receipt": "LIGHT_RECEIPT",
    "help": "LIGHT_HELP",
    "status": "LIGHT_STATUS",
}
"""The lines of the simulated chip."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one device has its things, all in the folder `folder`; whom it tells; its clock."""

    folder: Path
    name: str
    listener: Listener
    monotonic: Monotonic

    @property
    def socket(self) -> Path:
        """Its control socket."""
        return self.folder / f"{self.name}.sock"

    @property
    def line(self) -> Path:
        """Its serial port."""
        return self.folder / f"{self.name}.line"

    @property
    def node(self) -> Path:
        """The socket in place of its event node."""
        return self.folder / f"{self.name}.node"

    @property
    def player(self) -> Path:
        """The folder of the program that plays its sounds."""
        return self.folder / f"{self.name}.player"

    @property
    def chip(self) -> Path:
        """The socket of its GPIO chip."""
        return self.folder / f"{self.name}.gpio"

    @property
    def paper(self) -> Path:
        """What comes out of it."""
        return self.folder / f"{self.name}.paper"


@dataclass(frozen=True, slots=True)
class Made:
    """A simulated device: the `device` for the agent; `begin` and `end` are for what stands behind it, before
    its opening and after its closing; `order` is for its control socket."""

    device: Any
    begin: Callable[[], object]
    end: Callable[[], object]
    order: Callable[[Order], object]


class Counting:
    """A device, which also tells each time that one of its jobs has ended; `job` is the name of the method
    whose last argument is told so."""

    def __init__(self, device: Any, job: str, used: Callable[[], None]) -> None:
        self._device = device
        self._job = job
        self._used = used

    def __repr__(self) -> str:
        return repr(self._device)

    def __getattr__(self, name: str) -> Any:
        """As of the device."""
        found = getattr(self._device, name)
        return self._counted(found) if name == self._job else found

    def _counted(self, method: Callable[..., object]) -> Callable[..., object]:
        def begin(*arguments: Any) -> object:
            *given, done = arguments

            def ended(*outcome: Any) -> None:
                done(*outcome)
                self._used()

            return method(*given, ended)

        return begin


JOBS: Mapping[str, str] = {
    "receipt_printer": "print",
    "document_printer": "print",
    "payment_terminal": "sale",
}
"""The devices that are used by asking them, and by which method."""

USES: Mapping[str, tuple[type[DeviceEvent], ...]] = {
    "id_card": (CardRead, CardUnreadable),
    "code_scanner": (CodeRead, CodeUnreadable),
    "smart_card": (ChipRead, ChipUnreadable),
    "door": (DoorOpened,),
    "keypad": (KeyPressed,),
}
"""The devices that are used by a hand, and what they then tell."""


def make(place: Place, fidelity: Fidelity) -> Made:
    """The device of the class `place.name`. Raises KeyError where there is none, OSError where no port is
    free."""
    return _MAKERS[place.name, fidelity](place)


def _process(place: Place, device: Any, module: str, **options: object) -> Made:
    """The device on the line of the simulator `module`, in a process of its own."""
    child = Child(f"drivers.{module}.simulator", {**options, "control": place.socket})
    return Made(device, child.begin, child.end, lambda order: control(place.socket, dict(order)))


def _memory(place: Place, device: Any, controlled: Callable[[dict[str, Any]], dict[str, Any]]) -> Made:
    """The device in memory, with a control socket of this process."""
    served: list[ControlServer] = []

    def end() -> None:
        while served:
            served.pop().close()

    return Made(
        device,
        lambda: served.append(ControlServer(place.socket, controlled)),
        end,
        lambda order: controlled(dict(order)),
    )


def _double(kind: Callable[..., Any]) -> Callable[[Place], Made]:
    def made(place: Place) -> Made:
        device = kind(listener=place.listener, monotonic=place.monotonic)
        return _memory(place, device, device.control)

    return made


def _id_card(place: Place) -> Made:
    device = IdCardReader(port=str(place.line), listener=place.listener, monotonic=place.monotonic)
    return _process(place, device, "id_card", pty=place.line)


def _receipts(place: Place) -> Made:
    device = ReceiptPrinter(
        transport=lambda: SerialTransport(port=str(place.line), baudrate=PRINTER_BAUD),
        profile=load_profile(PROFILE),
        listener=place.listener,
        monotonic=place.monotonic,
    )
    where = {"pty": place.line, "paper": place.paper}
    return _process(place, device, "receipt_printer", baud=PRINTER_BAUD, profile=PROFILE, **where)


def _receipts_in_memory(place: Place) -> Made:
    printer = MemoryPrinter(PROFILE, place.paper, place.monotonic)
    device = ReceiptPrinter(
        transport=printer.transport,
        profile=load_profile(PROFILE),
        listener=place.listener,
        monotonic=place.monotonic,
    )
    made = _memory(place, device, printer.control)

    def begin() -> None:
        printer.begin()
        made.begin()

    def end() -> None:
        made.end()
        printer.end()

    return Made(device, begin, end, made.order)


def _pages(place: Place) -> Made:
    [port] = free_ports(1)
    device = DocumentPrinter(
        host=LOCALHOST, port=port, path="/ipp/print", listener=place.listener, monotonic=place.monotonic
    )
    return _process(place, device, "document_printer", tcp=port, paper=place.paper, ppm=PAGES_A_MINUTE)


def _pos(place: Place) -> Made:
    [port] = free_ports(1)
    device = PaymentTerminal(host=LOCALHOST, port=port, listener=place.listener, monotonic=place.monotonic)
    return _process(place, device, "payment_terminal", tcp=port)


def _scanner(place: Place) -> Made:
    def line() -> SerialLine:
        return SerialLine(
            SerialPort(str(place.line), SCANNER_BAUD),
            terminator=Terminator.CRLF,
            identified=False,
            trigger=Trigger.SOH_T,
            monotonic=place.monotonic,
        )

    device = CodeScanner(source=line, listener=place.listener, monotonic=place.monotonic)
    return _process(place, device, "code_scanner", pty=place.line, baud=SCANNER_BAUD)


def _chips(place: Place) -> Made:
    link = LinkDouble()
    device = SmartCardReader(link=link.anew, listener=place.listener, monotonic=place.monotonic)
    return _memory(place, device, link.control)


def _door(place: Place, gpio: Gpio) -> DoorSwitch:
    """Its line is low while nothing drives it: the door is shut."""
    return DoorSwitch(
        chip=LABEL,
        line="DOOR",
        bias=Bias.PULL_DOWN,
        gpio=gpio,
        listener=place.listener,
        monotonic=place.monotonic,
    )


def _lights(place: Place, gpio: Gpio) -> Lights:
    return Lights(chip=LABEL, lines=LIGHTS, gpio=gpio, listener=place.listener, monotonic=place.monotonic)


def _on_chip(kind: Callable[[Place, Gpio], Any]) -> Callable[[Place], Made]:
    def made(place: Place) -> Made:
        return _process(place, kind(place, SocketGpio(place.chip)), "gpio", gpio=place.chip)

    return made


def _on_chip_in_memory(kind: Callable[[Place, Gpio], Any]) -> Callable[[Place], Made]:
    def made(place: Place) -> Made:
        bus = GpioBus()
        kept = _memory(place, kind(place, MemoryGpio(bus)), lambda order: obey(bus, order))

        def end() -> None:
            kept.end()
            bus.close()

        return Made(kept.device, kept.begin, end, kept.order)

    return made


def _keypad(place: Place) -> Made:
    device = Keypad(node=lambda: SocketNode(place.node), listener=place.listener, monotonic=place.monotonic)
    return _process(place, device, "keypad", node=place.node)


def _speaker(place: Place) -> Made:
    """On the simulated player, which is a process of its own for each sound: what that obeys is a file."""
    device = Speaker(program=place.player / "aplay", listener=place.listener, monotonic=place.monotonic)

    def obey_hand(request: dict[str, Any]) -> dict[str, Any]:
        match request["op"]:
            case "be":
                order_player(place.player, request["how"])
            case "hear":
                device.heard(request["heard"])
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of be, hear, state")
        sounds = sum(each["loudest"] > 0 for each in played(place.player))
        return {"condition": device.health().condition, "sounds": sounds}

    made = _memory(place, device, obey_hand)

    def begin() -> None:
        place.player.mkdir()
        install(place.player)
        made.begin()

    return Made(device, begin, made.end, made.order)


def _panel(place: Place) -> Made:
    """A serial controller: what stands for an input device of the kernel is known to tests alone."""
    device = Touchscreen(
        source=lambda: ControllerLine(SerialPort(str(place.line), PANEL_BAUD), ELO, place.monotonic),
        listener=place.listener,
        monotonic=place.monotonic,
    )
    return _process(place, device, "touchscreen", pty=place.line, controller="elo", baud=PANEL_BAUD)


_MAKERS: Mapping[tuple[str, Fidelity], Callable[[Place], Made]] = {
    ("id_card", "bytes"): _id_card,
    ("id_card", "memory"): _double(IdCardDouble),
    ("receipt_printer", "bytes"): _receipts,
    ("receipt_printer", "memory"): _receipts_in_memory,
    ("document_printer", "bytes"): _pages,
    ("document_printer", "memory"): _double(DocumentPrinterDouble),
    ("payment_terminal", "bytes"): _pos,
    ("payment_terminal", "memory"): _double(PaymentTerminalDouble),
    ("code_scanner", "bytes"): _scanner,
    ("code_scanner", "memory"): _double(CodeScannerDouble),
    ("smart_card", "memory"): _chips,
    ("door", "bytes"): _on_chip(_door),
    ("door", "memory"): _on_chip_in_memory(_door),
    ("lights", "bytes"): _on_chip(_lights),
    ("lights", "memory"): _on_chip_in_memory(_lights),
    ("keypad", "bytes"): _keypad,
    ("keypad", "memory"): _double(KeypadDouble),
    ("speaker", "bytes"): _speaker,
    ("speaker", "memory"): _double(SpeakerDouble),
    ("touchscreen", "bytes"): _panel,
    ("touchscreen", "memory"): _double(TouchscreenDouble),
}
