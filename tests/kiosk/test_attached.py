"""What the configuration names is made, told under its own name, and let go."""

from __future__ import annotations

import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers.device import DeviceEvent, HealthChanged
from flows.model import DeviceName
from kiosk.attached import Attached
from kiosk.config_devices import Devices, KeypadEvdev, PcscReader, SpeakerAlsa

DEADLINE = 30.0


def test_keypad_and_loudspeaker_are_opened_told_under_their_names_and_closed(tmp_path: Path) -> None:
    heard: SimpleQueue[tuple[DeviceName, DeviceEvent]] = SimpleQueue()
    devices = Devices(
        keypad=KeypadEvdev(port=str(tmp_path / "event")), speaker=SpeakerAlsa(player=tmp_path / "none")
    )
    attached = Attached.make(devices, lambda name, event: heard.put((name, event)), time.monotonic)
    attached.open()
    attached.attend()
    told = dict(heard.get(timeout=DEADLINE) for _ in range(2))
    conditions = {
        name: event.health.condition for name, event in told.items() if isinstance(event, HealthChanged)
    }
    assert conditions == {"keypad": "unplugged", "speaker": "no-player"}
    attached.close()
    assert {
        name: device.health().condition for name, device in attached.healths().items() if device is not None
    } == {"keypad": "unknown", "speaker": "unknown"}


def test_a_smart_card_reader_is_opened_told_under_its_name_and_closed(tmp_path: Path) -> None:
    heard: SimpleQueue[tuple[DeviceName, DeviceEvent]] = SimpleQueue()
    devices = Devices(smart_card=PcscReader(python=tmp_path / "no-such-python"))
    attached = Attached.make(devices, lambda name, event: heard.put((name, event)), time.monotonic)
    attached.open()
    name, event = heard.get(timeout=DEADLINE)
    assert name == "smart_card"
    assert isinstance(event, HealthChanged)
    assert event.health.condition == "no-library"
    reader = attached.healths()["smart_card"]
    assert reader is not None
    assert reader.health().condition == "no-library"
    attached.close()
    assert reader.health().condition == "unknown"
    assert [name for name, device in attached.healths().items() if device is not None] == ["smart_card"]


@pytest.mark.parametrize("call", ["attend", "close"])
def test_a_device_with_a_bug_keeps_no_other_from_being_attended_to_or_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    devices = Devices(
        keypad=KeypadEvdev(port=str(tmp_path / "event")), speaker=SpeakerAlsa(player=tmp_path / "none")
    )
    attached = Attached.make(devices, lambda _name, _event: None, time.monotonic)
    reached: list[str] = []

    def bug() -> None:
        raise ZeroDivisionError("names 张三")

    monkeypatch.setattr(attached.keypad, call, bug)
    monkeypatch.setattr(attached.speaker, call, lambda: reached.append("speaker"))
    getattr(attached, call)()
    assert reached == ["speaker"]
    (line,) = caplog.messages
    assert line.startswith("keypad: a call failed (ZeroDivisionError at test_attached.py")
