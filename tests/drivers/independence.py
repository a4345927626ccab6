"""That a simulator has nothing of the driver it stands beside: one check for all of them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

_IMPORTED = """
import importlib, sys, types
name, library, *modules = sys.argv[1:]
driver = types.ModuleType(name)
driver.__path__ = [name.replace(".", "/")]
sys.modules[name] = driver
for module in modules:
    importlib.import_module(f"{name}.simulator.{module}")
apart = (f"{name}.simulator", "drivers.simkit")
print(sorted(each for each in sys.modules if each.startswith("drivers.") and not each.startswith(apart)))
print(library in sys.modules)
"""


def loaded(driver: str, library: str, *modules: str) -> list[str]:
    """With the driver's package emptied: what else of `drivers` its simulator's `modules` load beside what
    all simulators share, and whether they load `library`; two lines."""
    return subprocess.run(
        [sys.executable, "-c", _IMPORTED, driver, library, *modules],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()


def names_no_driver(file: Path, driver: str) -> None:
    """Also not inside a function."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            inside = name.startswith((f"{driver}.simulator", "drivers.simkit"))
            assert inside or not name.startswith("drivers"), name
