"""All items, walked in a real demo, online and with the cable pulled; and what the command says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo import Demo, Handles
from deploy.demo.cable import Unplugged
from deploy.walk import __main__ as command_line
from deploy.walk import journey
from deploy.walk.journey import NobodyError, Order, at_home, flows, prepared, walk_in

ROOT = Path(__file__).resolve().parents[3]
ALLOWANCE, RECORD, GUIDE = (
    "civil.senior-allowance-apply",
    "social-insurance.rights-record",
    "service.item-guide",
)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handles]:
    """A demo, shared by the walks of one worker: each begins where the last ended, at the first page."""
    with Demo(tmp_path_factory.mktemp("walks")) as handles:
        yield handles


@pytest.fixture
def town(running: Handles) -> Handles:
    """The demo at its first page."""
    return at_home(running)


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network a router says so at once: what is asked fails sooner than behind a pulled cable."""
    monkeypatch.setattr(journey, "PULLED", Unplugged(refuse=True))


def quiet(_: str) -> None:
    """Say nothing."""


# With a network. Each walk finds somebody who has no case of the item yet, so the order is no matter.


@pytest.mark.parametrize("item", [RECORD, GUIDE, "service.policy-match-enterprise"])
def test_a_query_is_done_and_on_paper(town: Handles, item: str) -> None:
    report, verdict = walk_in(town, Order(item), quiet)
    assert (report.outcome, report.case_no, report.slip, report.printed) == ("done", None, None, True), (
        verdict
    )
    assert report.pages > 5


@pytest.mark.parametrize(
    ("item", "number"),
    [
        ("household.id-card-first-book", "YY"),
        ("household.residence-permit-apply", "SB"),
        ("housing.rental-filing", "SB"),
        ("medical-insurance.reimbursement-submit", "SB"),
        ("one-thing.utilities-joint-connection", "SB"),
        ("service.cannot-do-report", "TK"),
        ("service.no-application-confirm", "SB"),
        ("service.supplement-materials", "SB"),
        ("social-insurance.employee-pension-transfer", "SB"),
        ("utility.electricity-pay", "DEMO"),
    ],
)
@pytest.mark.timeout(200)
def test_an_item_is_done_and_its_number_is_on_paper(town: Handles, item: str, number: str) -> None:
    report, verdict = walk_in(town, Order(item), quiet)
    assert (report.outcome, report.slip, report.printed) == ("done", None, True), verdict
    assert str(report.case_no).startswith(number)


def test_a_certificate_comes_out_sealed_on_a4(town: Handles) -> None:
    report, verdict = walk_in(town, Order("social-insurance.contribution-certificate"), quiet)
    assert (report.outcome, report.printed) == ("done", True), verdict
    assert str(report.case_no).count("-") == 2, "the code by which anybody can verify it"


@pytest.mark.parametrize("item", ["service.certificate-verify", "terminal.slip"])
@pytest.mark.timeout(200)
def test_what_is_in_the_hand_is_looked_up_without_a_name(town: Handles, item: str) -> None:
    report, verdict = walk_in(town, Order(item), quiet)
    assert (report.outcome, report.printed) == ("done", False), verdict


def test_what_was_begun_on_the_phone_is_gone_on_with(town: Handles) -> None:
    report, verdict = walk_in(town, Order("terminal.resume-draft"), quiet)
    assert (report.outcome, report.printed) == ("done", True), verdict


def test_a_document_that_follows_later_is_on_the_receipt_with_its_day(town: Handles) -> None:
    order = Order("medical-insurance.reimbursement-submit", defer=True)
    report, verdict = walk_in(town, order, quiet)
    assert report.outcome == "done", verdict
    told = town.city.filed(str(report.case_no))
    assert (told["state"], told["wanted"]) == ("accepted-with-deferral", ["diagnosis"])
    assert told["due"], "the verdict has found it on the paper"


def test_a_bill_is_paid_by_bank_card_too(town: Handles) -> None:
    report, verdict = walk_in(town, Order("utility.electricity-pay", card=True), quiet)
    assert report.outcome == "done", verdict
    assert town.city.ledger()["payments"][-1]["method"] == "pos"
    assert town.payment_terminal("state")["sales"][-1][2] == "approved"


def test_an_application_is_filed_once_and_its_number_is_on_the_receipt(town: Handles) -> None:
    report, verdict = walk_in(town, Order(ALLOWANCE, person="p-chen-yan"), quiet)
    assert (report.outcome, report.slip, report.printed) == ("done", None, True), verdict
    assert report.case_no in {case["case_no"] for case in town.city.ledger()["cases"]}


def test_an_application_for_a_relative_is_filed_for_them(town: Handles) -> None:
    order = Order(ALLOWANCE, person="p-li-jianjun", proxy="p-wang-xiulan")
    report, verdict = walk_in(town, order, quiet)
    assert report.outcome == "done", verdict
    filed = [case for case in town.city.ledger()["cases"] if case["case_no"] == report.case_no]
    assert [case["beneficiary"] for case in filed] == ["p-wang-xiulan"]


