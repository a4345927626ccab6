"""A terminal's files in a folder of their own: key, certificate authority, configuration."""

from __future__ import annotations

from pathlib import Path

from deploy.demo.terminal import TERMINAL_ID, Places, Ports, configuration, enrol
from deploy.sandbox import certs
from drivers.simkit.ports import free_ports

__all__ = ["TERMINAL_ID", "Places", "prepare"]


def prepare(folder: Path) -> tuple[Places, int, int]:
    """Everything `kiosk run` wants, and the ports of identity and gateway, where nobody listens yet.

    The devices it names are not there.
    """
    places = Places(folder, folder)
    enrol(places)
    places.city.mkdir(mode=0o700)
    ca_file, _, _ = certs.ensure(places.city)
    identity, gateway, pages, pos = free_ports(4)
    text = configuration(
        places,
        ports=Ports(web=0, pages=pages, pos=pos),
        issuer=f"https://127.0.0.1:{identity}",
        gateway=f"https://127.0.0.1:{gateway}/v1",
        ca_file=str(ca_file),
    )
    places.config.write_text(text, encoding="utf-8")
    return places, identity, gateway
