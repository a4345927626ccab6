"""USB through usblp: what is unlike a serial port, on a stand-in for the kernel's driver and on a pty."""

from __future__ import annotations

import errno
import os
import select
import time
import tty
from pathlib import Path

import pytest

from drivers.device import Availability
from drivers.exc import TransportLost
from drivers.receipt_printer import (
    Failed,
    FailReason,
    Paper,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
    UsblpTransport,
    load_profile,
)
from drivers.receipt_printer.simulator.machine import Model
from drivers.receipt_printer.usblp import TRANSFER
from tests.drivers.receipt_printer.usblp_node import DeviceEnd, UsblpNode
from tests.drivers.receipt_printer.world import World, long_picture

PLAIN = (
    "generic-80mm-gb2312"  # no automatic status: a stopped printer of this profile tells nothing by itself
)


class Clock:
    """Time that moves when the node is waited on, and with each call."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


class Timed(UsblpNode):
    """A node whose waits cost the clock's time and no other."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.waits = 0

    def wait(self, fd: int, events: int, milliseconds: int) -> int:
        self.waits += 1
        came = super().wait(fd, events, min(milliseconds, 1))
        if not came:
            self.clock.now += milliseconds / 1000
        return came


@pytest.fixture
def node() -> Timed:
    return Timed(Clock())


@pytest.fixture
def printer(node: Timed) -> DeviceEnd:
    return node.plug()


@pytest.fixture
def transport(node: Timed, printer: DeviceEnd) -> UsblpTransport:
    transport = UsblpTransport(port="/dev/usb/lp0", monotonic=node.clock, node=node)
    transport.open()
    return transport


def test_a_write_is_handed_over_one_transfer_at_a_time(node: Timed, transport: UsblpTransport) -> None:
    """The second one waits until the printer has taken the first, here for ever."""
    assert transport.write(bytes(3 * TRANSFER), node.clock.now + 1.0) == TRANSFER
    assert node.clock.now < 1.5


def test_the_next_transfer_goes_when_the_last_has_arrived(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed
) -> None:
    assert transport.write(b"one", node.clock.now + 1) == 3
    assert transport.write(b"two", node.clock.now + 1) == 0
    assert printer.read(100, 0) == b"one"
    assert transport.write(b"two", node.clock.now + 1) == 3


def test_closing_takes_back_what_has_not_arrived(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed
) -> None:
    transport.write(b"somebody's receipt", node.clock.now + 1)
    transport.close()
    transport.close()
    assert printer.read(100, 0) == b""


def test_discard_opens_the_node_anew_only_when_something_is_under_way(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed
) -> None:
    printer.write(b"late")
    transport.discard()
    assert node.opened == 1
    assert transport.read(node.clock.now + 0.05) == b""
    transport.write(b"somebody's receipt", node.clock.now + 1)
    transport.discard()
    assert node.opened == 2
    assert printer.read(100, 0) == b""


def test_an_answer_that_nobody_fetched_is_not_taken_for_the_first_after_opening(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed
) -> None:
    """A driver was closed between question and answer; the printer keeps it, and gives it to the next."""
    printer.write(b"\x1a")
    printer.write(b"\x12")
    transport.close()
    transport.open()
    printer.write(b"\x16")
    assert transport.read(node.clock.now + 0.05) == b"\x16"


def test_discard_drops_every_packet_and_not_the_one_that_is_there(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed
) -> None:
    for answer in (b"\x1a", b"7%\x00", bytes(200)):
        printer.write(answer)
    transport.discard()
    assert node.opened == 1
    assert transport.read(node.clock.now + 0.05) == b""


def test_a_printer_that_babbles_does_not_hold_up_its_opening(node: Timed, printer: DeviceEnd) -> None:
    transport = UsblpTransport(port="/dev/usb/lp0", monotonic=node.clock, node=node)
    for _ in range(5000):
        printer.write(b"\xff")
    transport.open()
    assert node.clock.now < 1.5


