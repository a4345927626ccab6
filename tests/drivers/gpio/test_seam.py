"""That the real `gpiod` has what the seam uses of it, and what it says where there is no chip."""

from __future__ import annotations

import errno
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gpiod
import pytest
from gpiod.line import Bias, Direction, Edge, Value

from drivers.door import Condition as DoorCondition
from drivers.door import DoorSwitch
from drivers.gpio import KernelGpio, LinesLost, Trouble, seam
from drivers.gpio.find import find_chip
from drivers.gpio.simulator.client import SimulatedChip, SimulatedRequest
from drivers.lights import Condition as LightCondition
from drivers.lights import Lights
from tests.contract.heard import Heard

KINDS: list[tuple[type, type, type]] = [
    (seam.Chip, gpiod.Chip, SimulatedChip),
    (seam.Request, gpiod.LineRequest, SimulatedRequest),
]
MEMBERS = [
    (protocol, name, real, simulated)
    for protocol, real, simulated in KINDS
    for name in vars(protocol)
    if not name.startswith("_")
]


def parameters(of: Callable[..., Any]) -> dict[str, Any]:
    return {each.name: each.default for each in inspect.signature(of).parameters.values()}


@pytest.mark.parametrize(
    ("protocol", "name", "real", "simulated"),
    MEMBERS,
    ids=[f"{real.__name__}.{name}" for _, name, real, _ in MEMBERS],
)
def test_what_is_used_is_there_and_takes_what_it_is_given(
    protocol: type, name: str, real: type, simulated: type
) -> None:
    ours = inspect.getattr_static(protocol, name)
    for kind in (real, simulated):
        theirs = inspect.getattr_static(kind, name)
        assert isinstance(theirs, property) == isinstance(ours, property)
        if not isinstance(ours, property):
            assert parameters(ours).items() <= parameters(theirs).items()


def test_the_seam_is_no_wider_than_what_is_used() -> None:
    sources = "".join(each.read_text("utf-8") for each in Path(seam.__file__).parent.glob("*.py"))
    unused = [name for _, name, *_ in MEMBERS if f".{name}" not in sources]
    assert unused == []


def test_settings_have_what_is_set() -> None:
    settings = gpiod.LineSettings(
        direction=Direction.INPUT, edge_detection=Edge.BOTH, bias=Bias.PULL_UP, active_low=True
    )
    assert settings.output_value is Value.INACTIVE
    assert not settings.debounce_period


def test_values_are_true_and_false() -> None:
    assert (bool(Value.ACTIVE), bool(Value.INACTIVE)) == (True, False)


def test_there_is_no_chip_that_is_no_chip(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").touch()
    assert KernelGpio(tmp_path).chips() == []


@pytest.mark.parametrize(
    ("path", "number"),
    [("/dev/gpiochip99", errno.ENOENT), ("/dev/null", errno.ENODEV), ("/tmp", errno.ENOTTY)],
)
def test_what_libgpiod_says_of_what_is_no_chip(path: str, number: int) -> None:
    with pytest.raises(OSError, match=r".+") as caught:
        gpiod.Chip(path)
    assert caught.value.errno == number
    with pytest.raises(LinesLost) as lost:
        find_chip(KernelGpio(), path)
    assert lost.value.trouble is Trouble.NO_CHIP


def test_a_node_that_may_not_be_opened_is_denied() -> None:
    class Shut:
        def chips(self) -> list[str]:
            return ["/dev/gpiochip0"]

        def open(self, path: str) -> seam.Chip:
            raise PermissionError(errno.EACCES, "Permission denied", path)

    for wanted in ("/dev/gpiochip0", "some-label"):
        with pytest.raises(LinesLost) as lost:
            find_chip(Shut(), wanted)
        assert lost.value.trouble is Trouble.DENIED


def test_a_door_on_the_machines_own_chips_says_that_there_is_none() -> None:
    heard = Heard()
    door = DoorSwitch(chip="/dev/gpiochip99", line=0, listener=heard)
    door.open()
    heard.condition(DoorCondition.NO_CHIP)
    door.close()


def test_lights_on_the_machines_own_chips_say_that_there_is_none() -> None:
    heard = Heard()
    lights = Lights(chip="no-such-label", lines={"status": "STATUS"}, listener=heard)
    lights.open()
    heard.condition(LightCondition.NO_CHIP)
    lights.close()
