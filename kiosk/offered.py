"""What a terminal can do of the items that there are."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from flows.kinds import Documents, Pay, Photo
from flows.loader import Name
from flows.model import Flow
from flows.page import Page
from flows.steps import uploading
from kiosk.config import Config
from kiosk.config_devices import Devices


def offered(flows: Mapping[str, Flow], ours: Mapping[str, Flow], config: Config) -> dict[str, Flow]:
    """Those of the city's `flows` that are for this channel, as this terminal can do them; and its own."""
    return {
        item: equipped(flow, config.devices)
        for item, flow in {**flows, **ours}.items()
        if config.terminal.channel in flow.channels
    }


def by_phone_alone(flow: Flow) -> bool:
    """Whether documents are brought to `flow` that only the phone can send here: that needs a network."""
    return "camera" not in flow.needs and any(isinstance(step, Documents) for step in flow.steps)


def without_network(page: Page) -> Page:
    """`page` while there is no network: what the phone would send does not arrive."""
    others = tuple(
        replace(each, why_not="没有网络，现在不能用手机传") if each == uploading.SEND else each
        for each in page.others
    )
    return page if others == page.others else replace(page, others=others)


def departments(names: Mapping[str, Name]) -> dict[str, str]:
    """Which department an item belongs to."""
    return {item: name.department for item, name in names.items()}


def equipped(flow: Flow, devices: Devices) -> Flow:
    """`flow` as this terminal can do it: nobody is asked for a bank card without a terminal for it, nor for
    their face or a photographed document without a camera, where the phone does as well.

    An item that is paid by card alone, or that takes a portrait, needs its device (lint L113) and is not
    offered without it.
    """
    if devices.camera is None and not any(isinstance(step, Photo) for step in flow.steps):
        flow = replace(flow, needs=tuple(device for device in flow.needs if device != "camera"))
    if devices.payment_terminal is not None:
        return flow
    steps = (
        replace(step, methods=("qr",)) if isinstance(step, Pay) and "qr" in step.methods else step
        for step in flow.steps
    )
    return replace(flow, steps=tuple(steps))
