"""What a terminal gets: the agent's wheel, which has no simulated device in it and does without."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("kiosk", "drivers", "flows", "offline_cache")
SECONDS = 120

_WITHOUT = """
import importlib.util, sys
sys.path[:0] = sys.argv[1:]
import kiosk.agent, kiosk.cli, kiosk.commands.doctor, kiosk.terminal
assert kiosk.__file__.startswith(sys.argv[1]), kiosk.__file__
for room in ("drivers.simkit", "drivers.simulated"):
    assert importlib.util.find_spec(room) is None, room
"""

_REFUSES = """
import pathlib, sys
sys.path[:0] = sys.argv[1:]
from kiosk.config import ConfigError, load
try:
    load(pathlib.Path("terminal.toml"))
except ConfigError as error:
    print(error)
"""
SIMULATED = """
[terminal]
id = "tj-hp-0001"
name = "和平区政务服务大厅"
demo = true

[identity]
issuer = "https://identity.example"
client_id = "tj-hp-0001"
key_file = "key.pem"
ca_file = "ca.pem"

[gateway]
base_url = "https://gateway.example/v1"
ca_file = "ca.pem"

[devices.id_card]
driver = "simulated"

[devices.receipt_printer]
driver = "simulated"
fidelity = "memory"

[devices.door]
driver = "simulated"

[devices.lights]
driver = "simulated"

[devices.touchscreen]
driver = "simulated"

[devices.keypad]
driver = "simulated"

[devices.speaker]
driver = "simulated"

[store]
path = "store"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked: built of a copy, for the building writes into its folder."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", *offline, "--wheel-dir", str(folder), str(source)],
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_no_simulated_device_is_in_it_and_all_else_is(wheel: Path) -> None:
    def modules(root: Path) -> set[str]:
        return {str(each.relative_to(root)) for room in ROOMS for each in (root / room).rglob("*.py")}

    kits = ("drivers/simkit/", "drivers/simulated/")
    simulated = {each for each in modules(ROOT) if "/simulator/" in each or each.startswith(kits)}
    assert len(simulated) > 20
    assert modules(wheel) == modules(ROOT) - simulated


def run(program: str, wheel: Path, folder: Path) -> str:
    # -S: without the .pth file of an editable installation, by which the checkout would be found again.
    paths = [str(wheel), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    command = [sys.executable, "-S", "-c", program, *paths]
    done = subprocess.run(command, cwd=folder, check=True, timeout=SECONDS, capture_output=True, text=True)
    return done.stdout


def test_the_agent_does_without(wheel: Path) -> None:
    run(_WITHOUT, wheel, wheel)


def test_it_refuses_simulated_devices_in_words(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "terminal.toml").write_text(SIMULATED, encoding="utf-8")
    _, *told = run(_REFUSES, wheel, tmp_path).splitlines()
    why = 'is "simulated", and this build has no simulators → name the device that is there'
    assert [line.split(": ", 1)[1] for line in told] == [
        f"devices.{name}.driver: {why}"
        for name in ("id_card", "receipt_printer", "door", "lights", "touchscreen", "keypad", "speaker")
    ]
