"""What is written down for the demo's terminal: its key, its public half for the city, its configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.demo.card_reader import CardReader, configured
from kiosk import keys

TERMINAL_ID = "tj-hp-0001"
PLACE = "和平区政务服务大厅"
SERVICE = "天津政务服务自助终端"
PRINTER_BAUD = 115200
SCANNER_BAUD = 9600
PRINTER_PROFILE = "generic-80mm-gb18030"
TILES = (
    "civil.senior-allowance-apply",
    "social-insurance.rights-record",
    "social-insurance.contribution-certificate",
    "utility.electricity-pay",
    "one-thing.newborn",
    "service.item-guide",
)
"""On the first page: a bit of each kind."""
HELPERS = "大厅入口左侧帮办台（演示）"
HELPERS_PHONE = "022-00000012"


Channel = Literal["terminal", "stm"]
"""A self-service terminal, or a bank's teller machine: each offers the items that name it."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything of one demo lies. `lines` is short (a Unix socket's path has 107 bytes at most)."""

    folder: Path
    lines: Path

    @property
    def key(self) -> Path:
        """The terminal's private key."""
        return self.folder / "terminal" / "key.pem"

    @property
    def public_jwk(self) -> Path:
        """Its public half, which the city enrols and which checks what is printed."""
        return self.folder / "terminal" / "public.jwk"

    @property
    def config(self) -> Path:
        """The terminal's configuration."""
        return self.folder / "terminal" / "terminal.toml"

    @property
    def store(self) -> Path:
        """Outbox, journal, cached content."""
        return self.folder / "terminal" / "store"

    @property
    def ready(self) -> Path:
        """What the agent writes when it serves."""
        return self.folder / "terminal" / "ready.json"

    @property
    def city(self) -> Path:
        """The city's folder."""
        return self.folder / "city"

    @property
    def paper(self) -> Path:
        """What came out of the printer."""
        return self.folder / "paper"

    @property
    def pages(self) -> Path:
        """What came out of the A4 printer."""
        return self.folder / "pages"

    @property
    def camera(self) -> Path:
        """What the camera sees (see camera.Camera)."""
        return self.folder / "camera.mjpeg"

    @property
    def card_line(self) -> Path:
        """The reader's serial port, or the USB bus that it is plugged into."""
        return self.lines / "card"

    @property
    def card_socket(self) -> Path:
        """The reader's control socket."""
        return self.lines / "card.sock"

    @property
    def scanner_line(self) -> Path:
        """The code scanner's serial port."""
        return self.lines / "scanner"

    @property
    def scanner_socket(self) -> Path:
        """The code scanner's control socket."""
        return self.lines / "scanner.sock"

    @property
    def keypad_node(self) -> Path:
        """The socket that stands for the keypad's event node."""
        return self.lines / "keypad"

    @property
    def keypad_socket(self) -> Path:
        """The keypad's control socket."""
        return self.lines / "keypad.sock"

    @property
    def printer_line(self) -> Path:
        """The printer's serial port."""
        return self.lines / "printer"

    @property
    def printer_socket(self) -> Path:
        """The printer's control socket."""
        return self.lines / "printer.sock"

    @property
    def pages_socket(self) -> Path:
        """The A4 printer's control socket."""
        return self.lines / "pages.sock"

    @property
    def pos_socket(self) -> Path:
        """The bank card terminal's control socket."""
        return self.lines / "pos.sock"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where things listen on 127.0.0.1: the pages, the A4 printer, the bank card terminal."""

    web: int
    pages: int
    pos: int


def enrol(places: Places) -> None:
    """Make the terminal's key where there is none, and write its public half. Raises keys.KeyFileError."""
    places.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = keys.load(places.key) if places.key.exists() else keys.create(places.key)
    places.public_jwk.write_text(json.dumps(key.public_jwk, indent=1) + "\n", encoding="utf-8")


def configuration(
    places: Places,
    *,
    ports: Ports,
    issuer: str,
    gateway: str,
    ca_file: str,
    channel: Channel = "terminal",
    card_reader: CardReader = "serial",
) -> str:
    """The text of terminal.toml; the city is reached through the cable's ports in `issuer` and `gateway`."""
    return f"""\
# Written by `kiosk demo` at every start; docs/settings.md explains every line.
[terminal]
id = "{TERMINAL_ID}"
name = "{PLACE}"
service_name = "{SERVICE}"
channel = "{channel}"
tiles = {json.dumps(TILES)}
demo = true

[web]
host = "127.0.0.1"
port = {ports.web}

[identity]
issuer = "{issuer}"
client_id = "{TERMINAL_ID}"
key_file = {_quoted(places.key)}
ca_file = {_quoted(ca_file)}

[gateway]
base_url = "{gateway}"
signer = "none"
ca_file = {_quoted(ca_file)}
heartbeat_seconds = 3  # a pulled cable is to be seen soon

{configured(card_reader, places.card_line)}

[devices.receipt_printer]
driver = "escpos-serial"
port = {_quoted(places.printer_line)}
baudrate = {PRINTER_BAUD}
profile = "{PRINTER_PROFILE}"

[devices.document_printer]
driver = "ipp"
host = "127.0.0.1"
port = {ports.pages}

[devices.payment_terminal]
driver = "pos-tcp"
host = "127.0.0.1"
port = {ports.pos}

[devices.code_scanner]
driver = "scanner-serial"
port = {_quoted(places.scanner_line)}
baudrate = {SCANNER_BAUD}
trigger = "soh-t"

[devices.camera]
driver = "browser"

[devices.keypad]
driver = "keypad-evdev"
simulator = {_quoted(places.keypad_node)}

[staff]
words = "{HELPERS}"
phone = "{HELPERS_PHONE}"

[store]
path = {_quoted(places.store)}
"""


def _quoted(path: Path | str) -> str:
    """A path as a TOML basic string, which escapes as JSON does."""
    return json.dumps(str(path), ensure_ascii=False)
