"""The dock: what one does there happens in the demo, and only from its own page."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import qrcode
from flask.testing import FlaskClient

from deploy.demo import Handles
from deploy.demo.cable import Connected, Slow, Unplugged
from deploy.demo.city import Resident
from deploy.demo.dock.app import PANELS, create_app
from deploy.demo.dock.exercise import EXERCISES, Exercises
from deploy.demo.screen import Page, Screen
from deploy.sandbox.faces import FaceError, person_in
from deploy.walk.hands import TownHands
from deploy.walk.journey import Order, flows, prepared
from deploy.walk.walker import Walker
from drivers.simulated import FAULTS
from kiosk import pictures

HOST = "localhost"
"""What Flask's test client calls itself."""

DEADLINE = 30.0
JSON = {"Accept": "application/json"}


@pytest.fixture
def dock(town: Handles) -> FlaskClient:
    return create_app(town, host=lambda: HOST).test_client()


@pytest.fixture
def screen(town: Handles) -> Iterator[Screen]:
    screen = Screen(town.restart_agent())
    yield screen
    screen.close()


def do(dock: FlaskClient, verb: str, **values: str) -> dict[str, str]:
    """Act as the dock's page does; the panels after it."""
    answer = dock.post("/do", data={"do": verb, **values}, headers=JSON)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["words"] == ""
    panels: dict[str, str] = answer.json["panels"]
    return panels


def panels(dock: FlaskClient) -> dict[str, str]:
    answer = dock.get("/panels")
    assert answer.json is not None
    found: dict[str, str] = answer.json["panels"]
    return found


def refused(dock: FlaskClient, verb: str, **values: str) -> str:
    answer = dock.post("/do", data={"do": verb, **values}, headers=JSON)
    assert answer.json is not None
    return str(answer.json["words"])


def test_a_card_is_put_on_the_reader_and_lifted(dock: FlaskClient, town: Handles) -> None:
    panel = do(dock, "place", person="p-wang-xiulan")["reader"]
    assert town.reader("state")["card"]
    assert 'value="p-wang-xiulan" data-key="p-wang-xiulan" aria-pressed="true"' in panel
    panel = do(dock, "lift")["reader"]
    assert not town.reader("state")["card"]
    assert "读卡区是空的" in panel


def test_a_card_that_others_put_there_is_not_given_a_name(dock: FlaskClient, town: Handles) -> None:
    town.reader("place", card=town.city.people()[1].card)
    panel = panels(dock)["reader"]
    assert "不是从这里放上的" in panel
    assert 'aria-pressed="true"' not in panel


def test_cover_roll_and_jam_stop_the_printer_and_are_shown(dock: FlaskClient, town: Handles) -> None:
    assert "打印机停下了" in do(dock, "cover", **{"is": "open"})["paper"]
    assert town.printer("state")["cover"] == "open"
    do(dock, "cover", **{"is": "closed"})
    do(dock, "roll", **{"is": "out"})
    assert town.printer("state")["paper"] == "out"
    do(dock, "roll", **{"is": "full"})
    do(dock, "jam", **{"is": "on"})
    assert town.printer("state")["jammed"]
    assert "打印机就绪" in do(dock, "jam", **{"is": "off"})["paper"]


def test_paper_hangs_in_the_slot_until_it_is_taken(dock: FlaskClient, town: Handles) -> None:
    before = town.printer("state")["receipts"]
    assert f"/paper/{before + 1}.png" in do(dock, "tear")["paper"]
    answer = dock.get(f"/paper/{before + 1}.png")
    assert answer.mimetype == "image/png"
    assert answer.data.startswith(b"\x89PNG")
    assert "没有纸出来" in do(dock, "take")["paper"]
    assert dock.get("/paper/9999.png").status_code == 404


def test_the_cable_has_four_positions(dock: FlaskClient, town: Handles) -> None:
    positions = {
        "silent": Unplugged(),
        "refused": Unplugged(refuse=True),
        "slow": Slow(),
        "connected": Connected(),
    }
    for position, mode in positions.items():
        panel = do(dock, "cable", **{"is": position})["network"]
        assert town.cable.mode == mode
        assert f'value="{position}" data-key="cable-{position}" aria-pressed="true"' in panel


def test_the_city_misbehaves_on_command_and_behaves_again(dock: FlaskClient, town: Handles) -> None:
    for word, kind in (("slow", "slow"), ("down", "5xx"), ("lost", "reset-after-acting")):
        do(dock, "fault", **{"is": word})
        assert {each["kind"] for each in town.city.faults()} == {kind}
        assert {each["operation"] for each in town.city.faults()} == {"*", "identity.*"}
    do(dock, "fault", **{"is": "none"})
    assert town.city.faults() == []


