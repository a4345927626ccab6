"""The one configuration file of a terminal: typed TOML, and an error for every mistake in it.

All mistakes are told at once, each with key, line, reason and remedy ("did you mean"). Every setting
is documented in ``docs/settings.md``; a test checks that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, field

from kiosk.config_devices import Devices
from kiosk.config_file import ConfigError, HttpsUrl, KeyFile, Name, SecretFile, Section, read

__all__ = ["Config", "ConfigError", "SecretFile", "Section", "load"]

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]
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
        if self.terminal.demo:
            return
        for name in self.devices.simulated:
            yield (
                f"devices.{name}.driver",
                'is "simulated", and this terminal serves citizens',
                "name the device that is there; or write demo = true under [terminal]",
            )
        for name in self.devices.on_simulators:
            yield (
                f"devices.{name}.simulator",
                "is named, and this terminal serves citizens",
                "take it out; or write demo = true under [terminal]",
            )


def load(path: Path) -> Config:
    """The configuration in `path`; relative paths in it are relative to its folder. Raises ConfigError."""
    config: Config = read(Config, path)
    return config
