"""The console script, as a technician types it."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.loader import CATALOGUE, load_all, load_names
from kiosk import keys
from kiosk.agent import CannotServe, _server
from kiosk.cli import CHECKOUT, main
from kiosk.receipt_code import PaperCode, PaperKind, sign
from tests.kiosk.clocks import TestClock


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands set up logging for their process; this one has more tests to run."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def terminal(tmp_path: Path) -> Path:
    """A configured terminal without a network: its TOML."""
    keys.create(tmp_path / "key.pem")
    path = tmp_path / "terminal.toml"
    path.write_text(
        """
[terminal]
id = "tj-test-1"
name = "测试厅"
[identity]
issuer = "https://127.0.0.1:9"
client_id = "tj-test-1"
key_file = "key.pem"
ca_file = "ca.pem"
[gateway]
base_url = "https://127.0.0.1:9/v1"
ca_file = "ca.pem"
[store]
path = "store"
""",
        encoding="utf-8",
    )
    return path


def test_flows_list_tells_what_each_item_is_and_how_little_is_typed() -> None:
    done = CliRunner().invoke(main, ["flows", "list", "--json"])
    rows = {row["item"]: row for row in json.loads(done.output)}
    assert set(rows) <= set(load_names())
    senior = rows["civil.senior-allowance-apply"]
    assert (senior["offline"], senior["identity"], senior["kind"]) == ("queue", "card", "apply")
    assert senior["typed_before"] == 4
    assert senior["typed_after"] == 0


def test_flows_lint_finds_nothing_in_the_catalogue() -> None:
    done = CliRunner().invoke(main, ["flows", "lint", "--json"])
    assert (done.exit_code, json.loads(done.output)) == (0, [])


def test_a_wrong_configuration_is_told_with_every_mistake_and_exit_2(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_text('[terminl]\nid = "x"\n', encoding="utf-8")
    done = CliRunner().invoke(main, ["outbox", "list", "--config", str(path)])
    assert done.exit_code == 2
    assert "did you mean `terminal`?" in done.output
    assert "add a table [gateway]" in done.output


def test_run_tells_what_is_missing_and_does_not_trace_back(terminal: Path) -> None:
    done = CliRunner().invoke(main, ["run", "--config", str(terminal)])
    assert done.exit_code == 2
    assert "ca.pem" in done.output
    assert "Traceback" not in done.output


def test_doctor_tells_every_trouble_with_its_remedy_and_exit_1(terminal: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", "--json", "--config", str(terminal)])
    found = {check["what"]: check for check in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert found["terminal key"]["state"] == "good"
    assert found["identity CA"]["state"] == "bad"
    assert found["outbox"]["state"] == "unknown"
    assert found["ID card reader"]["state"] == "unknown"
    assert all(check["remedy"] for check in found.values() if check["state"] == "bad")


def test_run_tells_that_another_program_has_the_port(terminal: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=rf"\[web\] 127.0.0.1:{port}: .*change \[web\] port"):
            _server("127.0.0.1", port)


def test_flows_lint_tells_a_broken_file_with_line_and_remedy_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = CATALOGUE / "civil" / "senior-allowance-apply.yaml"
    broken = tmp_path / "civil" / shipped.name
    broken.parent.mkdir()
    text = shipped.read_text(encoding="utf-8").replace("offline: queue\n", "offline: queu\n", 1)
    broken.write_text(text, encoding="utf-8")
    monkeypatch.setattr("kiosk.cli.load_all", lambda: load_all(tmp_path))
    done = CliRunner().invoke(main, ["flows", "lint", "--json"])
    [finding] = json.loads(done.output)
    assert (done.exit_code, finding["file"]) == (1, str(broken))
    assert text.splitlines()[finding["line"] - 1] == "offline: queu"
    assert finding["remedy"]


def test_doctor_tells_a_wrong_profile(terminal: Path) -> None:
    text = terminal.read_text(encoding="utf-8")
    printer = (
        '\n[devices.receipt_printer]\ndriver = "escpos-network"\nhost = "127.0.0.1"\nprofile = "nothing"\n'
    )
    terminal.write_text(text + printer, encoding="utf-8")
    done = CliRunner().invoke(main, ["doctor", "--json", "--config", str(terminal)])
    assert done.exit_code == 2
    assert "devices.receipt_printer.profile: is 'nothing'" in done.output


def test_outbox_without_a_store_says_so(terminal: Path) -> None:
    done = CliRunner().invoke(main, ["outbox", "list", "--json", "--config", str(terminal)])
    assert done.exit_code == 2
    assert "StoreBroken" in done.output


def test_receipt_verify_needs_only_public_keys(tmp_path: Path) -> None:
    key = keys.generate()
    code = PaperCode(
        kind=PaperKind.SLIP,
        item="civil.senior-allowance-apply",
        flow_version="1",
        number="0b8f7c1e-6f0e-4a63-9d5b-0d0f7f4f9a11",
        at=TestClock().now(),
        terminal="tj-test-1",
    )
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [dict(key.public_jwk)]}), encoding="utf-8")
    text = sign(code, key)
    good = CliRunner().invoke(main, ["receipt", "verify", "-", "--jwks", str(jwks), "--json"], input=text)
    assert good.exit_code == 0
    assert json.loads(good.output)["number"] == code.number
    jwks.write_text(json.dumps(dict(keys.generate().public_jwk)), encoding="utf-8")
    other = CliRunner().invoke(main, ["receipt", "verify", text, "--jwks", str(jwks), "--json"])
    assert other.exit_code == 1
    assert json.loads(other.output) == {"genuine": False, "reason": "other-key"}


def test_demo_and_walker_run_from_a_checkout_wherever_one_stands(tmp_path: Path) -> None:
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from kiosk.cli import CHECKOUT, main; main()"
    for name in ("demo", "walk"):
        command = [sys.executable, "-I", "-c", code, str(CHECKOUT), name, "--help"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert f"kiosk {name}" in done.stdout


def test_the_demo_is_not_in_a_field_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("kiosk.cli.CHECKOUT", tmp_path)
    done = CliRunner().invoke(main, ["demo"])
    assert done.exit_code == 2
    assert "field build" in done.output
