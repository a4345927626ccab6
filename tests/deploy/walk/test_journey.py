"""The three items, walked in a real demo, online and with the cable pulled; and what the command says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo import Demo, Handles
from deploy.demo.cable import Connected
from deploy.demo.screen import Screen
from deploy.walk.journey import NobodyError, Order, sheet_for, walk_in

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
    """The demo at its first page, with the cable in."""
    running.cable.set(Connected())
    if Screen(running.kiosk_url).look().kind != "home":
        running.restart_agent()
    return running


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.mark.parametrize("item", [RECORD, GUIDE])
def test_a_query_is_done_and_on_paper(town: Handles, item: str) -> None:
    report, verdict = walk_in(town, Order(item), quiet)
    assert (report.outcome, report.case_no, report.slip, report.printed) == ("done", None, None, True), (
        verdict
    )
    assert report.pages > 5


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


@pytest.mark.timeout(300)
def test_with_the_cable_pulled_the_guide_is_there_all_the_same(town: Handles) -> None:
    report, verdict = walk_in(town, Order(GUIDE, offline=True), quiet)
    assert (report.outcome, report.printed) == ("done", True), verdict


@pytest.mark.timeout(300)
def test_with_the_cable_pulled_the_record_is_unavailable_and_says_so_before_the_start(town: Handles) -> None:
    report, verdict = walk_in(town, Order(RECORD, offline=True), quiet)
    assert (report.outcome, verdict.told_before) == ("unavailable", True), verdict


def test_nobody_of_that_name_is_said_with_who_there_is(town: Handles) -> None:
    with pytest.raises(NobodyError, match="p-wang-xiulan"):
        sheet_for(town, Order(ALLOWANCE, person="p-nobody"))
    with pytest.raises(NobodyError, match="for themselves"):
        sheet_for(town, Order(ALLOWANCE, person="p-li-jianjun", proxy="p-li-jianjun"))


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
