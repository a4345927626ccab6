"""A real node by python-evdev: on umockdev's input device, and on what is none."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from drivers.exc import TransportLost
from drivers.touchscreen import Condition, EvdevNode
from drivers.touchscreen.health import condition_of_error
from tests.drivers.touchscreen.mockdev import NODE, needs_umockdev, run

TAPS = """\
E: 0.000000 0003 0039 0001
E: 0.000000 0003 0035 2048
E: 0.000000 0003 0036 1024
E: 0.000000 0001 014a 0001
E: 0.000000 0000 0000 0000
E: 0.050000 0003 0039 -001
E: 0.050000 0001 014a 0000
E: 0.050000 0000 0000 0000
E: 0.100000 0003 0039 0002
E: 0.100000 0003 0035 0000
E: 0.100000 0000 0000 0000
E: 0.120000 0003 0039 -001
E: 0.120000 0000 0000 0000
"""

_LISTENS = f"""
import threading
import time
from drivers.device import HealthChanged
from drivers.touchscreen import EvdevLine, EvdevNode, Touchscreen
ready = threading.Event()
told = []
def heard(event):
    told.append(event.health.condition)
    if told[-1] in ("ready", "not-a-touchscreen"):
        ready.set()
screen = Touchscreen(source=lambda: EvdevLine(EvdevNode("{NODE}")), listener=heard)
screen.open()
assert ready.wait(20), told
end = time.monotonic() + 20
while time.monotonic() < end:
    outcome = screen.self_test()
    if ("touches", "2") in outcome.facts or "ready" not in told:
        break
print(*told)
print(outcome.passed, *(f"{{name}}={{value}}" for name, value in outcome.facts))
screen.close()
"""

_READS = f"""
from drivers.touchscreen import EvdevLine, EvdevNode
line = EvdevLine(EvdevNode("{NODE}"))
line.open()
found = []
while len(found) < 4:
    found += line.receive(10)
for each in found:
    print(each.contact, each.down, round(each.x, 3), round(each.y, 3))
line.close()
"""


@needs_umockdev
def test_touches_of_a_node_are_read_with_python_evdev(tmp_path: Path) -> None:
    assert run(tmp_path, _READS, TAPS).splitlines() == [
        "0 True 0.5 0.5",
        "0 False 0.5 0.5",
        "0 True 0.0 0.5",
        "0 False 0.0 0.5",
    ]


@needs_umockdev
def test_driver_listens_to_a_node(tmp_path: Path) -> None:
    told, outcome = run(tmp_path, _LISTENS, TAPS).splitlines()
    assert told.split()[-1] == "ready"
    assert outcome.startswith("True panel=Mocked")
    assert "touches=2" in outcome


@needs_umockdev
def test_node_of_a_keyboard_is_no_touchscreen(tmp_path: Path) -> None:
    told, outcome = run(tmp_path, _LISTENS, "", touchscreen=False).splitlines()
    assert told == Condition.NOT_A_TOUCHSCREEN
    assert outcome.startswith("False")


def test_node_that_is_missing_is_unplugged(tmp_path: Path) -> None:
    with pytest.raises(TransportLost) as caught:
        EvdevNode(str(tmp_path / "event5")).open()
    assert condition_of_error(caught.value) is Condition.UNPLUGGED


def test_file_that_is_no_node_is_no_touchscreen(tmp_path: Path) -> None:
    file = tmp_path / "event5"
    file.touch()
    with pytest.raises(TransportLost) as caught:
        EvdevNode(str(file)).open()
    assert condition_of_error(caught.value) is Condition.NOT_A_TOUCHSCREEN


def test_node_that_may_not_be_opened_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' user may be root, who may open all: so permission is taken away in the call."""

    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(TransportLost) as caught:
        EvdevNode(str(tmp_path / "event5")).open()
    assert condition_of_error(caught.value) is Condition.PORT_DENIED


def test_node_that_is_closed_is_lost_and_closing_twice_is_closing_once(tmp_path: Path) -> None:
    node = EvdevNode(str(tmp_path / "event5"))
    node.close()
    node.close()
    with pytest.raises(TransportLost):
        node.read(0.0)
    with pytest.raises(TransportLost):
        node.slot()
