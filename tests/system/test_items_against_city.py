"""Each item from first touch to its end, engine and desks against the city; verdicts from its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox import ledger
from deploy.sandbox.city import City, Plan
from deploy.sandbox.people import DEFAULT_SEED
from deploy.sandbox.sheets import sheets
from deploy.sandbox.town import town as town_of
from drivers.receipt_printer import Pair, Text
from flows import engine
from flows.page import Page, ResultBody
from kiosk import keys
from tests.flows.shipped import offered
from tests.system.errand import TERMINAL, Counter, Errand, public

FLOWS = offered()
RENTAL, REIMBURSEMENT = "housing.rental-filing", "medical-insurance.reimbursement-submit"
JOINT, SUPPLEMENT = "one-thing.utilities-joint-connection", "service.supplement-materials"
PERMIT, TRANSFER = "household.residence-permit-apply", "social-insurance.employee-pension-transfer"
FIRST_CARD, POLICIES = "household.id-card-first-book", "service.policy-match-enterprise"
CERTIFICATE, VERIFY = "social-insurance.contribution-certificate", "service.certificate-verify"
Sheet = dict[str, Any]


class Town:
    """A city, a terminal, and who lives there."""

    def __init__(self, folder: Path) -> None:
        key = keys.create(folder / "key.pem")
        self.city = City(Plan(folder / "city", {TERMINAL: public(key)}))
        self.city.start()
        self.counter = Counter(folder, self.city, key)
        with self.city.context.db.transaction() as tx:
            self.people: list[Sheet] = sheets(tx, town_of(DEFAULT_SEED).persons)

    def those(self, *have: str, so: Callable[[Sheet], bool] = lambda _: True) -> Iterator[Sheet]:
        """Everybody who has all of these, and a card of their own."""
        for each in self.people:
            if (
                each["card"]
                and each["card_type"] == "resident"
                and all(each[name] for name in have)
                and so(each)
            ):
                yield each

    def one(self, *have: str, so: Callable[[Sheet], bool] = lambda _: True) -> Sheet:
        """The first of those."""
        return next(self.those(*have, so=so))

    def errand(self, item: str, who: Sheet, **wishes: str) -> Errand:
        """Done to its end."""
        errand = Errand(self.counter, FLOWS[item], who, **wishes)
        errand.go()
        return errand

    def first(self, item: str, candidates: Iterator[Sheet], **wishes: str) -> tuple[Sheet, Errand]:
        """The first for whom the item is done; the registers decide, as for a citizen."""
        refusals: list[str] = []
        for who in candidates:
            errand = self.errand(item, who, **wishes)
            if errand.run.ended == "done":
                return who, errand
            refusals += errand.refusals
        raise LookupError(f"{item}: {refusals[-3:]}")

    def ledger(self) -> dict[str, Any]:
        """The city's own record."""
        with self.city.context.db.transaction() as tx:
            return ledger.read(tx)

    def case(self, number: str) -> dict[str, Any]:
        """A case by its number."""
        return next(each for each in self.ledger()["cases"] if each["case_no"] == number)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    found = Town(tmp_path_factory.mktemp("town"))
    yield found
    found.city.stop()


@pytest.fixture(autouse=True)
def _nothing_filed_yet(town: Town) -> None:
    """What a test files is in nobody else's way."""
    town.city.context.faults.clear()
    with town.city.context.db.transaction() as tx:
        ledger.forget(tx)


def paper(town: Town) -> str:
    """The last paper, as words."""
    blocks = town.counter.printer.papers[-1].blocks
    return "\n".join(
        each.text if isinstance(each, Text) else f"{each.label} {each.value}"
        for each in blocks
        if isinstance(each, Text | Pair)
    )


def accounts(who: Sheet) -> str:
    """The electricity account with a bill that is due."""
    return str(next(each["account"] for each in who["bills"] if each["kind"] == "electricity"))


