"""The adapter seam, with the police's SOAP service as a process of its own behind it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.sandbox.soap import service as simulator
from kiosk import keys
from kiosk.config import PoliceMigration
from kiosk.gateway import adapters, contract
from kiosk.gateway.adapters import Asked, migration
from kiosk.gateway.breaker import Breakers, State
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.delivery import Undeliverable
from kiosk.gateway.outcomes import FieldError, Ok, Problem, Reason, Unreachable
from kiosk.gateway.shape import misfit
from kiosk.gateway.signers import signer
from kiosk.gateway.transport import PinError
from tests.kiosk.clocks import TestClock
from tests.kiosk.peers import authority
from tests.kiosk.scripted import ScriptedHttp, answer
from tests.kiosk.soap_department import LICENCE, Department, department

ITEM = "household.migration-spouse"
POLICE = "市公安局"
APPLICANT = "120199199001010039"
"""Nobody's: the area code 120199 is not assigned; the check digit is right."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Department]:
    with department(tmp_path_factory.mktemp("department")) as one:
        yield one


@pytest.fixture
def police(running: Department) -> Iterator[Department]:
    yield running
    running.behave()


class Terminal:
    """A client with the adapter that the configuration describes, against the real department."""

    def __init__(self, police: Department, folder: Path, licence: str = LICENCE) -> None:
        secret = folder / "licence"
        secret.write_text(licence + "\n", encoding="utf-8")
        secret.chmod(0o600)
        settings = PoliceMigration(url=police.url, ca_file=police.ca_file, licence_file=secret)
        self.clock = TestClock()
        self.http = ScriptedHttp(answer(200, []))
        self.breakers = Breakers({ITEM: POLICE, "tax.invoice-collect": "市税务局"}, self.clock)
        self.client = GatewayClient(
            base_url="https://gateway.example/v1",
            http=self.http,
            contract=contract.load(),
            signer=signer("none"),
            terminal_token=lambda *_: "terminal",
            clock=self.clock,
            on_time=lambda _: None,
            random=lambda: 0.0,
            breakers=self.breakers,
            adapters=adapters.made({ITEM: settings}, self.clock),
        )

    def apply(self, key: str | None = None, deadline: float = 8.0, **changes: str) -> Any:
        """Apply for the migration; a field that is empty is left out."""
        fields = {
            "resident_id_number": APPLICANT,
            "person_name": "陈䶮𠮷㛃",
            "migrate_from_division_code": "130100",
            "migrate_to_division_code": "120101",
            "migrate_to_address": "和平区<测试路> & 1 号",
            **changes,
        }
        body = {"fields": {name: {"value": text, "source": "typed"} for name, text in fields.items() if text}}
        return self.client.call(
            "submitApplication", {"item": ITEM}, body, key=key or str(uuid.uuid4()), deadline=deadline
        )

    def query(self) -> Any:
        """What became of it."""
        body = {"fields": {"resident_id_number": {"value": APPLICANT, "source": "id-card"}}}
        return self.client.call("query", {"item": ITEM}, body, token="visit")


@pytest.fixture
def terminal(police: Department, tmp_path: Path) -> Terminal:
    return Terminal(police, tmp_path)


def _schema(operation: str, status: int) -> Any:
    return contract.load()[operation].answers[status]


