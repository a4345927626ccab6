"""``python -m deploy.sandbox``: the city as a process, until SIGTERM or until its parent is gone."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import click

from . import bugs
from .city import City, Plan
from .db import DatabaseUnfitError
from .people import DEFAULT_SEED

PARENT_CHECK_SECONDS = 0.5
"""How soon it is noticed that whoever started the city is gone (PR_SET_PDEATHSIG would go by the thread
that started it, which may end long before its process)."""


def _terminals(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        name, _, path = value.partition("=")
        if not name or not path:
            raise click.BadParameter(f"{value}: must be ID=PUBLIC_JWK_FILE")
        if name in found:
            raise click.BadParameter(f"{name} is given twice")
        try:
            found[name] = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise click.BadParameter(f"{path}: {error.strerror}") from error
    return found


@click.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the city keeps its CA, certificates, database, and city.json.",
)
@click.option("--identity-port", type=click.IntRange(0, 65535), default=0, help="0: any free port.")
@click.option("--gateway-port", type=click.IntRange(0, 65535), default=0, help="0: any free port.")
@click.option("--control-port", type=click.IntRange(0, 65535), default=0, help="0: any free port.")
@click.option("--issuer", help="Public https://HOST:PORT of identity when a forwarder stands in front.")
@click.option("--gateway-url", help="Public https://HOST:PORT/v1 of the gateway, likewise.")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="What the city is made from.")
@click.option(
    "--terminal",
    "terminals",
    multiple=True,
    required=True,
    callback=_terminals,
    metavar="ID=PUBLIC_JWK_FILE",
    help="An enrolled terminal; may be repeated.",
)
def main(directory: Path, terminals: dict[str, str], **rest: object) -> None:
    """Run the sandbox city."""
    bugs.log_to_stderr()
    parent = os.getppid()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        city = City(Plan(directory=directory, terminals=terminals, **rest))  # type: ignore[arg-type]
        city.start()
    except (OSError, ValueError, KeyError, DatabaseUnfitError) as error:
        raise click.ClickException(f"the city cannot start: {error}") from error
    click.echo(f"identity {city.issuer}  gateway {city.gateway_url}  control {city.control_url}")
    while not stop.wait(PARENT_CHECK_SECONDS) and os.getppid() == parent:
        pass
    city.stop()


if __name__ == "__main__":
    main()
