"""A published list, narrowed by what was answered: the filter by its properties, then the step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import kinds
from flows.bodies import ToldBody
from flows.effects import Call, LoadEntries, PrintPaper
from flows.events import EntriesLoaded, Unreachable
from flows.fields import Field
from flows.narrowing import narrowed, words
from flows.page import FormBody, RateBody, TableBody, TroubleBody
from flows.parts import Published
from flows.steps.city import ROWS_A_SHEET
from flows.steps.printing import MOST_ENTRIES
from tests.flows.items import NOTICE, RATE, field, form, item
from tests.flows.world import World

PLACE = field("code", codes="divisions")
LEVEL = field("choice", required=False, choices=[{"code": each, "label": each} for each in "123"])
MONTHS = field("number", required=False)
WORDS = field("text", required=False)
STREET = field("address", required=False)
BY = {"place": PLACE, "level": LEVEL, "months": MONTHS, "words": WORDS}

DIVISIONS = ("120000", "120100", "120101", "120103", "130000", "130100")
places = st.sampled_from(DIVISIONS)
levels = st.sampled_from("123")
months = st.integers(1, 5).map(lambda years: years * 12)
text = st.text("甲乙丙 ", max_size=4)


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, max_size=3) | st.none()


entries = st.builds(
    Published,
    label=text,
    detail=text,
    fields=st.fixed_dictionaries(
        {},
        optional={
            "place": one_or_more(places),
            "level": one_or_more(levels),
            "months": one_or_more(months),
        },
    ),
)
lists = st.lists(entries, max_size=12)
answers = st.fixed_dictionaries(
    {}, optional={"place": places, "level": levels, "months": months.map(str), "words": text}
)


def asked(told: dict[str, str]) -> dict[str, tuple[Field, str]]:
    return {name: (BY[name], answer) for name, answer in told.items()}


@given(lists, answers)
def test_what_is_left_is_of_the_list_in_its_order_and_finding_again_changes_nothing(
    listed: list[Published], told: dict[str, str]
) -> None:
    left = narrowed(listed, asked(told))
    rest = iter(listed)
    assert all(any(each is other for other in rest) for each in left)
    assert narrowed(left, asked(told)) == left


@given(lists, answers, st.sampled_from(sorted(BY)))
def test_an_answer_more_never_brings_more_and_the_order_of_answers_is_nothing(
    listed: list[Published], told: dict[str, str], dropped: str
) -> None:
    left = narrowed(listed, asked(told))
    fewer = {name: answer for name, answer in told.items() if name != dropped}
    assert set(map(id, left)) <= set(map(id, narrowed(listed, asked(fewer))))
    assert narrowed(listed, dict(reversed(asked(told).items()))) == left


@given(lists)
def test_who_answers_nothing_sees_everything(listed: list[Published]) -> None:
    assert narrowed(listed, {}) == tuple(listed)
    assert narrowed(listed, asked(dict.fromkeys(BY, ""))) == tuple(listed)


@given(entries, answers)
def test_an_entry_stays_that_has_no_values_or_the_very_answers_and_goes_with_another(
    entry: Published, told: dict[str, str]
) -> None:
    told.pop("words", None)
    silent = Published(label=entry.label)
    wire = {name: int(each) if name == "months" else each for name, each in told.items()}
    same = Published(label=entry.label, fields=wire)
    several = Published(label=entry.label, fields={name: ["?", each] for name, each in wire.items()})
    assert narrowed((silent, same, several), asked(told)) == (silent, same, several)
    for name in told:
        other = Published(label=entry.label, fields={**wire, name: "999"})
        assert narrowed((other,), asked(told)) == ()


@given(places, places)
def test_a_division_fits_what_lies_in_it_and_what_it_lies_in(one: str, other: str) -> None:
    stems = [code.rstrip("0") if code.endswith("00") else code for code in (one, other)]
    inside = stems[0].startswith(stems[1]) or stems[1].startswith(stems[0])
    entry = Published(label="x", fields={"place": one})
    assert bool(narrowed((entry,), {"place": (PLACE, other)})) is inside


@given(st.text("甲乙丙", min_size=1, max_size=6), st.text("甲乙丙", min_size=1, max_size=6), text)
def test_words_are_looked_for_each_by_itself(one: str, other: str, around: str) -> None:
    found = Published(label=around + one, detail=other + around)
    assert narrowed((found,), {"words": (WORDS, f" {other}，{one} ")}) == (found,)
    assert narrowed((found,), {"words": (WORDS, f"{one} 丁")}) == ()


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("天津市和平区南京路189号", ["和平区", "南京路"]),
        ("天津市滨海新区 河北路 12 号 3 门", ["滨海新区", "河北路"]),
        ("静海区大邱庄镇", ["静海区", "大邱庄镇"]),
        ("平山道", ["平山道"]),
        ("天津市", []),
        ("", []),
    ],
)
def test_of_an_address_district_and_street_are_looked_for(typed: str, looked_for: list[str]) -> None:
    assert words(STREET, typed) == looked_for


def test_letters_are_found_however_wide_or_tall() -> None:
    found = Published(label="ABC 医院")
    assert narrowed((found,), {"words": (WORDS, "ａｂｃ")}) == (found,)


BROWSE = kinds.Browse(
    operation="getOptions",
    field="entries",
    title="养老机构",
    by=("place", "level"),
    columns=(kinds.Shown(field="beds", label="床位", kind="number"), kinds.Shown(field="fax", label="传真")),
    none="这个区没有，可以换一个区看看",
)
HOMES = item(
    {"place": PLACE, "level": LEVEL},
    NOTICE,
    form("place", "level"),
    BROWSE,
    kinds.Display(title="养老机构"),
    kinds.Print(paper="record"),
    RATE,
    offline="cached",
)
LISTED = tuple(
    Published(
        label=f"第 {n} 家",
        detail="某路" if n % 2 else "",
        fields={"place": "120103" if n % 3 else "130100", "level": ["1", "2"], "beds": n},
    )
    for n in range(1, 46)
)


def looked(*listed: Published, age: str = "", **told: str) -> World:
    """In front of what is left of `listed`."""
    world = World(HOMES)
    world.entries, world.age = listed, age
    world.tap("next")
    world.tap("next", **{"place": "120103", "level": "", **told})
    return world


def table(world: World) -> TableBody:
    body = world.page.body
    assert isinstance(body, TableBody)
    return body


def test_the_whole_list_is_asked_for_and_what_was_answered_stays_here() -> None:
    world = looked(*LISTED, level="2")
    [asked_for] = world.asked(LoadEntries)
    assert (asked_for.operation, asked_for.item, asked_for.field) == ("getOptions", "test.item", "entries")
    assert not world.asked(Call)
    shown = table(world)
    assert len(shown.rows) == 30
    assert shown.rows[0] == ("第 1 家", "某路", "1")
    assert [column.label for column in shown.columns] == ["养老机构", "说明", "床位"], "nobody has a fax"
    assert shown.sheets == -(-30 // ROWS_A_SHEET)
    assert shown.sample, "as the guide says"
    world.tap("sheet:2")
    assert table(world).sheet == 2


def test_a_list_without_details_has_no_column_for_them() -> None:
    assert [column.label for column in table(looked(Published(label="某院"))).columns] == ["养老机构"]


def test_how_old_it_is_stands_on_the_page_and_on_the_paper() -> None:
    world = looked(LISTED[0], age="这是 3 小时前保存的内容")
    assert table(world).note == "这是 3 小时前保存的内容"
    world.tap("next")
    [paper] = world.asked(PrintPaper)
    assert (paper.kind, paper.table.note) == ("record", "这是 3 小时前保存的内容")
    assert paper.sample


def test_a_long_list_is_not_printed_to_its_end_and_the_paper_says_so() -> None:
    world = looked(*LISTED, age="这是 3 小时前保存的内容")
    world.tap("next")
    [paper] = world.asked(PrintPaper)
    assert len(paper.table.rows) == MOST_ENTRIES
    assert paper.table.note.startswith("这是 3 小时前保存的内容。另有 6 条没有打印")
    assert world.run.table is not None
    assert len(world.run.table.rows) == 30


def test_nothing_left_says_what_to_do_and_leads_back_to_the_questions() -> None:
    world = looked(*LISTED, place="110000", age="这是 3 小时前保存的内容")
    body = world.page.body
    assert isinstance(body, ToldBody)
    assert body.lines == (BROWSE.none, "这是 3 小时前保存的内容")
    world.tap("change")
    assert isinstance(world.page.body, FormBody)
    assert world.run.values["place"].value == "110000", "what was answered is still there"
    world.tap("next", place="130000", level="")
    assert len(table(world).rows) == 15
    assert len(world.asked(LoadEntries)) == 2


def test_who_is_content_with_nothing_goes_on_to_the_rating() -> None:
    world = looked(place="110000")
    world.tap("next")
    assert isinstance(world.page.body, RateBody)
    world.tap("skip")
    assert (world.run.ended, len(world.asked(PrintPaper))) == ("done", 0)


def test_back_from_the_table_is_the_questions_and_another_answer_another_table() -> None:
    world = looked(*LISTED)
    world.tap("back")
    assert isinstance(world.page.body, FormBody)
    world.hold.add(LoadEntries)
    world.tap("next", place="130000", level="")
    assert world.run.table is None, "nothing of the earlier answer is shown meanwhile"
    world.tell(EntriesLoaded(effect=world.asked(LoadEntries)[-1].id, entries=LISTED[:3]))
    assert len(table(world).rows) == 1


def test_neither_asked_nor_kept_is_unavailable_and_can_be_tried_again() -> None:
    world = World(HOMES)
    world.hold.add(LoadEntries)
    world.tap("next")
    world.tap("next", place="120103", level="")
    world.tell(Unreachable(effect=world.asked(LoadEntries)[-1].id, reason="not-cached"))
    body = world.page.body
    assert isinstance(body, TroubleBody)
    assert body.kind == "unavailable"
    world.hold.clear()
    world.tap("retry")
    assert table(world).rows


def test_a_list_that_nothing_narrows_offers_no_other_question() -> None:
    flow = item(
        {}, kinds.Browse(operation="getOptions", field="entries", title="清单", none="还没有公布"), RATE
    )
    world = World(flow, entries=())
    assert isinstance(world.page.body, ToldBody)
    assert world.page.others == ()