def test_the_agent_is_killed_and_started(dock: FlaskClient, town: Handles) -> None:
    assert "没有在运行" in do(dock, "agent", **{"is": "killed"})["agent"]
    assert not town.agent.running
    assert "在运行" in do(dock, "agent", **{"is": "started"})["agent"]
    answer = dock.get("/kiosk")
    assert (answer.status_code, answer.location) == (303, town.kiosk_url)


def touch(screen: Screen, page: Page, *labels: str) -> Page:
    """The page after one of `labels` was touched, once what the agent may have been waiting for was there."""
    while page.kind == "waiting":
        page = _after(screen, page)
    button = page.button(*labels)
    assert button is not None, page.words
    return screen.touch(page, button)


def to(screen: Screen, page: Page, title: str, *labels: str) -> Page:
    """The page headed `title`, by touching whichever of `labels` is offered."""
    for _ in range(40):
        if page.title == title:
            return page
        button = page.button(*labels)
        page = screen.touch(page, button) if button is not None else _after(screen, page)
    raise AssertionError(f"never came to {title}: {page.words}")


def test_who_lays_down_a_card_stands_before_the_camera(dock: FlaskClient, town: Handles) -> None:
    panel = do(dock, "place", person="p-zhang-wei")["camera"]
    assert "镜头前是：<strong>张伟</strong>" in panel
    assert person_in(town.camera.picture()) == "p-zhang-wei"
    panel = do(dock, "stand", person="p-liu-na")["camera"]
    assert person_in(town.camera.picture()) == "p-liu-na"
    assert town.reader("state")["card"], "another may stand there than whose card it is"
    picture = re.search(r'src="(/camera/\d+\.jpg)"', panel)
    assert picture is not None
    answer = dock.get(picture[1])
    assert (answer.mimetype, person_in(answer.data)) == ("image/jpeg", "p-liu-na")
    assert "没有人" in do(dock, "stand", person="nobody")["camera"]
    with pytest.raises(FaceError, match="face-not-found"):
        person_in(town.camera.picture())


def test_a_paper_is_held_before_the_camera(dock: FlaskClient, town: Handles) -> None:
    panel = do(dock, "hold", title="房屋租赁合同")["camera"]
    assert "<strong>房屋租赁合同</strong>（一张纸）" in panel
    image = base64.b64encode(town.camera.picture()).decode()
    assert pictures.check("document", image).problems == (), "the kiosk finds it legible"
    assert refused(dock, "hold", title=" ") == "请写这张纸的标题"
    assert refused(dock, "stand", person="p-nobody") == "没有这个人"


def test_the_a4_printer_runs_out_and_says_so(dock: FlaskClient, town: Handles) -> None:
    assert "没有证明打出来" in panels(dock)["pages"]
    assert "打印机停下了" in do(dock, "pages", **{"is": "out"})["pages"]
    assert town.document_printer("state")["sheets"] == 0
    do(dock, "pages", **{"is": "full"})
    assert "打印机停下了" in do(dock, "pages-jam", **{"is": "on"})["pages"]
    do(dock, "pages-jam", **{"is": "off"})
    assert (
        'value="low" data-key="toner-low" aria-pressed="true"' in do(dock, "toner", **{"is": "low"})["pages"]
    )
    assert "打印机就绪" in do(dock, "toner", **{"is": "full"})["pages"]
    assert dock.get("/pages/document-0001.pdf").status_code == 404


def begin(screen: Screen, item: str) -> Page:
    """Touch the tile of `item`, on whichever list it stands."""
    page = touch(screen, screen.look(), "全部事项")
    while page.button(item) is None:
        page = touch(screen, page, "下一页")
    return touch(screen, page, item)


def pay_page(screen: Screen, town: Handles, person: str, method: str) -> Page:
    """The page on which that person's electricity bill waits to be paid."""
    [account] = [
        bill["account"]
        for each in town.city.people()
        if each.id == person
        for bill in each.has("bills")
        if bill["kind"] == "electricity"
    ]
    page = begin(screen, "交电费")
    page = to(screen, page, "用电户号", "开始办理")
    primary = page.primary
    assert primary is not None
    page = screen.touch(page, primary, {page.questions[0].name: account})
    page = to(screen, page, "怎么付款？", "电费", "核对无误")
    page = touch(screen, page, method)
    while not page.button("不付了"):
        page = _after(screen, page)
    return page


