"""The walker finds its way by what the pages show."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator

import pytest
from PIL import Image

from deploy.demo.city import Company
from deploy.demo.screen import Page, Screen
from deploy.walk.filling import BANK_CARD, COMPANION
from deploy.walk.sheet import Sheet
from deploy.walk.walker import StuckError, Walker
from kiosk.web.qr import qr_svg
from tests.deploy.walk.kiosk import FACE, PHONE, SENT, Kiosk, Scene, button
from tests.deploy.walk.people import LAN, MEI

HOME = Scene("您要办什么事？", button("start:civil.x", "某事"), wants={"action": "start:civil.x"})
NEXT = {"action": "next"}
CARD = "<p>请把身份证平放在读卡区，先不要拿开。</p>"


@pytest.fixture
def kiosks() -> Iterator[list[Kiosk]]:
    made: list[Kiosk] = []
    yield made
    for kiosk in made:
        kiosk.close()


def walk(kiosks: list[Kiosk], *scenes: Scene, sheet: Sheet | None = None, longest: float = 30.0) -> Walker:
    """A walker before the first page of a kiosk that has these scenes."""
    kiosk = Kiosk(list(scenes))
    kiosks.append(kiosk)
    return Walker(Screen(kiosk.url), kiosk, sheet or Sheet(LAN), "civil.x", longest=longest)


def test_from_the_tile_over_the_primary_action_to_the_start_again(kiosks: list[Kiosk]) -> None:
    walker = walk(kiosks, HOME, Scene("办事须知", primary="开始办理", wants=NEXT), HOME)
    seen = walker.go()
    assert (seen.started, seen.ended, seen.pages) == (True, True, 3)
    assert seen.titles == ["您要办什么事？", "办事须知", "您要办什么事？"]


def test_an_item_that_is_not_on_the_first_page_is_looked_for_on_the_others(kiosks: list[Kiosk]) -> None:
    first = Scene("您要办什么事？", button("list", "全部事项"), wants={"action": "list"})
    second = Scene("全部事项", button("sheet:2", "下一页"), wants={"action": "sheet:2"})
    assert walk(kiosks, first, second, HOME, HOME).go().ended


def test_an_item_that_is_nowhere_is_said(kiosks: list[Kiosk]) -> None:
    with pytest.raises(StuckError, match="nothing to touch on “全部事项”"):
        walk(kiosks, Scene("全部事项", button("start:other", "别的"))).go()


def test_a_tile_that_cannot_be_touched_ends_the_walk_with_its_reason(kiosks: list[Kiosk]) -> None:
    tile = button("start:civil.x", "某事 网络不通，暂不能办", " disabled")
    seen = walk(kiosks, Scene("您要办什么事？", tile)).go()
    assert (seen.started, seen.why_not) == (False, "某事 网络不通，暂不能办")


def test_the_card_is_put_down_when_asked_and_taken_back_on_the_next_page(kiosks: list[Kiosk]) -> None:
    walker = walk(kiosks, HOME, Scene("请刷身份证", CARD, card=True), HOME)
    walker.go()
    assert (kiosks[0].cards, kiosks[0].lifted) == (["p-lan"], 1)


def test_for_somebody_else_their_card_is_put_down_when_it_is_asked_for(kiosks: list[Kiosk]) -> None:
    who = Scene(
        "给谁办理？",
        button("choose:self", "给我自己办") + button("choose:other", "替家人办"),
        wants={"action": "choose:other"},
    )
    theirs = Scene("请刷被代办人的身份证", CARD.replace("身份证", "被代办人的身份证"), card=True)
    walk(kiosks, HOME, Scene("请刷身份证", CARD, card=True), who, theirs, HOME, sheet=Sheet(LAN, MEI)).go()
    assert kiosks[0].cards == ["p-lan", "p-mei"]


def test_for_oneself_that_is_chosen(kiosks: list[Kiosk]) -> None:
    who = Scene(
        "给谁办理？",
        button("choose:other", "替家人办") + button("choose:self", "给我自己办"),
        wants={"action": "choose:self"},
    )
    assert walk(kiosks, HOME, who, HOME).go().ended


def test_a_card_that_is_not_taken_three_times_is_a_reason_and_one_leaves(kiosks: list[Kiosk]) -> None:
    again = Scene("请刷身份证", CARD + '<div class="message"><p>没有认可这张证件</p></div>', card=True)
    last = Scene("请刷身份证", again.work, wants={"action": "back"})
    seen = walk(kiosks, HOME, again, again, again, last, HOME).go()
    assert kiosks[0].cards == ["p-lan"] * 3
    assert (seen.reasons, seen.ended) == (["没有认可这张证件"], True)


def test_a_form_is_filled_in_from_the_sheet(kiosks: list[Kiosk]) -> None:
    form = """<div class="field"><label for="a">现住址</label><input id="a" name="address" value=""></div>
