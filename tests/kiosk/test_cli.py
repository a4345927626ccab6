"""The console script, as a technician types it."""

from __future__ import annotations

import errno
import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from deploy.sandbox import certs
from deploy.sandbox.city import City, Plan
from deploy.sandbox.identity.tokens import BadTokenError
from flows.loader import CATALOGUE, load_names
from kiosk import keys, undumped
from kiosk.cli import CHECKOUT, main
from kiosk.clock import SystemClock
from kiosk.receipt_code import PaperCode, PaperKind, sign
from kiosk.service import CannotServe, _server
from kiosk.store import Stores
from offline_cache.exc import StoreBroken
from tests.flows.shipped import offered, shipped
from tests.kiosk.clocks import TestClock


@pytest.fixture(autouse=True)
def _process_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands set up logging and forbid core dumps for their process; this one has more tests to run."""
    monkeypatch.setattr(undumped, "never_dumped", lambda: None)
    for where, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(where, name, getattr(where, name))
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
    told = json.loads(done.output)
    rows = {row["item"]: row for row in told}
    assert len(told) == len(rows)
    assert set(rows) == set(load_names())
    assert {frozenset(row) for row in told} == {
        frozenset(
            (
                *("item", "version", "name", "domain", "kind", "identity", "offline", "channels", "needs"),
                *("steps", "fields", "typed_before", "typed_after"),
            )
        )
    }
    senior = rows["civil.senior-allowance-apply"]
    assert (senior["offline"], senior["identity"], senior["kind"]) == ("queue", "card+face", "apply")
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


def doctor(terminal: Path) -> dict[str, dict[str, str]]:
    done = CliRunner().invoke(main, ["doctor", "--json", "--config", str(terminal)])
    found = {check["what"]: check for check in json.loads(done.stdout)}
    assert done.exit_code == int(any(check["state"] == "bad" for check in found.values()))
    return found


@pytest.fixture
def city(terminal: Path, tmp_path: Path) -> Iterator[City]:
    """A city that knows the terminal, which is configured for it."""
    public = json.dumps(keys.load(tmp_path / "key.pem").public_jwk)
    with City(Plan(tmp_path / "city", {"tj-test-1": public})) as city:
        text = terminal.read_text(encoding="utf-8").replace('"ca.pem"', '"city/ca.pem"')
        text = text.replace("https://127.0.0.1:9/v1", city.gateway_url)
        terminal.write_text(text.replace("https://127.0.0.1:9", city.issuer), encoding="utf-8")
        yield city


@pytest.mark.usefixtures("city")
def test_doctor_finds_a_city_that_knows_the_terminal_good(terminal: Path) -> None:
    found = doctor(terminal)
    services = ("identity CA", "gateway CA", "unified identity", "gateway", "terminal at the gateway")
    assert {name: found[name]["state"] for name in services} == dict.fromkeys(services, "good")


def test_doctor_tells_an_address_that_is_not_the_services(city: City, terminal: Path) -> None:
    text = terminal.read_text(encoding="utf-8")
    terminal.write_text(text.replace(city.issuer, city.issuer + "/").replace("/v1", "/v2"), encoding="utf-8")
    found = doctor(terminal)
    assert found["unified identity"]["found"].endswith(f"discovery names another issuer: {city.issuer})")
    assert "`issuer`" in found["unified identity"]["remedy"]
    assert found["gateway"]["found"] == "answers 404"
    assert "`base_url`" in found["gateway"]["remedy"]


@pytest.mark.usefixtures("city")
def test_doctor_tells_a_ca_that_did_not_sign_for_the_city(terminal: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certs.ensure(tmp_path / "other")
    text = terminal.read_text(encoding="utf-8").replace("city/ca.pem", "other/ca.pem")
    terminal.write_text(text, encoding="utf-8")
    found = doctor(terminal)
    assert found["gateway"]["found"].startswith("unreachable: tls (certificate refused")
    assert "`ca_file`" in found["gateway"]["remedy"]


def test_doctor_tells_a_terminal_that_nobody_enrolled(city: City, terminal: Path, tmp_path: Path) -> None:
    with city.context.db.transaction() as tx:
        other = keys.generate()
        tx.run("UPDATE terminals SET jwk = ?, thumbprint = ?", json.dumps(other.public_jwk), other.kid)
    assert doctor(terminal)["unified identity"]["found"] == "refused: invalid_client"


def test_doctor_tells_a_gateway_that_does_not_take_the_token(
    city: City, terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(context: object, token: str) -> None:
        raise BadTokenError("not a token of this platform")

    monkeypatch.setattr("deploy.sandbox.gateway.app.caller", refuse)
    found = doctor(terminal)
    assert found["gateway"]["state"] == "good"
    assert found["terminal at the gateway"]["found"] == "refused: 401 BAD_TOKEN"


def test_doctor_gives_the_keys_own_remedy(terminal: Path, tmp_path: Path) -> None:
    (tmp_path / "key.pem").chmod(0o644)
    found = doctor(terminal)["terminal key"]
    assert "0644" in found["found"]
    assert "chmod 600" in found["remedy"]


def test_doctor_tells_what_is_no_ca(terminal: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"0\x82\x01\x0a")  # as the same certificate begins in DER
    found = doctor(terminal)["gateway CA"]
    assert "no certificate in PEM" in found["found"]
    assert "BEGIN CERTIFICATE" in found["remedy"]


def test_a_store_that_cannot_be_is_told(
    terminal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "store").write_text("a file", encoding="utf-8")
    assert "[store]" in doctor(terminal)["outbox"]["remedy"]
    with pytest.raises(
        StoreBroken, match=r"store cannot be made \(File exists\); correct `path` under \[store\]"
    ):
        Stores.open(tmp_path / "store", SystemClock(), Random(1))

    def denied(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", denied)  # root, who runs tests too, is denied nothing
    found = doctor(terminal)["outbox"]
    assert (found["state"], found["remedy"].partition(",")[0]) == ("bad", "look as the agent's user")
    done = CliRunner().invoke(main, ["outbox", "list", "--config", str(terminal)])
    assert (done.exit_code, "look as the agent's user" in done.output) == (2, True)


def test_run_tells_that_another_program_has_the_port(terminal: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=rf"\[web\] 127.0.0.1:{port}: .*change \[web\] port"):
            _server("127.0.0.1", port)


def test_flows_test_runs_the_tests_that_items_carry() -> None:
    everything = CliRunner().invoke(main, ["flows", "test"])
    assert everything.exit_code == 0
    assert f"of {len(offered())} items, 0 failures" in everything.output
    one = CliRunner().invoke(main, ["flows", "test", "service.item-guide", "--json"])
    assert (one.exit_code, json.loads(one.output)) == (0, [])
    assert CliRunner().invoke(main, ["flows", "test", "no.such"]).exit_code == 2


def test_flows_test_tells_in_words_what_is_not_as_an_item_says(monkeypatch: pytest.MonkeyPatch) -> None:
    guide = shipped()["service.item-guide"]
    changed = replace(guide, steps=guide.steps[:-1])
    monkeypatch.setattr("kiosk.cli_flows.load_all", lambda root=CATALOGUE: {guide.item: changed})
    said = CliRunner().invoke(main, ["flows", "test", guide.item])
    assert said.exit_code == 1
    assert "service.item-guide, 有网络: path: expected select, guide, display, print, rate; got select" in (
        said.output
    )
    told = CliRunner().invoke(main, ["flows", "test", "--json"])
    assert {row["what"] for row in json.loads(told.output)} == {"path"}


def test_flows_lint_tells_a_broken_file_with_line_and_remedy_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = CATALOGUE / "civil" / "senior-allowance-apply.yaml"
    broken = tmp_path / "civil" / shipped.name
    broken.parent.mkdir()
    text = shipped.read_text(encoding="utf-8").replace("offline: queue\n", "offline: queu\n", 1)
    broken.write_text(text, encoding="utf-8")
    monkeypatch.setattr("kiosk.cli_flows.CATALOGUE", tmp_path)
    done = CliRunner().invoke(main, ["flows", "lint", "--json"])
    [finding] = json.loads(done.output)
    assert (done.exit_code, finding["file"]) == (1, str(broken))
    assert text.splitlines()[finding["line"] - 1] == "offline: queu"
    assert finding["remedy"]


def test_flows_lint_tells_a_finding_with_the_line_that_it_is_about(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = CATALOGUE / "civil" / "senior-allowance-apply.yaml"
    wrong = tmp_path / "civil" / shipped.name
    wrong.parent.mkdir()
    text = shipped.read_text(encoding="utf-8").replace(
        "short: 高龄津贴申请", "short: 八十岁以上的高龄津贴", 1
    )
    text = text.replace('version: "1"', 'version: "2"', 1)  # it is another than was released
    wrong.write_text(text, encoding="utf-8")
    monkeypatch.setattr("kiosk.cli_flows.CATALOGUE", tmp_path)
    done = CliRunner().invoke(main, ["flows", "lint", "--json"])
    [finding] = json.loads(done.output)
    assert (done.exit_code, finding["code"], finding["file"]) == (1, "L149", str(wrong))
    assert text.splitlines()[finding["line"] - 1] == "short: 八十岁以上的高龄津贴"


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
    assert "start the agent once" in done.output


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


@pytest.mark.parametrize(
    "text", ["5", "[]", '{"keys": 5}', '{"keys": [5, "x"]}', '{"keys": []}', "{nope", '{"kty": "RSA"}']
)
def test_a_file_without_a_terminals_key_is_a_wrong_call_and_says_nothing_of_the_paper(
    tmp_path: Path, text: str
) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["receipt", "verify", "x", "--jwks", str(jwks)])
    assert (done.exit_code, str(jwks) in done.output) == (2, True)


def test_keys_of_another_kind_in_a_set_are_passed_over(tmp_path: Path) -> None:
    key = keys.generate()
    jwks = tmp_path / "jwks.json"
    others = [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}, {"kty": "EC", "crv": "P-384"}]
    jwks.write_text(json.dumps({"keys": [*others, dict(key.public_jwk)]}), encoding="utf-8")
    code = sign(PaperCode(PaperKind.RECEIPT, "civil.x", "1", "SB1", TestClock().now(), "tj-test-1"), key)
    done = CliRunner().invoke(main, ["receipt", "verify", code, "--jwks", str(jwks), "--json"])
    assert (done.exit_code, json.loads(done.output)["genuine"]) == (0, True)


def test_what_a_scanner_reads_and_is_no_text_is_no_code(tmp_path: Path) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps(dict(keys.generate().public_jwk)), encoding="utf-8")
    done = CliRunner().invoke(main, ["receipt", "verify", "-", "--jwks", str(jwks)], input=b"\xff\xfe\x00")
    assert (done.exit_code, "not-a-code" in done.output) == (1, True)


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


def _with(terminal: Path, under_gateway: str, more: str = "") -> None:
    text = terminal.read_text(encoding="utf-8")
    terminal.write_text(text.replace("[gateway]\n", f"[gateway]\n{under_gateway}\n") + more, encoding="utf-8")


@pytest.mark.usefixtures("city")
def test_doctor_signs_as_the_agent_does(terminal: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("0123456789abcdef", encoding="utf-8")
    (tmp_path / "secret.txt").chmod(0o600)
    _with(terminal, 'signer = "hmac-sm3"\nsecret_file = "secret.txt"\nkey_id = "tj"')
    assert doctor(terminal)["gateway"]["state"] == "good"
    (tmp_path / "key.pem").unlink()
    assert doctor(terminal)["gateway"]["found"] == "not asked: no key to sign with"


def test_doctor_looks_at_the_ca_of_each_adapter(terminal: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("0123456789abcdef", encoding="utf-8")
    (tmp_path / "secret.txt").chmod(0o600)
    adapter = '\n[gateway.adapters."household.migration-spouse"]\ndriver = "police-migration"\n'
    adapter += 'url = "https://127.0.0.1:9/zagl"\nca_file = "police.pem"\nlicence_file = "secret.txt"\n'
    _with(terminal, "", adapter)
    assert doctor(terminal)["household.migration-spouse CA"]["state"] == "bad"
