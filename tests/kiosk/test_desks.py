"""The other desks: card, login, city, paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

import pytest

from drivers.device import Availability, Health
from drivers.id_card import CardRead as CardWasRead
from drivers.id_card import CardUnreadable
from drivers.id_card.card import CardType, IdCard
from drivers.id_card.events import UnreadableReason
from drivers.receipt_printer import (
    Document,
    Failed,
    FailReason,
    JobOutcome,
    Pair,
    Printed,
    Qr,
    Text,
    Unconfirmed,
    UnconfirmedReason,
)
from flows.effects import Call, LoadEntries, LoadGuide, LoadOptions, Login, PhoneScan, PrintPaper, ReadCard
from flows.events import (
    Answered,
    CardRead,
    CardTrouble,
    EntriesLoaded,
    GuideLoaded,
    Identified,
    LoginDenied,
    OptionsLoaded,
    Outcome,
    PrintEnded,
    ScanReady,
    Unreachable,
)
from flows.loader import load_names
from flows.page import GuidePicture
from kiosk import keys, receipt_code
from kiosk.desks.card import CardDesk
from kiosk.desks.city import CityDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PRINT_SECONDS, PaperDesk
from kiosk.gateway import contract
from kiosk.gateway.bearer import PlainBearer
from kiosk.gateway.outcomes import Reason
from kiosk.gateway.outcomes import Unreachable as NotReached
from kiosk.guide_pictures import Held, Media
from kiosk.identity.bearer import Token
from kiosk.identity.client import CardFacts, Face
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Identity,
    Level,
    LoggedIn,
    Method,
    Revocation,
    Revoked,
    Waiting,
)
from kiosk.loop import Loop
from kiosk.receipts import Layout
from kiosk.slips import Slips
from kiosk.visit import Visit
from offline_cache.content import Content
from offline_cache.submission import Filed, State
from tests.flows.world import CARD, GUIDE
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import NO_SLIPS
from tests.kiosk.test_filing import Inline
from tests.kiosk.whenever import Later
from tests.offline_cache.world import submission

T = TypeVar("T")
VISIT = Visit(id="0" * 31 + "1", began=0.0, touched=0.0)
THE_CARD = IdCard(
    card_type=CardType.RESIDENT,
    name="王秀兰",
    sex_code="2",
    sex="女",
    birth="19400101",
    id_number=CARD["id_number"],
    valid_from="20150601",
    valid_to="长期",
    address="旧址",
    new_address="新址",
    photo=b"\x57\x4c\x66" + bytes(1021),
    sam_id="05.01",
)


class Reader:
    """An ID card reader without a line."""

    def __init__(self, availability: Availability = Availability.ONLINE) -> None:
        self.armed = False
        self.availability = availability

    def arm(self) -> None:
        self.armed = True

    def disarm(self) -> None:
        self.armed = False

    def health(self) -> Health:
        return Health(self.availability, "ready", 0.0)


def test_a_card_is_asked_for_only_while_it_is_wanted() -> None:
    reader, told = Reader(), list[Outcome]()
    desk = CardDesk(reader)
    desk.heard(CardWasRead(THE_CARD))
    desk.read(ReadCard(id="e", whose="citizen"), told.append)
    before = reader.armed
    desk.heard(CardWasRead(THE_CARD))
    assert (before, reader.armed) == (True, False)
    [read] = told
    assert isinstance(read, CardRead)
    assert read.card["address"] == "新址"
    assert read.card["card_type"] == "resident"
    assert "photo" not in read.card
    desk.heard(CardWasRead(THE_CARD))
    assert len(told) == 1


def test_cancelling_another_effect_leaves_the_reader_armed() -> None:
    reader = Reader()
    desk = CardDesk(reader)
    desk.read(ReadCard(id="e", whose="citizen"), lambda _: None)
    desk.cancel("other")
    assert reader.armed
    desk.cancel("e")
    assert not reader.armed


@pytest.mark.parametrize("reason", UnreadableReason)
def test_every_reason_has_words_for_the_citizen(reason: UnreadableReason) -> None:
    told: list[Outcome] = []
    desk = CardDesk(Reader())
    desk.read(ReadCard(id="e", whose="citizen"), told.append)
    desk.heard(CardUnreadable(reason))
    [trouble] = told
    assert isinstance(trouble, CardTrouble)
    assert "请" in trouble.words


@pytest.mark.parametrize("reader", [None, Reader(Availability.OFFLINE)])
def test_a_missing_reader_is_said_and_the_phone_offered(reader: Reader | None) -> None:
    told: list[Outcome] = []
    CardDesk(reader).read(ReadCard(id="e", whose="citizen"), told.append)
    [trouble] = told
    assert isinstance(trouble, CardTrouble)
    assert "手机扫码" in trouble.words


def token_text(box: Logins) -> str | None:
    """Of whoever is logged in."""
    token = box.desk.token(box.visit)
    return None if token is None else token.text


def person(method: Method, token: str) -> LoggedIn:
    return LoggedIn(
        Identity(
            name="王秀兰",
            id_number=CARD["id_number"],
            level=Level.CARD if method is Method.ID_CARD else Level.PHONE,
            method=method,
            confirmed=True,
            token=Token(token),
        )
    )


class Scan:
    """A QR of the platform's."""

    uri = "https://id.example/device?user_code=AB"
    uri_is_complete = True
    user_code = "AB"
    interval = 2.0

    def __init__(self, polls: list[Any]) -> None:
        self.polls = polls

    def poll(self) -> Any:
        return self.polls.pop(0)