<div class="field"><label for="b">收款银行卡号</label><input id="b" name="card" value=""></div>"""
    wants = {"action": "next", "address": LAN.address, "card": BANK_CARD}
    assert walk(kiosks, HOME, Scene("填写", form, "下一步", wants=wants), HOME).go().ended


def test_answers_that_are_not_taken_twice_end_the_walk_with_the_pages_words(kiosks: list[Kiosk]) -> None:
    form = '<div class="field"><label for="a">现住址</label><input id="a" name="a" value=""></div>'
    wrong = form.replace("</div>", '<p class="error">请写到门牌号</p></div>')
    walker = walk(kiosks, HOME, Scene("填写", form, "下一步", wants=NEXT), Scene("填写", wrong, "下一步"))
    with pytest.raises(StuckError, match=r"answers are not taken: 现住址：请写到门牌号"):
        walker.go()


def test_what_a_page_says_is_wrong_is_typed_anew(kiosks: list[Kiosk]) -> None:
    form = """<div class="field"><label for="a">用电容量</label>
<input id="a" name="a" value="{}" data-keyboard="number">{}</div>"""
    wrong = form.format("1", '<p class="error">用电容量最少 3 千伏安</p>')
    first = Scene("填写", form.format("", ""), "下一步", wants={"a": "1"})
    assert walk(kiosks, HOME, first, Scene("填写", wrong, "下一步", wants={"a": "3"}), HOME).go().ended


def test_an_item_is_looked_for_by_its_name(kiosks: list[Kiosk]) -> None:
    home = Scene("您要办什么事？", button("search", "查找事项"), wants={"action": "search"})
    find = '<input name="query" value="{}">' + button("find", "查找")
    typed = Scene("查找事项", find.format(""), wants={"action": "find", "query": "高龄津贴"})
    tile = button("start:civil.x", "高龄津贴")
    found = Scene("查找事项", find.format("高龄津贴") + tile, wants={"action": "start:civil.x"})
    kiosk = Kiosk([home, typed, found, HOME])
    kiosks.append(kiosk)
    assert Walker(Screen(kiosk.url), kiosk, Sheet(LAN), "civil.x", name="高龄津贴").go().ended


def test_who_is_asked_once_more_confirms_by_phone(kiosks: list[Kiosk]) -> None:
    again = Scene(
        "还要再确认一次身份", button("phone", "用手机扫码"), wants={"action": "phone"}, kind="identify"
    )
    assert walk(kiosks, HOME, again, HOME).go().ended


def test_the_pad_is_signed(kiosks: list[Kiosk]) -> None:
    pad = '<canvas></canvas><input type="hidden" name="signature"><input type="hidden" name="strokes">'
    walk(kiosks, HOME, Scene("请签名", pad, "签名并提交", wants=NEXT), HOME).go()
    posted = kiosks[0].posts[1]
    assert posted["signature"].startswith("data:image/png;base64,")
    assert posted["strokes"].startswith("[{")


def test_where_there_is_nothing_to_touch_the_page_is_waited_for(kiosks: list[Kiosk]) -> None:
    assert walk(kiosks, HOME, Scene("正在提交", polls=3), HOME).go().ended


def test_a_page_that_stays_is_not_waited_for_for_ever(
    kiosks: list[Kiosk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.walk.walker.PAGE_SECONDS", 0.2)
    with pytest.raises(StuckError, match="“正在提交” stays"):
        walk(kiosks, HOME, Scene("正在提交", "请稍候")).go()


def test_a_page_that_does_not_go_on_when_touched_is_not_touched_for_ever(kiosks: list[Kiosk]) -> None:
    with pytest.raises(StuckError, match="90 touches and no end"):
        walk(kiosks, HOME, Scene("办事须知", primary="开始办理")).go()


def test_a_walk_has_a_deadline(kiosks: list[Kiosk]) -> None:
    with pytest.raises(StuckError, match="not done within 0 s"):
        walk(kiosks, HOME, Scene("办事须知", primary="开始办理"), longest=0.0).go()
    with pytest.raises(StuckError, match="“正在提交” stays"):
        walk(kiosks, HOME, Scene("正在提交"), longest=0.2).go()


def test_numbers_paper_reasons_and_rating_are_remembered(kiosks: list[Kiosk]) -> None:
    result = Scene(
        "已经受理",
        '<p class="number-label">办件编号</p><p class="number">SB1</p><p>已经打印，请取走。</p>',
        "继续",
        wants=NEXT,
    )
    rate = Scene(
        "请您评价",
        button("rate:1", "非常不满意") + button("rate:5", "非常满意") + button("skip", "不评价，结束"),
        wants={"action": "rate:5"},
    )
    seen = walk(kiosks, HOME, result, rate, HOME).go()
    assert (seen.case_no, seen.slip, seen.says_printed, seen.rated) == ("SB1", "", True, True)


def test_the_slips_number_and_the_reasons_of_a_refusal_are_remembered(kiosks: list[Kiosk]) -> None:
    slip = Scene("已暂存", '<p class="number-label">暂存单号</p><p class="number">K1</p>', "继续", wants=NEXT)
    trouble = Scene("不能办理", '<ul class="reasons"><li>年龄不够</li></ul>', "结束", wants=NEXT)
    seen = walk(kiosks, HOME, slip, trouble, HOME).go()
    assert (seen.slip, seen.case_no, seen.reasons) == ("K1", "", ["年龄不够"])


def test_ways_aside_are_not_taken(kiosks: list[Kiosk]) -> None:
    aside = button("phone", "用手机扫码") + button("no-paper", "不打印，办完了")
    choice = Scene("要查哪一项？", aside + button("choose:a", "甲"), wants={"action": "choose:a"})
    assert walk(kiosks, HOME, choice, HOME).go().ended


def test_a_test_may_look_before_every_touch(kiosks: list[Kiosk]) -> None:
    kiosk = Kiosk([HOME, Scene("办事须知", primary="开始办理", wants=NEXT), HOME])
    kiosks.append(kiosk)
    looked: list[Page] = []
    Walker(Screen(kiosk.url), kiosk, Sheet(LAN), "civil.x", before=looked.append).go()
    assert [each.title for each in looked] == ["您要办什么事？", "办事须知", "您要办什么事？"]


CAMERA = '<div data-camera="{}"><video></video></div>'


def data_url(picture: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()


def test_before_the_camera_stands_the_person(kiosks: list[Kiosk]) -> None:
    for kind in ("face", "portrait"):
        scene = Scene("请看镜头", CAMERA.format(kind), "拍照", wants={"picture": data_url(FACE)})
        assert walk(kiosks, HOME, scene, HOME).go().ended


def test_a_paper_with_the_heading_that_is_asked_for_is_photographed(kiosks: list[Kiosk]) -> None:
    scene = Scene("拍摄房屋租赁合同", CAMERA.format("document"), "拍照", wants=NEXT)
    walk(kiosks, HOME, scene, HOME).go()
    picture = kiosks[0].posts[1]["picture"]
    assert picture.startswith("data:image/jpeg;base64,")
    assert len(picture) < 700_000, "as much as the page's own script posts"
    with Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2]))) as seen:
        assert (seen.format, seen.size) == ("JPEG", (1280, 960))


def test_the_picture_that_is_kept_is_remembered_by_its_hash(kiosks: list[Kiosk]) -> None:
    shown = f'<img class="shot document" src="{data_url(b"kept")}">' + button("again", "重拍")
    seen = walk(kiosks, HOME, Scene("照片清楚吗？", shown, "用这张", wants=NEXT), HOME).go()
    assert seen.pictures == [hashlib.sha256(b"kept").hexdigest()]


def papers(*roles: str, later: str = "") -> str:
    rows = [button(f"capture:{role}", "去拍") for role in roles]
    return "".join(rows) + (button(f"later:{later}", "以后补交") if later else "")


def test_every_document_of_a_list_is_photographed_before_one_goes_on(kiosks: list[Kiosk]) -> None:
    listed = papers("invoice", "diagnosis", later="diagnosis")
    scenes = [
        Scene("拍摄材料", listed, "下一步", wants={"action": f"capture:{role}"})
        for role in ("invoice", "diagnosis")
    ]
    seen = walk(kiosks, HOME, *scenes, Scene("拍摄材料", listed, "下一步", wants=NEXT), HOME).go()
    assert (seen.ended, seen.later) == (True, 0)


def test_documents_are_sent_from_the_phone_where_that_is_wished_or_there_is_no_camera(
    kiosks: list[Kiosk],
) -> None:
    send = button("upload", "用手机传")
    qr = Scene("用手机传材料", qr_svg("https://up.example/phone/1", "码"), kind="upload")
    for listed, sheet in ((papers("invoice"), Sheet(LAN, uploads=True)), ("", Sheet(LAN))):
        scenes = [
            Scene("拍摄材料", listed + send, "下一步", wants={"action": action})
            for action in ("upload", "next")
        ]
        seen = walk(kiosks, HOME, scenes[0], qr, scenes[1], HOME, sheet=sheet).go()
        assert (seen.ended, seen.pictures) == (True, [SENT])
        assert kiosks[-1].sent == [("https://up.example/phone/1", LAN.id)]


def test_what_may_follow_later_does_so_where_that_is_wished(kiosks: list[Kiosk]) -> None:
    listed = papers("invoice", "diagnosis", later="diagnosis")
    scenes = [
        Scene("拍摄材料", listed, "下一步", wants={"action": action})
        for action in ("later:diagnosis", "capture:invoice", "next")
    ]
    seen = walk(kiosks, HOME, *scenes, HOME, sheet=Sheet(LAN, defer=True)).go()
    assert (seen.ended, seen.later) == (True, 1)


def test_one_entry_of_a_repeating_group_is_filled_in_about_somebody_else(kiosks: list[Kiosk]) -> None:
    form = """<div class="field"><label for="a">姓名</label><input id="a" name="name" value=""></div>