def test_the_phone_pays_what_is_on_the_screen(dock: FlaskClient, screen: Screen, town: Handles) -> None:
    assert "现在没有等着付的款" in refused(dock, "pay", **{"is": "pay"})
    page = pay_page(screen, town, "p-zhang-wei", "手机扫码付款")
    assert "等着付款" in panels(dock)["phone"]
    panel = do(dock, "pay", **{"is": "lose"})["phone"]
    assert "银行没有回话" in panel
    assert "银行不回话" not in panel, "it was lost already"
    ledger = do(dock, "pay", **{"is": "pay"})["ledger"]
    assert "<h3>缴费</h3>" in ledger
    assert "paid" in ledger
    page = to(screen, page, "缴费成功")
    assert page.number_label == "票据号码"


@dataclass(frozen=True)
class AtTheDock(TownHands):
    """Whose phone is the dock's."""

    dock: FlaskClient

    def send(self, link: str, person: Resident) -> list[str]:
        """By the dock's button."""
        assert "等着传材料" in panels(self.dock)["phone"]
        assert "等着传材料" not in do(self.dock, "send")["phone"]
        [*_, upload] = self.town.city.ledger()["uploads"]
        assert link.endswith(upload["token"])
        return [each["sha256"] for each in upload["documents"]]


@pytest.mark.timeout(180)
def test_the_phone_sends_what_the_screen_wants(dock: FlaskClient, screen: Screen, town: Handles) -> None:
    assert "没有在等手机传材料" in refused(dock, "send")
    order = Order("medical-insurance.reimbursement-submit", upload=True)
    sheet, _ = prepared(town, order, lambda _: None)
    name = flows()[order.item].short
    walk = Walker(screen, AtTheDock(town, dock), sheet, order.item, name=name).go()
    arrived = [each["sha256"] for each in town.city.filed(walk.case_no)["documents"]]
    assert walk.pictures
    assert walk.pictures == arrived


def test_the_bank_card_terminal_takes_or_refuses_and_the_bank_tells_the_city(
    dock: FlaskClient, screen: Screen, town: Handles
) -> None:
    assert "刷卡机没有要收的款" in refused(dock, "card-sale", **{"is": "approved"})
    page = pay_page(screen, town, "p-liu-na", "刷银行卡")
    while "请插卡或挥卡" not in (panel := panels(dock)["pos"]):
        assert "没有要收的款" in panel
    assert "上一笔：银行拒绝" in do(dock, "card-sale", **{"is": "declined"})["pos"]
    page = to(screen, page, "没有付款")
    page = touch(screen, to(screen, page, "怎么付款？", "再付一次"), "刷银行卡")
    while "请插卡或挥卡" not in panels(dock)["pos"]:
        assert page.title
    do(dock, "pos", **{"is": "silent"})
    do(dock, "card-sale", **{"is": "approved"})
    assert to(screen, page, "缴费成功").number, "the machine said nothing; the bank told the city"


def test_the_keypad_is_pressed_unplugged_and_plugged_in(dock: FlaskClient, town: Handles) -> None:
    before = town.keypad("state")["pressed"]
    panel = do(dock, "press", **{"is": "next"})["keypad"]
    assert town.keypad("state")["pressed"] == before + 1
    assert f"按过 {before + 1} 次" in panel
    assert "没有程序在用它" in do(dock, "keypad", **{"is": "out"})["keypad"]
    assert not town.keypad("state")["plugged"]
    do(dock, "keypad", **{"is": "in"})
    assert town.keypad("state")["plugged"]


def test_a_code_is_held_under_the_scanner_and_a_bad_one_does_nothing(
    dock: FlaskClient, screen: Screen, town: Handles
) -> None:
    page = begin(screen, "证明验真")
    while "灯亮着" not in panels(dock)["scanner"]:
        assert page.questions
    do(dock, "scan", code="javascript:alert(1)")
    page = _after(screen, page)
    assert "网址" in page.questions[0].error
    do(dock, "scan", code="K7M2-9QXD-4T1C")
    page = _after(screen, page)
    assert (page.questions[0].value, page.questions[0].error) == ("K7M2-9QXD-4T1C", "")
    assert "请写这个码里是什么" in refused(dock, "scan", code=" ")
    do(dock, "tear")
    assert "这张凭条上没有二维码" in refused(dock, "scan-paper")
    paper = town.paper / "receipt-9998.png"
    with paper.open("wb") as file:
        qrcode.make("TJ-2026-7").save(file)
    try:
        do(dock, "scan-paper")
    finally:
        paper.unlink()
    assert _after(screen, page).questions[0].value == "TJ-2026-7"


def test_a_draft_is_begun_on_the_phone_and_its_number_is_shown(dock: FlaskClient, town: Handles) -> None:
    panel = do(dock, "draft", person="p-zhang-wei", item="social-insurance.rights-record")["phone"]
    assert "手机上填了一半的“社保权益记录”，草稿编号" in panel
    assert "城市平台说" in refused(dock, "draft", person="p-zhang-wei", item="civil.nothing")


