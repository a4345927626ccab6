"""What whole agents are measured against, each in a process of its own: the sandbox city and the agent."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.demo.terminal import TERMINAL_ID, Places
from tests.bench.visitor import SECONDS

Serve = Callable[[Connection, Path, dict[str, str]], None]
"""What runs in the agent's process: pipe, configuration, the card that everybody has."""


@contextmanager
def city(
    places: Places, identity: int, gateway: int, *, issuer: str | None = None, gateway_url: str | None = None
) -> Iterator[str]:
    """A running city on these ports: where its control page is. The addresses: where a forwarder is."""
    command = [sys.executable, "-m", "deploy.sandbox", "--dir", str(places.city)]
    command += ["--identity-port", str(identity), "--gateway-port", str(gateway)]
    command += ["--terminal", f"{TERMINAL_ID}={places.public_jwk}"]
    if issuer and gateway_url:
        command += ["--issuer", issuer, "--gateway-url", gateway_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said, "the city did not start"
            yield said.split()[-1]
        finally:
            process.terminate()


@contextmanager
def agent(serve: Serve, config: Path, card: dict[str, str]) -> Iterator[tuple[Connection, int, str]]:
    """A running agent: the pipe to it, its process id, and what opens its pages."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, config, card), daemon=True)
    process.start()
    try:
        assert here.poll(SECONDS), "the agent did not start"
        number, url = here.recv()
        yield here, number, url
    finally:
        here.close()  # which is what the process waits for
        process.join(SECONDS)
        process.kill()


def ask(control: str, method: str, path: str) -> Any:
    """The city's control page."""
    connection = http.client.HTTPConnection(urlsplit(control).netloc, timeout=SECONDS)
    connection.request(method, path)
    response = connection.getresponse()
    assert response.status == 200, f"{path} answered {response.status}"
    answer = json.loads(response.read())
    connection.close()
    return answer
