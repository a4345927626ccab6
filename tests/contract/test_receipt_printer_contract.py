"""What every receipt printer keeps, on a wire in memory, a serial line, raw TCP and a node like usblp's.

The device at the other end is the byte-level simulator, which shares no code with the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from drivers.device import Availability, HealthChanged
from drivers.receipt_printer import (
    Condition,
    Cover,
    CutterState,
    Document,
    Failed,
    FailReason,
    Head,
    Pair,
    Paper,
    Printed,
    Qr,
    StatusChanged,
    Text,
    Unconfirmed,
    UnconfirmedReason,
    load_profile,
)
from drivers.receipt_printer.simulator.machine import Model
from tests.drivers.receipt_printer.world import World, long_picture

Make = Callable[..., World]

GENERIC = "generic-80mm-gb18030"
PLAIN = "generic-80mm-gb2312"  # no automatic status, no real-time clear
EPSON = "epson-80mm-gb18030"  # process IDs


@pytest.fixture(params=["memory", "pty", "tcp", "usblp"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Puts a printer of some profile on the desk."""
    with ExitStack() as stack:

        def one(profile: str = GENERIC, model: Model | None = None) -> World:
            return stack.enter_context(
                World(request.param, tmp_path, load_profile(profile), model or Model.named(profile))
            )

        yield one


@pytest.fixture
def world(make: Make) -> World:
    """The usual printer, ready."""
    return make().ready()


def test_a_receipt_is_printed_and_confirmed(world: World) -> None:
    assert world.print("受理回执", "No. 0042") == Printed()
    assert world.paper() == [["受理回执", "No. 0042"]]


@pytest.mark.parametrize("profile", [PLAIN, EPSON, "generic-58mm-gb18030", "ascii-only-80mm"])
def test_every_profile_prints_and_confirms(make: Make, profile: str) -> None:
    world = make(profile)
    assert world.print("No. 0042") == Printed()
    world.hand("tear")
    assert any("No. 0042" in piece for piece in world.paper())


def test_all_parts_of_the_status_are_known(world: World) -> None:
    status = world.printer.status()
    assert (status.availability, status.paper, status.cover, status.cutter, status.head) == (
        Availability.ONLINE,
        Paper.FULL,
        Cover.CLOSED,
        CutterState.OK,
        Head.OK,
    )


def test_low_paper_is_told_and_still_prints(world: World) -> None:
    world.hand("paper", state="low")
    world.until_condition("paper-low")
    assert world.print("一行") == Printed()


@pytest.mark.parametrize(
    ("op", "arguments", "condition"),
    [
        ("paper", {"state": "out"}, "paper-out"),
        ("cover", {"open": True}, "cover-open"),
        ("jam", {}, "paper-jam"),
        ("hot", {}, "head"),
    ],
)
def test_a_fault_is_told_refuses_the_print_and_ends(
    world: World, op: str, arguments: dict[str, Any], condition: str
) -> None:
    world.hand(op, **arguments)
    world.until_condition(condition)
    assert world.printer.health().availability is Availability.OFFLINE
    assert world.print("不应出现") == Failed(FailReason(condition))
    assert world.hand("state")["buffered"] <= len(b"\x1b@")  # at most what ended the last clear
    undos: dict[str, dict[str, Any]] = {"paper": {"state": "full"}, "cover": {"open": False}}
    world.hand(op, **undos.get(op, {"on": False}))
    world.until_condition("ready")
    assert world.print("修好了") == Printed()
    assert world.paper() == [["修好了"]]


def test_a_broken_cutter_fails_the_print(world: World) -> None:
    world.hand("cutter")
    assert world.print("一行") == Failed(FailReason.CUTTER)
    world.until_condition("cutter")