def test_the_phone_may_be_that_of_who_acts_for_a_company(dock: FlaskClient) -> None:
    html = dock.get("/").get_data(as_text=True)
    assert re.search(r'<option value="p-zhang-wei E\w+">张伟，代表天津演示海河商贸有限公司</option>', html)


def test_the_phone_scans_what_is_on_the_screen(dock: FlaskClient, screen: Screen) -> None:
    assert "没有登录二维码" in refused(dock, "approve", person="p-li-jianjun")
    page = begin(screen, "社保权益记录")
    page = touch(screen, page, "开始办理")
    page = touch(screen, page, "同意并继续")
    page = touch(screen, page, "用手机扫码")
    while not page.user_code:
        assert page.kind == "identify"
        page = _after(screen, page)
    assert page.user_code in panels(dock)["phone"]
    do(dock, "approve", person="p-li-jianjun")
    while page.kind == "identify":
        page = _after(screen, page)
    assert page.title == "要看哪一年？"


def _after(screen: Screen, page: Page) -> Page:
    """The page after this one has changed; the agent's own poll, so no time is waited for in vain."""
    for _ in range(2000):
        if screen.turn(page.turn) != page.turn:
            return screen.look()
    raise AssertionError(f"the page stays: {page.words}")


def test_a_code_that_nobody_was_given_is_refused_in_words(dock: FlaskClient) -> None:
    words = refused(dock, "approve", person="p-li-jianjun", code="BCDF-GHJK")
    assert words == "城市平台说：没有这个登录码，请重新扫终端上的二维码"


@pytest.mark.parametrize(
    ("verb", "values", "words"),
    [
        ("fly", {}, "没有“fly”这个操作"),
        ("place", {"person": "p-nobody"}, "没有这个人"),
        ("place", {}, "缺少 'person'"),
        ("roll", {"is": "golden"}, "ValueError: ValueError: state must be full, low or out"),
    ],
)
def test_what_cannot_be_done_is_said(
    dock: FlaskClient, verb: str, values: dict[str, str], words: str
) -> None:
    assert refused(dock, verb, **values) == words


def test_without_script_a_post_leads_back_to_the_page(dock: FlaskClient) -> None:
    answer = dock.post("/do", data={"do": "lift"})
    assert (answer.status_code, answer.location) == (303, "/")


def test_the_page_has_all_panels_says_that_it_is_a_demo_and_loads_nothing_from_elsewhere(
    dock: FlaskClient,
) -> None:
    answer = dock.get("/")
    html = answer.get_data(as_text=True)
    assert "不装到现场终端" in html
    assert all(f'data-panel="{name}"' in html for name in PANELS)
    assert "//" not in html.replace("<!doctype html>", "")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
def test_another_site_cannot_act_here(dock: FlaskClient, town: Handles, headers: dict[str, str]) -> None:
    answer = dock.post("/do", data={"do": "place", "person": "p-wang-xiulan"}, headers=headers)
    assert answer.status_code == 403
    assert not town.reader("state")["card"]


def test_a_name_that_leads_here_reads_nothing(dock: FlaskClient) -> None:
    assert dock.get("/panels", headers={"Host": "evil.example:8700"}).status_code == 403


def test_the_fidelity_of_each_device_is_shown(dock: FlaskClient) -> None:
    panel = panels(dock)["devices"]
    for line in ("身份证读卡器：逐字节", "凭条打印机：逐字节", "扫码器：逐字节", "摄像头：浏览器的假设备"):
        assert line in panel
    assert "没有在演练" in panel


def test_an_exercise_spoils_a_device_and_is_broken_off(dock: FlaskClient, town: Handles) -> None:
    panel = do(dock, "exercise", **{"is": "bank"})["devices"]
    assert "正在演练：刷卡机停用 1 分钟" in panel
    begun = time.monotonic()
    while not town.payment_terminal("state")["out_of_service"]:
        assert time.monotonic() - begun < DEADLINE
    assert "没有在演练" in do(dock, "exercise-end")["devices"]
    assert not town.payment_terminal("state")["out_of_service"]
    assert refused(dock, "exercise", **{"is": "earthquake"})


def test_every_exercise_is_made_of_faults_that_its_devices_can_have(town: Handles) -> None:
    now = 0.0
    exercises = Exercises(town, lambda: now)
    for name, exercise in EXERCISES.items():
        assert exercise.scripts.keys() <= FAULTS.keys()
        for device, faults in exercise.scripts.items():
            assert {fault.what for fault in faults} <= FAULTS[device]["bytes"].keys()
            assert all(fault.after_uses is None for fault in faults), "the dock sees no uses"
        exercises.begin(name)
        exercises.end()
    assert exercises.now == ""
