"""The drivers on the real gpiod package, down to its last ioctl: below it chip.c, in the kernel's place."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.gpio.lines import MOST_EVENTS

SOURCE = Path(__file__).with_name("chip.c")
HEADER = Path("/usr/include/linux/gpio.h")
SECONDS = 60

INPUT, ACTIVE_LOW = 1 << 2, 1 << 1  # GPIO_V2_LINE_FLAG_*, include/uapi/linux/gpio.h
RISING, FALLING, PULL_UP = 1 << 4, 1 << 5, 1 << 8

pytestmark = pytest.mark.skipif(
    shutil.which("gcc") is None or not HEADER.exists(), reason="needs gcc and the kernel's headers"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("abi") / "chip.so"
    command = ["gcc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", str(built), str(SOURCE)]
    subprocess.run([*command, "-lpthread"], check=True, timeout=SECONDS)
    return built


def told(story: str, library: Path, folder: Path) -> Any:
    """What the story came to."""
    node = folder / "gpiochip7"
    node.touch()
    done = subprocess.run(
        [sys.executable, "-m", "tests.drivers.gpio.on_abi", story, str(library)],
        env={**os.environ, "LD_PRELOAD": str(library), "GPIO_NODE": str(node)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_kernel_is_asked_for_what_is_meant_and_edges_come(library: Path, tmp_path: Path) -> None:
    found = told("moves", library, tmp_path)
    assert found["flags"] == INPUT | ACTIVE_LOW | RISING | FALLING | PULL_UP
    assert found["debounce"] == 50_000  # us
    assert found["room"] == MOST_EVENTS
    assert found["facts"] == {"chip": "abi-chip", "line": "LINE0", "edges": "2", "lost edges": "0"}
    assert (found["passed"], found["held"]) == (True, 0)


def test_a_chip_that_goes_is_found_again(library: Path, tmp_path: Path) -> None:
    assert told("unplugged", library, tmp_path) == {"condition": "unknown"}


def test_a_chip_that_may_not_be_opened(library: Path, tmp_path: Path) -> None:
    assert told("denied", library, tmp_path) == {}


def test_a_line_that_another_has_is_told_with_its_name(library: Path, tmp_path: Path) -> None:
    assert "door: somebody" in told("busy", library, tmp_path)["cause"]


def test_lights_are_dark_then_lit_then_dark(library: Path, tmp_path: Path) -> None:
    found = told("lamps", library, tmp_path)
    assert found["levels"] == [[0, 0], [0, 1], [0, 0]]
    assert (found["passed"], found["held"]) == (True, 0)


def test_lights_whose_chip_goes_say_so(library: Path, tmp_path: Path) -> None:
    assert told("unlit", library, tmp_path) == {}


def test_an_input_that_is_set_is_refused(library: Path, tmp_path: Path) -> None:
    assert told("wrong_way", library, tmp_path) == {"errno": errno.EPERM}
