"""The simulated chip: a process of its own, with nothing of the drivers, that does what the kernel does."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias, Direction, Edge, Value

from drivers.door import Condition, DoorOpened, DoorSwitch
from drivers.gpio.seam import Chip
from drivers.gpio.simulator import GpioBus, MemoryGpio, SocketGpio
from drivers.gpio.simulator.bus import LABEL, NAMES
from drivers.gpio.simulator.orders import obey
from drivers.serial_port import Waiter
from drivers.simkit import control
from tests.contract.heard import DEADLINE, Heard
from tests.drivers.independence import loaded, names_no_driver

SIMULATOR = Path("drivers/gpio/simulator")
DOOR, CARD, SENSOR = (NAMES.index(name) for name in ("DOOR", "LIGHT_ID_CARD", "SENSOR"))
INPUT = gpiod.LineSettings(direction=Direction.INPUT, edge_detection=Edge.BOTH, bias=Bias.PULL_UP)
OUTPUT = gpiod.LineSettings(direction=Direction.OUTPUT)
RISING, FALLING = gpiod.EdgeEvent.Type.RISING_EDGE, gpiod.EdgeEvent.Type.FALLING_EDGE


@pytest.fixture
def bus() -> Iterator[GpioBus]:
    made = GpioBus()
    yield made
    made.close()


@pytest.fixture
def chip(bus: GpioBus) -> Chip:
    return MemoryGpio(bus).open("/dev/gpiochip0")


def refused(call: Callable[[], object]) -> int | None:
    with pytest.raises(OSError, match=r".+") as caught:
        call()
    return caught.value.errno


def test_it_imports_nothing_of_the_drivers() -> None:
    found = loaded("drivers.gpio", "serial", "__main__")
    assert found == ["['drivers.gpio']", "False"]


@pytest.mark.parametrize("file", sorted(SIMULATOR.glob("*.py")), ids=lambda file: file.name)
def test_no_file_names_a_driver(file: Path) -> None:
    names_no_driver(file, "drivers.gpio")


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    socket, orders = tmp_path / "gpio", tmp_path / "control"
    command = [
        sys.executable,
        "-m",
        "drivers.gpio.simulator",
        "--gpio",
        str(socket),
        "--control",
        str(orders),
    ]
    heard = Heard()
    door = DoorSwitch(
        chip=LABEL, line="DOOR", listener=heard, gpio=SocketGpio(socket), settle=0.0, debounce=0.0
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        control(orders, {"op": "drive", "line": "DOOR", "level": 0})
        door.open()
        heard.condition(Condition.CLOSED)
        control(orders, {"op": "drive", "line": "DOOR", "level": 1})
        heard.next(DoorOpened)
        with pytest.raises(ValueError, match="op is one of"):
            control(orders, {"op": "dance"})
        process.kill()  # a module that dies
    heard.condition(Condition.NO_CHIP)
    door.close()


def test_it_describes_itself(chip: Chip) -> None:
    info = chip.get_info()
    assert (info.name, info.label, info.num_lines) == ("gpiochip0", LABEL, len(NAMES))
    line = chip.get_line_info(DOOR)
    assert (line.name, line.used, line.consumer) == ("DOOR", False, "")
    request = chip.request_lines({DOOR: INPUT}, consumer="me")
    line = chip.get_line_info(DOOR)
    assert (line.used, line.consumer, line.direction) == (True, "me", Direction.INPUT)
    assert (line.bias, line.edge_detection) == (Bias.PULL_UP, Edge.BOTH)
    request.release()
    assert not chip.get_line_info(DOOR).used


def test_it_refuses_what_the_kernel_refuses(bus: GpioBus, chip: Chip) -> None:
    gpio = MemoryGpio(bus)
    assert refused(lambda: gpio.open("/dev/gpiochip3")) == errno.ENOENT
    assert refused(lambda: chip.request_lines({4711: None})) == errno.EINVAL
    assert refused(lambda: chip.request_lines({SENSOR: OUTPUT})) == errno.EIO
    request = chip.request_lines({DOOR: INPUT})
    assert refused(lambda: chip.request_lines({DOOR: INPUT})) == errno.EBUSY
    assert refused(lambda: request.set_values({DOOR: Value.ACTIVE})) == errno.EPERM
    assert refused(lambda: request.get_values([CARD])) == errno.EINVAL
    obey(bus, {"op": "deny", "on": True})
    assert refused(lambda: gpio.open("/dev/gpiochip0")) == errno.EACCES
    obey(bus, {"op": "unplug"})
    for call in (request.get_values, request.read_edge_events, lambda: chip.get_line_info(DOOR)):
        assert refused(call) == errno.ENODEV
    assert Waiter().ready(request.fd, DEADLINE)


def test_edges_are_numbered_and_dated(bus: GpioBus, chip: Chip) -> None:
    request = chip.request_lines({DOOR: INPUT})
    begun = time.monotonic_ns()
    obey(bus, {"op": "bounce", "line": "DOOR", "edges": 3})
    assert Waiter().ready(request.fd, DEADLINE)
    edges = request.read_edge_events()
    assert [edge.event_type for edge in edges] == [FALLING, RISING, FALLING]
    assert [(edge.line_seqno, edge.global_seqno) for edge in edges] == [(1, 1), (2, 2), (3, 3)]
    assert begun <= edges[0].timestamp_ns <= edges[2].timestamp_ns <= time.monotonic_ns()
    assert not Waiter().ready(request.fd, 0)


def test_edges_are_logical(bus: GpioBus, chip: Chip) -> None:
    settings = gpiod.LineSettings(direction=Direction.INPUT, edge_detection=Edge.RISING, active_low=True)
    request = chip.request_lines({DOOR: settings})
    obey(bus, {"op": "drive", "line": "DOOR", "level": 1})
    obey(bus, {"op": "drive", "line": "DOOR", "level": 0})
    assert [edge.event_type for edge in request.read_edge_events()] == [RISING]
    assert request.get_values() == [Value.ACTIVE]


def test_a_full_buffer_drops_its_oldest_and_the_numbers_tell(bus: GpioBus, chip: Chip) -> None:
    request = chip.request_lines({DOOR: INPUT}, event_buffer_size=4)
    obey(bus, {"op": "bounce", "line": "DOOR", "edges": 10})
    assert [edge.line_seqno for edge in request.read_edge_events()] == [7, 8, 9, 10]


def test_some_edges_are_read_and_the_rest_waits(bus: GpioBus, chip: Chip) -> None:
    request = chip.request_lines({DOOR: INPUT})
    obey(bus, {"op": "bounce", "line": "DOOR", "edges": 3})
    assert len(request.read_edge_events(2)) == 2
    assert Waiter().ready(request.fd, DEADLINE)
    assert [edge.line_seqno for edge in request.read_edge_events(2)] == [3]


def test_a_debounced_line_reads_as_it_was_until_it_has_settled(bus: GpioBus, chip: Chip) -> None:
    settings = gpiod.LineSettings(
        direction=Direction.INPUT,
        edge_detection=Edge.BOTH,
        bias=Bias.PULL_UP,
        debounce_period=timedelta(seconds=0.05),
    )
    request = chip.request_lines({DOOR: settings})
    obey(bus, {"op": "bounce", "line": "DOOR", "edges": 7})
    assert request.get_values() == [Value.ACTIVE]
    assert Waiter().ready(request.fd, DEADLINE)
    assert [edge.event_type for edge in request.read_edge_events()] == [FALLING]
    assert request.get_values() == [Value.INACTIVE]


def test_a_host_that_dies_lets_go_what_it_took(bus: GpioBus, chip: Chip) -> None:
    request = chip.request_lines({CARD: OUTPUT})
    request.set_values({CARD: Value.ACTIVE})
    obey(bus, {"op": "drive", "line": "DOOR", "level": 0})
    request.release()
    assert not chip.get_line_info(CARD).used
    assert bus.state()["levels"][CARD] == 1  # as most controllers do, it stays as it was set last


def test_the_ends_of_what_is_released_say_so(chip: Chip) -> None:
    request = chip.request_lines({DOOR: INPUT})
    request.release()
    request.release()
    with pytest.raises(gpiod.RequestReleasedError):
        request.get_values()
    chip.close()
    chip.close()
    with pytest.raises(gpiod.ChipClosedError):
        chip.get_line_info(DOOR)


@pytest.mark.parametrize(
    "order",
    [{}, {"op": "dance"}, {"op": "drive", "line": "NOWHERE", "level": 1}, {"op": "nonsense", "how": "so"}],
)
def test_what_is_no_order_is_refused(bus: GpioBus, order: dict[str, str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        obey(bus, order)
