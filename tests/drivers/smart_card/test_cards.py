"""Social-security and bank cards, on the simulated card without PC/SC."""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.smart_card import CardWarning, SmartCard, UnreadableReason
from drivers.smart_card.apdu import MOST_APDUS, Channel
from drivers.smart_card.reading import read_card
from drivers.smart_card.simulator.card import FAULTS, Card
from drivers.smart_card.simulator.chips import WAYS, tlv
from drivers.smart_card.simulator.server import fault_of
from drivers.smart_card.text import luhn_holds, masked
from tests.drivers.mutations import mutated, todays
from tests.drivers.smart_card.people import BANK, OTHER_SCHEME, PERSON, SOCIAL, bank_card, both, social_card
from tests.fuzz.target import Fuzzed, as_packets, packets


def read(card: Card) -> SmartCard | UnreadableReason:
    def transmit(apdu: bytes) -> bytes:
        return card.hear(apdu).answer or b""

    return read_card(Channel(transmit, t0=card.t0, monotonic=lambda: 0.0), card.atr)


def whole(order: dict[str, Any], *faults: dict[str, Any]) -> SmartCard:
    card = Card.ordered(order)
    card.faults += [fault_of(each) for each in faults]
    found = read(card)
    assert isinstance(found, SmartCard), found
    return found


# Social security


@pytest.mark.parametrize("t0", [True, False])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("generation", [1, 2])
def test_holder_is_read_by_tag_whatever_the_records_numbers(generation: int, way: str, t0: bool) -> None:
    card = whole({**social_card(generation=generation, ways=[way]), "t0": t0})
    social = card.social_security
    assert social is not None
    assert (social.generation, social.version) == (generation, f"{generation}.00")
    assert (social.card_number, social.region, social.issued) == ("A12345678", "120100", "20200101")
    holder = social.holder
    assert holder is not None
    assert (holder.name, holder.id_number) == (PERSON["name"], PERSON["id_number"])
    assert (holder.sex_code, holder.nation_code) == ("2", "01")
    assert (holder.birthplace_code, holder.birth) == ("110105", "19491231")
    assert card.warnings == ()


@pytest.mark.parametrize("way", WAYS)
def test_third_generation_gives_no_holder_and_none_is_asked_for(way: str) -> None:
    order = social_card(generation=3, ways=[way])
    made = Card.ordered(order)
    found = read(made)
    assert isinstance(found, SmartCard)
    assert found.social_security is not None
    assert (found.social_security.generation, found.social_security.holder) == (3, None)
    assert found.warnings == (CardWarning.HOLDER_WITHHELD,)
    assert [apdu for apdu in made.history if apdu.endswith("EF06") or apdu[6:8] in ("30", "34")] == []


@pytest.mark.parametrize(("version", "generation"), [("1.00", 1), ("2.10", 2), ("", 2), ("3.00", 3)])
def test_version_decides_the_generation(version: str, generation: int) -> None:
    social = whole(social_card(version=version)).social_security
    assert social is not None
    assert social.generation == generation


def test_long_name_goes_on_in_its_extension_also_within_a_character() -> None:
    name = "A虚构的少数民族姓名·很长很长很长的名字测"
    social = whole(social_card(name=name)).social_security
    assert social is not None
    assert social.holder is not None
    assert social.holder.name == name


def test_wrong_check_digit_is_a_warning_and_the_number_stands() -> None:
    card = whole(social_card(id_number="110105194912310021"))
    assert card.warnings == (CardWarning.CHECK_DIGIT,)
    assert card.social_security is not None
    assert card.social_security.holder is not None
    assert card.social_security.holder.id_number == "110105194912310021"


# Bank cards


@pytest.mark.parametrize("t0", [True, False])
@pytest.mark.parametrize("form", [1, 2])
@pytest.mark.parametrize("pdol", [True, False])
def test_bank_card_is_read_in_both_formats(form: int, pdol: bool, t0: bool) -> None:
    card = whole({**bank_card(format=form, pdol=pdol), "t0": t0})
    bank = card.bank
    assert bank is not None
    assert bank.masked_number == "621799*********0006"
    assert bank.holder_name == PERSON["name"]
    assert (bank.holder_id_number, bank.holder_id_type) == (PERSON["id_number"], "00")
    assert [(each.aid, each.label) for each in bank.applications] == [("A000000333010101", "PBOC DEBIT")]
    assert card.warnings == ()


def test_whole_number_and_track_2_are_nowhere_in_what_was_read() -> None:
    card = whole(bank_card())
    assert card.bank is not None
    values = [getattr(card.bank, name) for name in card.bank.__slots__]
    assert BANK["number"] not in str(values)
    assert "0006" in str(values)


