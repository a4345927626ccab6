"""The tables of the devices, [devices.*]: how each is reached. Those on GPIO lines: `kiosk.config_gpio`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from drivers.keypad import DEFAULT_KEYS, Press, UnknownKey, meanings
from drivers.smart_card import DEFAULT_PYTHON
from kiosk.config_file import Address, ConfigError, Name, PrinterProfile, Section, is_here
from kiosk.config_gpio import DoorOnGpio, LightsOnGpio, OnGpio
from kiosk.fault_script import read_script

PrinterPort = Annotated[int, Meta(ge=1, le=65535)]
SerialPort = Annotated[
    str, Meta(min_length=1, description='the name of a serial port, such as "/dev/serial/by-path/..."')
]
UsbNode = Annotated[
    str,
    Meta(pattern=r"^/", description='the path of the printer\'s node, such as "/dev/usb/receipt-printer"'),
]
HidNode = Annotated[str, Meta(pattern=r"^/dev/.", description='a hidraw node, such as "/dev/code-scanner"')]
InputNode = Annotated[
    str,
    Meta(
        pattern=r"^/dev/(?!input/event[0-9]+$).",
        description='a link that stays, such as "/dev/input/by-path/...-event-kbd" (eventN is another '
        "after a start)",
    ),
]
KeyNames = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(KEY|BTN)_[A-Z0-9_]+$")], ...],
    Meta(min_length=1, max_length=16, description='names of keys such as "KEY_LEFT"'),
]
LastingNode = Annotated[
    str,
    Meta(
        pattern=r"^/dev/input/by-(path|id)/[^\s\"\\\\]+$",
        description="a link under /dev/input/by-path or /dev/input/by-id (eventN is another after a start)",
    ),
]
UsbPath = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]+-[0-9]+(\.[0-9]+)*$",
        description='bus and ports as under /sys/bus/usb/devices, such as "1-2.3"',
    ),
]
SerialNumber = Annotated[
    str,
    Meta(pattern=r"^[^\s](.{0,124}[^\s])?$", description="the number that `lsusb -v` shows as iSerial"),
]
IppPath = Annotated[str, Meta(pattern=r"^/[^\s?#]*$", description='a path such as "/ipp/print"')]


SIMULATED = "drivers.simulated"
"""The package that makes simulated devices."""


class Simulated(Section, frozen=True, kw_only=True, tag_field="driver", tag="simulated"):
    """[devices.*]: a device made of software, for trying out and for training."""

    fidelity: Literal["memory", "bytes"] = "bytes"
    """In memory, or byte by byte: the usual driver, on the line of a simulator."""
    script: Path | None = None
    """What goes wrong, and when (docs/simulated-devices.md)."""

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A field build has no simulators."""
        if not is_here(SIMULATED):
            yield (
                "driver",
                'is "simulated", and this build has no simulators',
                "name the device that is there",
            )


class SdtSerial(Section, frozen=True, kw_only=True, tag_field="driver", tag="sdt-serial"):
    """[devices.id_card]: a resident ID card reader on a serial line."""

    port: SerialPort
    baudrate: Literal["auto", 115200, 57600, 38400, 19200, 9600] = "auto"

    @property
    def speed(self) -> int | None:
        """Bit/s; None where it is to be found."""
        return None if self.baudrate == "auto" else self.baudrate


SIMULATED_BUS = "drivers.id_card.simulator.usb_backend"
"""The module that is a simulator's USB bus."""