def test_who_is_too_young_is_refused_with_the_citys_reason(town: Handles) -> None:
    report, verdict = walk_in(town, Order(ALLOWANCE, person="p-zhao-guilan"), quiet)
    assert (report.outcome, report.case_no, report.printed) == ("refused", None, False)
    assert "80 周岁" in verdict.why[0]


# Without one


@pytest.mark.parametrize("item", [GUIDE, "service.policy-match-enterprise"])
@pytest.mark.timeout(300)
def test_with_the_cable_pulled_what_is_kept_is_there_all_the_same(town: Handles, item: str) -> None:
    report, verdict = walk_in(town, Order(item, offline=True), quiet)
    assert (report.outcome, report.printed) == ("done", True), verdict


@pytest.mark.timeout(300)
def test_with_the_cable_pulled_a_report_is_queued_and_arrives_under_its_slip(town: Handles) -> None:
    report, verdict = walk_in(town, Order("service.cannot-do-report", offline=True), quiet)
    assert (report.outcome, report.printed) == ("queued", True), verdict
    assert str(report.case_no).startswith("TK")


@pytest.mark.parametrize(
    "item",
    [
        "housing.rental-filing",
        "medical-insurance.reimbursement-submit",
        "service.supplement-materials",
    ],
)
@pytest.mark.usefixtures("refused")
@pytest.mark.timeout(300)
def test_without_a_network_it_is_queued_and_arrives_under_its_slip(town: Handles, item: str) -> None:
    report, verdict = walk_in(town, Order(item, offline=True), quiet)
    assert (report.outcome, report.printed) == ("queued", True), verdict
    assert report.slip
    assert report.case_no


@pytest.mark.usefixtures("refused")
@pytest.mark.timeout(300)
def test_without_a_network_the_others_are_unavailable_and_say_so_before_the_start(town: Handles) -> None:
    others = [item for item, flow in flows().items() if flow.offline == "unavailable"]
    assert len(others) == 11
    for item in others:
        report, verdict = walk_in(town, Order(item, offline=True), quiet)
        assert (report.outcome, verdict.told_before) == ("unavailable", True), verdict


def test_for_what_cannot_be_begun_anybody_will_do(town: Handles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even somebody who has no case of it yet."""
    monkeypatch.setattr(journey, "somebody", lambda *_: None)
    item = "service.no-application-confirm"
    sheet, _ = prepared(town, Order(item, offline=True), quiet)
    assert sheet.person.card
    with pytest.raises(NobodyError, match="there is nobody"):
        prepared(town, Order(item), quiet)


def test_every_item_is_walked_in_both_ways_here() -> None:
    known = Path(__file__).read_text(encoding="utf-8")
    for item, flow in flows().items():
        ways = 1 + (flow.offline != "unavailable")
        assert known.count(f'"{item}"') >= ways or item in {ALLOWANCE, GUIDE, RECORD}


def test_nobody_of_that_name_is_said_with_who_there_is(town: Handles) -> None:
    with pytest.raises(NobodyError, match="p-wang-xiulan"):
        prepared(town, Order(ALLOWANCE, person="p-nobody"), quiet)
    with pytest.raises(NobodyError, match="for themselves"):
        prepared(town, Order(ALLOWANCE, person="p-li-jianjun", proxy="p-li-jianjun"), quiet)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.walk", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_the_command_prints_the_report_as_json_and_nothing_else() -> None:
    done = command(GUIDE, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert list(report) == ["item", "outcome", "case_no", "slip", "pages", "printed", "seconds"]
    assert (report["item"], report["outcome"], report["printed"]) == (GUIDE, "done", True)
    assert "全部就绪" in done.stderr, "what takes longer than a second shows progress"


@pytest.mark.timeout(300)
def test_with_the_cable_pulled_an_application_is_queued_and_arrives_once() -> None:
    done = command(ALLOWANCE, "--offline", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["outcome"], report["printed"]) == (0, "queued", True), done.stderr
    assert report["slip"]
    assert report["case_no"]


def test_an_item_that_is_not_there_is_said_with_the_nearest() -> None:
    done = command("service.item-guid")
    assert done.returncode == 2
    assert "did you mean service.item-guide?" in done.stderr


@pytest.mark.usefixtures("refused")
@pytest.mark.timeout(300)
def test_all_are_walked_with_a_network_and_without_and_held_against_their_policies(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two = {item: flow for item, flow in flows().items() if item in {GUIDE, RECORD}}
    monkeypatch.setattr(command_line, "flows", lambda: two)
    assert command_line.main(["--all", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["item"], each["offline"], each["outcome"]) for each in told] == [
        (GUIDE, False, "done"),
        (RECORD, False, "done"),
        (GUIDE, True, "done"),
        (RECORD, True, "unavailable"),
    ]


@pytest.mark.parametrize("arguments", [[], ["--all", GUIDE]])
def test_one_item_is_named_or_all_are(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(arguments) == 2
    assert "name one ITEM, or --all" in capsys.readouterr().err
