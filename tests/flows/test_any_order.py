"""Whatever is tapped, and whatever the world answers, in any order, on items that have every kind of step."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from flows import engine, kinds
from flows.bodies import DocumentsBody
from flows.effects import (
    Call,
    Cancel,
    ClosePayment,
    Effect,
    PrintCertificate,
    RefundPayment,
    StartPayment,
    Submit,
)
from flows.engine import LOGIC
from flows.events import (
    Accepted,
    Act,
    Answered,
    CardTrouble,
    ChildFiled,
    Event,
    Identified,
    LoginDenied,
    NotStored,
    Outcome,
    PaymentEnded,
    PictureChecked,
    PrintEnded,
    Progress,
    Refused,
    Stored,
    Unreachable,
)
from flows.fields import Choice, When
from flows.held import Slot
from flows.kinds import Child, Document
from flows.model import Flow
from flows.page import ChoiceBody, FormBody, GuideView
from flows.run import Run
from tests.flows.items import (
    COMMIT,
    NAME,
    NOTICE,
    NUMBER,
    RATE,
    RECEIPT,
    REVIEW,
    SIGN,
    SUBMIT,
    field,
    form,
    item,
)
from tests.flows.world import AT, GUIDE, PICTURE, SIGNATURE, SLIP, World

PUBLISHED: GuideView = replace(GUIDE, commitment_text="本人承诺属实（演示数据）", defer_days=10)
RELATIONS = (Choice(code="child", label="子女"),)
IDENTIFY = kinds.Identify(who="either", without_card=True)
PROXY = kinds.Proxy(operation="lookupProxy", relations=RELATIONS)
ANSWERS = {
    "text": "和平区某某路 1 号",
    "long-text": "两行\n字",
    "ascii": "A-1",
    "digits": "6222020000000000000",
    "number": "1.5",
    "amount": "12.30",
    "id-number": "120103194001010025",
    "credit-code": "91120101MA00000000",
    "phone": "13800000000",
    "plate": "津A12345",
    "address": "天津市河西区某路",
    "date": "20261201",
    "month": "202612",
    "year": "2026",
    "yes-no": "yes",
    "option": "b1",
    "scan": "1201031940",
    "code": "R",
    "choice": "proof",
}
ASKED = {
    kind: field(kind, required=False, years_back=3) for kind in ANSWERS if kind not in {"choice", "option"}
}
FIELDS = {
    "person_name": NAME,
    "resident_id_number": NUMBER,
    **{kind.replace("-", "_"): each for kind, each in ASKED.items()},
    "code": field("code", codes="colour_code", required=False),
    "bill": field("option"),
    "amount": field("amount", locked=True, required=False, prefill=["share"]),
    "note": field("text", required=False, prefill=["share"], when={"field": "yes_no", "values": ["yes"]}),
    "people": field(
        "records",
        unit="人",
        required=False,
        record={
            "name": {"label": "姓名", "kind": "text", "purpose": "测试", "mask": "name", "keep": "submission"}
        },
    ),
    "method": field("choice", choices=COMMIT),
    "home": field("code", codes="divisions"),
}
assert FIELDS["note"].when == When(field="yes_no", values=("yes",))
PAPERS = kinds.Documents(
    title="材料",
    documents=(
        Document(role="main-one", name="主要材料", importance="main", pages=2),
        Document(role="proof", name="证明", importance="secondary", deferrable=True),
    ),
)
BILLS = kinds.Options(operation="getOptions", field="bill", title="哪一笔", none="没有", offline="typed")
EVERYTHING = item(
    FIELDS,
    NOTICE,
    kinds.Consent(),
    IDENTIFY,
    PROXY,
    kinds.Prefill(operation="prefill", fields=("text", "phone")),
    kinds.Eligibility(operation="checkEligibility", fields=("text",)),
    BILLS,
    form("bill", "text", "long_text", "ascii", "digits", "number", "yes_no"),
    form("note", "date", "month", "year", "code", "address", "phone"),
    kinds.Records(title="谁", field="people"),
    kinds.PhoneCode(field="phone"),
    kinds.Commitment(operation="checkEligibility", field="method", replaces=("proof",)),
    PAPERS,
    kinds.Photo(title="照片"),
    REVIEW,
    SIGN,
    SUBMIT,
    RECEIPT,
    kinds.Benefits(operation="listBenefits"),
    RATE,
    identity="card+face",
    offline="queue",
)
PLACES = {"place": field("option"), "day": field("option")}
BOOKED = item(
    {**PLACES, "bill": field("option"), "amount": field("amount", locked=True), "home": FIELDS["home"]},
    NOTICE,
    kinds.Identify(),
    kinds.Region(operation="getOptions", field="home", title="哪里"),
    kinds.Options(operation="getOptions", field="bill", title="哪一笔", none="没有"),
    kinds.Book(place="place", date="day", title="选时间"),
    REVIEW,
    kinds.Pay(bill="bill", amount="amount", methods=("qr", "pos")),
    kinds.ConfirmBooking(),
    RECEIPT,
    RATE,
    identity="card",
)
BUNDLE = item(
    {"person_name": NAME, "text": ASKED["text"], "digits": ASKED["digits"]},
    kinds.Identify(),
    kinds.Bundle(
        title="哪几项",
        children=(
            Child(item="a.one", name="甲", fields=("text",), documents=("main-one",), needed=False),
            Child(item="a.two", name="乙", fields=("text", "digits"), after=("a.one",), needed=False),
            Child(item="a.three", name="丙", fields=("text",)),
        ),
    ),
    form("text", "digits"),
    PAPERS,
    REVIEW,
    SUBMIT,
    RECEIPT,
    RATE,
    identity="card",
    offline="queue",
)
LATER = item(
    {"case": field("scan")},
    kinds.Identify(),
    kinds.ChooseCase(operation="listCases", field="case", title="哪一件"),
    PAPERS,
    REVIEW,
    kinds.Submit(operation="supplementCase"),
    RECEIPT,
    RATE,
    identity="card",
    offline="queue",
)
BENEFIT = item(
    {"benefit": field("option"), "digits": field("digits")},
    kinds.Identify(),
    kinds.ChooseBenefit(operation="listBenefits", field="benefit", title="哪一项"),
    form("digits"),
    REVIEW,
    kinds.ConfirmBenefit(operation="confirmBenefit", benefit="benefit", account="digits"),
    RECEIPT,
    RATE,
    identity="card",
)
CERTIFICATE = item(
    {"year": field("year", years_back=3)},
    kinds.Identify(),
    form("year"),
    kinds.Query(operation="query", fields=("year",)),
    kinds.Display(title="看"),
    kinds.Print(paper="certificate"),
    RATE,
    identity="card+face",
)
MATCH = item(
    {"code": FIELDS["code"]},
    kinds.Identify(who="business", optional=True),
    form("code"),
    kinds.Match(operation="matchPolicies", fields=("code",)),
    kinds.Print(paper="record"),
    RATE,
    offline="cached",
)
NUMBER_IN_HAND = item(
    {"number": field("scan")},
    form("number"),
    kinds.Lookup(operation="getSlip", field="number"),
    kinds.Display(title="看"),
    RATE,
)
DRAFT = item(
    {"number": field("scan")},
    kinds.Identify(),
    kinds.Draft(operation="getDraft", field="number"),
    identity="card",
)
GUIDES = item(
    {"item_code": field("text")},
    kinds.Select(operation="getCatalogue", field="item_code", title="哪一项"),
    kinds.Guide(operation="getGuide", field="item_code"),
    kinds.Display(title="看"),
    kinds.Print(paper="guide"),
    RATE,
    offline="cached",
)
BROWSED = item(
    {"home": FIELDS["home"], "code": FIELDS["code"], "text": ASKED["text"]},
    form("home", "code", "text"),
    kinds.Browse(operation="getOptions", field="entries", title="哪些", by=("home", "code"), none="没有"),
    kinds.Display(title="看"),
    kinds.Print(paper="record"),
    RATE,
    offline="cached",
)
FLOWS = {
    "everything": EVERYTHING,
    "booked": BOOKED,
    "bundle": BUNDLE,
    "later": LATER,
    "benefit": BENEFIT,
    "certificate": CERTIFICATE,
    "match": MATCH,
    "number": NUMBER_IN_HAND,
    "draft": DRAFT,
    "guides": GUIDES,
    "browsed": BROWSED,
}

LISTED = [
    {"policy": {"id": "p1", "title": "津贴"}, "result": "needs-account", "reasons": []},
    {"policy": {"id": "", "title": "无号"}, "result": "needs-account", "reasons": []},
    {"policy": {"id": "p2", "title": "新词"}, "result": "some-new-word", "reasons": [], "amount_fen": -5},
]
CASES = [
    {
        "case_no": "c1",
        "item": "a.b",
        "state": "accepted-with-deferral",
        "accepted_at": AT,
        "deferral": {"documents": ["proof", "外文Role"], "due": "2026-12-20"},
    },
    {
        "case_no": "c2",
        "item": "a.b",
        "state": "in-progress",
        "accepted_at": AT,
        "children": [
            {"case_no": "c3", "item": "a.c", "state": "refused", "accepted_at": AT, "reasons": ["缺图"]}
        ],
    },
    {"case_no": "", "item": "a.b", "state": "supplement-needed", "accepted_at": AT},
]
ODD: dict[str, list[Any]] = {
    "listBenefits": [LISTED, []],
    "matchPolicies": [LISTED, []],
    "listCases": [CASES, []],
    "getOptions": [
        [],
        [{"id": "", "label": ""}],
        [
            {"id": "forwarded", "label": "代收", "fields": {"amount": {"value": "abc", "source": "x"}}},
            {"id": "joint", "label": "联办", "fields": {"amount": {"value": 1, "source": "share"}}},
        ],
        [{"id": "b9", "label": "没有金额"}],
    ],
    "getSlots": [[], [{"id": "s9", "place": "", "starts_at": "not a time", "free": 1}]],
    "holdSlot": [
        {"id": "B-2", "state": "held"},
        {"id": "B-2", "state": "cancelled"},
        {"id": "B-3", "state": "odd"},
    ],
    "rescheduleBooking": [
        {"id": "B-1", "state": "confirmed"},
        {"id": "B-1", "state": "expired"},
        {"id": "B-1", "state": "held"},
    ],
    "confirmBooking": [{"id": "B-1", "state": "expired"}, {"id": "B-1", "state": "confirmed"}],
    "checkEligibility": [
        {"eligible": False, "reasons": []},
        {"eligible": False, "reasons": [{"code": "COMMITMENT_EXCLUDED", "message": "失信"}]},
    ],
    "verifyPhoneCode": [
        {"verified": False},
        {"verified": False, "tries_left": 2},
        {"verified": False, "tries_left": -1},
    ],
    "lookupProxy": [[], [{"authorisation": "", "relation": "stranger"}]],
    "prefill": [
        {},
        {"text": {"value": [1], "source": "share"}, "phone": {"value": 138, "source": "account"}},
    ],
    "query": [
        {"columns": [], "rows": []},
        {
            "columns": [
                {"key": "a", "label": "", "kind": "odd"},
                {"key": "m", "label": "钱", "kind": "money"},
            ],
            "rows": [{"a": {"b": 1}, "m": "12"}, {"m": True}, {}],
            "certificate": "CERT-1",
        },
    ],
    "confirmBenefit": [{"case_no": "x", "item": "y", "state": "refused", "accepted_at": AT}],
    "getSlip": [{"state": "odd"}, {"state": "not-received"}],
    "getDraft": [{"item": "no.such", "fields": {}}],
}


def bad(effect: Effect, pick: int) -> list[Event]:
    """Something odd or wrong, that the client of the gateway or a device may still say of `effect`."""
    told: list[Event] = [
        Unreachable(
            effect=effect.id, reason=("no-network", "status-429", "department-down")[pick % 3], at=AT
        ),
        Refused(
            effect=effect.id, reasons=(), code=("", "CONFLICT", "BOOKED", "COMMITMENT_EXCLUDED")[pick % 4]
        ),
        Refused(
            effect=effect.id,
            reasons=(),
            code="CONFLICT",
            offers=(
                Slot(id="s7", place="别处", starts_at="2026-12-03T09:00:00+08:00", free=1),
                Slot(id="", place="", starts_at=""),
            ),
        ),
        LoginDenied(effect=effect.id, words="不符", face=bool(pick % 2)),
        NotStored(effect=effect.id, words="满了", code="OUTBOX-FULL"),
        PrintEnded(effect=effect.id, result=("failed", "unconfirmed")[pick % 2], words="缺纸"),
        PictureChecked(effect=effect.id, problems=("太暗",)),
        CardTrouble(effect=effect.id, words="放好"),
        Identified(
            effect=effect.id,
            name="李德顺",
            id_number="120103193801010010",
            level="phone",
            method="phone",
            at=AT,
        ),
        Accepted(
            effect=effect.id,
            slip=SLIP,
            case_no="",
            state="odd",
            children=(
                ChildFiled(item="a.one", case_no="", state="refused", reasons=("缺图",)),
                ChildFiled(item="z.z", case_no="1", state="new-word"),
            ),
        ),
        *[
            PaymentEnded(effect=effect.id, payment="P-1", state=state)
            for state in ("paid", "failed", "closed", "unknown", "refunding", "refunded")
        ],
    ]
    if isinstance(effect, Call):
        told = [*told[:3], *(Answered(effect=effect.id, data=each) for each in ODD.get(effect.operation, []))]
    elif isinstance(effect, StartPayment | ClosePayment | RefundPayment):
        told = [told[0], told[1], *(each for each in told if isinstance(each, PaymentEnded))]
    elif isinstance(effect, Submit):
        told = [told[1], told[4], told[9]]
    elif isinstance(effect, PrintCertificate) or type(effect).__name__ == "PrintPaper":
        told = [told[5]]
    elif type(effect).__name__ == "CheckPicture":
        told = [told[6]]
    elif type(effect).__name__ in {"LoadGuide", "LoadOptions", "LoadPolicies"}:
        about = getattr(effect, "list", "")
        told = [Unreachable(effect=effect.id, reason="not-cached", at=AT, about=about)]
    elif type(effect).__name__ == "ReadCard":
        told = [told[7]]
    else:
        told = [told[0], told[3], told[8]]
    return [told[pick % len(told)]]


class Walk:
    """One run, and everything that was ever asked for in it."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.shell = World(flow, guide=PUBLISHED)
        self.asked: list[Effect] = []
        self.open: dict[str, Effect] = {}
        self.heard: list[Event] = []
        self.run: Run
        self._take(engine.start(flow, "w.1", at=AT))

    def _take(self, advanced: engine.Advanced) -> None:
        self.run, effects = advanced
        for effect in effects:
            self.shell.history.append(effect)
            if isinstance(effect, Cancel):
                assert not isinstance(self.open.get(effect.target), RefundPayment)
                self.open.pop(effect.target, None)
            else:
                self.asked.append(effect)
                self.open[effect.id] = effect
        self.check()

    def hear(self, event: Event) -> None:
        self.heard.append(event)
        if isinstance(event, Outcome) and not isinstance(event, Progress):
            self.open.pop(event.effect, None)
        self._take(engine.advance(self.flow, self.run, event))

    def outcome(self, pick: int, *, good: bool) -> None:
        """One of what is open is answered."""
        if self.open:
            effect = list(self.open.values())[pick % len(self.open)]
            for event in self.shell.outcomes(effect) if good else bad(effect, pick // 3):
                if effect.id in self.open:
                    self.hear(event)

    def settled(self) -> bool:
        """What the run waits for is answered, once; whether it is over then."""
        for effect in list(self.open.values()):
            for event in self.shell.outcomes(effect) if effect.id in self.run.pending else ():
                if effect.id in self.open and not self.run.ended:
                    self.hear(event)
        return bool(self.run.ended)

    def tap(self, action: str, pick: int) -> None:
        self.hear(Act(action=action, values=self.values(pick), at=AT))

    def on(self, pick: int) -> None:
        """The way on that a citizen takes who knows what to do."""
        page = engine.page(self.flow, self.run)
        choose = isinstance(page.body, ChoiceBody)
        missing = [
            row.role
            for row in (page.body.rows if isinstance(page.body, DocumentsBody) else ())
            if row.state == "missing"
        ]
        if missing:
            self.tap(f"capture:{missing[0]}", 0)
            return
        ways = [page.primary.id] if page.primary is not None else []
        self.tap("choose" if choose else ways[0] if ways else "card", pick // 11 * 11)

    def offered(self) -> list[str]:
        return sorted(engine.offered(engine.page(self.flow, self.run)))

    def values(self, pick: int) -> dict[str, str]:
        """What could be filled in on the page; now and then nonsense."""
        body = engine.page(self.flow, self.run).body
        values = {"level": "4", **SIGNATURE, **PICTURE}
        if isinstance(body, ChoiceBody) and body.options:
            values["choice"] = body.options[pick % len(body.options)].value
        elif isinstance(body, FormBody):
            for each in body.inputs:
                right = (
                    each.options[pick % len(each.options)].value
                    if each.options
                    else ANSWERS.get(each.kind, "")
                )
                values[each.name] = "\x00胡" if pick % 11 == 10 else right
                if each.kind == "digits" and each.max_length == 8:
                    values[each.name] = "1234"  # the code of a text message
        return values

    def check(self) -> None:
        """What must hold at every moment."""
        if not self.run.ended:
            page = engine.page(self.flow, self.run)
            assert page.title
            assert engine.offered(page) or self.run.pending & set(self.open), "a dead page"
        meant: dict[str, Any] = {}
        for effect in self.asked:
            intent = getattr(effect, "intent", "")
            if intent:
                says = {name: getattr(effect, name) for name in effect.__struct_fields__ if name != "id"}
                assert meant.setdefault(intent, says) == says, "one intent, two meanings"
        assert len([each for each in self.asked if isinstance(each, RefundPayment)]) <= 1
        self._money()

    def _money(self) -> None:
        taken = [
            n
            for n, each in enumerate(self.heard)
            if isinstance(each, PaymentEnded) and each.state in {"paid", "unknown"}
        ]
        starts = [each for each in self.asked if isinstance(each, StartPayment)]
        payment = self.run.payment
        if taken and payment is not None and payment.state in {"paid", "unknown", "refunding"}:
            assert len({each.intent for each in starts}) == payment.attempt, "paid, and asked for again"


moves = st.lists(
    st.tuples(
        st.sampled_from(["tap", "on", "on", "on", "good", "good", "good", "bad", "any"]), st.integers(0, 600)
    ),
    max_size=160,
)


@pytest.mark.parametrize("name", FLOWS)
@settings(max_examples=60, deadline=None)
@given(path=moves)
def test_never_a_dead_page_never_one_intent_with_two_meanings_and_it_ends(
    name: str, path: list[tuple[str, int]]
) -> None:
    walk = Walk(FLOWS[name])
    for move, pick in path:
        if walk.run.ended:
            break
        if move == "any":
            walk.tap(
                ["next", "up", "again", "move", "close", "change:#3", "sheet:9", "edit:7", "capture:x"][
                    pick % 9
                ],
                pick,
            )
        elif move == "on":
            walk.on(pick)
        elif move == "tap" and walk.offered():
            stays = [each for each in walk.offered() if each not in {"back", "leave"}]
            ways = stays if pick % 4 and stays else walk.offered()
            walk.tap(ways[pick % len(ways)], pick)
        else:
            walk.outcome(pick, good=move != "bad")
    given_back = engine.abandon(walk.flow, walk.run)
    assert all(not isinstance(each, Cancel) for each in given_back)
    finish(walk)


WAY_OUT = ("leave", "finish", "skip", "no-paper", "close", "done", "back", "up")


def finish(walk: Walk) -> None:
    """Everything is answered, and the citizen wants to get out: that comes to an end."""
    luck = random.Random(7)
    for _ in range(400):
        if walk.settled():
            break
        offered = walk.offered()
        if not offered:  # what was answered asked for something more
            assert walk.run.pending & set(walk.open), "a dead page"
            continue
        out = [each for each in WAY_OUT if each in offered]
        walk.tap(out[0] if out and luck.random() < 0.8 else luck.choice(offered), luck.randrange(600))
    assert walk.run.ended
    booking, payment = walk.run.booking, walk.run.payment
    assert booking is None or booking.state != "held", "a hold that nobody has"
    closed = [each for each in walk.asked if isinstance(each, ClosePayment)]
    assert payment is None or payment.state != "pending" or closed, "an open payment that nobody watches"
    calls = [each for each in walk.asked if isinstance(each, Call) and each.operation == "confirmBooking"]
    assert len({each.intent for each in calls}) == len({each.path["id"] for each in calls})
    filings = [
        each for each in walk.asked if isinstance(each, Submit) and each.operation == "submitApplication"
    ]
    refused = [each for each in walk.heard if isinstance(each, Refused | NotStored)]
    assert len(filings) <= 1 + len(refused)
    stored = [each for each in walk.heard if isinstance(each, Stored)]
    assert len(stored) <= len([each for each in walk.asked if isinstance(each, Submit)])


def test_these_items_have_every_kind_of_step() -> None:
    assert {type(step) for flow in FLOWS.values() for step in flow.steps} == set(LOGIC)
