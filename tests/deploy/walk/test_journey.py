"""Errands with a turn of their own, in a real demo; the cable pulled; and what the command says.

Every item in both ways is walked in `tests/browser/test_all_items.py`, by the same walker in a browser.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.demo import Handles
from deploy.demo.cable import Unplugged
from deploy.demo.city import CityRefusedError
from deploy.walk import __main__ as command_line
from deploy.walk import journey, preparing
from deploy.walk.everything import offline
from deploy.walk.journey import NobodyError, Order, at_home, prepared, walk_in

ROOT = Path(__file__).resolve().parents[3]
ALLOWANCE, RECORD, GUIDE = (
    "civil.senior-allowance-apply",
    "social-insurance.rights-record",
    "service.item-guide",
)


@pytest.fixture
def town(town: Handles) -> Handles:
    """The worker's demo at its first page."""
    return at_home(town)


def quiet(_: str) -> None:
    """Say nothing."""


# With a network. Each walk finds somebody who has no case of the item yet, so the order is no matter.


def test_a_document_that_follows_later_is_on_the_receipt_with_its_day(town: Handles) -> None:
    order = Order("medical-insurance.reimbursement-submit", defer=True)
    report, verdict = walk_in(town, order, quiet)
    assert report.outcome == "done", verdict
    told = town.city.filed(str(report.case_no))
    assert (told["state"], told["wanted"]) == ("accepted-with-deferral", ["diagnosis"])
    assert told["due"], "the verdict has found it on the paper"


def test_documents_that_the_phone_sent_arrive_with_the_case_byte_for_byte(town: Handles) -> None:
    order = Order("medical-insurance.reimbursement-submit", upload=True)
    report, verdict = walk_in(town, order, quiet)
    assert report.outcome == "done", verdict
    arrived = town.city.filed(str(report.case_no))["documents"]
    [*_, upload] = town.city.ledger()["uploads"]
    assert upload["documents"], "they came by the phone"
    assert upload["documents"] == arrived
    assert upload["state"] == "closed", "and the city keeps none of them beside the case"


@pytest.mark.timeout(180)
def test_at_a_terminal_without_a_camera_documents_come_by_phone_and_a_portrait_cannot(town: Handles) -> None:
    config = town.places.config
    fitted = config.read_text(encoding="utf-8")
    table = '[devices.camera]\ndriver = "browser"\n'
    assert table in fitted
    config.write_text(fitted.replace(table, ""), encoding="utf-8")
    try:
        town.restart_agent()
        report, verdict = walk_in(town, Order("medical-insurance.reimbursement-submit"), quiet)
        portrait, told = walk_in(town, Order("household.residence-permit-apply"), quiet)
    finally:
        config.write_text(fitted, encoding="utf-8")
        town.restart_agent()
    assert report.outcome == "done", verdict
    assert (portrait.outcome, "本机没有摄像头" in told.why[0]) == ("unavailable", True)


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


@pytest.mark.timeout(300)
def test_with_the_cable_pulled_the_guide_is_there_all_the_same(town: Handles) -> None:
    report, verdict = walk_in(town, Order(GUIDE, offline=True), quiet)
    assert (report.outcome, report.printed) == ("done", True), verdict


@pytest.mark.timeout(300)
def test_with_the_cable_pulled_a_report_is_queued_and_arrives_under_its_slip(town: Handles) -> None:
    report, verdict = walk_in(town, Order("service.cannot-do-report", offline=True), quiet)
    assert (report.outcome, report.printed) == ("queued", True), verdict
    assert str(report.case_no).startswith("TK")


def test_for_what_cannot_be_begun_anybody_will_do(town: Handles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even somebody who has no case of it yet."""
    monkeypatch.setattr(preparing, "somebody", lambda *_: None)
    item = "service.no-application-confirm"
    sheet, _ = prepared(town, Order(item, offline=True), quiet)
    assert sheet.person.card
    with pytest.raises(NobodyError, match="there is nobody"):
        prepared(town, Order(item), quiet)


def test_nobody_of_that_name_is_said_with_who_there_is(town: Handles) -> None:
    with pytest.raises(NobodyError, match="p-wang-xiulan"):
        prepared(town, Order(ALLOWANCE, person="p-nobody"), quiet)
    with pytest.raises(NobodyError, match="for themselves"):
        prepared(town, Order(ALLOWANCE, person="p-li-jianjun", proxy="p-li-jianjun"), quiet)


def command(*arguments: str, seconds: float = 280) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.walk", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
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


OF_EACH_KIND = (
    "agriculture.subsidy-query",
    "civil.marriage-appointment",
    "culture.guide-licence-query",
    "employment.job-vacancy-query",
    "housing-fund.deposit-certificate",
    "market.food-licence-renew",
    "traffic.fine-pay",
    "traffic.plate-reissue",
)
"""Not walked elsewhere: a query, a booking, a public register, a list, a certificate, an application of a
company's, a payment, an application with a fee."""


@pytest.mark.parametrize("item", OF_EACH_KIND)
def test_whoever_the_registers_suit_walks_an_item_that_has_no_errand(town: Handles, item: str) -> None:
    report, verdict = walk_in(town, Order(item), quiet)
    assert report.outcome == "done", verdict


@pytest.mark.timeout(300)
def test_without_a_network_items_are_walked_one_after_the_other_and_the_tiles_of_the_rest_are_read(
    town: Handles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "PULLED", Unplugged(refuse=True))
    items = ["veterans.preferential-card-apply", "service.policy-interpretation", RECORD]
    told = {each.item: each for each in offline(town, items, quiet)}
    assert [told[item].verdict.outcome for item in items] == ["queued", "done", "unavailable"], told
    assert all(each.right for each in told.values())


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_item_comes_to_what_its_policy_says() -> None:
    done = command("--all", "--json", seconds=3600)
    wrong = [each for each in json.loads(done.stdout) if not each["right"]]
    assert (done.returncode, wrong) == (0, [])


@pytest.mark.parametrize("arguments", [[], ["--all", GUIDE]])
def test_one_item_is_named_or_all_are(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(arguments) == 2
    assert "name one ITEM, or --all" in capsys.readouterr().err


def test_what_the_city_refuses_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise CityRefusedError("no entry")

    monkeypatch.setattr(command_line, "travel", refused)
    assert command_line.main([GUIDE]) == 2
    assert capsys.readouterr().err == "kiosk walk: no entry\n"
