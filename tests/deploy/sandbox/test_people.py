"""The residents: nobody real, every digit right, the same from the same seed."""

from __future__ import annotations

from datetime import date

import pytest

from deploy.sandbox.gateway.rules import age
from deploy.sandbox.people import authorisations, cards, check_digit, luhn_digit, people
from drivers.id_card.simulator.chip import make_chip

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("specimen", ["11010519491231002X", "440524188001010014", "932682198501010017"])
def test_check_digits_are_those_of_the_standards_specimens(specimen: str) -> None:
    assert check_digit(specimen[:17]) == specimen[17]


def test_bank_cards_have_the_luhn_digit() -> None:
    assert luhn_digit("7992739871") == "3"
    for one in people():
        if one.bank_card:
            assert (len(one.bank_card), luhn_digit(one.bank_card[:-1])) == (19, one.bank_card[-1])


def test_every_number_is_right_and_nobodys() -> None:
    numbers = [one.id_number for one in people()]
    assert len(set(numbers)) == len(numbers) >= 12
    for one in people():
        assert check_digit(one.id_number[:17]) == one.id_number[17]
        assert one.id_number[6:14] == one.birth.strftime("%Y%m%d")
        assert int(one.id_number[16]) % 2 == int(one.sex) % 2
        assert one.id_number.startswith("120199") or one.id_number[14:17] == "000"


def test_a_seed_gives_one_city_and_another_seed_another() -> None:
    assert people(7) == people.__wrapped__(7)
    assert [one.id for one in people(7)] == [one.id for one in people()]
    assert people(7)[0].id_number != people()[0].id_number


def test_the_well_known_are_who_they_are_known_for() -> None:
    known = {one.id: one for one in people()}
    assert age(known["p-wang-xiulan"].birth, TODAY) >= 80
    assert age(known["p-zhao-guilan"].birth, TODAY) < 80
    assert set("䶮𠮷㛃") <= set(known["p-chen-yan"].name)
    assert {one.card_type for one in people()} == {"resident", "hmt", "foreign"}
    pairs = {(one.agent, one.principal) for one in authorisations() if one.valid_to >= TODAY}
    assert pairs == {("p-li-jianjun", "p-wang-xiulan")}
    assert {one.birth.year - 1900 for one in people()} <= set(range(40, 115))


def test_every_card_can_be_put_on_the_reader() -> None:
    for card in cards().values():
        assert len(make_chip(dict(card)).text) == 256


def test_age_counts_from_the_birthday_on() -> None:
    assert age(date(1946, 11, 23), date(2026, 11, 22)) == 79
    assert age(date(1946, 11, 23), date(2026, 11, 23)) == 80
    assert age(date(1944, 2, 29), date(2024, 2, 28)) == 79