class Platform:
    """Unified identity."""

    def __init__(self) -> None:
        self.logins: list[Any] = []
        self.scan: Any = None
        self.revoked: list[str] = []
        self.revocation: Revocation = Revoked()

    def login_with_card(self, card: CardFacts, face: Face | None = None) -> Any:
        return self.logins.pop(0)

    def login_with_number(self, number: str, name: str, face: Face) -> Any:
        return self.logins.pop(0)

    def start_phone_scan(self, business: bool = False) -> Any:
        return self.scan

    def revoke(self, access_token: str) -> Revocation:
        self.revoked.append(access_token)
        return self.revocation


class Logins:
    """A login desk in a box."""

    def __init__(self) -> None:
        self.clock = TestClock()
        self.loop = Loop(self.clock, lambda error: None)
        self.platform = Platform()
        self.told: list[Outcome] = []
        self.heard: list[bool] = []
        self.visit = Visit(id="0" * 31 + "2", began=0.0, touched=0.0)
        self.desk = LoginDesk(
            platform=self.platform,
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            heard=self.heard.append,
        )

    def login(self, result: Any) -> None:
        self.platform.logins.append(result)
        self.desk.login(Login(id="e", card=CARD), self.visit, self.told.append)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        while self.loop.step():
            pass


def test_a_login_keeps_the_token_until_the_visit_ends_and_then_revokes_it() -> None:
    box = Logins()
    box.login(person(Method.ID_CARD, "t-1"))
    assert isinstance(box.told[-1], Identified)
    assert token_text(box) == "t-1"
    box.desk.forget(box.visit)
    assert box.desk.token(box.visit) is None
    assert box.platform.revoked == ["t-1"]


def test_a_revocation_that_could_not_be_delivered_is_owed_until_the_network_is_back() -> None:
    box = Logins()
    box.login(person(Method.ID_CARD, "t-1"))
    box.platform.revocation = NotReached(Reason.NO_NETWORK)
    box.desk.forget(box.visit)
    box.platform.revocation = Revoked()
    box.desk.online()
    box.desk.online()
    assert box.platform.revoked == ["t-1", "t-1"]


def test_a_login_that_arrives_after_the_visit_is_revoked_and_told_to_nobody() -> None:
    box, later = Logins(), Later()
    box.desk._executor = later
    box.login(person(Method.ID_CARD, "late"))
    box.desk.forget(box.visit)
    later.hand_over()
    assert box.told == []
    assert box.desk.token(box.visit) is None
    assert box.platform.revoked == ["late"]


