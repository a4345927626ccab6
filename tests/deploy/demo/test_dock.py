"""The dock: what one does there happens in the demo, and only from its own page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from deploy.demo import Handles
from deploy.demo.cable import Connected, Slow, Unplugged
from deploy.demo.dock.app import PANELS, create_app
from deploy.demo.screen import Page, Screen

HOST = "localhost"
"""What Flask's test client calls itself."""

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
    button = page.button(*labels)
    assert button is not None, page.words
    return screen.touch(page, button)


def test_the_phone_scans_what_is_on_the_screen(dock: FlaskClient, screen: Screen) -> None:
    assert "没有登录二维码" in refused(dock, "approve", person="p-li-jianjun")
    page = touch(screen, screen.look(), "社保权益记录")
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