class TestMigration:
    """submitApplication and query, mapped to one SOAP operation with a string of XML inside."""

    def test_an_application_becomes_a_case_and_is_found_again(
        self, police: Department, terminal: Terminal
    ) -> None:
        key = str(uuid.uuid4())
        outcome = terminal.apply(key)
        assert isinstance(outcome, Ok), outcome
        assert misfit(outcome.data, _schema("submitApplication", 201), contract.load()) is None
        assert outcome.data["state"] == "accepted"
        assert outcome.data["accepted_at"].endswith("+08:00")
        case = police.ledger()[-1]
        assert (case["number"], case["business"]) == (outcome.data["case_no"], key.replace("-", ""))
        table = terminal.query()
        assert isinstance(table, Ok), table
        assert misfit(table.data, _schema("query", 200), contract.load()) is None
        row = table.data["rows"][-1]
        assert (row["case_no"], row["name"], row["state"]) == (case["number"], "陈䶮𠮷㛃", "已受理")
        assert terminal.http.asked == []

    def test_the_same_key_takes_effect_once_even_when_the_answer_was_lost(
        self, police: Department, terminal: Terminal
    ) -> None:
        key = str(uuid.uuid4())
        police.order("reset-after-acting")
        lost = terminal.apply(key)
        assert isinstance(lost, Unreachable)
        again = terminal.apply(key)
        assert isinstance(again, Ok)
        cases = [case for case in police.ledger() if case["business"] == key.replace("-", "")]
        assert [(case["number"], case["asked"]) for case in cases] == [(again.data["case_no"], 2)]

    def test_every_reason_comes_at_once_in_the_citizens_words(self, terminal: Terminal) -> None:
        outcome = terminal.apply(person_name="", migrate_to_address="", certificate_number="12 34")
        assert isinstance(outcome, Problem)
        assert outcome.status == 422
        assert [error.field for error in outcome.errors] == [
            "/fields/certificate_number/value",
            "/fields/resident_id_number/value",
            "/fields/migrate_to_address/value",
        ]
        assert outcome.errors[0] == FieldError(
            "准迁证编号不对，请对照证件核对", "/fields/certificate_number/value"
        )
        assert outcome.code == "MIGRATION-902"

    def test_a_licence_that_is_not_taken_sends_to_the_window_and_tells_the_technician(
        self, police: Department, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        outcome = Terminal(police, tmp_path, "another-licence-0000").apply()
        assert isinstance(outcome, Problem)
        assert (outcome.status, outcome.code) == (403, "MIGRATION-50")
        assert "窗口" in outcome.errors[0].instead
        assert "the migration service answers -50" in caplog.text
        assert "another-licence" not in caplog.text
        assert APPLICANT not in caplog.text

    @pytest.mark.parametrize("code", [-50, -901, -902, -903, -905])
    def test_each_of_the_services_numbers_has_words(
        self, police: Department, terminal: Terminal, code: int
    ) -> None:
        police.order("code", code=code)
        outcome = terminal.apply()
        assert isinstance(outcome, Problem)
        assert outcome.code == f"MIGRATION-{-code}"
        assert str(code) not in outcome.detail
        assert outcome.detail == outcome.errors[0].message

    def test_a_number_that_nobody_knows_is_told_as_it_is(
        self, police: Department, terminal: Terminal
    ) -> None:
        police.order("code", code=-977)
        outcome = terminal.apply()
        assert isinstance(outcome, Problem)
        assert "-977" in outcome.errors[0].message
        assert outcome.errors[0].instead


class TestHostileService:
    """Whatever answers in the department's place, an outcome comes back."""

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("5xx", Reason.SERVER_ERROR),
            ("down", Reason.NO_NETWORK),
            ("soap-fault", Reason.SERVER_ERROR),
            ("page", Reason.CAPTIVE_PORTAL),
            ("entities", Reason.MALFORMED),
            ("external-entity", Reason.MALFORMED),
            ("deep", Reason.MALFORMED),
            ("huge", Reason.MALFORMED),
            ("other-encoding", Reason.MALFORMED),
            ("no-string", Reason.MALFORMED),
            ("not-xml-inside", Reason.MALFORMED),
            ("entities-inside", Reason.MALFORMED),
            ("deep-inside", Reason.MALFORMED),
            ("no-code-inside", Reason.MALFORMED),
        ],
    )
    def test_it_is_an_outcome(
        self, police: Department, terminal: Terminal, kind: str, reason: Reason
    ) -> None:
        police.order(kind)
        outcome = terminal.apply()
        assert isinstance(outcome, Unreachable), outcome
        assert outcome.reason is reason, outcome
        assert isinstance(terminal.apply(), Ok)

    def test_the_one_deadline_holds(self, police: Department, terminal: Terminal) -> None:
        police.order("slow", seconds=3)
        outcome = terminal.apply(deadline=0.5)
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.TIMEOUT

    def test_only_the_pinned_ca_is_the_department(self, police: Department, tmp_path: Path) -> None:
        other = authority(tmp_path, "other")
        outcome = Terminal(replace(police, ca_file=other.file), tmp_path).apply()
        assert isinstance(outcome, Unreachable)
        assert outcome.reason is Reason.TLS
        assert police.ledger() == police.ledger()


