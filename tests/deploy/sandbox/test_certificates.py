"""Sealed papers: a real PDF of one page, counted, the same for the same key, verified by its code."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pypdfium2
import requests
from PIL import Image

from deploy.qr import codes_in
from deploy.sandbox.gateway import paper
from tests.deploy.sandbox.papers import new
from tests.deploy.sandbox.world import World

CERTIFICATE = "social-insurance.contribution-certificate"
ALL: dict[str, Any] = {"fields": {}}


def offered(world: World, token: str) -> str:
    """The certificate that comes with the answer to a query."""
    return str(world.call("query", token, ALL, item=CERTIFICATE).json()["certificate"])


def print_it(world: World, token: str, number: str, key: str | None = None) -> requests.Response:
    """Print."""
    return world.call("printCertificate", token, key=key or new(), id=number)


def picture(pdf: bytes) -> Any:
    """The page as it comes out of a printer, 200 dots an inch."""
    return pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72).to_pil()


def test_it_is_one_page_of_a4_with_its_text_and_its_font_inside(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    pdf = print_it(world, token, offered(world, token)).content
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert [round(side * 25.4 / 72) for side in document[0].get_size()] == [210, 297]
    text = document[0].get_textpage().get_text_range()
    for words in (
        "张伟",
        "社会保险参保缴费证明（个人）",
        "演示数据",
        "并非印章",
        "没有任何效力",
        "企业职工基本养老保险",
    ):
        assert words in text
    # A subset: its name has a tag of six letters and a plus (ISO 32000-1, 9.6.4); all of it is embedded.
    fonts = re.findall(rb"/BaseFont /([^\s/]+)", pdf)
    assert fonts
    assert all(re.match(rb"[A-Z]{6}\+", font) for font in fonts)
    assert len(pdf) < 200_000


def test_the_seal_is_red_and_the_mark_lies_across_the_page(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    page: Image.Image = picture(print_it(world, token, offered(world, token)).content)
    colours: list[tuple[int, Any]] = page.convert("RGB").getcolors(2**24) or []
    red = sum(count for count, (r, g, b) in colours if r > 150 and g < 80 and b < 80)
    pale = sum(count for count, (r, g, b) in colours if 220 <= r <= 236 and r == g == b)
    assert red > 5_000
    assert pale > 20_000


def test_the_code_on_the_paper_verifies_it(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    printed = print_it(world, token, offered(world, token))
    [found] = codes_in(picture(printed.content))
    assert found == printed.headers["X-Verification-Code"]

    def verdict(code: str) -> Any:
        return world.call("verifyCertificate", world.terminal_token, id=code).json()

    good = verdict(found)
    assert (good["valid"], good["issued_on"]) == (True, "2026-11-23")
    assert (good["title"], good["issuer"]) == (
        "社会保险参保缴费证明（个人）（演示数据）",
        "市人力资源和社会保障局",
    )
    assert "张伟" not in str(good)
    assert verdict(found.replace("-", "").lower().replace("0", "o").replace("1", "l")) == good
    assert verdict("0000-0000-0000") == {"valid": False}
    assert verdict("不是") == {"valid": False}


def test_the_same_key_is_the_same_print_and_a_new_one_is_counted(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    number, key = offered(world, token), new()
    first = print_it(world, token, number, key)
    again = print_it(world, token, number, key)
    assert (again.status_code, again.content) == (200, first.content)
    second = print_it(world, token, number)
    assert [one.headers["X-Print-Count"] for one in (first, again, second)] == ["1", "1", "2"]
    assert second.content != first.content
    rows = world.ledger()["prints"]
    assert [(row["certificate"], row["number"]) for row in rows] == [(number, 1), (number, 2)]
    assert world.ledger()["effects"][key] == 1


def test_the_same_answer_on_the_same_day_is_the_same_certificate(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    number = offered(world, token)
    assert offered(world, token) == number
    assert offered(world, world.as_person("p-liu-na")) != number


def test_a_certificate_is_printed_by_whom_it_is_about(world: World) -> None:
    number = offered(world, world.as_person("p-zhang-wei"))
    assert print_it(world, world.as_person("p-liu-na"), number).status_code == 404
    assert print_it(world, world.terminal_token, number).status_code == 401
    assert print_it(world, world.as_person("p-zhang-wei"), "nothing").status_code == 404


def test_a_rare_name_is_on_the_paper(world: World) -> None:
    token = world.as_person("p-chen-yan")
    text = pypdfium2.PdfDocument(print_it(world, token, offered(world, token)).content)[0].get_textpage()
    assert "陈䶮𠮷㛃" in text.get_text_range()


def test_a_character_that_the_first_font_lacks_is_taken_from_another() -> None:
    name = "陈𪸩"
    table = {"title": "缴费", "columns": [{"key": "year", "label": "年度"}], "rows": [{"year": "2025"}]}
    drawn = paper.draw(paper.Certificate("证明", "某局", name, "", date(2026, 11, 27), "CODE", 1, table))
    page = pypdfium2.PdfDocument(drawn)[0]
    assert name in page.get_textpage().get_text_range()


def test_a_case_that_is_done_has_its_certificate(world: World) -> None:
    case_no = world.submit(world.application(), new()).json()["case_no"]
    done = {"case_no": case_no, "state": "done", "certificate": True}
    number = world.control("post", "/cases", done).json()["certificate"]
    token = world.as_person("p-wang-xiulan")
    assert world.call("getCase", token, id=case_no).json()["certificate"] == number
    assert print_it(world, token, number).content.startswith(b"%PDF-")


def test_an_item_without_the_badge_offers_none(world: World) -> None:
    world.guide(CERTIFICATE, badges=[])
    answer = world.call("query", world.as_person("p-zhang-wei"), ALL, item=CERTIFICATE).json()
    assert "certificate" not in answer


def test_it_is_of_the_insurance_and_the_years_that_were_asked_for_and_says_what_for(world: World) -> None:
    token = world.as_person("p-zhang-wei")
    given = {
        "insurance_type_code": "110",
        "period_start": "2024-01",
        "period_end": "2025-12",
        "issue_purpose": "1",
    }
    fields = {name: {"value": value, "source": "typed"} for name, value in given.items()}
    answer = world.call("query", token, {"fields": fields}, item=CERTIFICATE).json()
    assert {(row["year"], row["kind"]) for row in answer["rows"]} == {
        ("2025", "企业职工基本养老保险"),
        ("2024", "企业职工基本养老保险"),
    }
    pdf = print_it(world, token, answer["certificate"]).content
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "用途 求职就业" in text