def test_one_that_is_unplugged_while_it_is_opened_is_given_back() -> None:
    class Pulled(Timed):
        def open(self, path: str) -> int:
            fd = super().open(path)
            self.pull()
            return fd

    pulled = Pulled(Clock())
    pulled.plug()
    transport = UsblpTransport(port="/dev/usb/lp0", monotonic=pulled.clock, node=pulled)
    for _ in range(2):
        with pytest.raises(TransportLost, match="ENODEV"):
            transport.open()
        pulled.plug()
    with pytest.raises(TransportLost, match="closed"):
        transport.read(0.0)


def test_a_silent_printer_costs_its_deadline(transport: UsblpTransport, node: Timed) -> None:
    begin = node.clock.now
    assert transport.read(begin + 0.5) == b""
    assert 0.5 <= node.clock.now - begin < 0.6


@pytest.mark.parametrize("flaw", ["empty_packets", "one_way"])
def test_a_printer_that_gives_nothing_is_silent_and_holds_no_processor(
    transport: UsblpTransport, node: Timed, flaw: str
) -> None:
    """Empty packets without end, or an interface that cannot be read: no hang-up, and no spinning either."""
    setattr(node, flaw, True)
    assert transport.read(node.clock.now + 1.0) == b""
    assert node.waits < 60
    transport.discard()


def test_an_answer_behind_empty_packets_is_read(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed
) -> None:
    node.empty_packets = True
    assert transport.read(node.clock.now + 0.1) == b""
    printer.write(b"\x12")
    assert transport.read(node.clock.now + 0.1) == b"\x12"


@pytest.mark.parametrize("wakes", [True, False], ids=["5.12", "older"])
def test_a_printer_that_is_unplugged_is_lost_for_readers_and_writers(
    transport: UsblpTransport, printer: DeviceEnd, node: Timed, *, wakes: bool
) -> None:
    node.wakes_on_unplug = wakes
    printer.close()
    with pytest.raises(TransportLost):
        transport.read(node.clock.now + 1.0)
    with pytest.raises(TransportLost):
        transport.write(b"x", node.clock.now + 1.0)
    with pytest.raises(TransportLost):
        transport.paper_out()
    with pytest.raises(TransportLost, match="ENOENT"):
        transport.open()
    node.plug()
    transport.open()
    assert transport.write(b"x", node.clock.now + 1.0) == 1


def test_a_node_that_another_program_has_is_named(transport: UsblpTransport, node: Timed) -> None:
    other = UsblpTransport(port="/dev/usb/lp0", monotonic=node.clock, node=node)
    with pytest.raises(TransportLost, match=r"/dev/usb/lp0: EBUSY"):
        other.open()
    assert transport.write(b"x", node.clock.now + 1) == 1


@pytest.mark.parametrize(
    ("status", "out"),
    [
        (0x18, False),  # all is well, or: it does not know
        (0x38, True),
        (0x20, True),
        (0x00, False),  # neither selected nor well: nothing of paper
        (0xFF, False),  # bits that do not exist: it does not know what it says
        (0x138, False),
    ],
)
def test_only_a_plain_word_that_paper_is_out_is_taken_from_the_port(
    transport: UsblpTransport, node: Timed, status: int, *, out: bool
) -> None:
    node.port_status = lambda: status
    assert transport.paper_out() is out


def test_a_port_that_knows_no_status_says_nothing(transport: UsblpTransport, node: Timed) -> None:
    def refused() -> int:
        raise OSError(errno.EIO, "stalled")

    node.port_status = refused
    assert not transport.paper_out()


def test_a_closed_node_is_lost(node: Timed) -> None:
    transport = UsblpTransport(port="/dev/usb/lp0", monotonic=node.clock, node=node)
    for call in (transport.paper_out, transport.discard, lambda: transport.read(0.0)):
        with pytest.raises(TransportLost):
            call()


# With a driver and a simulated printer.


def test_a_printer_that_cannot_be_read_is_unknown_and_gets_no_citizens_data(tmp_path: Path) -> None:
    with World("usblp", tmp_path, load_profile(PLAIN), Model()) as world:
        world.ready()
        world.node.one_way = True
        world.until_condition("unknown")
        assert world.printer.health().availability is Availability.UNKNOWN
        before = world.hand("state")["buffered"]
        assert world.print("不应出现") == Failed(FailReason.OFFLINE)
        assert world.hand("state")["buffered"] == before
        assert world.paper() == []


def test_of_a_printer_that_cannot_be_read_the_port_still_tells_that_paper_is_out(tmp_path: Path) -> None:
    with World("usblp", tmp_path, load_profile(PLAIN), Model()) as world:
        world.node.one_way = True
        world.hand("paper", state="out")
        world.until_condition("paper-out")
        assert world.printer.status().availability is Availability.UNKNOWN
        assert world.print("不应出现") == Failed(FailReason.PAPER_OUT)
        world.hand("paper", state="full")
        world.until_condition("unknown")  # never good: nobody said so


def test_a_full_printer_that_can_no_longer_be_asked_is_told_by_its_port(tmp_path: Path) -> None:
    """Its buffer is full and no question gets through; over a serial line this ends as `stalled`."""
    with World("usblp", tmp_path, load_profile(PLAIN), Model()) as world:
        world.ready()
        world.hand("paper", state="full", rows=60)
        assert world.print(long_picture(600)) == Failed(FailReason.PAPER_OUT)
        world.hand("paper", state="full")
        world.until_condition("ready")
        assert world.print("后一个人") == Printed()
        assert world.paper()[-1] == ["后一个人"]


def test_a_mute_printer_whose_roll_ended_may_have_printed_all(tmp_path: Path) -> None:
    """All bytes were taken: the port's word says what is, not what came out before."""
    with World("usblp", tmp_path, load_profile(PLAIN), Model()) as world:
        world.ready()
        world.hand("stall")
        ticket = world.start("只一次")
        world.until_machine(lambda machine: machine.buffered > 10)
        world.hand("mute")
        world.hand("paper", state="out")
        assert ticket.outcome() == Unconfirmed(UnconfirmedReason.NO_ANSWER)
        assert world.printer.status().paper is Paper.OUT


# On real descriptors: a pty gives the system calls, and none of the transfers.


def test_the_system_calls_are_right_on_a_character_device(tmp_path: Path) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    transport = UsblpTransport(port=os.ttyname(slave))
    transport.open()
    assert transport.write(b"\x1b@\x00\x11\n", time.monotonic() + 2) == 5
    assert os.read(master, 100) == b"\x1b@\x00\x11\n"
    os.write(master, b"\x12\x00")
    assert transport.read(time.monotonic() + 2) == b"\x12\x00"
    begin = time.monotonic()
    assert transport.read(begin + 0.05) == b""
    assert transport.write(bytes(20_000_000), time.monotonic() + 0.1) < 20_000_000
    assert not transport.paper_out()  # a terminal has no port status (ENOTTY)
    while select.select([master], [], [], 0.1)[0]:
        os.read(master, 1 << 20)
    os.write(master, b"late")
    select.select([slave], [], [], 2)
    transport.discard()
    assert transport.read(time.monotonic() + 0.05) == b""
    os.close(master)
    os.close(slave)
    with pytest.raises(TransportLost):
        transport.read(time.monotonic() + 2)
    transport.close()


def test_a_file_in_the_nodes_place_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    """Else the receipts would be written into it."""
    file = tmp_path / "lp0"
    file.write_text("untouched")
    with pytest.raises(TransportLost, match="ENODEV"):
        UsblpTransport(port=str(file)).open()
    with pytest.raises(TransportLost, match="ENOENT"):
        UsblpTransport(port=str(tmp_path / "none")).open()
    assert file.read_text() == "untouched"
