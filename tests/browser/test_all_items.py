"""An item of each kind in real Chromium, from first touch to rating: with a network, and without one.

The demo's processes are real; the camera is Chromium's fake one, before which stands what a citizen would
hold there. The verdict comes from the city's ledger and from the paper, by `deploy.walk`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from deploy.demo.cable import Unplugged
from deploy.demo.demo import Handles
from deploy.walk import journey
from deploy.walk.journey import Order, at_home, flows, walk_in
from deploy.walk.verdict import Report, Verdict, as_announced
from flows.engine import STEP_KINDS
from tests.browser.finger import Finger, Looked, panel
from tests.browser.pages import SIZES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WALKED = (
    "civil.nursing-home-query",
    "civil.senior-allowance-apply",
    "household.id-card-first-book",
    "household.residence-permit-apply",
    "housing.rental-filing",
    "medical-insurance.reimbursement-submit",
    "one-thing.utilities-joint-connection",
    "service.cannot-do-report",
    "service.certificate-verify",
    "service.item-guide",
    "service.no-application-confirm",
    "service.policy-match-enterprise",
    "service.supplement-materials",
    "social-insurance.contribution-certificate",
    "social-insurance.employee-pension-transfer",
    "social-insurance.rights-record",
    "terminal.resume-draft",
    "terminal.slip",
    "utility.electricity-pay",
)
"""Together they have every kind of step; all items are walked over HTTP (`kiosk walk --all`)."""

NUMBERS = {
    "civil.senior-allowance-apply": "SB",
    "household.id-card-first-book": "YY",
    "household.residence-permit-apply": "SB",
    "housing.rental-filing": "SB",
    "medical-insurance.reimbursement-submit": "SB",
    "one-thing.utilities-joint-connection": "SB",
    "service.cannot-do-report": "TK",
    "service.no-application-confirm": "SB",
    "service.supplement-materials": "SB",
    "social-insurance.employee-pension-transfer": "SB",
    "utility.electricity-pay": "DEMO",
}
"""How the number begins that the city gave: of a case, an appointment, a ticket, a bill."""

WITHOUT_PAPER = {"service.certificate-verify", "terminal.slip"}
"""What is looked up by a code in the hand is only shown."""


@pytest.fixture
def demo(town: Handles, monkeypatch: pytest.MonkeyPatch) -> Handles:
    """The worker's demo at its first page.

    Without a network a router says at once that there is no way; tests/deploy/walk pulls the cable itself.
    """
    monkeypatch.setattr(journey, "PULLED", Unplugged(refuse=True))
    town.reader("lift")
    if not any(each["operation"] == "getGuide" for each in town.city.ledger()["requests"]):
        _fetch_anew(town)
    return at_home(town)


def _fetch_anew(town: Handles) -> None:
    """Another test has wiped the ledger, and what is held is not asked for again while it is fresh: a walk
    could not be judged by what the city answered."""
    town.kill_agent()
    for path in town.places.store.glob("content.db*"):
        path.unlink()
    town.restart_agent()
    journey.prefetched(town, again=True)


def walked(
    watched: Browser, town: Handles, looked: Looked, item: str, *, offline: bool
) -> tuple[Report, Verdict]:
    """`item` in a tab of its own; axe finds nothing on its pages, and it comes to what its policy says."""
    size = SIZES["landscape" if offline else "portrait"]
    fingers: list[Finger] = []

    def opened(url: str) -> Finger:
        fingers.append(Finger(panel(watched, size), town.camera, url, looked))
        return fingers[-1]

    told: list[str] = []
    report, verdict = walk_in(town, Order(item, offline=offline), told.append, opened)
    assert as_announced(verdict, flows()[item].offline, offline=offline), "\n".join([*verdict.why, *told])
    assert fingers[-1].violations == []
    return report, verdict


WITHOUT_A_NETWORK = {
    "civil.nursing-home-query",
    "civil.senior-allowance-apply",
    "service.cannot-do-report",
    "service.item-guide",
    "terminal.slip",
}
"""What is queued, what is kept, and what is the terminal's own; that of the others is in `make test-long`."""

TWINS = {
    "medical-insurance.reimbursement-submit",
    "social-insurance.contribution-certificate",
    "social-insurance.employee-pension-transfer",
    "terminal.slip",
}
"""All their kinds of step are in others too: with a network, they are walked in `make test-long`."""

WAYS = [
    pytest.param(
        item,
        offline,
        id=f"{item}-{'offline' if offline else 'online'}",
        marks=[pytest.mark.long] if (item not in WITHOUT_A_NETWORK if offline else item in TWINS) else [],
    )
    for offline in (False, True)
    for item in WALKED
    if not offline or flows()[item].offline != "unavailable"
]


def test_together_they_have_every_kind_of_step() -> None:
    walked = set(WALKED) - TWINS
    met = {str(step.__struct_config__.tag) for item in walked for step in flows()[item].steps}
    assert met == set(STEP_KINDS)


@pytest.mark.parametrize(("item", "offline"), WAYS)
def test_walked_in_a_browser(
    watched: Browser, demo: Handles, looked: Looked, item: str, offline: bool
) -> None:
    report, verdict = walked(watched, demo, looked, item, offline=offline)
    assert report.printed == (item not in WITHOUT_PAPER)
    assert str(report.case_no).startswith(NUMBERS.get(item, ""))
    assert bool(report.slip) == (verdict.outcome == "queued")


@pytest.mark.parametrize("item", ["utility.electricity-pay", "terminal.resume-draft"])
def test_without_a_network_the_others_say_so_before_the_start(
    watched: Browser, demo: Handles, looked: Looked, item: str
) -> None:
    assert flows()[item].offline == "unavailable"
    walked(watched, demo, looked, item, offline=True)
