"""The city as a process: its file, its certificates, its end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import requests

from deploy.sandbox.city import City, Plan
from deploy.sandbox.db import DatabaseUnfitError
from deploy.sandbox.keys import public_jwk
from tests.deploy.sandbox.world import TIMEOUT, World, new_key, public

ROOT = Path(__file__).parents[3]
START_SECONDS = 60.0


def command(directory: Path, *more: str) -> list[str]:
    """How a city is started."""
    jwk = directory.parent / "terminal.jwk"
    if not jwk.exists():
        jwk.write_text(public(new_key()))
    return [
        *(sys.executable, "-m", "deploy.sandbox", "--dir", str(directory)),
        *("--terminal", f"TJ-0001={jwk}", *more),
    ]


def said(process: subprocess.Popen[str]) -> str:
    """Its next line, which must come in time."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    assert ready
    return process.stdout.readline()


@contextmanager
def running(
    directory: Path, *more: str, stderr: IO[str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A city's process and its city.json."""
    with subprocess.Popen(
        command(directory, *more), cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True
    ) as process:
        try:
            assert "gateway" in said(process)
            yield process, json.loads((directory / "city.json").read_text())
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(TIMEOUT)


def test_the_file_says_where_the_city_is_until_it_ends(tmp_path: Path) -> None:
    directory = tmp_path / "city"
    with running(directory) as (process, where):
        assert where["pid"] == process.pid
        assert set(where) == {"issuer", "gateway", "control", "ca_file", "pid"}
        health = requests.get(f"{where['gateway']}/health", verify=where["ca_file"], timeout=TIMEOUT)
        assert health.json()["status"] == "ok"
        assert requests.get(f"{where['control']}/people", timeout=TIMEOUT).ok
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{where['gateway']}/health", timeout=TIMEOUT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0
        assert not (directory / "city.json").exists()


def test_the_city_ends_with_whoever_started_it(tmp_path: Path) -> None:
    # A parent that starts the city, tells its pid, and is killed.
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    start = [sys.executable, "-c", script, *command(tmp_path / "city")]
    with subprocess.Popen(start, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        handle = os.pidfd_open(int(said(parent)))
        try:
            parent.kill()
            parent.wait(TIMEOUT)
            ended, _, _ = select.select([handle], [], [], TIMEOUT)
            assert ended
        finally:
            os.close(handle)
    assert not (tmp_path / "city" / "city.json").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--issuer", "http://127.0.0.1:1"], "must be https://HOST:PORT"),
        (["--gateway-url", "https://127.0.0.1:1"], "must be https://HOST:PORT/v1"),
        (["--terminal", "TJ-0001=/nowhere"], "given twice"),
        (["--terminal", "TJ-0002=/nowhere"], "No such file"),
        (["--terminal", "TJ-0002"], "ID=PUBLIC_JWK_FILE"),
    ],
)
def test_a_wrong_order_is_refused_with_words(tmp_path: Path, more: list[str], words: str) -> None:
    done = subprocess.run(
        command(tmp_path / "city", *more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_private_key_is_no_enrolment(tmp_path: Path) -> None:
    private = json.dumps(new_key().as_dict(private=True))
    with pytest.raises(ValueError, match="private key"):
        City(Plan(tmp_path / "city", {"TJ-0001": private})).start()


@pytest.mark.parametrize("option", ["--identity-port", "--gateway-port", "--control-port"])
def test_a_port_that_is_taken_ends_it_at_once(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            command(tmp_path / "city", option, port),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
    assert (ended.returncode, "Address already in use" in ended.stderr) == (1, True)


@pytest.mark.parametrize("more", ["", ', "x": 5, "y": "a"'])
def test_half_a_key_is_no_enrolment(more: str) -> None:
    with pytest.raises(ValueError, match="not its coordinates"):
        public_jwk('{"kty": "EC", "crv": "P-256"' + more + "}")


def test_the_next_start_keeps_the_authority_the_keys_and_the_cases(tmp_path: Path) -> None:
    first = World(tmp_path / "city")
    authority = first.city.ca_file.read_bytes()
    sealing = first.sealing_key()
    case_no = first.submit(first.application(), "9d3f8d5e-0e6e-4b7a-bb6e-4a5c3b2a1f00").json()["case_no"]
    first.close()
    second = World(tmp_path / "city")
    try:
        assert second.city.ca_file.read_bytes() == authority
        assert second.sealing_key() == sealing
        assert [case["case_no"] for case in second.ledger()["cases"]] == [case_no]
    finally:
        second.close()


def test_a_database_of_another_seed_is_not_mixed_up(tmp_path: Path) -> None:
    World(tmp_path / "city").close()
    with pytest.raises(DatabaseUnfitError, match="--seed"):
        City(Plan(tmp_path / "city", {}, seed=7)).start()


def test_private_keys_are_the_owners_only(world: World) -> None:
    for name in ("ca.key", "server.key"):
        assert (world.directory / name).stat().st_mode & 0o077 == 0


def test_a_cable_in_front_gives_the_public_names(tmp_path: Path) -> None:
    world = World(tmp_path / "city", issuer="https://127.0.0.1:4443", gateway_url="https://127.0.0.1:4444/v1")
    try:
        url = f"{world.city.own_issuer}/.well-known/openid-configuration"
        metadata = world.http.get(url, timeout=TIMEOUT).json()
        assert metadata["token_endpoint"] == "https://127.0.0.1:4443/token"
        assert world.phone_codes()["verification_uri"] == "https://127.0.0.1:4443/phone"
        assert world.call("listCases", world.as_person("p-wang-xiulan")).status_code == 200
        where = json.loads((world.directory / "city.json").read_text())
        assert where["gateway"] == "https://127.0.0.1:4444/v1"
    finally:
        world.close()


def test_a_client_cut_off_in_its_handshake_keeps_nobody_else_waiting(world: World) -> None:
    port = int(world.city.own_gateway_url.rpartition(":")[2].removesuffix("/v1"))
    with socket.create_connection(("127.0.0.1", port)) as silent:
        silent.send(b"\x16\x03\x01")
        answer = requests.get(
            f"{world.city.own_gateway_url}/health", verify=str(world.city.ca_file), timeout=3
        )
        assert answer.status_code == 200


def test_the_certificate_is_for_localhost_too(world: World) -> None:
    port = int(world.city.own_issuer.rpartition(":")[2])
    context = ssl.create_default_context(cafile=str(world.city.ca_file))
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        assert secured.version() == "TLSv1.3"
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(raw, server_hostname="gateway.example")
