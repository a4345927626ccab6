"""A USB bus on a Unix socket: what `usb_backend` asks in a host's stead is carried to the simulated devices.

One JSON object a line, answered by one; bytes are written in hexadecimal. An answer with ``errno`` is an
error as libusb would give it. One connection is one opened device, or one look at the bus.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drivers.id_card.simulator.usb_device import UsbCardSimulator
from drivers.simkit.peers import Peers

_GET_DESCRIPTOR, _STRING = 6, 3  # USB 2.0, 9.4


class UsbBus:
    """Serves `devices` at `path` from its making on, until `close`."""

    def __init__(self, path: Path, devices: Sequence[UsbCardSimulator]) -> None:
        self._devices = devices
        self._peers = Peers(path, self._serve, name="simulator-usb")

    def close(self) -> None:
        """Stop listening; the devices are gone for every host once they are stopped."""
        self._peers.close()

    def _serve(self, peer: socket.socket) -> None:
        host = _Host(self._devices)
        with contextlib.suppress(OSError), peer, peer.makefile("rwb") as stream:
            for line in stream:
                try:
                    answer = host.obey(json.loads(line))
                except OSError as error:
                    answer = {"errno": error.errno, "error": error.strerror}
                stream.write(json.dumps(answer).encode() + b"\n")
                stream.flush()
        host.leave()


class _Host:
    """One connection: what it opened."""

    def __init__(self, devices: Sequence[UsbCardSimulator]) -> None:
        self._devices = devices
        self._device: UsbCardSimulator | None = None
        self._address = 0

    def leave(self) -> None:
        """What it held is free."""
        if self._device is not None:
            self._device.release(self)

    def obey(self, request: dict[str, Any]) -> dict[str, Any]:
        """Raises OSError with the errno to tell."""
        if request["op"] == "list":
            found = (device.describe() for device in self._devices)
            return {"devices": [each for each in found if each is not None]}
        if request["op"] == "open":
            return self._open(request["port"], request["address"])
        if self._device is None:
            raise OSError(errno.EINVAL, "nothing is open")
        return self._on(self._device, request)

    def _open(self, port: int, address: int) -> dict[str, Any]:
        for device in self._devices:
            described = device.describe()
            if described is not None and described["port"] == port:
                device.opened(address)
                self._device, self._address = device, address
                return {}
        raise OSError(errno.ENODEV, "No such device (it may have been disconnected)")

    def _on(self, device: UsbCardSimulator, request: dict[str, Any]) -> dict[str, Any]:
        endpoint = request.get("endpoint", 0)
        match request["op"]:
            case "claim":
                device.claim(self._address, self)
            case "release":
                device.release(self)
            case "write":
                return {"count": device.write(self._address, endpoint, bytes.fromhex(request["data"]))}
            case "read":
                data = device.read(self._address, endpoint, request["size"], request["timeout"])
                return {"data": data.hex()}
            case "clear-halt":
                device.clear_halt(self._address, endpoint)
            case "kernel-driver":
                return {"active": device.kernel_driver()}
            case "detach":
                device.detach()
            case "control" if request["request"] == _GET_DESCRIPTOR and request["value"] >> 8 == _STRING:
                return {"data": device.text(request["value"] & 0xFF)[: request["size"]].hex()}
            case _:
                raise OSError(errno.EPIPE, "Pipe error")
        return {}
