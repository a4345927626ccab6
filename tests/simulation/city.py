"""The city in this process: the sandbox's identity and gateway on a database, without servers.

Everything that takes long to make is made once a process: the registers, the terminal's key, and the content
that a terminal has after its first hour.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from deploy.sandbox import keys as city_keys
from deploy.sandbox import ledger, seed
from deploy.sandbox.city import enrol
from deploy.sandbox.context import Context
from deploy.sandbox.db import Database, Tx
from deploy.sandbox.faults import Faults
from deploy.sandbox.gateway import app as gateway
from deploy.sandbox.identity import app as identity
from deploy.sandbox.people import DEFAULT_SEED
from deploy.sandbox.sheets import sheets
from deploy.sandbox.town import town
from flows.model import Flow
from kiosk import keys
from kiosk.world import Material
from tests.flows.shipped import offered
from tests.simulation.clock import START, true_time
from tests.simulation.steps import STEPS
from tests.simulation.tasks import Tasks
from tests.system.errand import public

TERMINAL = "TJ-0001"
ISSUER = "https://id.city.test"
GATEWAY = "https://gw.city.test"


@dataclass(frozen=True)
class Ground:
    """What every simulated world begins with."""

    folder: Path
    key_file: Path
    people: dict[str, dict[str, Any]]
    material: Material

    @property
    def registers(self) -> Path:
        """The city's database, as it is at START."""
        return self.folder / "city.db"

    @property
    def content(self) -> Path:
        """What a terminal holds of public content after its first minutes; not there at first."""
        return self.folder / "content.db"


@cache
def ground() -> Ground:
    """Made once a process, in a folder of its own that goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=memory()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    key = keys.create(folder / "key.pem")
    simulated = _simulated()
    db = Database(folder / "city.db")
    with db.transaction() as tx:
        seed.populate(tx, DEFAULT_SEED)
        _leave_only(tx, simulated)
        city_keys.ensure(tx, START.timestamp())
        enrol(tx, {TERMINAL: public(key)})
        people = {each["id"]: each for each in sheets(tx, town(DEFAULT_SEED).persons)}
    db.close()
    whole = Material.load()

    def few(flows: Mapping[str, Flow]) -> dict[str, Flow]:
        return {code: flow for code, flow in flows.items() if code in simulated}

    items = replace(whole.items, flows=few(whole.items.flows))
    return Ground(folder, folder / "key.pem", people, replace(whole, items=items, ours=few(whole.ours)))


def _simulated() -> frozenset[str]:
    """Items, and what bundles are made of: a terminal that offers all 373 fetches as many guides at each of
    its starts, and tells nothing else."""
    flows = offered()
    bundles = [flows[code].bundle for code in STEPS]
    return frozenset(STEPS) | {child.item for each in bundles if each is not None for child in each.children}


def _leave_only(tx: Tx, items: Collection[str]) -> None:
    marks = ", ".join("?" * len(items))
    for table, column in (("drafts", "item"), ("items", "code")):
        tx.run(f"DELETE FROM {table} WHERE {column} NOT IN ({marks})", *items)  # noqa: S608 - our own names


def memory() -> Path | None:
    """A folder in memory, where there is one: nothing here has to outlive the process."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() else None


class SimulatedCity:
    """Identity and gateway as WSGI applications by their host, over one database.

    The applications are made once a process and keep nothing: everything is in the database and the faults.
    """

    def __init__(self, folder: Path, tasks: Tasks) -> None:
        shutil.copy(ground().registers, folder / "city.db")
        self._db = Database(folder / "city.db")
        self._tasks = tasks
        self.faults = Faults()
        self.context, self._apps = _applications()

    def app(self, host: str) -> WSGIApplication:
        """Whoever answers at `host`; speaks of this city from now on."""
        _PRESENT.city = self
        return self._apps[host]

    def now(self) -> float:
        """Unix seconds."""
        return true_time(self._tasks).timestamp()

    def rotate_keys(self) -> None:
        """New keys to seal to and to sign with; the old ones are retired, and honoured for their time."""
        with self._db.transaction() as tx:
            tx.run("UPDATE keys SET expires_at = ? WHERE purpose = 'gateway-enc'", self.now())
            city_keys.ensure(tx, self.now())
            city_keys.rotate(tx, self.now() + 3600.0)

    def ledger(self) -> dict[str, Any]:
        """The city's own record."""
        with self._db.transaction() as tx:
            return ledger.read(tx)

    def effects(self) -> list[dict[str, Any]]:
        """What took effect, in order."""
        with self._db.transaction() as tx:
            return tx.all("SELECT key, operation, made, at FROM effects ORDER BY id")

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()


class _Present:
    """The city that the applications speak of: `Context`'s parts ask for it each time."""

    city: SimulatedCity

    def now(self) -> float:
        return self.city.now()

    @property
    def transaction(self) -> Any:
        return self.city._db.transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.city.faults, name)


_PRESENT = _Present()


@cache
def _applications() -> tuple[Context, dict[str, WSGIApplication]]:
    present: Any = _PRESENT
    context = Context(present, present.now, lambda _: None, ISSUER, GATEWAY + gateway.BASE, present)
    apps: dict[str, WSGIApplication] = {
        "id.city.test": identity.create(context),
        "gw.city.test": gateway.create(context),
    }
    return context, apps
