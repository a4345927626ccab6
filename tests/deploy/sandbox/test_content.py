"""Public content, and the front door: tokens, problems, ETags, time."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from deploy.sandbox import offer, pictures
from deploy.sandbox.town import town
from tests.deploy.sandbox.world import ALLOWANCE, RECORD, START, TIMEOUT, World

CACHED = [
    ("getKeys", {}),
    ("getCatalogue", {}),
    ("getGuide", {"item": ALLOWANCE}),
    ("getCodes", {"id": "divisions"}),
]


def test_health_tells_the_platforms_time_to_anybody(world: World) -> None:
    answer = world.call("getHealth")
    assert answer.json()["time"] == START.isoformat()
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 02:00:00 GMT"
    assert set(answer.json()["departments"].values()) == {"up"}
    world.fault("*", "slow", count=2)
    world.gate.opened.set()
    assert set(world.call("getHealth").json()["departments"].values()) == {"slow"}


@pytest.mark.parametrize(("operation", "params"), CACHED)
def test_content_has_a_strong_etag_and_is_not_sent_twice(
    world: World, operation: str, params: dict[str, str]
) -> None:
    first = world.call(operation, world.terminal_token, params=params)
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    assert "max-age=" in first.headers["Cache-Control"]
    assert "stale-if-error=" in first.headers["Cache-Control"]
    again = world.call(
        operation, world.terminal_token, headers={"If-None-Match": f'"x", {etag}'}, params=params
    )
    assert (again.status_code, again.headers["ETag"]) == (304, etag)
    other = world.call(operation, world.terminal_token, headers={"If-None-Match": '"other"'}, params=params)
    assert (other.status_code, other.content) == (200, first.content)


def test_personal_answers_are_not_to_be_kept(world: World) -> None:
    assert world.call("listCases", world.as_person("p-zhang-wei")).headers["Cache-Control"] == "no-store"


def test_every_item_has_a_guide_that_says_it_is_a_sample_and_invents_nothing(world: World) -> None:
    items = world.call("getCatalogue", world.terminal_token).json()["items"]
    assert {ALLOWANCE, RECORD, "service.item-guide"} <= {item["code"] for item in items}
    assert len(items) == 373
    for item in items:
        guide = world.call("getGuide", world.terminal_token, item=item["code"]).json()
        assert guide["sample"] is True
        assert guide["legal_basis"] == ["以窗口公布为准"]
        assert guide["fee"] == {"note": "以窗口公布为准"}
        assert "promised_working_days" not in guide


def test_guides_say_how_a_document_may_come_later_or_be_replaced(world: World) -> None:
    """容缺 has a sample deadline, 告知承诺 a sample text: where a document of the guide allows it."""
    items = world.call("getCatalogue", world.terminal_token).json()["items"]
    guides = [world.call("getGuide", world.terminal_token, item=item["code"]).json() for item in items]
    for guide in guides:
        deferrable = [each for each in guide["documents"] if each.get("deferrable")]
        assert all(each["importance"] == "secondary" for each in deferrable)
        assert bool(deferrable) <= ("defer_working_days" in guide), guide["item"]
        assert ("defer_working_days" in guide) <= ("容缺受理" in guide["badges"]), guide["item"]
        assert 1 <= guide.get("defer_working_days", 1) <= 20
        replaced = any(each.get("commitment_instead") for each in guide["documents"])
        assert replaced is ("commitment_text" in guide) is ("告知承诺" in guide["badges"]), guide["item"]
        assert "演示数据" in guide.get("commitment_text", "演示数据")
    assert sum("commitment_text" in guide for guide in guides) >= 2
    assert sum("defer_working_days" in guide for guide in guides) >= 4


def test_names_and_departments_are_those_of_the_citys_list() -> None:
    with (Path(__file__).parents[3] / "flows" / "catalogue" / "names.csv").open(encoding="utf-8") as file:
        official = {row["code"]: (row["name"], row["department"]) for row in csv.DictReader(file)}
    items = offer.offer()["items"]
    assert {entry["code"]: (entry["name"], entry["department"]) for entry in items} == official


def test_an_item_that_is_closed_says_why(world: World) -> None:
    items = world.call("getCatalogue", world.terminal_token).json()["items"]
    closed = [item for item in items if not item["enabled"]]
    assert [item["code"] for item in closed] == ["utility.water-pay"]
    assert closed[0]["reason"]


def test_divisions_are_the_city_with_its_sixteen_districts_and_the_other_provinces(world: World) -> None:
    entries = world.call("getCodes", world.terminal_token, id="divisions").json()["entries"]
    assert entries[0] == {"code": "120000", "label": "天津市"}
    assert [entry for entry in entries if entry.get("parent") == "120000"] == entries[1:17]
    provinces = {entry["code"] for entry in entries if "parent" not in entry}
    assert len(provinces) == 34
    assert all(entry["parent"] == entry["code"][:2] + "0000" for entry in entries if "parent" in entry)
    assert {entry["parent"] for entry in entries if "parent" in entry} <= provinces
    home = world.call("getCodes", world.terminal_token, id="transfer_from_division_code").json()
    assert home["entries"] == entries


def test_every_code_that_a_register_holds_is_in_its_list(world: World) -> None:
    r = town().registers
    held: dict[str, set[str]] = {
        "divisions": {row.division for row in r.insured_elsewhere} | {row.district for row in r.houses},
        "industry_code": {row.industry for row in r.companies},
        "enterprise_scale_code": {row.scale for row in r.companies},
        "enterprise_type_code": {row.type_code for row in r.companies},
        "residence_reason_code": {row.reason for row in r.residence_permits},
        "disability_type_code": {row.type_code for row in r.disabilities},
        "disability_level_code": {row.level_code for row in r.disabilities},
        "plate_type_code": {row.plate_type for row in r.cars},
        "sex_code": {one.sex for one in town().persons},
    }
    held["divisions"] |= {one.domicile for one in town().persons if one.domicile}
    for name, codes in held.items():
        entries = world.call("getCodes", world.terminal_token, id=name).json()["entries"]
        assert codes <= {entry["code"] for entry in entries}, name


def test_the_calendar_marks_only_the_exceptions(world: World) -> None:
    entries = world.call("getCodes", world.terminal_token, id="calendar").json()["entries"]
    days = {entry["code"]: entry["label"] for entry in entries}
    assert (days["2026-10-01"], days["2026-10-10"]) == ("休", "班")
    assert "2026-11-23" not in days
    for day, label in days.items():
        # 班 stands on a weekend only; a 休 that is a weekend day belongs to a longer holiday.
        assert label == "休" or date.fromisoformat(day).weekday() >= 5
    assert {day[:4] for day in days} == {"2026", "2027"}


def test_a_token_of_the_terminal_does_not_speak_for_a_person(world: World) -> None:
    answer = world.call("listCases", world.terminal_token)
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'acr_values="card phone"' in challenge


def test_a_level_that_is_too_low_is_told_what_would_do(world: World) -> None:
    body = {"fields": ["person_name"]}
    item = "civil.senior-card-apply"
    low = world.call("prefill", world.visit("p-wang-xiulan")["access_token"], body, item=item)
    assert low.status_code == 401
    assert 'acr_values="card+face phone"' in low.headers["WWW-Authenticate"]
    phone = world.phone_visit("p-wang-xiulan")["access_token"]
    assert world.call("prefill", phone, body, item=item).json()["person_name"]["value"] == "王秀兰"


def test_a_citizens_token_does_not_ask_for_slips(world: World) -> None:
    answer = world.call("getSlip", world.as_person("p-wang-xiulan"), id="0" * 36)
    assert (answer.status_code, answer.json()["code"]) == (403, "TERMINAL_ONLY")


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer", "Bearer nonsense", "Bearer a.b.c"])
def test_without_a_token_of_ours_the_door_is_shut(world: World, header: str) -> None:
    answer = world.call("getCatalogue", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_id_token_is_not_an_access_token(world: World) -> None:
    assert world.call("listCases", world.visit("p-wang-xiulan")["id_token"]).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("PUT", "/v1/health", 405),
        ("OPTIONS", "/v1/health", 405),
        ("GET", "/v1/ratings", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(world: World, method: str, path: str, status: int) -> None:
    url = world.city.own_gateway_url.removesuffix("/v1") + path
    answer = world.http.request(method, url, timeout=10)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "Date" in answer.headers
    assert ("Allow" in answer.headers) is (status == 405)


def test_a_body_that_is_no_json_is_a_problem_that_says_so(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    kind = {"Content-Type": "application/json"}
    for data, code in (
        ("{", "BAD_JSON"),
        ('{"fields": NaN}', "BAD_JSON"),
        (b"\xff", "BAD_JSON"),
        (b"", "NO_BODY"),
    ):
        answer = world.call("prefill", token, data=data, headers=kind, item=ALLOWANCE)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    wrong = world.call("prefill", token, data="x", headers={"Content-Type": "text/plain"}, item=ALLOWANCE)
    assert wrong.status_code == 415


def test_a_body_of_the_wrong_shape_names_the_place(world: World) -> None:
    token = world.as_person("p-wang-xiulan")
    body = {"fields": {"resident_id_number": {"value": "1", "source": "guessed"}}}
    answer = world.call("checkEligibility", token, body, item=ALLOWANCE)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("/fields")


@pytest.mark.parametrize(
    "operation", ["getGuide", "prefill", "checkEligibility", "query", "submitApplication"]
)
def test_an_item_that_nobody_knows_is_not_found(world: World, operation: str) -> None:
    answer = world.call(
        operation,
        world.as_person("p-wang-xiulan"),
        None if operation == "getGuide" else {"fields": {}},
        key="7d2f8a52-0d3c-4b73-8c43-6f6a5d7d3a10" if operation == "submitApplication" else None,
        item="no.such-item",
    )
    assert answer.status_code == 404


def test_sample_pictures_are_named_by_their_guides_and_say_that_they_are_samples(world: World) -> None:
    items = world.call("getCatalogue", world.terminal_token).json()["items"]
    guides = [world.call("getGuide", world.terminal_token, item=item["code"]).json() for item in items]
    media = [each for guide in guides for each in guide.get("media", [])]
    assert {each["url"] for each in media} == {f"media/{name}.png" for name in pictures.SAMPLES}
    for each in media:
        assert (each["kind"], bool(each["title"]), bool(each["captions"])) == ("picture", True, True)


def test_a_picture_needs_no_token_and_is_not_sent_twice(world: World) -> None:
    url = f"{world.city.own_gateway_url}/media/item-guide.png"
    first = world.http.get(url, timeout=TIMEOUT)
    assert (first.status_code, first.headers["Content-Type"]) == (200, "image/png")
    assert first.content.startswith(b"\x89PNG")
    assert "stale-if-error=" in first.headers["Cache-Control"]
    again = world.http.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=TIMEOUT)
    assert (again.status_code, again.content) == (304, b"")
    assert world.http.get(f"{world.city.own_gateway_url}/media/none.png", timeout=TIMEOUT).status_code == 404
    world.fault("media", "5xx")
    assert world.http.get(url, timeout=TIMEOUT).status_code == 503