@pytest.mark.parametrize("profile", [GENERIC, PLAIN, EPSON])
def test_paper_ending_in_the_middle_fails_and_leaves_nothing_for_the_next(make: Make, profile: str) -> None:
    world = make(profile).ready()
    world.hand("paper", state="full", rows=100)
    assert world.print(*["前一个人"] * 8) == Failed(FailReason.PAPER_OUT)
    world.hand("paper", state="full")
    assert world.print("后一个人") == Printed()
    assert world.paper()[-1] == ["后一个人"]


@pytest.mark.parametrize("profile", [GENERIC, EPSON])
def test_what_failed_is_taken_back_before_a_hand_mends_the_printer(make: Make, profile: str) -> None:
    """Else the rest of it comes out when the roll is changed, for whoever stands there."""
    world = make(profile).ready()
    world.hand("paper", state="full", rows=100)
    assert world.print(*["前一个人"] * 8) == Failed(FailReason.PAPER_OUT)
    assert world.hand("state")["buffered"] == 0
    world.hand("paper", state="full")
    world.until_condition("ready")
    assert world.print("后一个人") == Printed()
    half, whole = world.paper()
    assert len(half) < 8
    assert whole == ["后一个人"]


@pytest.mark.parametrize("profile", [GENERIC, PLAIN, EPSON])
def test_cover_opened_in_the_middle_fails_and_leaves_nothing_for_the_next(make: Make, profile: str) -> None:
    world = make(profile).ready()
    world.hand("stall")
    ticket = world.start(*["前一个人"] * 8)
    world.until_machine(lambda machine: machine.buffered > 100)
    world.hand("cover", open=True)
    assert ticket.outcome() == Failed(FailReason.COVER_OPEN)
    world.hand("stall", on=False)
    world.hand("cover", open=False)
    assert world.print("后一个人") == Printed()
    assert world.paper()[-1] == ["后一个人"]


def test_realtime_clear_prints_nothing_at_all_of_the_failed_job(world: World) -> None:
    world.hand("stall")
    ticket = world.start("前一个人")
    world.until_machine(lambda machine: machine.buffered > 10)
    world.hand("cover", open=True)
    ticket.outcome()
    world.hand("cover", open=False)
    world.until_condition("ready")
    # The job's text is gone; the few bytes of set-up that the driver sends after a clear may wait already.
    world.until_machine(lambda machine: machine.buffered <= 10)
    world.hand("stall", on=False)
    world.print("后一个人")
    assert world.paper() == [["后一个人"]]


def test_a_picture_cut_off_in_the_middle_does_not_swallow_the_next_receipt(make: Make) -> None:
    world = make(PLAIN).ready()
    world.hand("paper", state="full", rows=90)
    assert isinstance(world.print(long_picture()), Failed | Unconfirmed)
    world.hand("paper", state="full")
    world.until_condition("ready")
    assert world.print("后一个人") == Printed()
    assert world.paper()[-1] == ["后一个人"]
    assert [item["kind"] for item in world.pieces[-1].report["items"]] == ["text"]


def test_a_mute_printer_gets_no_citizens_data(world: World) -> None:
    world.hand("mute")
    world.until_condition("unknown")
    assert world.printer.health().availability is Availability.UNKNOWN
    assert world.print("不应出现") == Failed(FailReason.OFFLINE)
    world.hand("mute", on=False)
    world.until_condition("ready")
    assert world.print("一行") == Printed()
    assert world.paper() == [["一行"]]


def test_falling_silent_in_the_middle_is_unconfirmed_and_not_repeated(world: World) -> None:
    world.hand("stall")
    ticket = world.start("只一次")
    world.until_machine(lambda machine: machine.buffered > 10)
    world.hand("mute")
    world.hand("stall", on=False)
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.NO_ANSWER)
    world.hand("mute", on=False)
    world.until_condition("ready")
    assert world.print("下一张") == Printed()
    assert world.paper() == [["只一次"], ["下一张"]]


def test_a_printer_that_stops_draining_ends_in_a_value(world: World) -> None:
    world.hand("stall")
    assert isinstance(world.print(long_picture()), Unconfirmed)
    world.hand("stall", on=False)
    world.until_condition("ready")
    assert world.print("后一个人") == Printed()
    assert world.paper()[-1] == ["后一个人"]


