"""The four text layouts, by the table of offsets in protocols/card-readers.md 2.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card import CardType, CardWarning, IdCard
from drivers.id_card.codes import (
    NATION,
    number_2017_holds,
    number_holds,
    passport_style_check,
    previous_number,
)
from drivers.id_card.text import BadText, read_new_address, read_text

RESIDENT = {
    0: "王　样本",
    30: "2",
    32: "01",
    36: "19491231",
    52: "天津市虚构区测试路1号",
    122: "11010519491231002X",
    158: "天津市公安局",
    188: "20200101",
    204: "20300101",
}
HMT = {
    0: "样本甲",
    30: "2",
    36: "19940823",
    52: "天津市虚构区",
    122: "810000199408230021",
    158: "天津市公安局",
    188: "20210101",
    204: "20260101",
    220: "H00000000",
    238: "02",
    248: "J",
}
FOREIGN_2017 = {
    0: "SPECIMEN, EXAMPLE MIDDLENAME OF SOME LENGTH",
    120: "1",
    122: "CAN110081080310",
    152: "CAN",
    158: "样本乙",
    188: "20180101",
    204: "20280101",
    220: "19810803",
    236: "01",
    240: "1500",
    248: "I",
}
FOREIGN_2023 = {
    0: "样本丙",
    30: "2",
    32: "01",
    36: "19810803",
    52: "SPECIMEN, EXAMPLE",
    122: "911124198108030024",
    188: "20240101",
    204: "20340101",
    242: "CAN",
    248: "Y",
    250: "001",
}


def text(fields: dict[int, str], padding: str = " ") -> bytes:
    """256 bytes with each value at its offset."""
    raw = bytearray(padding.encode("utf-16-le") * 128)
    for offset, value in fields.items():
        coded = value.encode("utf-16-le", "surrogatepass")
        raw[offset : offset + len(coded)] = coded
    assert len(raw) == 256
    return bytes(raw)


def test_resident_card_is_read_by_the_table() -> None:
    card = read_text(text(RESIDENT))
    assert card == IdCard(
        card_type=CardType.RESIDENT,
        name="王　样本",
        sex_code="2",
        sex="女",
        nation_code="01",
        nation="汉",
        birth="19491231",
        address="天津市虚构区测试路1号",
        id_number="11010519491231002X",
        issuer="天津市公安局",
        valid_from="20200101",
        valid_to="20300101",
    )


def test_hmt_card_is_read_by_the_table_and_has_no_nation() -> None:
    card = read_text(text(HMT))
    assert card == IdCard(
        card_type=CardType.HMT,
        name="样本甲",
        sex_code="2",
        sex="女",
        birth="19940823",
        address="天津市虚构区",
        id_number="810000199408230021",
        issuer="天津市公安局",
        valid_from="20210101",
        valid_to="20260101",
        pass_number="H00000000",
        issue_count="02",
    )


def test_foreign_card_of_2017_is_read_by_the_table() -> None:
    card = read_text(text(FOREIGN_2017))
    assert card == IdCard(
        card_type=CardType.FOREIGN_2017,
        name="样本乙",
        chinese_name="样本乙",
        english_name="SPECIMEN, EXAMPLE MIDDLENAME OF SOME LENGTH",
        sex_code="1",
        sex="男",
        birth="19810803",
        id_number="CAN110081080310",
        nationality="CAN",
        valid_from="20180101",
        valid_to="20280101",
        card_version="01",
        authority_code="1500",
    )


def test_foreign_card_of_2023_is_read_by_the_table_with_its_previous_number() -> None:
    card = read_text(text(FOREIGN_2023))
    assert card == IdCard(
        card_type=CardType.FOREIGN_2023,
        name="样本丙",
        chinese_name="样本丙",
        english_name="SPECIMEN, EXAMPLE",
        sex_code="2",
        sex="女",
        birth="19810803",
        id_number="911124198108030024",
        nationality="CAN",
        valid_from="20240101",
        valid_to="20340101",
        renew_count="01",
        previous_number="CAN110081080310",
    )


def test_english_name_of_2023_runs_on_in_the_overflow_without_a_seam() -> None:
    name = "SPECIMEN, WITH AN EXCEEDINGLY LONG NAME HERE"
    card = read_text(text({**FOREIGN_2023, 52: name[:35], 220: name[35:]}))
    assert card.english_name == name


def test_space_at_the_seam_of_the_english_name_is_kept() -> None:
    front = "A" * 34 + " "
    assert read_text(text({**FOREIGN_2023, 52: front, 220: "BC"})).english_name == front + "BC"


def test_foreigner_without_a_chinese_name_goes_by_the_english_one() -> None:
    assert read_text(text({**FOREIGN_2023, 0: ""})).name == "SPECIMEN, EXAMPLE"
    assert read_text(text({**FOREIGN_2017, 158: ""})).name == "SPECIMEN, EXAMPLE MIDDLENAME OF SOME LENGTH"


def test_empty_link_means_no_previous_number() -> None:
    assert read_text(text({**FOREIGN_2023, 250: ""})).previous_number is None


def test_padding_with_zeros_is_stripped_as_well() -> None:
    assert read_text(text(RESIDENT, padding="\0")) == read_text(text(RESIDENT))


def test_long_term_is_kept_as_written() -> None:
    assert read_text(text({**RESIDENT, 204: "长期    "})).valid_to == "长期"


@pytest.mark.parametrize("name", ["\ue863\uf8ff", "阿·测", "𠮷样", "䶮㛃", "１２"])
def test_rare_and_private_characters_are_kept(name: str) -> None:
    assert read_text(text({**RESIDENT, 0: name})).name == name


@pytest.mark.parametrize(("code", "word"), [("0", "未知"), ("1", "男"), ("2", "女"), ("9", "未说明")])
def test_sex_is_not_guessed(code: str, word: str) -> None:
    card = read_text(text({**RESIDENT, 30: code}))
    assert (card.sex_code, card.sex) == (code, word)
    assert CardWarning.UNKNOWN_SEX not in card.warnings


def test_unknown_codes_give_the_raw_code_and_a_warning() -> None:
    card = read_text(text({**RESIDENT, 30: "5", 32: "88"}))
    assert (card.sex, card.nation, card.nation_code) == ("5", "88", "88")
    assert card.warnings == (CardWarning.UNKNOWN_SEX, CardWarning.UNKNOWN_NATION)


def test_nation_table_has_the_56_and_the_three_others() -> None:
    assert {f"{code:02d}" for code in range(1, 57)} | {"81", "97", "98"} == set(NATION)
    assert len(set(NATION.values())) == 59
    assert (NATION["46"], NATION["97"], NATION["98"]) == ("德昂", "其他", "外国血统中国籍人士")


def test_wrong_check_character_is_a_warning_only() -> None:
    card = read_text(text({**RESIDENT, 122: "110105194912310020"}))
    assert card.id_number == "110105194912310020"
    assert card.warnings == (CardWarning.CHECK_DIGIT,)


def test_birth_that_is_not_the_numbers_is_a_warning_only() -> None:
    assert read_text(text({**RESIDENT, 36: "19491230"})).warnings == (CardWarning.BIRTH_MISMATCH,)
    assert read_text(text({**FOREIGN_2017, 220: "19810804"})).warnings == (CardWarning.BIRTH_MISMATCH,)


def test_half_a_surrogate_pair_is_a_warning_only() -> None:
    assert read_text(text({**RESIDENT, 0: "样\ud842"})).warnings == (CardWarning.UNDECODABLE_TEXT,)


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014", "932682198501010017", "911124198108030024"]
)
def test_numbers_of_the_standards_specimens_hold(number: str) -> None:
    assert number_holds(number)


@pytest.mark.parametrize(
    "number", ["", "1" * 17, "11010519491231002x", "1101051949123100２X", "11010519491231002XX"]
)
def test_what_is_no_number_does_not_hold(number: str) -> None:
    assert not number_holds(number)


@given(at=st.integers(0, 16), step=st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(at: int, step: int) -> None:
    number = "440524188001010014"
    wrong = number[:at] + str((int(number[at]) + step) % 10) + number[at + 1 :]
    assert not number_holds(wrong)


def test_previous_number_is_the_documented_one() -> None:
    assert previous_number("CAN", "911124198108030024", "001") == "CAN110081080310"
    assert passport_style_check("CAN11008108031") == "0"
    assert number_2017_holds("CAN110081080310")
    assert not number_2017_holds("CAN110081080311")


@pytest.mark.parametrize("link", ["", "00", "0０1", "   "])
def test_link_that_is_none_gives_no_previous_number(link: str) -> None:
    assert previous_number("CAN", "911124198108030024", link) is None


def test_new_address_is_read_without_its_padding() -> None:
    raw = "天津市虚构区新路９号".encode("utf-16-le")
    assert read_new_address(raw + b" \0" * (35 - len(raw) // 2)) == "天津市虚构区新路９号"


@pytest.mark.parametrize("size", [0, 255, 257])
def test_text_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(BadText):
        read_text(bytes(size))
    with pytest.raises(BadText):
        read_new_address(bytes(size))


@given(raw=st.binary(min_size=256, max_size=256), letter=st.sampled_from(" JIY"))
def test_no_text_whatever_raises(raw: bytes, letter: str) -> None:
    card = read_text(raw[:248] + letter.encode("utf-16-le") + raw[250:])
    assert card.card_type == {" ": "resident", "J": "hmt", "I": "foreign-2017", "Y": "foreign-2023"}[letter]


def test_repr_and_str_show_nothing_of_the_person() -> None:
    for fields in (RESIDENT, HMT, FOREIGN_2017, FOREIGN_2023):
        card = read_text(text(fields))
        shown = f"{card!r} {card} {[card]}"
        assert not any(value in shown for value in fields.values() if len(value) > 2)
