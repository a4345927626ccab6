"""``python -m deploy.sandbox.soap``: the service as a process, until SIGTERM or until its parent is gone."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import click

from deploy.sandbox import bugs, certs
from deploy.sandbox.serving import HttpServer
from deploy.sandbox.soap.faults import Faults
from deploy.sandbox.soap.register import Register
from deploy.sandbox.soap.service import Service, control

PARENT_CHECK_SECONDS = 0.5


@click.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where the sandbox's CA and certificates are (made where they are not), and soap.db.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any free port.")
@click.option("--control-port", type=click.IntRange(0, 65535), default=0, help="0: any free port.")
@click.option("--licence", required=True, help="The licence code (sqzcm) that is taken.")
def main(directory: Path, port: int, control_port: int, licence: str) -> None:
    """Run the police's migration service of the sandbox."""
    bugs.log_to_stderr()
    parent = os.getppid()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    directory.mkdir(parents=True, exist_ok=True)
    try:
        _, certificate, key = certs.ensure(directory)
        register, orders = Register(directory / "soap.db"), Faults()
        server, page = HttpServer(port, tls=(certificate, key)), HttpServer(control_port, threads=2)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the service cannot start: {error}") from error
    server.serve(Service(register=register, orders=orders, licence=licence), "soap")
    page.serve(control(register, orders), "soap-control")
    click.echo(f"soap https://127.0.0.1:{server.port}/zagl  control http://127.0.0.1:{page.port}")
    while not stop.wait(PARENT_CHECK_SECONDS) and os.getppid() == parent:
        pass
    for one in (server, page):
        one.stop()
    register.close()


if __name__ == "__main__":
    main()
