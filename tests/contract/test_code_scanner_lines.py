"""What a code scanner keeps whatever its line does: on a simulated serial line, and on a HID POS device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.code_scanner import (
    CodeRead,
    CodeUnreadable,
    Condition,
    Symbology,
    Terminator,
    Trigger,
    UnreadableReason,
)
from drivers.code_scanner.raw import LONGEST
from drivers.device import Availability, DeviceEvent, HealthChanged
from tests.contract.code_scanner_rig import (
    HidRig,
    SerialRig,
    SimulatorRig,
    arm,
    armed,
    counted,
    disarm,
    opened,
    texts,
    until,
)
from tests.contract.heard import Heard

SLIP = "7d9f2c1e-5b1a-4c0e-9a61-3f2b8c7d6e5f"


@pytest.fixture(params=["serial", "hid"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatorRig]:
    """Where the bytes are what the case is about."""
    bench = SerialRig(tmp_path) if request.param == "serial" else HidRig(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def hid(tmp_path: Path) -> Iterator[HidRig]:
    bench = HidRig(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def serial(tmp_path: Path) -> Iterator[Callable[..., SerialRig]]:
    """Makes serial modules with other settings."""
    made: list[SerialRig] = []

    def make(**settings: object) -> SerialRig:
        made.append(SerialRig(tmp_path, **settings))  # type: ignore[arg-type]  # the settings of SerialRig
        return made[-1]

    yield make
    for bench in made:
        bench.close()


# The bytes


@pytest.mark.parametrize("how", ["noise", "one-byte-at-a-time", "stall"])
def test_odd_delivery_costs_no_code(line: SimulatorRig, how: str) -> None:
    armed(line)
    text = SLIP * 4
    line.order("spoil", how=how, text=text)
    until(line, lambda: texts(line) == [text])


@pytest.mark.parametrize("length", [1, 55, 56, 57, 63, 64, 65, 112, 113, 500, 2953])
def test_code_of_any_length_is_read_whole(line: SimulatorRig, length: int) -> None:
    """56 bytes fill a report; 64 are one chunk of the serial line."""
    armed(line)
    text = ("0123456789" * 300)[:length]
    line.show(text)
    assert line.heard.next(CodeRead).text == text


def test_longest_code_there_is_is_read(line: SimulatorRig) -> None:
    armed(line)
    line.show("7" * LONGEST)
    assert line.heard.next(CodeRead).text == "7" * LONGEST


@pytest.mark.parametrize("more", [1, 2, 5000])
def test_longer_than_any_code_is_refused_and_the_next_is_read(line: SimulatorRig, more: int) -> None:
    armed(line)
    line.show("7" * (LONGEST + 3 + more))
    assert line.heard.next(CodeUnreadable).reason is UnreadableReason.TOO_LONG
    line.show(SLIP)
    assert line.heard.next(CodeRead).text == SLIP


def test_glued_codes_are_two_codes(line: SimulatorRig) -> None:
    armed(line)
    line.order("spoil", how="glued", text="1001", second="1002")
    counted(line, read=2)
    assert texts(line) == ["1001", "1002"]


def test_glued_codes_after_a_disarming_listener_are_one_code(line: SimulatorRig) -> None:
    line.heard.then = lambda event: line.scanner.disarm() if isinstance(event, CodeRead) else None
    armed(line)
    line.order("spoil", how="glued", text="1001", second="1002")
    counted(line, read=1, dropped=1)
    assert texts(line) == ["1001"]


def test_code_without_its_end_is_no_code(line: SimulatorRig) -> None:
    armed(line)
    line.order("spoil", how="no-terminator", text=SLIP)
    assert line.heard.next(CodeUnreadable).reason is UnreadableReason.UNFINISHED
    line.show("1002")
    assert line.heard.next(CodeRead).text == "1002"


def test_mute_scanner_tells_nothing_and_is_not_called_broken(line: SimulatorRig) -> None:
    armed(line)
    line.order("mute")
    line.show(SLIP)
    line.scanner.self_test()
    assert texts(line) == []
    assert line.scanner.health().condition == line.opened
    line.order("mute", on=False)
    line.show(SLIP)
    assert line.heard.next(CodeRead).text == SLIP


def test_cable_pulled_in_a_code_is_a_health_and_no_code(line: SimulatorRig) -> None:
    armed(line)
    line.order("spoil", how="unplug", text=SLIP * 4)
    line.heard.condition(Condition.UNPLUGGED)
    line.replug()
    line.heard.condition(line.opened)
    line.scanner.self_test()
    line.show("1002")
    assert line.heard.next(CodeRead).text == "1002"
    assert texts(line) == ["1002"]


def test_plug_that_bounces_is_not_told_and_the_next_code_is_read(line: SimulatorRig) -> None:
    line.scanner = line.another(line.heard, settle=1e9)
    armed(line)
    line.unplug()
    while line.scanner.self_test().summary != "unplugged":
        pass  # until the driver knows
    line.replug()
    while line.scanner.self_test().summary == "unplugged":
        pass
    arm(line)
    line.show(SLIP)
    assert line.heard.next(CodeRead).text == SLIP
    told = [event.health.condition for event in line.heard.of(HealthChanged)]
    assert "unplugged" not in told


def test_second_opener_of_a_port_is_told_that_it_is_busy(line: SimulatorRig) -> None:
    opened(line)
    heard = Heard()
    second = line.another(heard)
    second.open()
    try:
        heard.condition(Condition.PORT_BUSY)
        line.scanner.close()
        heard.condition(line.opened)
    finally:
        second.close()


def test_burst_of_a_scanner_gone_mad_ends_and_the_next_asking_is_served(line: SimulatorRig) -> None:
    armed(line)
    line.order("burst", text="mad-", count=100)
    until(line, lambda: sum(line.scanner.counts.values()) == 100)
    assert line.scanner.counts["read"] == len(texts(line))
    disarm(line)
    line.scanner.close()
    opened(line)
    assert line.scanner.counts["dropped"] + line.scanner.counts["read"] == 100


# A serial module's own


@pytest.mark.parametrize("terminator", list(Terminator))
def test_code_ends_as_it_is_set_to(serial: Callable[..., SerialRig], terminator: Terminator) -> None:
    rig = serial(terminator=terminator)
    armed(rig)
    for text in (SLIP, "1002"):
        rig.show(text)
        assert rig.heard.next(CodeRead).text == text


def test_line_feed_that_nobody_expects_belongs_to_no_code(serial: Callable[..., SerialRig]) -> None:
    """The module sends CR LF, and CR is expected."""
    rig = serial(terminator=Terminator.CR)
    armed(rig)
    rig.order("noise", hex=(b"]Q1" + b"1001\r\n]Q1" + b"1002\r\n").hex())
    counted(rig, read=2)
    assert texts(rig) == ["1001", "1002"]


def test_identifier_that_is_missing_is_told(serial: Callable[..., SerialRig]) -> None:
    rig = serial()
    armed(rig)
    rig.order("noise", hex=b"1001\r\n".hex())
    assert rig.heard.next(CodeUnreadable).reason is UnreadableReason.NO_SYMBOLOGY


def test_symbology_that_nobody_needs_is_refused(line: SimulatorRig) -> None:
    armed(line)
    line.order("show", text="1001", symbology="maxicode")
    assert line.heard.next(CodeUnreadable).reason is UnreadableReason.OTHER_SYMBOLOGY


def test_without_identifiers_the_symbology_is_not_known(serial: Callable[..., SerialRig]) -> None:
    rig = serial(aim=False)
    armed(rig)
    rig.show("]Q1 is text here")
    event = rig.heard.next(CodeRead)
    assert (event.text, event.symbology) == ("]Q1 is text here", None)


def test_code_begun_before_the_asking_is_dropped_with_its_rest(serial: Callable[..., SerialRig]) -> None:
    rig = serial()
    opened(rig)
    rig.order("noise", hex=b"]Q1begun".hex())
    arm(rig)
    rig.order("noise", hex=b"]Q1-and-ended\r\n".hex())
    counted(rig, dropped=1)
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP
    assert texts(rig) == [SLIP]


def test_code_under_way_when_asking_ends_is_nobodys(serial: Callable[..., SerialRig]) -> None:
    rig = serial()
    armed(rig)
    rig.order("noise", hex=b"]Q1begun".hex())
    disarm(rig)
    arm(rig)
    rig.order("noise", hex=b"]Q1-and-ended\r\n".hex())
    counted(rig, dropped=1)
    assert texts(rig) == []


@pytest.mark.parametrize("trigger", [Trigger.SYN_T, Trigger.SOH_T])
def test_module_with_a_trigger_reads_only_while_asked(
    serial: Callable[..., SerialRig], trigger: Trigger
) -> None:
    rig = serial(trigger=trigger)
    rig.order("obey")
    opened(rig)
    rig.show(SLIP)
    assert len(rig.simulator.history("blind")) == 1
    arm(rig)
    rig.simulator.wait_for(lambda: rig.order("state")["triggered"])
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP
    disarm(rig)
    rig.simulator.wait_for(lambda: not rig.order("state")["triggered"])
    rig.show(SLIP)
    assert len(rig.simulator.history("blind")) == 2


@pytest.mark.parametrize("baudrate", [9600, 38400, 115200])
def test_speed_of_the_line_does_not_matter(serial: Callable[..., SerialRig], baudrate: int) -> None:
    rig = serial(baudrate=baudrate)
    armed(rig)
    rig.show(SLIP)
    assert rig.heard.next(CodeRead).text == SLIP


# A HID POS device's own


def test_keyboard_is_never_taken(hid: HidRig) -> None:
    hid.order("keyboard")
    hid.scanner.open()
    hid.heard.condition(Condition.KEYBOARD)
    health = hid.scanner.health()
    assert health.availability is Availability.OFFLINE
    assert "键盘" in health.cause
    assert "HID POS" in health.remedy
    assert not hid.scanner.self_test().passed
    hid.order("keyboard", on=False)
    hid.heard.condition(Condition.READY)


def test_scanner_that_turns_into_a_keyboard_is_let_go(hid: HidRig) -> None:
    armed(hid)
    hid.order("keyboard")
    hid.heard.condition(Condition.KEYBOARD)
    hid.order("noise", hex="00000400000000000000")
    hid.scanner.self_test()
    assert [kind for kind in (CodeRead, CodeUnreadable) if hid.heard.of(kind)] == []


@pytest.mark.parametrize("how", ["wrong-length", "short-report"])
def test_report_that_cannot_be_spoils_its_code_and_no_other(hid: HidRig, how: str) -> None:
    armed(hid)
    hid.order("spoil", how=how, text=SLIP * 4)
    assert hid.heard.next(CodeUnreadable).reason is UnreadableReason.BAD_REPORT
    hid.show("1002")
    assert hid.heard.next(CodeRead).text == "1002"
    assert texts(hid) == ["1002"]


def test_scanner_that_leaves_the_identifier_out_is_read(hid: HidRig) -> None:
    armed(hid)
    hid.order("spoil", how="no-symbology", text=SLIP)
    event = hid.heard.next(CodeRead)
    assert (event.text, event.symbology) == (SLIP, None)


def test_code_of_another_symbology_in_the_midst_of_one_spoils_both(hid: HidRig) -> None:
    armed(hid)
    hid.order("noise", hex=(b"\x02\x38]Q1" + b"1" * 56 + b"\x01").hex())
    hid.order("noise", hex=(b"\x02\x04]C0" + b"2002".ljust(56, b"\0") + b"\x00").hex())
    assert hid.heard.next(CodeUnreadable).reason is UnreadableReason.UNFINISHED
    assert texts(hid) == []


def test_report_begun_before_the_asking_is_dropped_with_its_rest(hid: HidRig) -> None:
    opened(hid)
    hid.order("noise", hex=(b"\x02\x38]Q1" + b"1" * 56 + b"\x01").hex())
    arm(hid)
    hid.order("noise", hex=(b"\x02\x04]Q1" + b"2002".ljust(56, b"\0") + b"\x00").hex())
    counted(hid, dropped=1)
    hid.show(SLIP)
    assert hid.heard.next(CodeRead).text == SLIP
    assert texts(hid) == [SLIP]


def test_reports_of_other_numbers_are_not_ours(hid: HidRig) -> None:
    armed(hid)
    for report in ("07", "05ffffffff", "03" + "41" * 61):
        hid.order("noise", hex=report)
    hid.show(SLIP)
    assert hid.heard.next(CodeRead, CodeUnreadable) == CodeRead(SLIP, Symbology.QR_CODE)


def test_hid_scanner_with_a_trigger_report_reads_only_while_asked(hid: HidRig) -> None:
    hid.order("obey")
    opened(hid)
    hid.show(SLIP)
    assert len(hid.simulator.history("blind")) == 1
    arm(hid)
    hid.simulator.wait_for(lambda: hid.order("state")["triggered"])
    hid.show(SLIP)
    assert hid.heard.next(CodeRead).text == SLIP
    disarm(hid)
    hid.simulator.wait_for(lambda: not hid.order("state")["triggered"])


def test_a_line_break_that_was_meant_for_a_keyboard_is_cut_off(hid: HidRig) -> None:
    armed(hid)
    hid.show_bytes(b"1001\r\n")
    assert hid.heard.next(CodeRead).text == "1001"


def test_every_event_is_one_of_three(line: SimulatorRig) -> None:
    kinds: list[type[DeviceEvent]] = [CodeRead, CodeUnreadable, HealthChanged]
    armed(line)
    line.show(SLIP)
    line.show_bytes(b"\x00")
    counted(line, read=1, unreadable=1)
    assert all(type(event) in kinds for event in line.heard.events)