def test_a_card_taken_back_while_it_is_checked_leaves_no_login_for_the_next_one() -> None:
    """Else the city would be asked as the first person, and the answers filled in for the second."""
    box, later = Logins(), Later()
    box.desk._executor = later
    box.login(person(Method.ID_CARD, "first"))
    box.desk.cancel("e")
    later.hand_over()
    assert box.told == []
    assert box.desk.token(box.visit) is None
    assert box.platform.revoked == ["first"]


def test_another_card_ends_the_login_before_also_when_it_cannot_log_in_itself() -> None:
    box = Logins()
    box.login(person(Method.PHONE, "first"))
    box.login(NotReached(Reason.NO_NETWORK))
    assert isinstance(box.told[-1], Unreachable)
    assert box.desk.token(box.visit) is None
    assert box.platform.revoked == ["first"]


def test_denied_and_unreachable_are_told_apart() -> None:
    box = Logins()
    box.login(Denied(DeniedReason.CARD_REFUSED))
    box.login(NotReached(Reason.TLS))
    assert isinstance(box.told[0], LoginDenied)
    assert isinstance(box.told[1], Unreachable)
    assert box.told[1].reason == "tls"
    assert box.heard == [False]


def test_a_phone_scan_is_polled_at_its_interval_until_it_is_approved() -> None:
    box = Logins()
    box.platform.scan = Scan([Waiting(2.0), Waiting(7.0), person(Method.PHONE, "t-2")])
    box.desk.scan(PhoneScan(id="e"), box.visit, box.told.append)
    assert isinstance(box.told[-1], ScanReady)
    box.wait(2.1)
    box.wait(2.1)
    assert len(box.told) == 1
    box.wait(7.1)
    told = box.told[-1]
    assert isinstance(told, Identified)
    assert (told.level, told.method) == ("phone", "phone")


def test_a_cancelled_scan_stops_polling_and_revokes_what_comes_late() -> None:
    box = Logins()
    scan = Scan([person(Method.PHONE, "late")])
    box.platform.scan = scan
    box.desk.scan(PhoneScan(id="e"), box.visit, box.told.append)
    box.desk.cancel("e")
    box.wait(10)
    assert len(scan.polls) == 1
    assert len(box.told) == 1


def test_an_expired_qr_is_told_as_denied_with_words() -> None:
    box = Logins()
    box.platform.scan = Scan([Denied(DeniedReason.EXPIRED)])
    box.desk.scan(PhoneScan(id="e"), box.visit, box.told.append)
    box.wait(3)
    told = box.told[-1]
    assert isinstance(told, LoginDenied)
    assert "过期" in told.words


class Shelf:
    """Public content."""

    def __init__(self, content: Content | None) -> None:
        self.content = content

    def get(self, operation: str, *names: str) -> Content | None:
        return self.content

    def pictures(self, media: Sequence[Media], *, ask: bool) -> list[tuple[Media, Held]]:
        self.asked = ask
        return [(each, Held("0" * 64, 1200, 800)) for each in media]


def city(content: Content | None) -> CityDesk:
    return CityDesk(
        client=None,  # type: ignore[arg-type]  # these tests make no call
        contract=contract.load(),
        library=Shelf(content),
        names=load_names(),
        executor=Inline(),
        clock=TestClock(),
        heard=lambda _: None,
        online=lambda: True,
        new_key=lambda: "00000000-0000-4000-8000-000000000001",
        slips=NO_SLIPS,
    )


@pytest.mark.parametrize(("online", "longest"), [(True, 8.0), (None, 8.0), (False, 2.5)])
def test_where_the_city_was_not_heard_just_now_nobody_waits_long_to_learn_that_again(
    online: bool | None, longest: float
) -> None:
    asked: list[float] = []

    class Slow:
        def call(self, *_: object, deadline: float, **__: object) -> NotReached:
            asked.append(deadline)
            return NotReached(Reason.NO_NETWORK)

    client: Any = Slow()
    desk = CityDesk(
        client=client,
        contract=contract.load(),
        library=Shelf(None),
        names={},
        executor=Inline(),
        clock=TestClock(),
        heard=lambda _: None,
        online=lambda: online,
        new_key=lambda: "00000000-0000-4000-8000-000000000001",
        slips=NO_SLIPS,
    )
    call = Call(id="e", operation="prefill", item="civil.senior-allowance-apply", body={})
    desk.call(call, Visit(id="0" * 32, began=0.0, touched=0.0), PlainBearer("t"), lambda _: None)
    assert asked == [longest]


