"""The console script `kiosk`. Each command says in plain words what it did; `--json` says it to machines.

Exit codes: 0 all is well; 1 something was found or refused; 2 the call or the configuration is wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import click

from drivers.exc import DriverError
from flows.loader import FlowError
from kiosk import __version__, keys
from kiosk.cli_common import CONFIG, JSON, Told, configured, say
from kiosk.cli_devices import printer, speaker, touchscreen
from kiosk.cli_flows import flows
from kiosk.cli_receipt import receipt
from kiosk.cli_stores import journal, outbox, payments
from offline_cache.exc import OfflineCacheError

CHECKOUT = Path(__file__).resolve().parents[1]
"""The repository, when this runs from one; else where packages are installed."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """The self-service terminal agent."""


@main.command()
@CONFIG
@click.option(
    "--ready", type=click.Path(path_type=Path, dir_okay=False), help="Write the address here when serving."
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
def run(config_file: Path, ready: Path | None, log_level: str) -> None:
    """Run the terminal until it is told to stop (SIGTERM, Ctrl-C)."""
    from kiosk import logs, service, undumped  # noqa: PLC0415 - the other commands start without devices and web

    undumped.never_dumped()
    settings = configured(config_file)
    logs.set_up(log_level)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())

    def serving(address: str) -> None:
        if ready is None:
            click.echo(address)
        else:
            _write_private(ready, json.dumps({"url": address, "pid": os.getpid()}))

    try:
        service.run(settings, serving, stopped)
    except (keys.KeyFileError, OfflineCacheError, DriverError, FlowError, ValueError, OSError) as error:
        raise Told(f"{type(error).__name__}: {error}") from error


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and for the agent's user only: it holds the secret of the pages."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


_PASS_ON: dict[str, Any] = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@main.command(context_settings=_PASS_ON)
@click.pass_context
def demo(context: click.Context) -> None:
    """A city, simulated devices, the terminal, and a dock to act on them (from a checkout only)."""
    _deploy("deploy.demo", context.args)


@main.command(context_settings=_PASS_ON)
@click.pass_context
def walk(context: click.Context) -> None:
    """Walk ITEM through the pages from first touch to rating, and judge it (from a checkout only)."""
    _deploy("deploy.walk", context.args)


def _deploy(module: str, arguments: list[str]) -> NoReturn:
    """The demo and the walker are not on a terminal; where they are, they run in this process's place."""
    if not (CHECKOUT / "deploy" / "__init__.py").is_file():
        raise Told("this is a field build: the demo and the walker run from a checkout of the repository")
    # deploy is not installed, not even from a checkout: it is found beside us, wherever one stands.
    where = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    os.execve(  # noqa: S606 - fixed program
        sys.executable, [sys.executable, "-m", module, *arguments], {**os.environ, "PYTHONPATH": where}
    )


@main.command()
@CONFIG
@JSON
def doctor(config_file: Path, as_json: bool) -> None:
    """Look at everything a visit needs: files, keys, network, devices; each with its remedy."""
    from kiosk import logs  # noqa: PLC0415 - as above
    from kiosk.commands.doctor import examine  # noqa: PLC0415

    logs.set_up("error")  # what a driver warns of is said by its check
    settings = configured(config_file)

    def progress(what: str) -> None:
        click.echo(f"… {what}", err=True)

    checks = examine(settings, progress)
    if as_json:
        say([check.as_dict() for check in checks])
    else:
        for check in checks:
            click.echo(str(check))
    sys.exit(0 if all(check.state != "bad" for check in checks) else 1)


for group in (flows, payments, outbox, journal, printer, touchscreen, speaker, receipt):
    main.add_command(group)

if __name__ == "__main__":
    main()