class _OnUsb(Section, frozen=True, kw_only=True):
    """Which of several readers of one kind, where there are several."""

    usb_path: UsbPath | None = None
    serial_number: SerialNumber | None = None
    simulator: Path | None = None
    """The socket of a simulated USB bus, in place of the machine's own."""

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A field build has no simulators."""
        if self.simulator is not None and not is_here(SIMULATED_BUS):
            yield "simulator", "is named, and this build has no simulators", "take it out"


class SdtUsb(_OnUsb, frozen=True, kw_only=True, tag_field="driver", tag="sdt-usb"):
    """[devices.id_card]: the standard resident ID card reader on USB, 0400:C35A."""


class SdtHid(_OnUsb, frozen=True, kw_only=True, tag_field="driver", tag="sdt-hid"):
    """[devices.id_card]: a MIAXIS MR-300, 10C4:0007, which is a HID device."""


class EscposSerial(Section, frozen=True, kw_only=True, tag_field="driver", tag="escpos-serial"):
    """[devices.receipt_printer]: an ESC/POS printer on a serial line."""

    port: SerialPort
    baudrate: Annotated[int, Meta(ge=1200, le=921600)] = 115200
    profile: PrinterProfile = PrinterProfile("generic-80mm-gb18030")


class EscposNetwork(Section, frozen=True, kw_only=True, tag_field="driver", tag="escpos-network"):
    """[devices.receipt_printer]: an ESC/POS printer on a raw TCP port."""

    host: Address
    port: PrinterPort = 9100
    profile: PrinterProfile = PrinterProfile("generic-80mm-gb18030")


class EscposUsb(Section, frozen=True, kw_only=True, tag_field="driver", tag="escpos-usb"):
    """[devices.receipt_printer]: an ESC/POS printer on USB, through the kernel's `usblp`."""

    port: UsbNode
    profile: PrinterProfile = PrinterProfile("generic-80mm-gb18030")


class IppPrinter(Section, frozen=True, kw_only=True, tag_field="driver", tag="ipp"):
    """[devices.document_printer]: an A4 printer that speaks IPP, or CUPS in front of one."""

    host: Address
    port: PrinterPort = 631
    path: IppPath = "/ipp/print"


class PosTcp(Section, frozen=True, kw_only=True, tag_field="driver", tag="pos-tcp"):
    """[devices.payment_terminal]: a certified bank card terminal (POS) behind its vendor's local service."""

    host: Address
    port: PrinterPort

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """The vendor's service runs on this machine: its lines are not encrypted."""
        if not ip_address(self.host).is_loopback:
            yield "host", "is not this machine", "write 127.0.0.1: the vendor's service runs here"


class PcscReader(Section, frozen=True, kw_only=True, tag_field="driver", tag="pcsc"):
    """[devices.smart_card]: a reader of social-security and bank cards behind pcscd."""

    reader: Name | None = None
    """A part of the reader's PC/SC name; without it every reader is watched but those for SAMs."""
    python: Path = DEFAULT_PYTHON
    """The interpreter that has pyscard: the reader is driven from a process of its own."""


class ScannerSerial(Section, frozen=True, kw_only=True, tag_field="driver", tag="scanner-serial"):
    """[devices.code_scanner]: a bar code and QR module on a serial line."""

    port: SerialPort
    baudrate: Annotated[int, Meta(ge=1200, le=921600)] = 9600
    terminator: Literal["cr", "lf", "crlf", "silence"] = "crlf"
    aim: bool = False
    """Whether the module is set to send an AIM identifier such as ``]Q1`` before each code."""
    trigger: Literal["none", "syn-t", "soh-t"] = "none"


class ScannerHidPos(Section, frozen=True, kw_only=True, tag_field="driver", tag="scanner-hidpos"):
    """[devices.code_scanner]: a USB scanner in HID POS mode; never one that is a keyboard."""

    port: HidNode


CALIBRATION = Path("/etc/udev/rules.d/99-kiosk-touchscreen.rules")


class TouchEvdev(Section, frozen=True, kw_only=True, tag_field="driver", tag="touch-evdev"):
    """[devices.touchscreen]: a panel that the kernel knows as an input device; it is only listened to."""

    port: LastingNode
    calibration: Path = CALIBRATION
    """The udev rule that ``kiosk touchscreen calibrate`` writes."""


class _TouchSerial(Section, frozen=True, kw_only=True):
    """A serial controller whose line is the agent's: the browser has none of its touches."""

    port: SerialPort
    baudrate: Annotated[int, Meta(ge=1200, le=115200)] = 9600


class TouchElo(_TouchSerial, frozen=True, kw_only=True, tag_field="driver", tag="touch-elo"):
    """[devices.touchscreen]: Elo SmartSet."""


class TouchMicrotouch(_TouchSerial, frozen=True, kw_only=True, tag_field="driver", tag="touch-microtouch"):
    """[devices.touchscreen]: MicroTouch (3M), Format Tablet."""


class TouchEgalax(_TouchSerial, frozen=True, kw_only=True, tag_field="driver", tag="touch-egalax"):
    """[devices.touchscreen]: eGalax (EETI)."""


class BrowserCamera(Section, frozen=True, kw_only=True, tag_field="driver", tag="browser"):
    """[devices.camera]: the camera that the kiosk browser may show."""