def test_where_the_city_is_silent_the_terminal_says_what_it_knows_of_its_own_slip() -> None:
    mine = submission(Random(1))
    filed = Filed(
        key=mine.key,
        visit=mine.visit,
        sequence=1,
        operation=mine.operation,
        target=mine.target,
        payload_hash=mine.payload_hash,
        created_at=mine.created_at,
        expires_at=mine.expires_at,
        state=State.WAITING,
        reason="timeout",
        number=None,
        case_state=None,
        answered_at=None,
        size=1,
        attempts=1,
    )

    class Silent:
        def call(self, *_: object, **__: object) -> NotReached:
            return NotReached(Reason.NO_NETWORK)

    client: Any = Silent()
    desk = CityDesk(
        client=client,
        contract=contract.load(),
        library=Shelf(None),
        names={},
        executor=Inline(),
        clock=TestClock(),
        heard=lambda _: None,
        online=lambda: False,
        new_key=lambda: "00000000-0000-4000-8000-000000000001",
        slips=Slips({mine.key: filed}.__getitem__),
    )
    told: list[Outcome] = []
    for number in (mine.key, "00000000-0000-4000-8000-000000000009"):
        call = Call(id="e", operation="getSlip", item="terminal.slip", path={"id": number}, body={})
        desk.call(call, Visit(id="0" * 32, began=0.0, touched=0.0), None, told.append)
    assert isinstance(told[0], Answered)
    assert told[0].data == {
        "state": "not-asked",
        "here": {"state": "waiting", "until": "2026-07-31", "case_no": ""},
    }
    assert isinstance(told[1], Unreachable)


GUIDE_JSON = {
    "item": "civil.senior-allowance-apply",
    "version": "3",
    "sample": True,
    "documents": [{"role": "id", "name": "身份证", "importance": "main"}],
    "promised_working_days": 0,
    "fee": {"fen": 1250, "note": "工本费"},
}


def guide_of(body: bytes, *, age: float | None = 0.0, stale: bool = False) -> Outcome:
    told: list[Outcome] = []
    content = Content(body, age, stale, None, "application/json")
    city(content).guide(LoadGuide(id="e", operation="getGuide", item=GUIDE_JSON["item"]), told.append)  # type: ignore[arg-type]
    return told[0]


def test_a_guide_is_told_in_the_citizens_words() -> None:
    loaded = guide_of(json.dumps(GUIDE_JSON).encode())
    assert isinstance(loaded, GuideLoaded)
    guide = loaded.guide
    assert (guide.name, guide.fee, guide.days, guide.age) == (
        "高龄津贴（老年人生活补贴）申请",
        "12.50 元（工本费）",
        "当场办结",
        "",
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "这是不到 1 小时前保存的内容"),
        (3599, "这是不到 1 小时前保存的内容"),
        (3600, "这是 1 小时前保存的内容"),
        (2 * 86400 - 1, "这是 47 小时前保存的内容"),
        (2 * 86400, "这是 2 天前保存的内容，可能已有变化"),
        (27.9 * 86400, "这是 27 天前保存的内容，可能已有变化"),
        (None, "这是以前保存的内容，不知道是什么时候的，可能已有变化"),
    ],
)
def test_stale_content_says_its_age(seconds: float | None, words: str) -> None:
    loaded = guide_of(json.dumps(GUIDE_JSON).encode(), age=seconds, stale=True)
    assert isinstance(loaded, GuideLoaded)
    assert loaded.guide.age == words


def test_current_content_has_no_age_to_tell() -> None:
    loaded = guide_of(json.dumps(GUIDE_JSON).encode(), age=86400.0)
    assert isinstance(loaded, GuideLoaded)
    assert loaded.guide.age == ""


