"""The one configuration file of a terminal: typed TOML, and an error for every mistake in it.

All mistakes are told at once, each with key, line, reason and remedy ("did you mean"). Every setting
is documented in ``docs/settings.md``; a test checks that.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, field

from drivers.keypad import DEFAULT_KEYS, Press, UnknownKey, meanings
from drivers.smart_card import DEFAULT_PYTHON
from kiosk.config_file import (
    Address,
    ConfigError,
    HttpsUrl,
    KeyFile,
    PrinterProfile,
    SecretFile,
    Section,
    is_here,
    read,
)
from kiosk.config_gpio import DoorOnGpio, LightsOnGpio, OnGpio
from kiosk.fault_script import read_script

__all__ = ["Config", "ConfigError", "SecretFile", "Section", "load"]

Port = Annotated[int, Meta(ge=0, le=65535)]
PrinterPort = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
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
    Meta(pattern=r"^/dev/.", description='an event node, such as "/dev/input/by-path/...-event-kbd"'),
]
KeyNames = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(KEY|BTN)_[A-Z0-9_]+$")], ...],
    Meta(min_length=1, max_length=16, description='names of keys such as "KEY_LEFT"'),
]
KeyId = Annotated[
    str,
    Meta(
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="up to 128 letters, digits and signs, without spaces: the id that the gateway gave",
    ),
]
ItemCode = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$",
        title="an item's code",
        description='[gateway.adapters."domain.item"], quotes included',
    ),
]
OpeningHours = Annotated[
    str,
    Meta(
        pattern=r"^[1-7](-[1-7])? ([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]$",
        description='days and times such as "1-5 08:30-17:30" (1 is Monday)',
    ),
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
TerminalId = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9-]{3,40}$", description="3 to 40 letters, digits and hyphens")
]


class Terminal(Section, frozen=True, kw_only=True):
    """[terminal]: which machine this is."""

    id: TerminalId
    name: Name
    channel: Literal["terminal", "stm"] = "terminal"
    service_name: Name = "政务服务自助终端"
    hotline: Name = "12345"
    tiles: Annotated[tuple[ItemCode, ...], Meta(max_length=6)] = ()
    """The items of the first page, in this order; the others follow under 全部事项."""
    demo: bool = False


class Web(Section, frozen=True, kw_only=True):
    """[web]: where the pages are served; only ever on loopback."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Port = 8600


class Identity(Section, frozen=True, kw_only=True):
    """[identity]: unified identity; every endpoint comes from the issuer's discovery document."""

    issuer: HttpsUrl
    client_id: Name
    key_file: KeyFile
    ca_file: Path


class PoliceMigration(Section, frozen=True, kw_only=True, tag_field="driver", tag="police-migration"):
    """[gateway.adapters."item"]: the police's cross-province migration service, which speaks SOAP."""

    url: HttpsUrl
    ca_file: Path
    licence_file: SecretFile
    """The licence code (`sqzcm`) that the service gave."""


class Gateway(Section, frozen=True, kw_only=True):
    """[gateway]: the city's service gateway."""

    base_url: HttpsUrl
    signer: Literal["none", "hmac-sha256", "hmac-sm3", "x-tif", "rfc9421"] = "none"
    secret_file: SecretFile | None = None
    key_id: KeyId | None = None
    ca_file: Path
    adapters: dict[ItemCode, PoliceMigration] = field(default_factory=dict)
    """Items whose back end is not the gateway, by code."""
    heartbeat_seconds: Annotated[float, Meta(ge=1, le=600)] = 60.0
    """How long silence is taken for granted; also the longest wait between probes while it is away."""

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A signer has what it needs, and nothing lies about that no signer uses."""
        needs_both = self.signer in ("hmac-sha256", "hmac-sm3", "x-tif")
        by_secret = self.signer == "rfc9421" and (self.secret_file or self.key_id)
        for name, what in (("secret_file", "a path as text"), ("key_id", "the id that the gateway gave")):
            given = getattr(self, name) is not None
            if (needs_both or by_secret) and not given:
                remedy = f"add it under [gateway]: {what}"
                if by_secret:
                    remedy += "; or neither of the two, to sign with the terminal's own key"
                yield name, f"is missing, and the signer {self.signer} needs it", remedy
            elif self.signer == "none" and given:
                yield name, "is of no use to the signer none", "take it out, or name the signer that uses it"


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
    path: Annotated[str, Meta(pattern=r"^/[^\s?#]*$", description='a path such as "/ipp/print"')] = (
        "/ipp/print"
    )


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


class Store(Section, frozen=True, kw_only=True):
    """[store]: the folder of outbox, journal and cached content."""

    path: Path


class Items(Section, frozen=True, kw_only=True):
    """[items]: where the set of items lies that was made by ``kiosk flows pack``.

    It is read at the start, and again whenever another file lies there and nobody is at the terminal. Without
    the setting, and as long as there is no file, the items that the agent came with are offered.
    """

    file: Path | None = None


class Opening(Section, frozen=True, kw_only=True):
    """[opening]: when the terminal serves, in the city's civil time; without it: always."""

    hours: Annotated[tuple[OpeningHours, ...], Meta(max_length=14)] = ()
    """Days (1 is Monday) and times, e.g. ``"1-5 08:30-17:30"``."""


class Staff(Section, frozen=True, kw_only=True):
    """[staff]: who helps at this place."""

    phone: Annotated[str, Meta(pattern=r"^[0-9 ()+-]{0,30}$", description="a telephone number")] = ""
    words: Annotated[str, Meta(max_length=60)] = ""
    """Where they are found, e.g. ``大厅入口左侧服务台``."""


class VisitTimes(Section, frozen=True, kw_only=True):
    """[visit]: how long it waits for a person and for the city; elder mode doubles the first two."""

    idle_seconds: Seconds = 60.0
    warning_seconds: Annotated[float, Meta(ge=20, le=600)] = 20.0
    cap_seconds: Annotated[float, Meta(ge=300, le=7200)] = 1800.0
    answer_seconds: Annotated[float, Meta(ge=1, le=60)] = 8.0


class Config(Section, frozen=True, kw_only=True):
    """The whole file."""

    terminal: Terminal
    web: Web = Web()
    identity: Identity
    gateway: Gateway
    devices: Devices = Devices()
    store: Store
    visit: VisitTimes = VisitTimes()
    items: Items = Items()
    opening: Opening = Opening()
    staff: Staff = Staff()

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """Devices that are made of software are for the demo."""
        if not self.terminal.demo:
            for name in self.devices.simulated:
                yield (
                    f"devices.{name}.driver",
                    'is "simulated", and this terminal serves citizens',
                    "name the device that is there; or write demo = true under [terminal]",
                )
        devices = self.devices
        named = {name: getattr(devices, name) for name in ("id_card", "door", "lights", "keypad")}
        for device, spec in named.items():
            simulated = isinstance(spec, _OnUsb | OnGpio | KeypadEvdev) and spec.simulator is not None
            if simulated and not self.terminal.demo:
                yield (
                    f"devices.{device}.simulator",
                    "is named, and this terminal serves citizens",
                    "take it out; or write demo = true under [terminal]",
                )


def load(path: Path) -> Config:
    """The configuration in `path`; relative paths in it are relative to its folder. Raises ConfigError."""
    config: Config = read(Config, path)
    return config