SIMULATED_PAD = "drivers.keypad.simulator.node"
"""The module that is the host's end of a simulated keypad."""


class KeypadEvdev(Section, frozen=True, kw_only=True, tag_field="driver", tag="keypad-evdev"):
    """[devices.keypad]: an accessible keypad of four keys, which is a keyboard to the kernel."""

    port: InputNode | None = None
    previous: KeyNames = DEFAULT_KEYS[Press.PREVIOUS]
    next: KeyNames = DEFAULT_KEYS[Press.NEXT]
    select: KeyNames = DEFAULT_KEYS[Press.SELECT]
    help: KeyNames = DEFAULT_KEYS[Press.HELP]
    simulator: Path | None = None
    """The socket of a simulated pad, in place of `port`."""

    @property
    def keys(self) -> dict[Press, tuple[str, ...]]:
        """The kernel's names of the keys of each meaning."""
        return {press: getattr(self, press.value) for press in Press}

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """One device; keys that the kernel knows, and none of two meanings."""
        if self.port is None and self.simulator is None:
            yield "port", "is missing", "add it under [devices.keypad]: the pad's link in /dev/input/by-path"
        if self.simulator is not None and not is_here(SIMULATED_PAD):
            yield "simulator", "is named, and this build has no simulators", "take it out"
        seen: dict[str, Press] = {}
        for press, names in self.keys.items():
            for name in names:
                try:
                    meanings({press: (name,)})
                except UnknownKey:
                    yield press.value, f"{name} is no key that Linux knows", "see `evtest` for its name"
                if name in seen and seen[name] is not press:
                    yield press.value, f"{name} stands under {seen[name]}, too", "leave it under one of them"
                seen[name] = press


class SpeakerAlsa(Section, frozen=True, kw_only=True, tag_field="driver", tag="speaker-alsa"):
    """[devices.speaker]: a loudspeaker at a sound card that ALSA knows."""

    device: Annotated[
        str, Meta(pattern=r"^[\x21-\x7e]{1,120}$", description="a name that `aplay -L` lists, as `default`")
    ] = "default"
    player: Path = Path("/usr/bin/aplay")
    """ALSA's own player, of Debian's alsa-utils."""


class Devices(Section, frozen=True, kw_only=True):
    """[devices.*]: one table a device; a device that is not named is not there."""

    id_card: SdtSerial | SdtUsb | SdtHid | Simulated | None = None
    receipt_printer: EscposSerial | EscposNetwork | EscposUsb | Simulated | None = None
    document_printer: IppPrinter | Simulated | None = None
    payment_terminal: PosTcp | Simulated | None = None
    smart_card: PcscReader | Simulated | None = None
    code_scanner: ScannerSerial | ScannerHidPos | Simulated | None = None
    camera: BrowserCamera | None = None
    door: DoorOnGpio | Simulated | None = None
    lights: LightsOnGpio | Simulated | None = None
    touchscreen: TouchEvdev | TouchElo | TouchMicrotouch | TouchEgalax | Simulated | None = None
    keypad: KeypadEvdev | Simulated | None = None
    speaker: SpeakerAlsa | Simulated | None = None

    @property
    def simulated(self) -> dict[str, Simulated]:
        """Those that are made of software, by name."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: spec for name, spec in named.items() if isinstance(spec, Simulated)}

    @property
    def on_simulators(self) -> tuple[str, ...]:
        """Those whose usual driver has a simulator's socket in place of the device, by name."""
        named = {name: getattr(self, name) for name in ("id_card", "door", "lights", "keypad")}
        return tuple(
            name
            for name, spec in named.items()
            if isinstance(spec, _OnUsb | OnGpio | KeypadEvdev) and spec.simulator is not None
        )

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A script of faults is read once before anything is started, and all that is wrong in it is told."""
        if isinstance(self.smart_card, Simulated) and self.smart_card.fidelity == "bytes":
            why = "is 'bytes', and only the machine's own pcscd has a card reader of bytes"
            yield "smart_card.fidelity", why, 'write fidelity = "memory"'
        for name, spec in self.simulated.items():
            try:
                if spec.script is not None:
                    read_script(name, spec.script)
            except ConfigError as error:
                for mistake in error.mistakes:
                    where = f"line {mistake.line}: " if mistake.line else ""
                    why = f"{spec.script}: {where}{mistake.key}: {mistake.why}"
                    yield f"{name}.script", why, mistake.remedy