def test_a_guide_comes_with_the_pictures_that_are_kept() -> None:
    media = [{"kind": "picture", "url": "media/a.png", "title": "怎样办", "captions": "四步"}]
    loaded = guide_of(json.dumps({**GUIDE_JSON, "media": media}).encode())
    assert isinstance(loaded, GuideLoaded)
    assert loaded.guide.pictures == (
        GuidePicture(digest="0" * 64, width=1200, height=800, title="怎样办", captions="四步"),
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"item": 3}', b"[]", b"\xff"])
def test_a_guide_out_of_shape_is_not_shown(body: bytes) -> None:
    told = guide_of(body)
    assert isinstance(told, Unreachable)
    assert told.reason == "malformed"


def test_options_carry_official_names_and_leave_out_what_is_disabled() -> None:
    body = {
        "version": "1",
        "items": [
            {"code": "civil.senior-allowance-apply", "version": "1", "enabled": True},
            {"code": "civil.senior-allowance-query", "version": "1", "enabled": False},
            {"code": "made.up", "version": "1", "enabled": True},
        ],
    }
    told: list[Outcome] = []
    content = Content(json.dumps(body).encode(), 0.0, False, None, "application/json")
    city(content).options(LoadOptions(id="e", operation="getCatalogue"), told.append)
    [loaded] = told
    assert isinstance(loaded, OptionsLoaded)
    assert [option.label for option in loaded.options] == ["高龄津贴（老年人生活补贴）申请"]


LISTED = [
    {
        "id": "1",
        "label": "演示和平养老院",
        "detail": "和平区南京路 1 号",
        "fields": {
            "division_code": {"value": "120101", "source": "share"},
            "levels": {"value": ["1", "2"], "source": "share"},
        },
    },
    {"id": "2", "label": "演示河东养老院"},
]


@pytest.mark.parametrize(
    ("age", "stale", "words"), [(5.0, False, ""), (3 * 3600.0, True, "这是 3 小时前保存的内容")]
)
def test_a_published_list_comes_whole_and_says_how_old_it_is(age: float, stale: bool, words: str) -> None:
    told: list[Outcome] = []
    effect = LoadEntries(id="e", operation="getOptions", item="civil.nursing-home-query", field="entries")
    content = Content(json.dumps(LISTED).encode(), age, stale, None, "application/json")
    city(content).entries(effect, told.append)
    [loaded] = told
    assert isinstance(loaded, EntriesLoaded)
    assert loaded.age == words
    assert [(each.label, each.detail, dict(each.fields)) for each in loaded.entries] == [
        ("演示和平养老院", "和平区南京路 1 号", {"division_code": "120101", "levels": ["1", "2"]}),
        ("演示河东养老院", "", {}),
    ]


@pytest.mark.parametrize(("body", "reason"), [(None, "not-cached"), (b'[{"id": "1"}]', "malformed")])
def test_a_list_that_is_not_there_or_is_none_is_unreachable(body: bytes | None, reason: str) -> None:
    told: list[Outcome] = []
    effect = LoadEntries(id="e", operation="getOptions", item="civil.nursing-home-query", field="entries")
    content = None if body is None else Content(body, 0.0, False, None, "application/json")
    city(content).entries(effect, told.append)
    [said] = told
    assert isinstance(said, Unreachable)
    assert said.reason == reason


def test_without_content_the_list_is_unreachable() -> None:
    told: list[Outcome] = []
    city(None).options(LoadOptions(id="e", operation="getCatalogue"), told.append)
    assert isinstance(told[0], Unreachable)


KEY = keys.generate()


