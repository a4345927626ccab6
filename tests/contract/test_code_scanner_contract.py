"""What every code scanner keeps: the double, the driver on a simulated serial line, and on a simulated HID
POS device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.code_scanner import (
    CodeRead,
    CodeUnreadable,
    Condition,
    Symbology,
    UnreadableReason,
)
from drivers.code_scanner.poller import MOST_A_SECOND
from drivers.device import Availability, HealthChanged
from tests.contract.code_scanner_rig import (
    DoubleRig,
    HidRig,
    Rig,
    SerialRig,
    arm,
    armed,
    counted,
    disarm,
    opened,
    texts,
    until,
)

SLIP = "7d9f2c1e-5b1a-4c0e-9a61-3f2b8c7d6e5f"


@pytest.fixture(params=["double", "serial", "hid"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made: dict[str, Callable[[], Rig]] = {
        "double": DoubleRig,
        "serial": lambda: SerialRig(tmp_path),
        "hid": lambda: HidRig(tmp_path),
    }
    bench = made[request.param]()
    yield bench
    bench.close()


# Opening, closing, health


def test_health_is_unknown_before_opening(rig: Rig) -> None:
    assert (rig.scanner.health().availability, rig.scanner.health().condition) == ("unknown", "unknown")


def test_opening_leads_to_what_can_be_known(rig: Rig) -> None:
    """A serial module says nothing of itself: an open port is not a scanner."""
    opened(rig)
    proven = rig.opened == "ready"
    assert rig.scanner.health().availability == (Availability.ONLINE if proven else Availability.UNKNOWN)
    assert rig.scanner.self_test().passed is proven


def test_a_code_proves_the_scanner(rig: Rig) -> None:
    armed(rig)
    rig.show(SLIP)
    rig.heard.next(CodeRead)
    assert rig.scanner.health().availability is Availability.ONLINE
    assert rig.scanner.self_test().passed


def test_opening_twice_is_opening_once(rig: Rig) -> None:
    opened(rig).scanner.open()
    rig.scanner.self_test()
    assert len(rig.heard.of(HealthChanged)) == 1


def test_closing_twice_is_closing_once(rig: Rig) -> None:
    opened(rig)
    rig.scanner.close()
    rig.scanner.close()
    assert rig.scanner.health().condition == Condition.UNKNOWN


def test_closing_before_opening_is_nothing(rig: Rig) -> None:
    rig.scanner.close()
    opened(rig)


def test_scanner_can_be_opened_again_after_closing(rig: Rig) -> None:
    opened(rig).scanner.close()
    armed(rig)
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP


def test_closing_disarms(rig: Rig) -> None:
    armed(rig).scanner.close()
    opened(rig)
    rig.show(SLIP)
    counted(rig, dropped=1)
    assert texts(rig) == []


def test_port_that_is_missing_is_a_health_and_no_exception(rig: Rig) -> None:
    rig.unplug()
    rig.scanner.open()
    rig.heard.condition(Condition.UNPLUGGED)
    health = rig.scanner.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy


def test_health_told_is_the_health_kept(rig: Rig) -> None:
    rig.scanner.open()
    assert rig.heard.next(HealthChanged).health == rig.scanner.health()


def test_health_never_raises(rig: Rig) -> None:
    words = [rig.scanner.health().condition]
    opened(rig)
    words.append(rig.scanner.health().condition)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    words.append(rig.scanner.health().condition)
    rig.scanner.close()
    words.append(rig.scanner.health().condition)
    assert words == ["unknown", rig.opened, "unplugged", "unknown"]


def test_self_test_fails_when_closed_or_unplugged(rig: Rig) -> None:
    assert not rig.scanner.self_test().passed
    opened(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    assert not rig.scanner.self_test().passed
    rig.scanner.close()
    assert not rig.scanner.self_test().passed


# Codes


@pytest.mark.parametrize("text", [SLIP, "0", "K7M2-9QXD-4T1C", "津A12345", "été", "https://a.example/?q=1"])
def test_code_shown_while_armed_is_told_as_it_is(rig: Rig, text: str) -> None:
    armed(rig)
    rig.show(text)
    assert rig.heard.next(CodeRead).text == text


@pytest.mark.parametrize("symbology", [Symbology.QR_CODE, Symbology.CODE_128, Symbology.EAN_UPC])
def test_symbology_is_told(rig: Rig, symbology: Symbology) -> None:
    armed(rig)
    rig.show("6901234567892", symbology)
    assert rig.heard.next(CodeRead).symbology is symbology


def test_code_is_dropped_and_counted_unless_armed(rig: Rig) -> None:
    opened(rig)
    rig.show(SLIP)
    counted(rig, dropped=1, read=0)
    assert texts(rig) == []


def test_code_is_dropped_once_disarmed(rig: Rig) -> None:
    armed(rig)
    disarm(rig)
    rig.show(SLIP)
    counted(rig, dropped=1, read=0)
    assert texts(rig) == []


def test_code_from_before_the_asking_is_nobodys(rig: Rig) -> None:
    opened(rig)
    rig.show("11111111")
    arm(rig)
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP
    assert texts(rig) == [SLIP]


def test_code_of_the_last_asking_is_not_told_in_the_next(rig: Rig) -> None:
    armed(rig)
    rig.scanner.disarm()
    rig.show("11111111")
    counted(rig, dropped=1)
    arm(rig)
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP
    assert texts(rig) == [SLIP]


def test_arming_twice_is_arming_once(rig: Rig) -> None:
    armed(rig)
    arm(rig)
    rig.show(SLIP)
    rig.heard.next(CodeRead)
    disarm(rig)
    disarm(rig)
    rig.show(SLIP)
    counted(rig, dropped=1)
    assert texts(rig) == [SLIP]


def test_one_code_after_the_other_is_told_in_order(rig: Rig) -> None:
    armed(rig)
    for text in ("1001", "1002", "1003"):
        rig.show(text)
        assert rig.heard.next(CodeRead).text == text
    assert rig.scanner.counts["read"] == 3


def test_same_code_held_again_is_told_again(rig: Rig) -> None:
    armed(rig)
    rig.show(SLIP)
    rig.show(SLIP)
    counted(rig, read=2)
    assert texts(rig) == [SLIP, SLIP]


def test_listener_may_disarm_at_once(rig: Rig) -> None:
    rig.heard.then = lambda event: rig.scanner.disarm() if isinstance(event, CodeRead) else None
    armed(rig)
    rig.show(SLIP)
    rig.heard.next(CodeRead)
    rig.show("2002")
    counted(rig, dropped=1)
    assert texts(rig) == [SLIP]


def test_events_show_nothing_of_a_code(rig: Rig) -> None:
    armed(rig)
    rig.show("120101199003074514")
    shown = repr(rig.heard.next(CodeRead)) + repr(rig.scanner)
    assert "1201" not in shown


def test_every_code_is_either_told_or_counted_as_dropped(rig: Rig) -> None:
    """How many a second are told is a matter of the clock: tests/drivers/code_scanner/test_scanner.py."""
    armed(rig)
    for number in range(4 * MOST_A_SECOND):
        rig.show(f"{number:04}")
    until(rig, lambda: rig.scanner.counts["read"] + rig.scanner.counts["dropped"] == 4 * MOST_A_SECOND)
    assert len(texts(rig)) == rig.scanner.counts["read"] >= MOST_A_SECOND


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x1b@\x1dV\0", UnreadableReason.CONTROL_CHARACTERS),
        (b"\x1b]0;x\x07", UnreadableReason.CONTROL_CHARACTERS),
        ("a\u202eb".encode(), UnreadableReason.HIDDEN_CHARACTERS),
        (b"\xc0\xaf\xc0\xae\x80", UnreadableReason.CONTROL_CHARACTERS),
        (b"   ", UnreadableReason.NOT_TEXT),
    ],
)
def test_what_is_no_plain_text_is_refused_with_its_reason(
    rig: Rig, body: bytes, reason: UnreadableReason
) -> None:
    armed(rig)
    rig.show_bytes(body)
    assert rig.heard.next(CodeUnreadable).reason is reason
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP


def test_half_a_code_is_no_code_and_the_next_is_read(rig: Rig) -> None:
    armed(rig)
    rig.spoil()
    assert rig.heard.next(CodeUnreadable).reason is UnreadableReason.UNFINISHED
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP
    assert texts(rig) == [SLIP]


def test_three_times_nonsense_is_told_and_one_code_ends_it(rig: Rig) -> None:
    armed(rig)
    for _ in range(3):
        rig.show_bytes(b"\x01\x02\x03")
        rig.heard.next(CodeUnreadable)
    assert rig.scanner.health().condition == Condition.GARBLED
    assert rig.scanner.health().remedy
    rig.show(SLIP)
    rig.heard.next(CodeRead)
    assert rig.scanner.health().condition == Condition.READY


# The cable


def test_pulled_cable_is_told_once_and_so_is_its_return(rig: Rig) -> None:
    armed(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(rig.opened)
    conditions = [event.health.condition for event in rig.heard.of(HealthChanged)]
    assert conditions == [rig.opened, "unplugged", rig.opened]


def test_scanner_stays_armed_over_a_pulled_cable(rig: Rig) -> None:
    armed(rig)
    rig.unplug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.replug()
    rig.heard.condition(rig.opened)
    rig.scanner.self_test()
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP


def test_scanner_that_was_switched_off_and_on_reads_again(rig: Rig) -> None:
    opened(rig)
    rig.unplug()
    rig.replug()
    rig.heard.condition(Condition.UNPLUGGED)
    rig.heard.condition(rig.opened)
    arm(rig)
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP
