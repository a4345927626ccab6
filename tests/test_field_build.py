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
assert importlib.util.find_spec("drivers.simkit") is None
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

    simulated = {
        each for each in modules(ROOT) if "/simulator/" in each or each.startswith("drivers/simkit/")
    }
    assert len(simulated) > 20
    assert modules(wheel) == modules(ROOT) - simulated


def test_the_agent_does_without(wheel: Path) -> None:
    # -S: without the .pth file of an editable installation, by which the checkout would be found again.
    paths = [str(wheel), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    subprocess.run([sys.executable, "-S", "-c", _WITHOUT, *paths], cwd=wheel, check=True, timeout=SECONDS)
