"""What ten times as many items cost: loading them, keeping them, and a page turn through the engine.

Of each item of the city there are ten, with codes of their own, in a folder of YAML files and what was
compiled of them: that is what a terminal starts from (`flows.compiled`). Every figure is from a process of
its own, with few and with many in turns, and the medians are shown. Loading is the processor time of
`load_all`, the digests of all YAML included; memory is what the process has grown by then (VmRSS, after a
collection). The limit for the city's own number is issue D's; of ten times as many, an item may cost at most
a tenth more than among few.

A page turn is one event of a senior allowance, first page to rating, as the loop has it done: the item is
looked up, `advance`, `page`, `offered`; thread time, with the collector running as on a terminal. A search
among as many is the section `search`.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from flows import compiled, engine
from flows.events import Event
from flows.loader import CATALOGUE, load_all, sources
from flows.rehearsal import Script
from flows.rehearsal.citizen import Citizen
from tests.bench.rows import percentile, row
from tests.flows.world import AT, World

ITEM = "civil.senior-allowance-apply"
TIMES, ROUNDS, WALKS = 10, 7, 120
LIMIT_MS = 500.0
GROWTH = 1.1


class _Recorded(World):
    """Keeps every event, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        super().__init__(load_all()[ITEM])

    def tell(self, event: Event) -> None:
        self.events.append(event)
        super().tell(event)


def multiplied(root: Path, times: int) -> None:
    """Write into `root` every item of the city so many times, and what is compiled of them."""
    plain = msgspec.json.decode((CATALOGUE / compiled.FILE).read_bytes())
    found: dict[Path, Any] = {}
    for source in sources(CATALOGUE):
        told = plain[source.relative_to(CATALOGUE).as_posix()]["flow"]
        text = source.read_text(encoding="utf-8")
        for number in range(times):
            code = told["item"] if number == 0 else f"{told['item']}-{number}"
            path = root / code.partition(".")[0] / f"{code.partition('.')[2]}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(f"item: {told['item']}\n", f"item: {code}\n", 1), encoding="utf-8")
            found[path] = {**told, "item": code}
    (root / compiled.FILE).write_text(compiled.text(root, found), encoding="utf-8")


def loaded(root: Path) -> list[float]:
    """How many items there are below `root`; the ms and the MB that loading them takes in this process."""
    before, began = _resident(), time.process_time()
    flows = load_all(root)
    took = (time.process_time() - began) * 1000
    gc.collect()
    return [len(flows), took, _resident() - before]


def _resident() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def turned(root: Path) -> list[float]:
    """The 95th percentile of a page turn, in ms, with all items of `root` at hand."""
    flows = load_all(root)
    world = _Recorded()
    citizen = Citizen(world.flow, Script())
    while not world.run.ended:
        act = citizen.does(world.run, world.page)
        assert act is not None, world.page.title
        world.tell(act)
    times: list[float] = []
    for _ in range(WALKS):
        run, _effects = engine.start(flows[ITEM], "v.1", at=AT)
        for event in world.events:
            began = time.thread_time()
            flow = flows[ITEM]
            run, _effects = engine.advance(flow, run, event)
            engine.offered(engine.page(flow, run))
            times.append((time.thread_time() - began) * 1000)
        assert run.ended == "done"
    return [percentile(times, 95)]


def apart(what: str, root: Path) -> list[float]:
    """What `loaded` or `turned` says in a process of its own."""
    program = (
        f"import json, pathlib, sys; from tests.bench import scale; root = pathlib.Path(sys.argv[1]); "
        f"print(json.dumps(scale.{what}(root)))"
    )
    command = [sys.executable, "-c", program, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout)
    return found


def medians(what: str, few: Path, many: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Of each figure the median over `rounds`, for few and for many."""
    pairs = [(apart(what, few), apart(what, many)) for _ in range(rounds)]
    first, second = (
        [statistics.median(each) for each in zip(*some, strict=True)] for some in zip(*pairs, strict=True)
    )
    return first, second


def measured(times: int, rounds: int) -> list[dict[str, Any]]:
    """The rows, of `times` as many items."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        few, many = Path(folder, "few"), Path(folder, "many")
        multiplied(few, 1)
        multiplied(many, times)
        (count, ms, mb), (more, ms_more, mb_more) = medians("loaded", few, many, rounds)
        [turn], [turn_more] = medians("turned", few, many, 3 * rounds)
    among, there = f"among {count:.0f}", f"{more:,.0f} items"
    return [
        row(
            f"{count:.0f} items loaded as compiled, processor",
            "ms",
            ms,
            limit=("issue D", LIMIT_MS),
            goal=1.0,
        ),
        row(f"of {there}: one loaded", "ms", ms_more / more, peer=(among, ms / count), goal=GROWTH),
        row(
            f"of {there}: memory of one",
            "KB",
            mb_more / more * 1024,
            peer=(among, mb / count * 1024),
            goal=GROWTH,
        ),
        row(f"page turn through the engine, {there}, p95", "ms", turn_more, peer=(among, turn), goal=GROWTH),
    ]


def run() -> list[dict[str, Any]]:
    """The rows."""
    return measured(TIMES, ROUNDS)