@pytest.mark.parametrize("profile", [GENERIC, EPSON])
def test_power_cycled_in_the_middle_is_unconfirmed(make: Make, profile: str) -> None:
    world = make(profile).ready()
    world.hand("stall")
    ticket = world.start("断电")
    world.until_machine(lambda machine: machine.buffered > 10)
    world.hand("power-cycle")
    world.hand("stall", on=False)
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.NO_CONFIRMATION)
    assert world.print("下一张") == Printed()
    assert world.paper() == [["下一张"]]


@pytest.mark.parametrize("profile", [GENERIC, PLAIN, EPSON])
def test_power_cycled_while_the_job_is_being_sent_a_receipt_with_a_gap_is_not_printed(
    make: Make, profile: str
) -> None:
    """The rest of the job comes out after the gap, and its end is answered as if nothing had been."""
    world = make(profile).ready()
    world.hand("stall")
    ticket = world.start(long_picture())
    world.until_machine(lambda machine: machine.room == 0)
    world.hand("power-cycle")
    world.hand("stall", on=False)
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.NO_CONFIRMATION)
    assert world.print("下一张") == Printed()
    assert world.paper()[-1] == ["下一张"]


def test_unplugged_in_the_middle_is_unconfirmed(world: World) -> None:
    world.hand("stall")
    ticket = world.start("拔线")
    world.until_machine(lambda machine: machine.buffered > 10)
    world.hand("unplug")
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.LINE_LOST)
    world.hand("stall", on=False)
    world.hand("replug")
    world.until_condition("ready")
    assert world.print("下一张") == Printed()
    assert world.paper()[-1] == ["下一张"]


def test_unplugged_while_idle_is_told_and_comes_back_by_itself(world: World) -> None:
    world.hand("unplug")
    world.until_condition("no-port")
    assert world.printer.health().availability is Availability.OFFLINE
    assert world.print("不应出现") == Failed(FailReason.OFFLINE)
    world.hand("replug")
    world.until_condition("ready")
    assert world.print("一行") == Printed()


def test_power_cycled_while_idle_prints_the_next(world: World) -> None:
    world.hand("power-cycle")
    assert world.print("一行") == Printed()


def test_stray_bytes_are_neither_a_status_nor_a_confirmation(world: World) -> None:
    world.hand("stray-bytes", hex="00ff131100a5")
    world.hand("stall")
    ticket = world.start("一行")
    world.until_machine(lambda machine: machine.buffered > 10)
    world.hand("stray-bytes", hex="00")
    world.hand("mute")
    assert ticket.outcome() == Unconfirmed(UnconfirmedReason.NO_ANSWER)


def test_automatic_status_between_the_answers_is_told_apart(world: World) -> None:
    world.hand("asb")
    for _ in range(5):
        world.hand("paper", state="low")
        world.until_condition("paper-low")
        world.hand("paper", state="full")
        world.until_condition("ready")
    assert world.print("一行") == Printed()


def test_wrong_answers_are_unknown_and_never_good(world: World) -> None:
    world.hand("wrong-answers")
    world.until_condition("unknown")
    status = world.printer.status()
    assert (status.paper, status.cover) == (Paper.UNKNOWN, Cover.UNKNOWN)
    assert world.print("不应出现") == Failed(FailReason.OFFLINE)


def test_jobs_come_out_in_order_and_whole(world: World) -> None:
    tickets = [world.start(*[f"job {number}"] * 5) for number in range(4)]
    assert [ticket.outcome() for ticket in tickets] == [Printed()] * 4
    assert world.paper() == [[f"job {number}"] * 5 for number in range(4)]


def test_the_outcome_is_told_once_from_the_owner_thread(world: World) -> None:
    ticket = world.start("一行")
    ticket.outcome()
    world.print("又一行")
    assert ticket.outcomes == [Printed()]
    assert ticket.threads == ["receipt_printer"]


