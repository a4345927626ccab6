"""What the pages say in HTML, without a browser: complete as plain forms, escaped, masked."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.test import TestResponse

from drivers.keypad import Press
from flows.bodies import (
    BundleBody,
    BundleRow,
    CameraBody,
    CommitmentBody,
    DocumentRow,
    DocumentsBody,
    FaceConsentBody,
    PayBody,
    PictureBody,
    RecordRow,
    RecordsBody,
    ResultPart,
    ToldBody,
)
from flows.fields import InputKind
from flows.page import (
    Benefit,
    BenefitsBody,
    Body,
    ChoiceBody,
    FormBody,
    IdentifyBody,
    Input,
    Page,
    ResultBody,
    ReviewBody,
    Scan,
)
from flows.parts import Option
from kiosk.views import View, VisitBody
from kiosk.web import create_app
from tests.kiosk.web.fakes import SECRET, FakeScreen
from tests.kiosk.web.samples import ID_CLEAR, ID_MASKED, SAMPLES, WARNED
from tests.kiosk.web.samples_long import LONG_SAMPLES
from tests.kiosk.web.test_wall import BROWSER, ORIGIN

EVIL = "<script>alert(1)</script>\"'&"


class Kiosk:
    """A kiosk browser without script."""

    def __init__(self, view: View) -> None:
        self.screen = FakeScreen(view)
        self.client: FlaskClient = create_app(self.screen, secret=SECRET, origin=ORIGIN).test_client()
        self.client.get(f"/open?k={SECRET}", base_url=ORIGIN)

    def get(self, path: str = "/") -> TestResponse:
        return self.client.get(path, base_url=ORIGIN)

    def act(self, **fields: str) -> TestResponse:
        return self.client.post("/act", base_url=ORIGIN, headers=BROWSER, data=fields)

    def html(self) -> BeautifulSoup:
        return BeautifulSoup(self.get().text, "html.parser")


def tag(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]  # every body is a msgspec struct


def test_every_kind_of_body_has_a_sample() -> None:
    shown = {tag(type(view.page.body)) for view in SAMPLES.values()}

    assert shown == {tag(kind) for kind in (*get_args(Body), *get_args(VisitBody))}


@pytest.mark.parametrize("name", list(SAMPLES))
def test_page_is_complete_as_plain_forms(name: str) -> None:
    view = SAMPLES[name]
    soup = Kiosk(view).html()

    assert [each.get_text() for each in soup.select("h1")] == [view.page.title]
    for form in soup.select("form"):
        assert (form["method"], form["action"]) == ("post", "/act")
        assert [each["value"] for each in form.select('input[name="turn"]')] == [str(view.turn)]
    offered = {str(each["value"]) for each in soup.select('button[name="action"]:not([disabled])')}
    actions = [each for each in (view.page.primary, view.page.back, *view.page.others) if each is not None]
    assert {each.id for each in actions if not each.why_not} <= offered
    for each in actions:
        if each.why_not:
            button = soup.select_one(f'button[value="{each.id}"]')
            assert button is not None
            assert button.has_attr("disabled")
            assert each.why_not in button.get_text()
    assert {"elder", "large"} <= offered
    assert soup.select_one(".bar .help") is not None


@pytest.mark.parametrize("name", list(SAMPLES))
def test_nothing_inline_and_nothing_from_elsewhere(name: str) -> None:
    answer = Kiosk(SAMPLES[name]).get()
    soup = BeautifulSoup(answer.text, "html.parser")
    policy = answer.headers["Content-Security-Policy"]

    assert not soup.select("[style], style")
    for script in soup.select("script"):
        assert not script.get_text().strip()
        assert f"'nonce-{script['nonce']}'" in policy
    assert not [name for each in soup.find_all(True) for name in each.attrs if name.startswith("on")]
    sources = [str(each.get("src") or each.get("href")) for each in soup.select("[src], [href]")]
    ours = ("/static/", "/media/", "#", "data:,", "data:image/jpeg;base64,")
    assert all(source.startswith(ours) for source in sources)


def evil_views() -> list[View]:
    form = SAMPLES["form-errors"]
    body = form.page.body
    assert isinstance(body, FormBody)
    inputs = tuple(
        replace(each, label=EVIL, value=EVIL, shown=EVIL, help=EVIL, error=EVIL, source=EVIL)
        for each in body.inputs
    )
    review = SAMPLES["review"]
    assert isinstance(review.page.body, ReviewBody)
    rows = tuple(replace(row, shown=EVIL, clear=EVIL, source=EVIL) for row in review.page.body.rows)
    result = SAMPLES["result-no-paper"]
    assert isinstance(result.page.body, ResultBody)
    scan = SAMPLES["identify-scan"]
    assert isinstance(scan.page.body, IdentifyBody)
    option = Option(value=EVIL, label=EVIL, detail=EVIL)
    kinds: tuple[InputKind, ...] = ("long-text", "address", "code", "amount", "date")
    inputs = tuple(
        Input(name=kind, label=EVIL, kind=kind, value=EVIL, unit=EVIL, options=(option,) * 9)
        for kind in kinds
    )
    bodies: list[Body] = [
        FormBody(title=EVIL, inputs=inputs),
        FaceConsentBody(purpose=EVIL, message=EVIL),
        CameraBody(kind="document", what=EVIL, hint=EVIL, problems=(EVIL,), most=2),
        PictureBody(kind="document", what=EVIL, image=f"data:image/jpeg;base64,{EVIL}"),
        DocumentsBody(
            rows=(DocumentRow(role=EVIL, name=EVIL, main=False, state="missing", may_follow=True),),
            error=EVIL,
            later_words=EVIL,
        ),
        RecordsBody(rows=(RecordRow(number=0, words=(EVIL, EVIL)),), most=8, error=EVIL),
        CommitmentBody(text=EVIL, version=EVIL, sample=True, replaces=(EVIL,)),
        ToldBody(lines=(EVIL,)),
        PayBody(state="qr", subject=EVIL, amount=EVIL, qr=EVIL, expires=EVIL),
        BundleBody(rows=(BundleRow(item=EVIL, name=EVIL, wanted=True, needed=False, after=(EVIL,)),)),
        ResultBody(
            state="partial",
            number=EVIL,
            number_label=EVIL,
            parts=(ResultPart(name=EVIL, state="refused", number=EVIL, lines=(EVIL,)),),
        ),
        BenefitsBody(benefits=(Benefit(title=EVIL, result=EVIL, reasons=(EVIL,)),), note=EVIL),
        ChoiceBody(title=EVIL, hint=EVIL, options=(option,)),
    ]
    return [
        *(replace(form, page=replace(form.page, title=EVIL, body=each)) for each in bodies),
        replace(form, visitor=EVIL, page=replace(form.page, title=EVIL, body=replace(body, inputs=inputs))),
        replace(review, page=replace(review.page, body=replace(review.page.body, rows=rows))),
        replace(
            result,
            page=replace(
                result.page,
                body=replace(result.page.body, number=EVIL, lines=(EVIL,), paper_words=EVIL),
            ),
        ),
        replace(
            scan,
            page=replace(
                scan.page, body=replace(scan.page.body, scan=Scan(uri=EVIL, user_code=EVIL), message=EVIL)
            ),
        ),
    ]


@pytest.mark.parametrize("view", evil_views(), ids=lambda view: tag(type(view.page.body)))
def test_citizen_text_is_data(view: View) -> None:
    answer = Kiosk(view).get()
    soup = BeautifulSoup(answer.text, "html.parser")

    assert "<script>alert" not in answer.text
    assert len(soup.select("script")) == 1
    assert EVIL in soup.get_text()
    known = {"class", "value", "id", "name", "for", "src", "alt", "aria-label", "title"}
    known |= {"data-shown", "data-clear", "data-in", "data-label", "data-title"}
    holding = {
        name for each in soup.find_all(True) for name, value in each.attrs.items() if "alert(1)" in str(value)
    }
    assert holding <= known


def test_list_of_codes_is_named_with_what_an_entry_belongs_to_and_never_by_code() -> None:
    soup = Kiosk(SAMPLES["form-codes"]).html()

    chosen = soup.select("#f-domicile_division_code option[selected]")
    assert [(each["value"], each.get_text(strip=True)) for each in chosen] == [("120101", "天津市 和平区")]
    assert "120000" not in soup.get_text()


def test_few_codes_are_shown_at_once_and_many_in_a_list() -> None:
    soup = Kiosk(SAMPLES["form-codes"]).html()

    assert len(soup.select('input[type="radio"][name="residence_reason_code"]')) == 3
    assert soup.select('select[name="industry_code"]')


def test_sum_with_its_unit_is_no_secret_and_a_masked_address_is_one() -> None:
    dates, address = Kiosk(SAMPLES["form-dates"]).html(), Kiosk(SAMPLES["form-address-known"]).html()

    assert not dates.select(".masked")
    assert [each["id"] for each in address.select(".masked")] == ["f-residential_address"]
    address.select_one("textarea").extract()  # type: ignore[union-attr]  # the value itself, drawn as dots
    assert "某某路" not in address.get_text()


def test_divisions_that_may_begin_an_address_are_not_posted() -> None:
    soup = Kiosk(SAMPLES["form-address"]).html()

    assert not soup.select("select[name]")
    assert soup.select('select[data-begins="f-postal_address"]')


def test_between_two_pages_of_a_document_the_only_question_is_whether_there_are_more() -> None:
    buttons = Kiosk(SAMPLES["documents-more"]).html().select("#page button:not([disabled])")

    assert [str(each["value"]) for each in buttons] == ["more", "help", "done"]


def test_document_offers_to_follow_only_where_it_may() -> None:
    offered = {str(each["value"]) for each in Kiosk(SAMPLES["documents"]).html().select("#page button")}

    captures = {"capture:contract", "capture:owner-id", "capture:title", "capture:plan"}
    assert captures <= offered
    assert {each for each in offered if each.startswith("later:")} == {"later:title", "later:plan"}


def test_no_more_entries_than_there_is_room_for() -> None:
    full = Kiosk(SAMPLES["records-full"]).html().select_one('button[value="add"]')
    room = Kiosk(SAMPLES["records"]).html().select_one('button[value="add"]')

    assert full is not None
    assert room is not None
    assert full.has_attr("disabled")
    assert "最多 8 条" in full.get_text()
    assert not room.has_attr("disabled")


def test_needed_item_of_a_bundle_cannot_be_dropped() -> None:
    offered = [str(each["value"]) for each in Kiosk(SAMPLES["bundle"]).html().select(".bundle button")]

    assert offered == ["drop:utility.water", "want:utility.gas", "drop:telecom.tv"]


def test_every_item_of_a_bundle_is_said_with_its_state_in_words() -> None:
    said = [
        each.get_text() for each in Kiosk(SAMPLES["result-partial"]).html().select(".children .state strong")
    ]

    assert said == ["已受理", "身份待确认", "没有受理", "待答复"]


@pytest.mark.parametrize(
    ("name", "words", "label"),
    [
        ("result-paid", "已付款", "票据号码"),
        ("result-unknown", "不要重复付款", "支付编号"),
        ("result-booked", "已预约", "预约号"),
        ("result-called-off", "已取消", "预约号"),
        ("result-partial", "有的没有受理", "办件编号"),
        ("result-certificate", "", "验证码"),
    ],
)
def test_number_is_called_what_it_is(name: str, words: str, label: str) -> None:
    verdict = Kiosk(SAMPLES[name]).html().select_one(".verdict")

    assert verdict is not None
    assert words in verdict.get_text()
    assert [each.get_text() for each in verdict.select(".number-label")] == [label]


def test_payment_says_how_much_for_what_and_until_when() -> None:
    text = Kiosk(SAMPLES["pay-qr"]).html().get_text()

    for words in ("12,345.60", "电费查询及购电", "10:25", "不要再付一次"):
        assert words in text


@pytest.mark.parametrize("name", ["pay-pos", "pay-closing", "pay-creating"])
def test_payment_code_is_shown_only_while_it_can_be_scanned(name: str) -> None:
    assert not Kiosk(SAMPLES[name]).html().select("svg.qr")


def test_card_is_not_asked_for_where_it_is_not_enough() -> None:
    text = Kiosk(SAMPLES["identify-step-up"]).html().get_text()

    assert "读卡区" not in text
    assert "用手机扫码" in text


def test_denied_scan_does_not_pretend_that_a_code_is_coming() -> None:
    assert "正在取二维码" not in Kiosk(SAMPLES["identify-business-denied"]).html().get_text()


def test_whoever_helps_here_is_named_on_the_help_page() -> None:
    assert "穿红马甲的工作人员" in Kiosk(SAMPLES["help-staffed"]).html().get_text()


def test_review_is_masked_and_the_clear_value_waits_for_the_citizen() -> None:
    soup = Kiosk(SAMPLES["review"]).html()

    text = soup.get_text()
    assert ID_MASKED in text
    assert ID_CLEAR not in text
    values = soup.select(".value[data-clear]")
    assert ID_CLEAR in [each["data-clear"] for each in values]
    assert len(soup.select("[data-reveal]")) == len(values)


def test_known_value_of_a_form_is_shown_masked_only() -> None:
    soup = Kiosk(SAMPLES["form"]).html()

    field = soup.select_one("#f-bank_card_number")
    assert isinstance(field, Tag)
    assert "masked" in (field.get("class") or [])
    assert "6217000000000000012" not in soup.get_text()


@pytest.mark.parametrize(
    ("name", "where", "said"),
    [
        ("form", ".known .source", ["来自身份证（A·部门核发）"] * 2),
        ("form-codes", ".picked .source", ["本次办事中您选过的（D·本人填报），可以修改"]),
        (
            "review",
            ".row small",
            [
                *["来自身份证（A·部门核发）"] * 2,
                "您填写的（D·本人填报）",
                "来自您以前的办件（B·窗口核验过）",
            ],
        ),
    ],
)
def test_what_is_known_is_shown_with_its_source_and_how_far_it_is_trusted(
    name: str, where: str, said: list[str]
) -> None:
    assert [each.get_text() for each in Kiosk(SAMPLES[name]).html().select(where)] == said


def test_a_hidden_value_says_where_it_is_from() -> None:
    [hint] = Kiosk(SAMPLES["form"]).html().select("p.source")
    assert hint.get_text().startswith("来自您以前的办件（B·窗口核验过）：")


def test_act_posts_once_and_answers_with_the_next_page_itself() -> None:
    kiosk = Kiosk(SAMPLES["form"])
    kiosk.screen.after["next"] = SAMPLES["review"]

    answer = kiosk.act(turn="1", action="next", residential_address="某某路 1 号")

    assert answer.status_code == 200
    assert '<h1 tabindex="-1">' in answer.text
    assert "请核对" in answer.text
    assert kiosk.screen.acts == [("next", {"residential_address": "某某路 1 号"})]


@pytest.mark.parametrize("turn", ["0", "7", "-1", "", "x", "9" * 30, "１"])
def test_stale_or_malformed_turn_shows_the_present_page_and_acts_on_nothing(turn: str) -> None:
    kiosk = Kiosk(SAMPLES["review"])

    answer = kiosk.act(turn=turn, action="next")

    assert "请核对" in answer.text
    assert kiosk.screen.acts == []


def test_double_tap_acts_once() -> None:
    kiosk = Kiosk(SAMPLES["review"])

    kiosk.act(turn="1", action="next")
    kiosk.act(turn="1", action="next")

    assert kiosk.screen.acts == [("next", {})]
    assert kiosk.screen.late == [(1, "next")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("choose:self", ("choose", {"choice": "self"})),
        ("rate:5", ("rate", {"level": "5"})),
        ("change:bank_card_number", ("change:bank_card_number", {})),
        ("sheet:2", ("sheet:2", {})),
        ("start:service.item-guide", ("start:service.item-guide", {})),
    ],
)
def test_one_tap_buttons_carry_their_answer(value: str, expected: tuple[str, dict[str, str]]) -> None:
    kiosk = Kiosk(SAMPLES["choice"])

    kiosk.act(turn="1", action=value)

    assert kiosk.screen.acts == [expected]


def test_more_fields_than_a_page_can_ask_are_dropped() -> None:
    kiosk = Kiosk(SAMPLES["form"])

    kiosk.act(turn="1", action="next", **{f"field_{n}": "x" for n in range(500)})

    assert len(kiosk.screen.acts[0][1]) <= 42


def test_poll_tells_the_turn_and_is_a_heartbeat_but_no_touch() -> None:
    kiosk = Kiosk(SAMPLES["home"])

    answer = kiosk.get("/events?after=0")

    assert json.loads(answer.text) == {"turn": 1, "pressed": []}
    assert (kiosk.screen.beats, kiosk.screen.touches) == (1, 0)


@pytest.mark.parametrize("after", ["", "x", "9" * 40])
def test_poll_bears_nonsense(after: str) -> None:
    assert Kiosk(SAMPLES["home"]).get(f"/events?after={after}").status_code == 200


def test_touch_restarts_the_idle_clock() -> None:
    kiosk = Kiosk(SAMPLES["form"])

    answer = kiosk.client.post("/touch", base_url=ORIGIN, headers=BROWSER)

    assert (answer.status_code, kiosk.screen.touches) == (204, 1)
    assert kiosk.screen.fingers == 0


def test_finger_on_the_glass_is_told_apart_from_a_mouse_and_a_key() -> None:
    kiosk = Kiosk(SAMPLES["form"])

    for by in ("finger", "", "mouse"):
        kiosk.client.post("/touch", data={"by": by}, base_url=ORIGIN, headers=BROWSER)

    assert (kiosk.screen.touches, kiosk.screen.fingers) == (3, 1)


@pytest.mark.parametrize(
    ("form", "word"), [({"is": "denied"}, "denied"), ({"is": "x" * 900}, "x" * 64), ({}, "")]
)
def test_a_page_tells_how_it_went_with_the_camera(form: dict[str, str], word: str) -> None:
    kiosk = Kiosk(SAMPLES["camera-face"])

    answer = kiosk.client.post("/camera", data=form, base_url=ORIGIN, headers=BROWSER)

    assert (answer.status_code, kiosk.screen.cameras, kiosk.screen.touches) == (204, [word], 0)


def test_the_poll_takes_what_was_pressed_for_the_page_that_is_shown() -> None:
    kiosk = Kiosk(SAMPLES["home"])
    kiosk.get("/events?after=1")
    kiosk.screen.presses.pressed(Press.NEXT)

    assert json.loads(kiosk.get("/events?after=1").text) == {"turn": 1, "pressed": ["next"]}
    assert json.loads(kiosk.get("/events?after=1").text) == {"turn": 1, "pressed": []}


def test_busy_actor_is_told_as_a_short_wait() -> None:
    kiosk = Kiosk(SAMPLES["home"])
    kiosk.screen.busy = True

    answer = kiosk.get()

    assert answer.status_code == 503
    assert "请稍候" in answer.text


def test_fault_tells_the_citizen_nothing_and_the_log_nothing_personal(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = Kiosk(SAMPLES["form"])

    said = " ".join(("王秀兰", "120103194001010017"))

    def broken(*_: object) -> View:
        raise RuntimeError(said)

    monkeypatch.setattr(kiosk.screen, "act", broken)
    answer = kiosk.act(turn="1", action="next", residential_address="某某路 1 号")

    assert answer.status_code == 500
    for secret in ("王秀兰", "120103", "某某路", "RuntimeError"):
        assert secret not in answer.text
    for secret in ("王秀兰", "120103", "某某路"):
        assert secret not in caplog.text
    assert "RuntimeError" in caplog.text


def test_same_page_is_known_again_whatever_the_frame_says() -> None:
    def digest(kiosk: Kiosk, view: View) -> str:
        kiosk.screen.show(view)
        body = kiosk.html().body
        assert body is not None
        return str(body["data-same"])

    kiosk = Kiosk(SAMPLES["home"])
    review = digest(kiosk, SAMPLES["review"])

    assert digest(kiosk, WARNED) == review
    assert digest(kiosk, replace(SAMPLES["review"], elder=True, offline=True)) == review
    assert digest(kiosk, SAMPLES["form"]) != review
    assert digest(Kiosk(SAMPLES["home"]), SAMPLES["review"]) != review


def test_present_step_is_named_not_only_coloured() -> None:
    soup = Kiosk(SAMPLES["form"]).html()

    assert [each.get_text(strip=True) for each in soup.select('[aria-current="step"]')] == ["填写"]


def test_offline_and_stored_are_said_in_words() -> None:
    assert "网络不通" in Kiosk(SAMPLES["result-stored"]).html().select_one(".banner").get_text()  # type: ignore[union-attr]  # fails the test when it is not there
    assert "暂存" in Kiosk(SAMPLES["result-stored"]).html().select_one(".verdict").get_text()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name",
    [
        "notice",
        "guide",
        "table",
        "commitment",
        "pay-qr",
        "pay-pos",
        "pay-closing",
        "benefits",
        "choice-hint",
        "choice-long",
    ],
)
def test_sample_content_is_labelled_so(name: str) -> None:
    labels = [each.get_text() for each in Kiosk(SAMPLES[name]).html().select("#page .sample")]
    assert labels
    assert set(labels) == {"演示数据"}


def test_every_policy_of_a_sample_is_labelled_once_on_whichever_sheet_it_stands() -> None:
    benefits = Kiosk(SAMPLES["benefits-unmatched"]).html().select(".benefit")
    assert len(benefits) == 9
    assert [each.get_text().count("演示数据") for each in benefits] == [1] * 9


def test_qr_holds_the_address_and_no_markup_of_it() -> None:
    page = Kiosk(SAMPLES["identify-scan"]).get().text

    svg = re.search(r'<svg class="qr".*?</svg>', page, re.DOTALL)
    assert svg is not None
    assert "user_code" not in svg[0]
    view = SAMPLES["identify-scan"]
    assert isinstance(view.page, Page)


def test_table_shows_the_rows_of_its_sheet() -> None:
    soup = Kiosk(SAMPLES["table"]).html()

    months = [row.td.get_text() for row in soup.select("tbody tr") if row.td is not None]
    assert months == [f"2025-{month:02d}" for month in range(1, 7)]
    assert [each["value"] for each in soup.select(".pager button:not([disabled])")] == ["sheet:2"]


def test_a_kept_list_says_how_old_it_is_under_its_title_and_where_that_has_no_room_above_its_rows() -> None:
    """Of the two the style sheet shows one (`.as-of`), as of the date of a table."""
    soup = Kiosk(LONG_SAMPLES["table-listed"]).html()
    said = [each.get_text() for each in soup.select(".lead, .table-head .as-of")]
    assert ["".join(each.split()) for each in said] == ["这是3天前保存的内容，可能已有变化"] * 2
    assert [each.get_text() for each in soup.select("thead th")] == ["养老机构", "说明", "床位", "电话"]
    assert not soup.select(".table-head h2"), "the page is called so already"


def test_nothing_found_offers_another_question_and_an_end() -> None:
    soup = Kiosk(SAMPLES["told-none"]).html()
    assert "可以换一个区" in soup.get_text()
    assert {"change", "next", "back"} <= {
        str(each.get("value")) for each in soup.select("button[name=action]")
    }


def test_who_left_the_card_on_the_reader_is_told_to_place_it_again() -> None:
    """A reader reads a card once: it answers nothing before the card has left."""
    assert "已经放着的，请拿起来重新放" in Kiosk(SAMPLES["identify"]).html().get_text()


@pytest.mark.parametrize("name", ["notice", "guide"])
def test_a_picture_of_a_guide_has_its_words_and_only_an_address_of_ours(name: str) -> None:
    [figure] = Kiosk(SAMPLES[name]).html().select("figure")
    picture = figure.img
    assert picture is not None
    assert picture["src"] == f"/media/{'0' * 64}"
    assert picture["alt"] == "高龄津贴怎样申请：刷身份证；填写住址和卡号；核对、签名；取凭条"
    assert (picture["width"], picture["height"]) == ("1200", "860")


@pytest.mark.parametrize("name", ["notice", "guide"])
def test_the_age_of_a_guide_stands_before_what_it_says(name: str) -> None:
    html = Kiosk(SAMPLES[name]).html()
    [age] = html.select(".age")
    assert age.get_text(strip=True) == "这是 2 天前保存的内容，可能已有变化"
    assert age.find_next("h3") is not None