class TestSeam:
    """What goes to an adapter, and what does not."""

    def test_other_operations_and_other_items_go_to_the_gateway(self, terminal: Terminal) -> None:
        terminal.client.call("getOptions", {"item": ITEM, "field": "region"}, token="visit")
        assert [asked.url for asked in terminal.http.asked] == [
            f"https://gateway.example/v1/items/{ITEM}/options/region"
        ]
        assert terminal.client.adapted("submitApplication", ITEM)
        assert not terminal.client.adapted("getOptions", ITEM)
        assert not terminal.client.adapted("submitApplication", "household.migration-parent")

    def test_a_sealed_body_is_not_sent_where_nobody_can_open_it(self, terminal: Terminal) -> None:
        outcome = terminal.client.submit("submitApplication", ITEM, b"sealed", str(uuid.uuid4()))
        assert isinstance(outcome, Undeliverable)
        assert terminal.http.asked == []

    def test_what_an_adapter_gives_is_held_to_the_contract(self, terminal: Terminal) -> None:
        class Odd:
            operations = frozenset({"query"})

            def carry_out(self, asked: Asked, deadline: float) -> Ok:
                return Ok({"columns": [{"key": 1}], "rows": []})

        terminal.client._adapters = {ITEM: Odd()}
        outcome = terminal.query()
        assert outcome == Unreachable(Reason.MALFORMED, "query /columns/*/label: missing")

    def test_the_departments_breaker_stands_before_its_adapter(
        self, police: Department, terminal: Terminal
    ) -> None:
        police.order("5xx", count=5)
        for _ in range(5):
            assert terminal.apply() == Unreachable(Reason.SERVER_ERROR, "status 503")
        assert terminal.breakers.state(POLICE) is State.OPEN
        closed = terminal.apply()
        assert isinstance(closed, Unreachable)
        assert closed.reason is Reason.DEPARTMENT_DOWN
        assert terminal.breakers.state("市税务局") is State.CLOSED
        terminal.clock.advance(30)
        assert isinstance(terminal.apply(), Ok)
        assert terminal.breakers.state(POLICE) is State.CLOSED

    def test_what_is_asked_shows_nothing_of_a_citizen(self) -> None:
        assert APPLICANT not in repr(Asked("query", ITEM, {"fields": {"id": APPLICANT}}, None))

    def test_a_ca_or_licence_that_cannot_be_used_is_said_at_the_start(
        self, police: Department, tmp_path: Path
    ) -> None:
        secret = tmp_path / "licence"
        secret.write_text(LICENCE, encoding="utf-8")
        secret.chmod(0o644)
        settings = PoliceMigration(url=police.url, ca_file=police.ca_file, licence_file=secret)
        with pytest.raises(keys.KeyTooOpen):
            adapters.made({ITEM: settings}, TestClock())
        secret.write_text("not a certificate", encoding="utf-8")
        with pytest.raises(PinError):
            adapters.made({ITEM: msgspec.structs.replace(settings, ca_file=secret)}, TestClock())

    def test_zeep_is_imported_only_when_an_adapter_is_configured(self) -> None:
        words = (
            "import sys; import kiosk.agent; from kiosk.gateway import adapters;"
            "assert adapters.made({}, None) == {};"
            "sys.exit(any(name.partition('.')[0] == 'zeep' for name in sys.modules))"
        )
        assert subprocess.run([sys.executable, "-c", words], check=False, timeout=60).returncode == 0

    def test_the_simulator_knows_the_same_wsdl_and_nothing_else_of_the_adapter(self) -> None:
        assert simulator.WSDL.read_bytes() == migration.WSDL.read_bytes()
        words = (
            "import sys; import deploy.sandbox.soap.__main__;"
            "sys.exit(any(name.partition('.')[0] in ('zeep', 'kiosk') for name in sys.modules))"
        )
        assert subprocess.run([sys.executable, "-c", words], check=False, timeout=60).returncode == 0