def test_closing_during_a_job_tells_it_and_those_waiting(world: World) -> None:
    world.hand("stall")
    first, second = world.start("一"), world.start("二")
    world.until_machine(lambda machine: machine.buffered > 5)
    world.printer.close()
    assert first.outcome() == Unconfirmed(UnconfirmedReason.CLOSED)
    assert second.outcome() == Failed(FailReason.OFFLINE)
    world.printer.close()
    assert world.print("三") == Failed(FailReason.OFFLINE)
    assert world.printer.health().condition == "unknown"


def test_opened_again_after_closing_it_prints(world: World) -> None:
    world.printer.close()
    world.printer.open()
    world.printer.open()
    assert world.print("一行") == Printed()


def test_a_change_is_told_once(world: World) -> None:
    world.hand("cover", open=True)
    world.until_condition("cover-open")
    world.hand("cover", open=False)
    world.until_condition("ready")
    world.print("一行")  # several looks at the status later
    told = [event.health.condition for event in world.events if isinstance(event, HealthChanged)]
    assert told == ["ready", "cover-open", "ready"]
    covers = [event.status.cover for event in world.events if isinstance(event, StatusChanged)]
    assert covers == [Cover.CLOSED, Cover.OPEN, Cover.CLOSED]


def test_self_test_names_the_model_and_prints_nothing(world: World) -> None:
    result = world.printer.self_test()
    assert result.passed, result
    assert dict(result.facts)["model"] == "SIMULATED PAPER-1"
    assert world.hand("state")["pieces"] == 0


def test_self_test_of_a_busy_or_mute_printer_ends_at_its_deadline(world: World) -> None:
    world.hand("mute")
    world.until_condition("unknown")
    assert not world.printer.self_test(deadline=3.0).passed
    world.hand("mute", on=False)
    world.until_condition("ready")
    world.hand("stall")
    ticket = world.start("一行")
    world.until_machine(lambda machine: machine.buffered > 5)
    assert not world.printer.self_test(deadline=0.1).passed
    world.hand("stall", on=False)
    assert ticket.outcome() == Printed()


def test_a_code_reaches_the_printer_to_the_letter(world: World) -> None:
    payload = "TJR1.eyJrIjoic2xpcCJ9.暂存-" + "x" * 200
    assert world.print(Document((Qr(payload),))) == Printed()
    assert world.pieces[0].report["qr"] == [payload]


def test_a_citizens_field_is_never_a_command(world: World) -> None:
    field = "张三\x1bp\x00\x19\x19\x10\x14\x01\x00\x01\x1dV\x00\x1b@"
    assert world.print(Document((Text(field), Pair("姓名", field), Text("完")))) == Printed()
    assert "drawer pulse" not in world.machine.roll.history
    assert len(world.paper()) == 1
    assert world.paper()[0][0] == "张三p V@"


def test_a_port_that_appears_later_is_found(make: Make) -> None:
    world = make().ready()
    world.printer.close()
    world.hand("unplug")
    world.printer.open()
    world.until_condition("no-port")
    world.hand("replug")
    world.until_condition("ready")


def test_an_older_printer_without_realtime_clear_is_flushed(make: Make) -> None:
    """A profile may promise more than the printer does: the next method is tried."""
    world = make(GENERIC, Model(clears_realtime=False)).ready()
    world.hand("paper", state="full", rows=100)
    assert world.print(*["前一个人"] * 8) == Failed(FailReason.PAPER_OUT)
    world.hand("paper", state="full")
    assert world.print("后一个人") == Printed()
    assert world.paper()[-1] == ["后一个人"]


def test_leftovers_that_cannot_be_removed_stop_the_next_print(make: Make) -> None:
    world = make(EPSON, Model(process_id=True, clears_realtime=False)).ready()
    assert world.print("一行") == Failed(FailReason.UNCLEARED)
    assert world.paper() == []


def test_health_words_are_a_closed_set(world: World) -> None:
    assert world.printer.health().condition in set(Condition)
