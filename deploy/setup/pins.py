"""python -m deploy.setup.pins [--upgrade]: write deploy/requirements from pyproject.toml.

Run by `make pins` in .venv, where pip-tools is. The widest list is resolved first and the others start
from a copy of it, so that a package has one version in all of them. Pins that still fit are kept, unless
`--upgrade` asks for the newest of everything. No list names an index, a host or a local folder: each
machine's own pip settings say where wheels come from, and the hashes say whether they are the right ones.

It has to run on Debian 12's own Python: a newer 3.11 takes versions that Debian's refuses (soupsieve 4
wants 3.11.5), and nobody would notice before a bare machine did.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.setup.environment import DEBIAN_PYTHON

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "requirements"
HEADER = "# Made from pyproject.toml by `make pins`. Do not edit.\n"

# The widest first. What `pip-compile` is to take besides the agent's own dependencies.
LISTS = {
    "bench.txt": ["--extra", "demo", "--extra", "dev", "--extra", "bench"],
    "dev.txt": ["--extra", "demo", "--extra", "dev"],
    "demo.txt": ["--extra", "demo"],
    "runtime.txt": [],
    "build.txt": ["--only-build-deps", "--all-build-deps"],
}
COMPILE = [
    *(sys.executable, "-m", "piptools", "compile", "--quiet", "--no-config"),
    *("--generate-hashes", "--strip-extras", "--allow-unsafe"),
    *("--no-header", "--no-annotate", "--no-emit-options"),
]
DEADLINE = 1800.0  # asking a registry for the hashes of a hundred packages takes minutes


def main(arguments: list[str]) -> int:
    """Write every list. Leaves those already there untouched where one cannot be resolved."""
    if sys.version_info[:3] > DEBIAN_PYTHON:
        print(  # noqa: T201 - the words of a command line tool
            f"pins: .venv has Python {sys.version.split()[0]}, and pins must fit Debian's older one. Type:\n"
            "  rm -r .venv && make PYTHON=/usr/bin/python3.11 pins",
            file=sys.stderr,
        )
        return 1
    widest = next(iter(LISTS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (FOLDER / widest).exists():
            shutil.copy(FOLDER / widest, folder / widest)
        for made, options in LISTS.items():
            upgrade = arguments if made == widest else []
            if made != widest:
                shutil.copy(folder / widest, folder / made)
            print(f"pins: {made}", flush=True)  # noqa: T201 - the words of a command line tool
            command = [*COMPILE, *options, *upgrade, "--output-file", str(folder / made), "pyproject.toml"]
            subprocess.run(command, check=True, cwd=ROOT, timeout=DEADLINE)
        FOLDER.mkdir(exist_ok=True)
        for made in LISTS:
            (FOLDER / made).write_text(HEADER + (folder / made).read_text(encoding="utf-8"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