def test_holders_number_is_not_read_of_another_scheme_where_the_tag_means_something_else() -> None:
    bank = whole({"bank": [OTHER_SCHEME]}).bank
    assert bank is not None
    assert bank.aid == "A0000000031010"
    assert (bank.holder_id_number, bank.holder_id_type) == ("", "")


def test_holders_number_is_not_read_over_the_air() -> None:
    card = whole({**bank_card(), "contactless": True})
    assert card.contactless
    assert card.bank is not None
    assert card.bank.holder_id_number == ""


def test_all_applications_are_listed_and_only_the_first_by_priority_is_read() -> None:
    second = {**BANK, "aid": "A000000333010102", "label": "PBOC CREDIT", "number": "6259990000000000004"}
    made = Card.ordered({"bank": [{**second, "priority": 2}, {**BANK, "priority": 1}]})
    found = read(made)
    assert isinstance(found, SmartCard)
    assert found.bank is not None
    assert [each.label for each in found.bank.applications] == ["PBOC DEBIT", "PBOC CREDIT"]
    assert found.bank.aid == "A000000333010101"
    assert made.options_asked == 1


def test_card_without_a_directory_is_found_by_unionpays_names() -> None:
    bank = whole({**bank_card(aid="A000000333010102"), "directory": False}).bank
    assert bank is not None
    assert (bank.aid, bank.applications[0].label) == ("A000000333010102", "PBOC DEBIT")


@pytest.mark.parametrize("sfi", [11, 3])
def test_transaction_log_is_not_read_where_the_afl_names_it(sfi: int) -> None:
    made = Card.ordered(bank_card(log_in_afl=True, log_sfi=sfi))
    found = read(made)
    assert isinstance(found, SmartCard)
    assert found.warnings == (CardWarning.UNREADABLE_RECORD,)
    assert [apdu for apdu in made.history if apdu.startswith("00B2") and int(apdu[6:8], 16) >> 3 == sfi] == []


def test_card_without_its_number_is_not_read_from_track_2() -> None:
    card = whole(bank_card(no_number=True))
    assert card.bank is not None
    assert card.bank.masked_number == ""
    assert card.warnings == (CardWarning.NO_NUMBER,)


