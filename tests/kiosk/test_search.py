"""The index over all items of the city's catalogue: whatever way an item is typed, it is found."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.loader import load_names
from kiosk import pinyin
from kiosk.search import QUERY_MOST, TYPO_FROM, Entry, Fit, Index

NAMES = [each.name for each in load_names().values()]
NUMBERS = st.integers(0, len(NAMES) - 1)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def city() -> Index:
    """All names of the catalogue, and their departments."""
    return Index(Entry((each.name,), (each.department,)) for each in load_names().values())


@cache
def small() -> Index:
    """A few entries of which it is clear what must come first."""
    return Index(
        Entry(names, words, prose)
        for names, words, prose in (
            (("养老保险查询", "养老查询"), ("市人力资源和社会保障局", "退休养老"), "看看养老金"),
            (("社保查询打印",), (), ""),
            (("社保查询",), ("开店办企业",), ""),
            (("单位社保查询",), (), ""),
            (("查询社会保险",), (), "参加社保的人都能查"),
            (("重庆长江厦门",), (), ""),
            (("12345 热线诉求登记",), (), ""),
            (("ETC 签约与办理",), (), ""),
        )
    )


def fit(index: Index, text: str, number: int) -> Fit | None:
    """How well an entry fits, None when it is not found."""
    return next((Fit(at) for at, bits in enumerate(index.find(text).by_fit) if bits >> number & 1), None)


@st.composite
def spelled(draw: st.DrawFn, number: int) -> list[str]:
    """The syllables of a name, each in one of its readings."""
    return [draw(st.sampled_from(each)) for each in pinyin.units(pinyin.plain(NAMES[number]))]


@st.composite
def slipped(draw: st.DrawFn, text: str) -> str:
    """One letter more, less, another, or two neighbours exchanged; the first letter too."""
    at = draw(st.integers(0, len(text) - 1))
    letter = draw(st.sampled_from(LETTERS))
    swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return draw(
        st.sampled_from(
            [
                text[:at] + letter + text[at:],
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at + 1 :],
                swapped,
            ]
        )
    )


@given(NUMBERS)
def test_any_item_is_found_by_its_whole_name_before_all_others(number: int) -> None:
    if len(NAMES[number]) <= QUERY_MOST:
        assert fit(city(), NAMES[number], number) is Fit.EXACT


@given(NUMBERS, st.data())
def test_any_item_is_found_by_its_pinyin_together_or_apart(number: int, data: st.DataObject) -> None:
    syllables = data.draw(spelled(number))
    assert fit(city(), "".join(syllables), number) is Fit.PREFIX
    assert fit(city(), " ".join(syllables).upper(), number) is not None


@given(NUMBERS, st.data())
def test_any_item_is_found_by_its_first_letters(number: int, data: st.DataObject) -> None:
    firsts = "".join(each[0] for each in data.draw(spelled(number)))
    found = fit(city(), firsts, number)
    assert found is not None
    assert found <= Fit.INITIALS


def test_slip_is_looked_for_though_another_name_has_every_group_of_the_letters() -> None:
    assert fit(city(), "zhenghanzhe", NAMES.index("农机驾驶证换证")) is Fit.FUZZY


@settings(max_examples=300)
@given(NUMBERS, st.data())
def test_any_item_is_found_by_its_pinyin_with_one_slip(number: int, data: st.DataObject) -> None:
    syllables = data.draw(spelled(number))
    begin = data.draw(st.integers(0, len(syllables) - 1))
    part = "".join(syllables[begin:])
    length = data.draw(st.integers(TYPO_FROM, QUERY_MOST))
    typed = data.draw(slipped(part[:length]))
    if min(len(part[:length]), len(typed)) >= TYPO_FROM:
        assert fit(city(), typed, number) is not None


@given(NUMBERS, st.data())
def test_any_item_is_found_by_any_piece_of_its_name(number: int, data: st.DataObject) -> None:
    name = pinyin.plain(NAMES[number])
    begin = data.draw(st.integers(0, len(name) - 1))
    piece = name[begin : data.draw(st.integers(begin + 1, len(name)))]
    assert fit(city(), piece, number) is not None


def test_piece_of_a_name_may_begin_with_a_digit() -> None:
    number = next(at for at, name in enumerate(NAMES) if "5热" in pinyin.plain(name))
    assert fit(city(), "5热", number) is Fit.INSIDE


@given(NUMBERS, st.data())
def test_any_item_is_found_by_characters_in_any_order(number: int, data: st.DataObject) -> None:
    some = [each for each in pinyin.plain(NAMES[number]) if pinyin.is_han(each)]
    typed = "".join(data.draw(st.permutations(some))[:5])
    assert fit(city(), typed, number) is not None


@given(st.text())
def test_no_text_is_too_strange_to_be_looked_for(text: str) -> None:
    found = list(city().find(text))
    assert len(found) == len(set(found)) == city().find(text).count
    assert all(0 <= number < len(NAMES) for number in found)


FIRST, AGAIN = (Index(Entry((name,)) for name in NAMES[:40]) for _ in range(2))


@given(st.text(alphabet="shebaozngl保社 1，", max_size=12))
def test_the_same_text_finds_the_same_in_the_same_order(text: str) -> None:
    assert list(FIRST.find(text)) == list(AGAIN.find(text))


@pytest.mark.parametrize("text", ["", "  ", "，。！", "\u0000", "😀"])
def test_nothing_is_found_by_nothing(text: str) -> None:
    assert city().find(text).count == 0


def test_the_whole_name_comes_first_then_what_begins_so_then_what_has_it_inside() -> None:
    names = ["社保查询", "社保查询打印", "单位社保查询", "查询社会保险"]
    order = {"社保查询": Fit.EXACT, "社保查询打印": Fit.PREFIX, "单位社保查询": Fit.INSIDE}
    numbers = {"社保查询打印": 1, "社保查询": 2, "单位社保查询": 3}
    assert {name: fit(small(), "社保查询", number) for name, number in numbers.items()} == order
    assert list(small().find("社保查询"))[:3] == [2, 1, 3]
    assert fit(small(), "社保查询", 4) is Fit.WORD, names


@pytest.mark.parametrize(
    ("text", "number", "how"),
    [
        ("shebao", 1, Fit.PREFIX),
        ("she bao", 1, Fit.PREFIX),
        ("SHE BAO", 1, Fit.PREFIX),
        ("sheb", 1, Fit.PREFIX),
        ("sbcx", 1, Fit.INITIALS),
        ("sbcx", 3, Fit.INSIDE),
        ("cxsb", 3, None),
        ("shebao", 3, Fit.INSIDE),
        ("shebao", 4, Fit.WORD),
        ("sbxdy", 1, Fit.WORD),
        ("sbdy", 1, Fit.WORD),
        ("社bao", 1, Fit.WORD),
        ("打印 社保", 1, Fit.WORD),
        ("scx", 1, Fit.WORD),
        ("sbao", 1, Fit.FUZZY),
        ("sebao", 1, Fit.FUZZY),
        ("sehbao", 1, Fit.FUZZY),
        ("shbao", 1, Fit.FUZZY),
        ("射宝", 1, Fit.FUZZY),
        ("yanglao", 0, Fit.PREFIX),
        ("yanlao", 0, Fit.FUZZY),
        ("rlzy", 0, None),
        ("renli", 0, Fit.WORD),
        ("srlzy", 0, Fit.WORD),
        ("tuixiu", 0, Fit.WORD),
        ("退休", 0, Fit.WORD),
        ("养老金", 0, Fit.WORD),
        ("qiye", 2, Fit.WORD),
        ("zhongqing", 5, Fit.PREFIX),
        ("chongqingchangjiang", 5, Fit.PREFIX),
        ("congqin", 5, Fit.FUZZY),
        ("12345", 6, Fit.PREFIX),
        ("１２３４５热线", 6, Fit.PREFIX),
        ("rexian", 6, Fit.INSIDE),
        ("etc", 7, Fit.PREFIX),
        ("ETC签约", 7, Fit.PREFIX),
        ("zzzzzz", 1, None),
    ],
)
def test_what_is_typed_fits_as_it_should(text: str, number: int, how: Fit | None) -> None:
    assert fit(small(), text, number) is how


def test_three_letters_must_be_right() -> None:
    assert fit(small(), "seh", 1) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("si", "shi"),
        ("zong", "zhong"),
        ("cang", "chang"),
        ("lan", "nan"),
        ("nan", "lan"),
        ("pin", "ping"),
        ("ping", "pin"),
        ("lu", "lv"),
        ("senzenzhu", "shengzhengzhu"),
    ],
)
def test_sounds_that_elders_mix_are_tried(typed: str, meant: str) -> None:
    assert meant in set(pinyin.slips(typed))


def test_a_long_text_does_not_try_all_mixtures() -> None:
    assert len(list(pinyin.slips("zhangsangzhongchanglinshengnanning"))) < 400


def test_every_character_of_every_name_can_be_spelled() -> None:
    silent = {
        each
        for name in NAMES
        for each in pinyin.plain(name)
        if pinyin.is_han(each) and not pinyin.units(each)
    }
    assert silent == set()


@pytest.mark.parametrize(
    ("character", "readings"), [("长", {"chang", "zhang"}), ("行", {"hang", "xing"}), ("率", {"lv", "shuai"})]
)
def test_all_readings_of_a_character_are_known(character: str, readings: set[str]) -> None:
    assert set(pinyin.table()[character]) == readings


def test_found_is_cut_to_a_facet() -> None:
    found = small().find("社保查询")
    assert list(found.within(0b1010)) == [1, 3]
    assert found.within(0).count == 0