def test_a_bill_is_paid_once_and_its_number_is_on_the_paper(town: Town) -> None:
    who = town.one("bills", so=lambda each: any(bill["kind"] == "electricity" for bill in each["bills"]))
    errand = town.errand("utility.electricity-pay", who, utility_account_number=accounts(who))
    payment = errand.run.payment
    assert errand.run.ended == "done"
    assert payment is not None
    assert payment.state == "paid"
    [paid] = [each for each in town.ledger()["payments"] if each["id"] == payment.id]
    assert paid["state"] == "paid"
    assert payment.bill_no in paper(town)
    assert town.counter.opened.payments.unsettled() == []


def test_a_childs_first_card_is_booked_and_moved_once(town: Town) -> None:
    _, errand = town.first(FIRST_CARD, town.those("children"))
    booking = errand.run.booking
    assert booking is not None
    assert booking.state == "confirmed"
    assert booking.ticket in paper(town)
    [kept] = [each for each in town.ledger()["bookings"] if each["id"] == booking.id]
    assert kept["state"] == "confirmed"


def test_what_is_deferred_has_a_day_and_is_brought_later(town: Town) -> None:
    who, errand = town.first(REIMBURSEMENT, town.those("treatments"), defer="yes")
    filed = errand.run.filed
    assert filed is not None
    assert filed.documents == ("diagnosis",)
    assert filed.due in paper(town)
    assert town.case(filed.case_no)["state"] == "accepted-with-deferral"
    later = town.errand(SUPPLEMENT, who)
    assert later.run.ended == "done"
    assert town.case(filed.case_no)["state"] in {"accepted", "in-progress"}


def test_a_commitment_takes_the_place_of_proof(town: Town) -> None:
    _, errand = town.first(RENTAL, town.those("rentals", so=lambda each: not each["dishonesty"]))
    assert errand.run.committed is not None
    assert "property" not in errand.run.documents
    assert "contract" in errand.run.documents


def test_who_may_not_commit_is_told_why_and_brings_proof(town: Town) -> None:
    who = town.one("dishonesty", "flats")
    errand = town.errand(RENTAL, who)
    assert "这次要提交证明材料" in errand.titles
    assert errand.run.committed is None
    assert {"contract", "property"} <= set(errand.run.documents)


def test_the_address_is_asked_only_when_it_is_sent(town: Town) -> None:
    strangers = list(town.those(so=lambda each: not each["domicile"].startswith("12")))
    _, sent = town.first(PERMIT, iter(strangers), delivery_method="courier")
    assert "寄到哪里？" in sent.titles
    assert sent.run.documents["photo"].pages
    _, fetched = town.first(PERMIT, iter(strangers[1:]), delivery_method="pickup")
    assert "寄到哪里？" not in fetched.titles


def test_a_bundle_is_asked_once_and_says_what_was_not_taken(town: Town) -> None:
    town.city.context.faults.refuse("utility.water-new-connection", "水表位置图与房屋不符", 1)
    try:
        who, errand = town.first(JOINT, town.those("flats"))
    finally:
        town.city.context.faults.clear()
    assert "install_address" in errand.questions
    assert {name: len(steps) for name, steps in errand.questions.items() if len(steps) > 1} == {}
    filed = errand.run.filed
    assert filed is not None
    states = {each.item: each.state for each in filed.children}
    assert states["utility.water-new-connection"] == "refused"
    assert states["utility.electricity-new-connection"] == "accepted"
    assert "水表位置图与房屋不符" in paper(town)
    # The child that was refused is finished later, by its own number.
    later = town.errand(SUPPLEMENT, who)
    assert later.run.ended in {"done", "refused"}


@pytest.mark.parametrize("mode", ["全程网办", "异地代收代办", "多地联办"])
def test_the_home_decides_between_three_modes(town: Town, mode: str) -> None:
    homes = {"全程网办": "130000", "异地代收代办": "370000", "多地联办": "510000"}
    _, errand = town.first(TRANSFER, town.those("insured_elsewhere"), home=homes[mode])
    assert errand.run.region is not None
    assert errand.run.region.label == mode


def test_a_benefit_gets_its_account(town: Town) -> None:
    lacking = town.those(so=lambda each: not each["bank_card"])
    _, errand = town.first("service.no-application-confirm", lacking)
    filed = errand.run.filed
    assert filed is not None
    assert town.case(filed.case_no)["state"] in {"accepted", "in-progress", "done"}
    assert errand.run.benefits