<div class="field"><label for="b">公民身份号码</label><input id="b" name="id_number" value=""></div>"""
    wants = {"action": "next", "name": COMPANION[0], "id_number": COMPANION[1]}
    add = button("add", "添加")
    scenes = (
        Scene("还有谁一起住？", add, "下一步", wants={"action": "add"}),
        Scene("第 1 人", form, "保存", wants=wants),
        Scene("还有谁一起住？", add, "下一步", wants=NEXT),
    )
    assert walk(kiosks, HOME, *scenes, HOME).go().ended


def test_a_login_is_scanned_and_approved_for_the_company(kiosks: list[Kiosk]) -> None:
    scan = Scene(
        "请用企业账户扫码", '<p class="user-code">BCDF-GHJK</p>' + button("skip", "不登录，直接填写")
    )
    company = Company("演示公司", "E1", "handler")
    assert walk(kiosks, HOME, scan, HOME, sheet=Sheet(LAN, company=company)).go().ended
    assert kiosks[0].scanned == [("BCDF-GHJK", "p-lan", "E1")]


def test_what_the_qr_on_the_page_says_is_paid_once(kiosks: list[Kiosk]) -> None:
    pay = Scene(
        "请用手机扫码付款", str(qr_svg("https://pay.invalid/demo/abc", "付款")) + button("close", "不付了")
    )
    assert walk(kiosks, HOME, pay, HOME).go().ended
    assert kiosks[0].paid == ["https://pay.invalid/demo/abc"]


def test_a_bank_card_is_used_at_the_terminal_beside_the_screen(kiosks: list[Kiosk]) -> None:
    methods = Scene(
        "怎么付款？",
        button("choose:qr", "手机扫码付款") + button("choose:pos", "刷银行卡"),
        wants={"action": "choose:pos"},
    )
    pos = Scene("请在刷卡机上付款", "<p>看旁边的刷卡机</p>" + button("close", "不付了"))
    assert walk(kiosks, HOME, methods, pos, HOME, sheet=Sheet(LAN, wishes=("刷银行卡",))).go().ended
    assert kiosks[0].paid == ["card"]


def test_the_code_in_the_text_message_is_typed(kiosks: list[Kiosk]) -> None:
    form = '<div class="field"><label for="c">短信验证码</label><input id="c" name="code" value=""></div>'
    scene = Scene("验证手机号码", form, "下一步", wants={"action": "next", "code": "246810"})
    assert walk(kiosks, HOME, scene, HOME, sheet=Sheet(LAN, instead=(("手机", PHONE),))).go().ended


def test_a_commitment_that_was_agreed_to_is_remembered(kiosks: list[Kiosk]) -> None:
    text = Scene("告知承诺书", button("proof", "改为提交证明材料"), "我已读完，愿意承诺", wants=NEXT)
    assert walk(kiosks, HOME, text, HOME).go().promised


def test_what_is_wished_for_is_chosen_by_its_words_or_by_what_it_posts(kiosks: list[Kiosk]) -> None:
    for wish in ("乙", "b2"):
        scene = Scene(
            "选一个", button("choose:a1", "甲") + button("choose:b2", "乙"), wants={"action": "choose:b2"}
        )
        assert walk(kiosks, HOME, scene, HOME, sheet=Sheet(LAN, wishes=(wish,))).go().ended


def test_the_rating_may_be_left_out(kiosks: list[Kiosk]) -> None:
    rate = Scene(
        "请您评价", button("rate:5", "非常满意") + button("skip", "不评价，结束"), wants={"action": "skip"}
    )
    seen = walk(kiosks, HOME, rate, HOME, sheet=Sheet(LAN, rates=False)).go()
    assert (seen.ended, seen.rated) == (True, False)


def test_a_home_page_without_the_items_tile_is_the_end_too(kiosks: list[Kiosk]) -> None:
    other = Scene("您要办什么事？", button("start:civil.y", "别的") + button("list", "全部事项"))
    assert walk(kiosks, HOME, Scene("办好了", primary="结束", wants=NEXT), other).go().ended