class Papers:
    """A paper desk with a printer that answers when told."""

    def __init__(self) -> None:
        self.clock = TestClock()
        self.loop = Loop(self.clock, lambda error: None)
        self.documents: list[Document] = []
        self.done: list[Callable[[JobOutcome], None]] = []
        self.told: list[Outcome] = []
        self.journalled: list[tuple[str, str]] = []
        self.desk = PaperDesk(
            printer=self,
            layout=Layout(
                service_name="政务服务自助终端", terminal="tj-test-1", place="测试厅", hotline="12345"
            ),
            key=KEY,
            terminal="tj-test-1",
            loop=self.loop,
            clock=self.clock,
            ended=lambda visit, paper, outcome, reason: self.journalled.append((outcome, reason)),
        )

    def print(self, document: Document, done: Callable[[JobOutcome], None]) -> None:
        self.documents.append(document)
        self.done.append(done)

    def ask(self, **changes: Any) -> None:
        facts: dict[str, Any] = {
            "id": "e",
            "kind": "slip",
            "item": "civil.senior-allowance-apply",
            "item_name": "高龄津贴（老年人生活补贴）申请",
            "version": "1",
            "number": "0b8f7c1e-6f0e-4a63-9d5b-0d0f7f4f9a11",
        }
        self.desk.print(PrintPaper(**(facts | changes)), VISIT, self.told.append)

    def end(self, outcome: JobOutcome) -> None:
        self.done[-1](outcome)
        while self.loop.step():
            pass

    def text(self) -> str:
        blocks = self.documents[-1].blocks
        parts = [b.text if isinstance(b, Text) else b.value for b in blocks if isinstance(b, Text | Pair)]
        return "\n".join(parts)


@pytest.mark.parametrize(
    ("outcome", "result", "reason"),
    [
        (Printed(), "printed", ""),
        (Failed(FailReason.PAPER_OUT), "failed", "paper-out"),
        (Unconfirmed(UnconfirmedReason.STALLED), "unconfirmed", "stalled"),
    ],
)
def test_a_print_ends_in_what_the_printer_said(outcome: JobOutcome, result: str, reason: str) -> None:
    box = Papers()
    box.ask()
    box.end(outcome)
    [told] = box.told
    assert isinstance(told, PrintEnded)
    assert told.result == result
    assert box.journalled == [(result, reason)]


def test_a_driver_that_never_says_is_unconfirmed_once() -> None:
    box = Papers()
    box.ask()
    box.clock.advance(PRINT_SECONDS + 1)
    while box.loop.step():
        pass
    box.end(Printed())
    [told] = box.told
    assert isinstance(told, PrintEnded)
    assert told.result == "unconfirmed"


def test_a_slip_says_stored_in_the_largest_type_and_never_accepted() -> None:
    box = Papers()
    box.ask(notes=("身份待确认",))
    largest = [b.text for b in box.documents[-1].blocks if isinstance(b, Text) and b.size == 3]
    assert largest == ["暂存"]
    assert "已受理" not in box.text()
    assert "身份待确认" in box.text()


def test_a_slip_does_not_say_either_that_the_city_has_not_accepted() -> None:
    """It may have: of a line that fell silent nobody knows whether the sending or the answer was lost."""
    box = Papers()
    box.ask()
    assert "平台还没有答复" in box.text()
    assert "还没有受理" not in box.text()


def test_the_qr_is_signed_and_verifies_offline() -> None:
    box = Papers()
    box.ask()
    [code] = [b.data for b in box.documents[-1].blocks if isinstance(b, Qr)]
    found = receipt_code.verify(code, [KEY.public_jwk])
    assert isinstance(found, receipt_code.Verified)
    assert found.code.number == "0b8f7c1e-6f0e-4a63-9d5b-0d0f7f4f9a11"
    assert found.code.kind is receipt_code.PaperKind.SLIP


def test_a_guide_on_paper_has_what_the_page_has() -> None:
    box = Papers()
    box.ask(kind="guide", number="", guide=GUIDE)
    assert "年满 80 周岁" in box.text()
    assert "暂存" not in box.text()


@pytest.mark.parametrize(
    ("promised", "defer", "days"),
    [(5, 10, 3), (None, 10, 10), (None, 30, 20), (60, 30, 20), (1, 10, 1), (5, None, None)],
)
def test_what_is_deferred_comes_two_days_before_the_promised_time_and_within_twenty(
    promised: int | None, defer: int | None, days: int | None
) -> None:
    told = {"promised_working_days": promised, "defer_working_days": defer}
    loaded = guide_of(json.dumps({**GUIDE_JSON, **told}).encode())
    assert isinstance(loaded, GuideLoaded)
    assert loaded.guide.defer_days == days