def test_policies_fit_the_company_and_are_printed_with_their_reasons(town: Town) -> None:
    who = town.one("companies")
    errand = town.errand(POLICIES, who, business=who["companies"][0]["code"])
    assert errand.run.ended == "done"
    assert errand.run.person is not None
    assert errand.run.person.business is not None
    assert "企业情况" in errand.titles, "what the login brought is shown, and only confirmed"
    assert errand.run.benefits
    assert errand.run.benefits[0].title in paper(town)


def test_without_a_login_the_questions_are_typed(town: Town) -> None:
    errand = town.errand(POLICIES, town.one())
    assert errand.run.ended == "done"
    assert errand.run.person is None


def test_what_could_not_be_done_gets_a_ticket_and_a_day(town: Town) -> None:
    errand = town.errand("service.cannot-do-report", town.one())
    filed = errand.run.filed
    assert filed is not None
    [kept] = [each for each in town.ledger()["escalations"] if each["ticket"] == filed.case_no]
    assert kept["kind"] == "cannot-do"
    assert filed.next in paper(town)


def test_a_certificate_is_fetched_counted_and_can_be_verified(town: Town) -> None:
    who = town.one("employer")
    pages: list[Page] = []
    errand = Errand(town.counter, FLOWS[CERTIFICATE], who)
    errand.seen = pages.append
    assert errand.go() == "done"
    [body] = [each.body for each in pages if isinstance(each.body, ResultBody)]
    assert (body.paper, body.number_label) == ("printed", "验证码")
    assert town.counter.printer.pages[-1].startswith(b"%PDF-")
    assert [each["number"] for each in town.ledger()["prints"]] == [1]
    verified = town.errand(VERIFY, who, verification_code=body.number)
    assert verified.run.table is not None
    assert verified.run.table.rows[0] == ("结果", "与平台记录一致")
    made_up = town.errand(VERIFY, who, verification_code="NO-SUCH-CODE")
    assert made_up.run.table is not None
    assert "没有查到" in made_up.run.table.rows[0][1]


def test_a_draft_from_the_phone_goes_on_as_its_item(town: Town) -> None:
    who = town.one("drafts")
    errand = town.errand("terminal.resume-draft", who, draft_code=who["drafts"][0]["id"])
    assert errand.run.then is not None
    assert errand.run.then.item == who["drafts"][0]["item"]
    assert errand.run.then.fields


def test_a_draft_is_given_to_nobody_else(town: Town) -> None:
    owner = town.one("drafts")
    other = town.one(so=lambda each: not each["drafts"])
    errand = Errand(town.counter, FLOWS["terminal.resume-draft"], other, draft_code=owner["drafts"][0]["id"])
    with pytest.raises(AssertionError, match="没有查到您的草稿"):
        errand.go()
    assert errand.run.then is None


def test_a_slip_is_looked_up_and_rated_by_anybody_who_holds_it(town: Town) -> None:
    _, filed = town.first(REIMBURSEMENT, town.those("treatments"))
    assert filed.run.filed is not None
    slip = filed.run.filed.slip
    errand = town.errand("terminal.slip", town.one(), slip_number=slip)
    assert errand.run.ended == "done"
    assert errand.run.table is not None
    assert ("状态", "平台已受理") in errand.run.table.rows


@pytest.mark.parametrize(
    "item", ["civil.senior-allowance-apply", "service.item-guide", "social-insurance.rights-record"]
)
def test_the_first_three_go_as_before(town: Town, item: str) -> None:
    who = town.one(so=lambda each: each["id"] == "p-wang-xiulan")
    assert town.errand(item, who).run.ended == "done"


def test_no_result_page_claims_what_the_city_does_not_say(town: Town) -> None:
    who = town.one("flats")
    errand = Errand(town.counter, FLOWS[JOINT], who)
    pages: list[Page] = []
    errand.seen = pages.append
    errand.go()
    results = [each.body for each in pages if isinstance(each.body, ResultBody)]
    if errand.run.filed is not None:
        assert results[-1].number == errand.run.filed.case_no
        assert results[-1].state in {"accepted", "partial", "received", "to-confirm"}
    assert engine.offered(pages[-1])
