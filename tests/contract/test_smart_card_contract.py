"""What every smart card reader keeps: the driver on a link in memory, and with its worker on pcscd, vpcd."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.device import Availability, HealthChanged
from drivers.smart_card import (
    CardRead,
    CardRemoved,
    CardUnreadable,
    CardWarning,
    Condition,
    UnreadableReason,
)
from drivers.smart_card import link as links
from drivers.smart_card.link import Trouble
from tests.contract.heard import Heard
from tests.contract.smart_card_rig import DoubleRig, RealRig, Rig, until
from tests.drivers.smart_card.bench import Bench, needs_pcsc
from tests.drivers.smart_card.people import SOCIAL, bank_card, both, social_card


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    needs_pcsc()
    made = Bench(tmp_path_factory.mktemp("pcsc"))
    yield made
    made.close()


@pytest.fixture(params=["double", "pcscd"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made: Rig
    made = DoubleRig() if request.param == "double" else RealRig(request.getfixturevalue("bench"))
    yield made
    made.close()


@pytest.fixture
def double() -> Iterator[DoubleRig]:
    """Where the driver alone is what the case is about."""
    made = DoubleRig()
    yield made
    made.close()


def opened(rig: Rig) -> Rig:
    rig.reader.open()
    rig.heard.condition(Condition.READY)
    return rig


def armed(rig: Rig) -> Rig:
    opened(rig).reader.arm()
    return rig


def unreadable(heard: Heard) -> UnreadableReason:
    return heard.next(CardUnreadable).reason


# Opening, closing, health


def test_health_is_unknown_before_opening(double: DoubleRig) -> None:
    health = double.reader.health()
    assert (health.availability, health.condition) == ("unknown", "unknown")


def test_opening_twice_is_opening_once_and_leads_to_ready(rig: Rig) -> None:
    opened(rig).reader.open()
    assert rig.reader.self_test(15.0).passed
    assert rig.reader.health().availability is Availability.ONLINE
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_twice_is_closing_once_and_it_opens_again(rig: Rig) -> None:
    opened(rig)
    rig.reader.close()
    rig.reader.close()
    assert rig.reader.health().condition == Condition.UNKNOWN
    assert not rig.reader.self_test().passed
    armed(rig)
    rig.insert(social_card())
    rig.heard.next(CardRead)


def test_closing_before_opening_is_nothing(double: DoubleRig) -> None:
    double.reader.close()
    opened(double)


def test_closing_disarms(double: DoubleRig) -> None:
    armed(double).reader.close()
    double.insert(social_card())
    opened(double)
    until(double, "present")
    assert double.heard.of(CardRead) == []
    assert double.apdus() == []


def test_self_test_touches_no_card(rig: Rig) -> None:
    opened(rig)
    rig.insert(social_card())
    until(rig, "present")
    assert rig.apdus() == []


# Cards


def test_social_security_card_is_read_and_its_going_is_told(rig: Rig) -> None:
    armed(rig)
    rig.insert(social_card())
    card = rig.heard.next(CardRead).card
    assert card.bank is None
    social = card.social_security
    assert social is not None
    assert social.holder is not None
    told = (social.generation, social.card_number, social.holder.name, social.holder.id_number)
    assert told == (2, SOCIAL["card_number"], SOCIAL["name"], SOCIAL["id_number"])
    rig.remove()
    rig.heard.next(CardRemoved)


def test_both_applications_of_a_card_are_read_by_t0(rig: Rig) -> None:
    armed(rig)
    rig.insert({**both(), "t0": True})
    card = rig.heard.next(CardRead).card
    assert card.social_security is not None
    assert card.bank is not None
    assert card.bank.masked_number == "621799*********0006"
    assert card.warnings == ()


def test_third_generation_stops_at_its_issuer_data_and_says_so(rig: Rig) -> None:
    armed(rig)
    rig.insert(social_card(generation=3))
    card = rig.heard.next(CardRead).card
    assert card.social_security is not None
    assert card.social_security.holder is None
    assert card.social_security.card_number == SOCIAL["card_number"]
    assert card.warnings == (CardWarning.HOLDER_WITHHELD,)
    assert [apdu for apdu in rig.apdus() if apdu[:4] == "00B2" and int(apdu[6:8], 16) >> 3 == 6] == []


def test_contactless_bank_card_is_read(rig: Rig) -> None:
    armed(rig)
    rig.insert({**bank_card(), "contactless": True})
    card = rig.heard.next(CardRead).card
    assert card.contactless
    assert card.bank is not None
    assert card.bank.masked_number == "621799*********0006"
    assert card.bank.holder_id_number == ""


def test_card_is_read_once_however_long_it_stays(rig: Rig) -> None:
    armed(rig)
    rig.insert(bank_card())
    rig.heard.next(CardRead)
    asked = rig.apdus()
    rig.reader.disarm()
    rig.reader.arm()
    until(rig, "present")
    assert rig.apdus() == asked
    rig.remove()
    rig.heard.next(CardRemoved)
    rig.insert(bank_card())
    rig.heard.next(CardRead)


def test_nothing_is_asked_of_a_card_while_nobody_asks_for_one(rig: Rig) -> None:
    opened(rig)
    rig.insert(social_card())
    until(rig, "present")
    assert rig.apdus() == []
    rig.reader.arm()
    rig.heard.next(CardRead)


def test_disarming_in_the_listener_is_heard(double: DoubleRig) -> None:
    double.heard.then = lambda event: double.reader.disarm() if isinstance(event, CardRead) else None
    armed(double)
    double.insert(social_card())
    double.heard.next(CardRead)
    double.remove()
    until(double, "empty")
    assert double.heard.of(CardRemoved) == []


def test_nothing_forbidden_ever_reaches_a_card(rig: Rig) -> None:
    armed(rig)
    for order in (both(), {**both(), "t0": True}, {**bank_card(log_in_afl=True), "directory": False}):
        rig.insert(order)
        rig.heard.next(CardRead)
        rig.remove()
        rig.heard.next(CardRemoved)
    asked = [bytes.fromhex(apdu) for apdu in rig.apdus()]
    assert {apdu[1] for apdu in asked} <= {0xA4, 0xB2, 0xC0, 0xA8}
    assert sum(apdu[1] == 0xA8 for apdu in asked) == 3
    assert [apdu for apdu in asked if apdu[1] == 0xB2 and apdu[3] >> 3 == 11] == []


# Cards that are wrong


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "mute"}, UnreadableReason.NO_ANSWER),
        ({"kind": "empty"}, UnreadableReason.NO_ANSWER),
        ({"kind": "pull"}, UnreadableReason.REMOVED),
        ({"kind": "pull-in-answer"}, UnreadableReason.REMOVED),
        ({"kind": "one-byte", "times": 0}, UnreadableReason.BAD_DATA),
        ({"kind": "says-61", "times": 0}, UnreadableReason.BAD_DATA),
        ({"kind": "says-6c", "times": 0}, UnreadableReason.BAD_DATA),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_card_that_is_wrong_is_told_once_and_the_next_is_read(
    rig: Rig, fault: dict[str, object], reason: UnreadableReason, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "TRANSMIT_SECONDS", 2.0)  # a card that is silent is waited for to the end
    armed(rig)
    rig.insert(social_card(), {**fault, "on": "read-record"})
    assert unreadable(rig.heard) == reason
    rig.remove()
    rig.heard.next(CardRemoved)
    rig.insert(social_card())
    rig.heard.next(CardRead)
    assert len(rig.heard.of(CardUnreadable)) == 1
    assert rig.reader.self_test(15.0).passed


def test_card_that_nobody_knows_is_told(rig: Rig) -> None:
    armed(rig)
    rig.insert({})
    assert unreadable(rig.heard) is UnreadableReason.UNKNOWN_CARD


def test_once_mistaken_length_costs_nothing(rig: Rig) -> None:
    armed(rig)
    rig.insert({**both(), "t0": True}, {"kind": "says-6c", "on": "read-record"})
    assert rig.heard.next(CardRead).card.warnings == ()


# What goes away, and comes back


def test_reader_that_is_unplugged_is_told_and_comes_back_by_itself(rig: Rig) -> None:
    armed(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    health = rig.reader.health()
    assert health.availability is Availability.OFFLINE
    assert health.remedy
    rig.replug()
    rig.heard.condition(Condition.READY)
    rig.insert(social_card())
    rig.heard.next(CardRead)


def test_pcscd_that_stops_is_told_and_its_restart_is_enough(rig: Rig) -> None:
    armed(rig)
    rig.stop_service()
    rig.heard.condition(Condition.NO_SERVICE)
    assert not rig.reader.self_test(15.0).passed
    rig.start_service()
    rig.heard.condition(Condition.READY)
    rig.insert(social_card())
    rig.heard.next(CardRead)


def test_pcscd_that_refuses_is_believed_when_it_does_so_twice(double: DoubleRig) -> None:
    """One that is just ending looks the same."""
    opened(double)
    double.link.fail(Trouble.DENIED)
    double.heard.condition(Condition.NO_SERVICE)
    double.heard.condition(Condition.SERVICE_DENIED)
    assert double.reader.self_test().summary == Condition.SERVICE_DENIED


def test_forgotten_card_is_not_the_next_citizens_also_over_a_restart_of_pcscd(rig: Rig) -> None:
    armed(rig)
    rig.insert(social_card())
    rig.heard.next(CardRead)
    rig.reader.disarm()
    rig.stop_service()
    rig.heard.condition(Condition.NO_SERVICE)
    rig.start_service()
    rig.heard.condition(Condition.READY)
    until(rig, "present")
    asked = rig.apdus()
    rig.reader.arm()
    until(rig, "present")
    assert rig.apdus() == asked
    rig.remove()
    rig.heard.next(CardRemoved)
    assert len(rig.heard.of(CardRead)) == 1


def test_conditions_are_a_closed_set_and_each_is_told_once(rig: Rig) -> None:
    opened(rig)
    rig.stop_service()
    rig.heard.condition(Condition.NO_SERVICE)
    rig.start_service()
    rig.heard.condition(Condition.READY)
    told = [event.health.condition for event in rig.heard.of(HealthChanged)]
    assert [word for word in told if word != Condition.UNPLUGGED] == ["ready", "no-service", "ready"]
    assert set(told) <= set(Condition)


def test_plug_that_bounces_is_not_told() -> None:
    rig = DoubleRig(settle=1e9)
    try:
        armed(rig)
        rig.unplug()
        assert not rig.reader.self_test(15.0).passed  # it knows
        rig.replug()
        assert rig.reader.self_test(15.0).passed
        rig.insert(social_card())
        rig.heard.next(CardRead)
        assert [event.health.condition for event in rig.heard.of(HealthChanged)] == ["ready"]
        rig.unplug()
        rig.heard.condition(Condition.UNPLUGGED)  # at once: a card is in hand
    finally:
        rig.close()


def test_driver_that_a_bug_took_comes_back_and_knows_the_card_that_is_in(double: DoubleRig) -> None:
    armed(double)

    def broken(_event: object) -> None:
        double.heard.then = lambda _event: None
        raise RuntimeError("a bug")

    double.heard.then = broken
    double.insert(social_card())
    double.heard.next(CardRead)
    double.heard.condition(Condition.DRIVER_FAILED)
    assert double.reader.health().availability is Availability.UNKNOWN
    double.heard.condition(Condition.READY)
    until(double, "present")
    assert len(double.heard.of(CardRead)) == 1
    double.remove()
    double.heard.next(CardRemoved)
    double.insert(social_card())
    double.heard.next(CardRead)