def test_number_with_a_wrong_check_digit_is_a_warning() -> None:
    assert whole(bank_card(number="6217990000000000005")).warnings == (CardWarning.NUMBER_CHECK_DIGIT,)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("6217990000000000006", "621799*********0006"),
        ("4000000000000002", "400000******0002"),
        ("12345", "*****"),
    ],
)
def test_number_is_masked(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_luhn_is_that_of_the_standard() -> None:
    assert luhn_holds("4992739871 6".replace(" ", ""))
    assert not luhn_holds("49927398717")


def test_impossible_afl_is_bad_data() -> None:
    for afl in ("100102", "00010200", "10000200", "10020100", "1001FF00", "F8010100"):
        made = Card.ordered(bank_card())
        made.applications[0].options = tlv("80", b"\x7c\x00", bytes.fromhex(afl))
        assert read(made) is UnreadableReason.BAD_DATA, afl


# Several applications, and cards that are wrong


def test_both_applications_are_read() -> None:
    card = whole({**both(), "t0": True})
    assert card.social_security is not None
    assert card.bank is not None


def test_damaged_bank_application_does_not_take_the_social_security_with_it() -> None:
    card = whole(both(), {"kind": "garbage", "on": "get-processing-options"})
    assert card.social_security is not None
    assert card.bank is None
    assert card.warnings == (CardWarning.BANK_UNREADABLE,)


def test_damaged_social_security_does_not_take_the_bank_application_with_it() -> None:
    made = Card.ordered(both())
    made.applications[-1].files[5] = [b"\x09\x09"]
    found = read(made)
    assert isinstance(found, SmartCard)
    assert found.bank is not None
    assert CardWarning.SOCIAL_SECURITY_UNREADABLE in found.warnings


def test_refused_or_cut_record_is_a_warning() -> None:
    for fault in ({"kind": "cut-off"}, {"kind": "garbage"}):
        card = whole(social_card(), {**fault, "on": "read-record"})
        assert card.warnings == (CardWarning.UNREADABLE_RECORD,), fault


def test_card_that_nobody_knows() -> None:
    assert read(Card.ordered({})) is UnreadableReason.UNKNOWN_CARD


def test_card_without_end_is_given_up() -> None:
    made = Card.ordered({**both(), "t0": True})
    made.faults.append(fault_of({"kind": "says-6c", "times": 0}))
    assert read(made) is UnreadableReason.BAD_DATA


@given(
    st.sampled_from([social_card(generation=1), social_card(ways=["selected"]), bank_card(), both()]),
    st.booleans(),
    st.lists(
        st.builds(
            lambda kind, on, times, sw: {"kind": kind, "on": on, "times": times, "sw": sw},
            st.sampled_from([kind for kind in FAULTS if kind != "slow"]),
            st.sampled_from([None, "select", "read-record", "get-response", "get-processing-options"]),
            st.integers(0, 30),
            st.sampled_from(["6A82", "6A83", "6982", "6283", "6300", "9000", "6700"]),
        ),
        max_size=3,
    ),
)
def test_any_mixture_of_faults_ends_and_nothing_forbidden_is_asked(
    order: dict[str, Any], t0: bool, faults: list[dict[str, Any]]
) -> None:
    made = Card.ordered({**order, "t0": t0})
    made.faults += [fault_of(each) for each in faults]
    read(made)
    asked = {(apdu[:2], apdu[2:4]) for apdu in made.history}
    assert asked <= {("00", "A4"), ("00", "B2"), ("00", "C0"), ("80", "A8")}
    assert len(made.history) <= 120
    assert made.pin_tries == 3
    assert made.options_asked <= 1


@given(st.data())
def test_mutated_records_are_read_or_refused(data: st.DataObject) -> None:
    made = Card.ordered(both())
    for application in made.applications:
        for records in application.files.values():
            place = data.draw(st.integers(0, len(records) - 1))
            record = bytearray(records[place])
            record[data.draw(st.integers(0, len(record) - 1))] = data.draw(st.integers(0, 255))
            records[place] = bytes(record)
    read(made)


class Recorded:
    """What a good card answers to each command of its reading."""

    def __init__(self, order: dict[str, Any]) -> None:
        card = Card.ordered(order)
        self.atr = card.atr
        self.answers: dict[bytes, bytes] = {}

        def transmit(apdu: bytes) -> bytes:
            return self.answers.setdefault(apdu, card.hear(apdu).answer or b"")

        assert isinstance(read_card(Channel(transmit, t0=False, monotonic=lambda: 0.0), card.atr), SmartCard)


NOT_FOUND = b"\x6a\x82"
RECORDED = [Recorded(order) for order in (social_card(), bank_card(), bank_card(format=2))]


def is_read_or_refused(answer: Callable[[bytes], bytes], atr: bytes, *, t0: bool = False) -> None:
    """The reading ends, and asks nothing forbidden."""
    asked: list[bytes] = []

    def transmit(apdu: bytes) -> bytes:
        asked.append(apdu)
        return answer(apdu)

    found = read_card(Channel(transmit, t0=t0, monotonic=lambda: 0.0), atr)
    assert isinstance(found, SmartCard | UnreadableReason)
    assert len(asked) <= MOST_APDUS
    assert {(apdu[0], apdu[1]) for apdu in asked} <= {(0, 0xA4), (0, 0xB2), (0, 0xC0), (0x80, 0xA8)}


def _one_answer_after_the_other(data: bytes) -> None:
    """The first byte says which card goes on answering where they end, and by which protocol."""
    which, left = data[:1], iter(packets(data[1:]))
    card = RECORDED[which[0] % len(RECORDED)] if which else RECORDED[0]
    is_read_or_refused(
        lambda apdu: next(left, card.answers.get(apdu, NOT_FOUND)), card.atr, t0=which >= b"\x80"
    )


FUZZED = Fuzzed(
    _one_answer_after_the_other,
    tuple(
        bytes((which | protocol,)) + as_packets(list(card.answers.values())[:cut])
        for which, card in enumerate(RECORDED)
        for cut in (1, 3, None)
        for protocol in (0, 0x80)
    ),
)


def mutated_answers_are_read_or_refused(count: int, seed: int) -> None:
    """Of each card one answer in three is tampered with. None leaves anything behind that would change how
    the next good card is read."""
    chance = Random(seed)
    for _ in range(count):
        card = chance.choice(RECORDED)

        def answer(apdu: bytes, card: Recorded = card) -> bytes:
            good = card.answers.get(apdu, NOT_FOUND)
            return mutated(good, chance) if chance.random() < 1 / 3 else good

        is_read_or_refused(answer, card.atr)
    assert isinstance(read(Card.ordered(both())), SmartCard)


def test_mutated_answers_are_read_or_refused() -> None:
    todays(mutated_answers_are_read_or_refused)


# Nothing personal is shown


def test_nothing_of_a_card_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        card = whole(both())
        assert card.social_security is not None
        shown = " ".join([repr(each) for each in (card, card.social_security, card.social_security.holder)])
        shown += repr(card.bank) + str(card) + f"{card.bank}" + caplog.text
    for personal in (PERSON["name"], PERSON["id_number"], SOCIAL["card_number"], BANK["number"], "621799"):
        assert str(personal) not in shown
