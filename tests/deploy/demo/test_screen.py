"""What is to be seen on a page, read from HTML alone."""

from __future__ import annotations

import pytest

from deploy.demo.screen import ScreenGoneError, read
from kiosk.web.qr import qr_svg

FRAME = """<!doctype html><html><body data-kind="{kind}"><header>
<form action="/act" method="post"><input type="hidden" name="turn" value="7">
<button name="action" value="elder">长辈版</button></form></header>
<div role="status"><p><strong>网络暂时不通。</strong></p></div>
<form id="page" method="post" action="/act">
<input type="hidden" name="turn" value="7"><main><h1>办好了，<span>再见</span></h1>{work}</main>
<footer><div class="left"><button class="btn" name="action" value="back">返回</button></div>
<button class="btn help" name="action" value="help">求助</button>
<div class="right"><button class="btn primary" name="action" value="next"{disabled}>继续</button></div>
</footer></form></body></html>"""


def page(work: str = "", kind: str = "form", disabled: str = "") -> str:
    return FRAME.format(work=work, kind=kind, disabled=disabled)


def test_title_turn_banner_and_the_places_of_buttons() -> None:
    seen = read(page('<button name="action" value="choose:1">第一个</button>'))
    assert (seen.turn, seen.title, seen.banner) == ("7", "办好了，再见", "网络暂时不通。")
    assert {(each.value, each.place) for each in seen.buttons} == {
        ("elder", "top"),
        ("choose:1", "work"),
        ("back", "left"),
        ("help", "centre"),
        ("next", "right"),
    }
    assert seen.primary is not None
    assert seen.primary.label == "继续"


def test_a_disabled_button_is_seen_and_not_offered() -> None:
    seen = read(page(disabled=" disabled"))
    assert seen.primary is not None
    assert not seen.primary.enabled
    assert seen.button("继续") is None


def test_camera_picture_and_qr_are_seen() -> None:
    work = '<div data-camera="face"><video></video></div>' + str(
        qr_svg("https://pay.invalid/demo/abc", "付款")
    )
    seen = read(page(work))
    assert (seen.camera, seen.picture, seen.code) == ("face", "", "https://pay.invalid/demo/abc")
    shot = read(page('<img class="shot portrait" src="data:image/jpeg;base64,AAAA" alt="刚拍的本人照片">'))
    assert (shot.camera, shot.picture, shot.code) == ("", "data:image/jpeg;base64,AAAA", "")


@pytest.mark.parametrize(
    "svg",
    [
        '<svg class="qr"></svg>',
        '<svg class="qr" viewBox="0 0 9999 9999"><path d="M0,0H1V1H0z"/></svg>',
        '<svg class="qr" viewBox="0 0 37 37"><path d="M0,0H1V1H0z"/></svg>',
        '<svg class="qr" viewBox="0 0 x 37"><path d="M0,0H1V1H0z"/></svg>',
    ],
)
def test_a_drawing_that_is_no_qr_says_nothing(svg: str) -> None:
    assert read(page(svg)).code == ""


def test_lists_and_long_texts_are_questions() -> None:
    fields = """<div class="field"><label for="a">所属行业</label><select id="a" name="industry">
<option value="">请选择</option><option value="C">制造业</option>
<option value="F" selected>批发</option></select></div>
<div class="field"><label for="b">选省、市、区</label><select id="b"><option value="12">天津</option></select>
</div><div class="field"><label for="c">哪里没办成（选填）</label>
<textarea id="c" name="words">窗口说\n缺材料</textarea></div>"""
    industry, words = read(page(fields)).questions
    assert (industry.kind, industry.value) == ("choice", "F")
    assert industry.options == (("C", "制造业"), ("F", "批发"))
    assert (words.name, words.kind, words.value, words.optional) == ("words", "text", "窗口说\n缺材料", True)


def test_what_is_hidden_is_not_seen() -> None:
    seen = read(
        page('<nav hidden><button name="action" value="sheet:2">下一页</button></nav><script>x</script>')
    )
    assert seen.button("下一页") is None
    assert "x" not in seen.words


def test_questions_with_labels_values_errors_and_options() -> None:
    seen = read(
        page(
            """
<div class="field wrong"><label for="f-card">收款银行卡号</label><p class="error">卡号不对</p>
<input id="f-card" name="card" value="62"></div>
<div class="field"><label for="f-w">还想说的话（选填）</label><input id="f-w" name="words"></div>
<fieldset class="field"><legend>年度</legend>
<label><input type="radio" name="year" value="2026"> 2026 年</label>
<label><input type="radio" name="year" value="2025" checked> 2025 年</label></fieldset>"""
        )
    )
    card, words, year = seen.questions
    assert (card.label, card.value, card.error, card.kind) == ("收款银行卡号", "62", "卡号不对", "text")
    assert words.optional
    assert (year.label, year.value, year.kind) == ("年度", "2025", "choice")
    assert year.options == (("2026", "2026 年"), ("2025", "2025 年"))


def test_number_code_message_reasons_and_pad() -> None:
    seen = read(
        page(
            """<p class="number-label">办件编号</p><p class="number">SB 1</p>
<p class="user-code">BCDF-GHJK</p>
<div class="message"><p>请再放一次</p></div><ul class="reasons"><li>年龄不够</li></ul>
<canvas></canvas><input type="hidden" name="signature">"""
        )
    )
    assert (seen.number_label, seen.number, seen.user_code) == ("办件编号", "SB 1", "BCDF-GHJK")
    assert (seen.message, seen.reasons) == ("请再放一次", ("年龄不够",))
    assert seen.wants_signature
    assert seen.hidden == {"signature": ""}


def test_html_that_is_no_page_of_the_kiosk_is_said_to_be_none() -> None:
    with pytest.raises(ScreenGoneError, match="not a page of the kiosk: 请稍候"):
        read("<html><body><main>请稍候</main></body></html>")


@pytest.mark.parametrize("html", ["", "  ", "<!-- nothing -->"])
def test_an_empty_answer_is_no_page(html: str) -> None:
    with pytest.raises(ScreenGoneError, match="there is nothing on it"):
        read(html)
