"""The city put together: database, certificates, three servers, and the file that says where they are."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from . import certs, control, keys, people, seed
from .context import Context
from .db import Database, Tx
from .faults import Faults
from .gateway import app as gateway
from .gateway import idempotency
from .identity import app as identity
from .serving import HttpServer
from .town import town

CITY_FILE = "city.json"


@dataclass(frozen=True)
class Plan:
    """What the city is to be. `terminals` are public JWKs (JSON text) by terminal id; port 0 is any free one.

    `issuer` and `gateway_url` are the public URLs where a forwarder stands in front; else the servers' own.
    """

    directory: Path
    terminals: Mapping[str, str]
    identity_port: int = 0
    gateway_port: int = 0
    control_port: int = 0
    issuer: str | None = None
    gateway_url: str | None = None
    seed: int = people.DEFAULT_SEED

    def __post_init__(self) -> None:
        """Raises ValueError for a URL that cannot be served."""
        for url, path in ((self.issuer, ""), (self.gateway_url, gateway.BASE)):
            if url is None:
                continue
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname or parts.path != path or parts.query:
                raise ValueError(f"{url}: must be https://HOST:PORT{path}")


@dataclass
class City:
    """A running city; a context manager. `now` is Unix seconds, `pause` what a slow answer waits with."""

    plan: Plan
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Bind, populate, serve; city.json appears last. Raises OSError, ValueError, DatabaseUnfitError."""
        plan = self.plan
        plan.directory.mkdir(parents=True, exist_ok=True)
        self._file = plan.directory / CITY_FILE
        self._file.unlink(missing_ok=True)
        self.ca_file, certificate, key = certs.ensure(plan.directory)
        self._db = Database(plan.directory / "city.db")
        with self._db.transaction() as tx:
            seed.populate(tx, plan.seed)
            keys.ensure(tx, self.now())
            idempotency.sweep(tx)
            enrol(tx, self.plan.terminals)
        self._servers = self._bound((certificate, key))
        ports = [server.port for server in self._servers]
        self.own_issuer = f"https://127.0.0.1:{ports[0]}"
        self.own_gateway_url = f"https://127.0.0.1:{ports[1]}{gateway.BASE}"
        self.control_url = f"http://127.0.0.1:{ports[2]}"
        self.issuer = plan.issuer or self.own_issuer
        self.gateway_url = plan.gateway_url or self.own_gateway_url
        self.context = Context(
            self._db, self.now, self.pause or self._wait, self.issuer, self.gateway_url, Faults()
        )
        apps = (
            ("identity", identity.create(self.context)),
            ("gateway", gateway.create(self.context)),
            ("control", control.create(self.context, town(plan.seed).persons)),
        )
        for server, (name, app) in zip(self._servers, apps, strict=True):
            server.serve(app, name)
        self._announce()

    def _bound(self, tls: tuple[Path, Path]) -> list[HttpServer]:
        """Identity, gateway, control. Raises OSError when a port is taken; then none is left, for its
        threads would keep the process alive."""
        plan = self.plan
        servers: list[HttpServer] = []
        try:
            servers.append(HttpServer(plan.identity_port, tls=tls))
            servers.append(HttpServer(plan.gateway_port, tls=tls))
            servers.append(HttpServer(plan.control_port, threads=4))
        except OSError:
            for server in servers:
                server.stop()
            self._db.close()
            raise
        return servers

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _announce(self) -> None:
        where = {
            "issuer": self.issuer,
            "gateway": self.gateway_url,
            "control": self.control_url,
            "ca_file": str(self.ca_file.resolve()),
            "pid": os.getpid(),
        }
        beside = self._file.with_name(CITY_FILE + ".new")
        beside.write_text(json.dumps(where, indent=1) + "\n", encoding="utf-8")
        beside.replace(self._file)

    def stop(self) -> None:
        """Take city.json away, end what is slow, stop serving, close the database."""
        with contextlib.suppress(FileNotFoundError):
            self._file.unlink()
        self._stopping.set()
        for server in self._servers:
            server.stop()
        self._db.close()

    def __enter__(self) -> City:
        """Started."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stopped."""
        self.stop()


def enrol(tx: Tx, terminals: Mapping[str, str]) -> None:
    """Make the city know `terminals`: public JWKs (JSON text) by terminal id. Raises ValueError."""
    for name, text in terminals.items():
        key = keys.public_jwk(text)
        tx.run(
            "INSERT INTO terminals VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET thumbprint = excluded.thumbprint, jwk = excluded.jwk",
            name,
            key.thumbprint(),
            json.dumps(key.as_dict(private=False)),
        )
