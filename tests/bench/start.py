"""From the start of the process to the first page in a visitor's hands, beside a bare Flask application.

`kiosk run` starts as on a terminal whose network and devices are away (nothing waits for either); store and
compiled modules are there already, as on every day but the first. The peer imports Flask and waitress and
serves one line. Where ours spends it comes from another process that times the calls of the composition root,
and from Python's own `-X importtime`, whose shares are applied to the imports' real time (it slows them down
itself).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.rows import row
from tests.bench.start_phases import IMPORTS, OTHER
from tests.bench.terminal import prepare
from tests.bench.visitor import SECONDS, Visitor

STARTS = 5
BARE = """
from flask import Flask
from waitress import create_server
app = Flask(__name__)
app.get("/")(lambda: "ready")
server = create_server(app, host="127.0.0.1", port=0)
print(f"http://127.0.0.1:{server.effective_port}/", flush=True)
server.run()
"""
IMPORT_TIME = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")
GROUPS = {
    "our own modules": ("kiosk", "drivers", "flows", "offline_cache"),
    "cryptography, joserfc": ("cryptography", "joserfc"),
    "Flask, Werkzeug, Jinja, waitress": (
        *("flask", "werkzeug", "jinja2", "markupsafe", "waitress", "blinker", "itsdangerous"),
    ),
    "requests, urllib3": ("requests", "urllib3", "charset_normalizer", "idna", "certifi"),
    "Pillow, fontTools, qrcode": ("PIL", "fontTools", "qrcode"),
    "click, msgspec, ruamel.yaml, apsw, pyserial": ("click", "msgspec", "ruamel", "apsw", "serial"),
}
STANDARD_LIBRARY = "standard library and the rest"


Surroundings = dict[str, str]


def run() -> list[dict[str, Any]]:
    """The start, and one row for each part of it that takes more than a hundredth."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        # Where nothing may be compiled into the tree, every start would compile everything again.
        around = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        around.pop("PYTHONDONTWRITEBYTECODE", None)
        places, _, _ = prepare(Path(folder))
        command = [sys.executable, "-m", "kiosk.cli", "run", "--log-level", "error", "--config"]
        agent = [*command, str(places.config)]
        ours, peer = [], []
        for _ in range(STARTS + 1):
            ours.append(_start(agent, around, lambda url: Visitor(url).close()))
            peer.append(_start([sys.executable, "-c", BARE], around, _fetch))
        phases = [_phases(places.config, around) for _ in range(STARTS + 1)][1:]
        shares = _import_shares(around)
        interpreter = _interpreter(around)
    # The first start makes the store and compiles.
    whole = statistics.median(ours[1:])
    rows = [
        row(
            "start → first page",
            "ms",
            whole * 1000,
            peer=("bare Flask on waitress", statistics.median(peer[1:]) * 1000),
        )
    ]
    spent = {phase: statistics.median(each[phase] for each in phases) for phase in phases[0]}
    parts = {f"imports: {group}": spent[IMPORTS] * share for group, share in shares.items()}
    parts |= {phase: each for phase, each in spent.items() if phase not in {IMPORTS, OTHER}}
    parts["Python itself"] = interpreter
    parts = {name: each for name, each in parts.items() if each > whole * 10}
    parts["the rest, first page included"] = max(0.0, whole * 1000 - sum(parts.values()))
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    return rows + [row(f"start, of which: {name}", "ms", each) for name, each in ordered]


def _start(command: list[str], around: Surroundings, first_page: Callable[[str], None]) -> float:
    """Seconds from starting the process, which says its address when it serves, to its first page."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=around) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, f"{command[:4]} did not start"
            first_page(url)
            return time.perf_counter() - began
        finally:
            process.kill()


def _fetch(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"ready"
    connection.close()


def _said(command: list[str], around: Surroundings) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=around, capture_output=True, text=True, check=False, timeout=SECONDS * 3
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stderr}"
    return done


def _phases(config: Path, around: Surroundings) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.start_phases", str(config)]
    done = _said(command, around)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _import_shares(around: Surroundings) -> dict[str, float]:
    """The share of each group in the time of all imports."""
    command = [sys.executable, "-X", "importtime", "-c", "import kiosk.cli, kiosk.service"]
    done = _said(command, around)
    group_of = {package: group for group, packages in GROUPS.items() for package in packages}
    spent: Counter[str] = Counter()
    for microseconds, module in IMPORT_TIME.findall(done.stderr):
        spent[group_of.get(module.partition(".")[0], STANDARD_LIBRARY)] += int(microseconds)
    return {group: each / spent.total() for group, each in spent.items()}


def _interpreter(around: Surroundings) -> float:
    """Milliseconds of a Python that does nothing."""
    took = []
    for _ in range(STARTS):
        began = time.perf_counter()
        _said([sys.executable, "-c", "pass"], around)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000
