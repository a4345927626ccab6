"""Endpoints, pipes and pyusb's errors, on a device that does as it is told."""

from __future__ import annotations

import errno
from random import Random

import pytest

from drivers.exc import TransportDamaged, TransportLost, TransportTimeout
from drivers.id_card.health import Condition, condition_of_error
from drivers.id_card.protocol import FIND, MAX_FRAME, Frame, FrameParser
from drivers.id_card.simulator.sam import reply
from drivers.id_card.usb.handle import UsbHandle
from drivers.id_card.usb.pipes import Pipes, ways
from tests.drivers.id_card.usb_world import Device, bulk, error
from tests.drivers.mutations import todays
from tests.fuzz.target import Fuzzed, as_packets, packets

FOUR = (0x02, 0x06, 0x81, 0x85)
PAIR = (0x02, 0x81)


def opened(*endpoints: int) -> tuple[Device, UsbHandle]:
    device = Device((0xFF, endpoints, 2))
    return device, UsbHandle(device, "reader", hid=False)


def split() -> tuple[Device, Pipes]:
    device, handle = opened(*FOUR)
    return device, ways(handle, hid=False)[0]


# The descriptor


@pytest.mark.parametrize(
    ("endpoints", "names"),
    [
        (PAIR, ["single 02/81"]),
        ((0x01, 0x82), ["single 01/82"]),
        (FOUR, ["split", "single 02/81", "single 06/85"]),
        ((0x01, 0x02, 0x81, 0x82), ["single 01/81", "single 02/82"]),
        ((0x02, 0x81, 0x85), ["single 02/81"]),
    ],
)
def test_descriptor_tells_which_ways_there_are(endpoints: tuple[int, ...], names: list[str]) -> None:
    assert [way.name for way in ways(opened(*endpoints)[1], hid=False)] == names


@pytest.mark.parametrize("interface", [(0xFF, (0x02,), 2), (0xFF, (0x81,), 2), (3, PAIR, 3), (0xFF, PAIR, 1)])
def test_device_without_pipes_in_both_directions_is_unsupported(
    interface: tuple[int, tuple[int, ...], int],
) -> None:
    device = Device(interface)
    with pytest.raises(TransportLost) as caught:
        UsbHandle(device, "reader", hid=False)
    assert condition_of_error(caught.value) is Condition.UNSUPPORTED
    assert device.sent == [(0, b"closed")]


def test_interface_of_the_right_class_is_claimed_wherever_it_stands() -> None:
    device = Device((0xFF, PAIR, 2), (3, (0x01, 0x83), 3))
    assert [each.address for each in UsbHandle(device, "reader", hid=True).endpoints] == [0x01, 0x83]
    assert device.sent == [(1, b"claimed")]


def test_kernels_driver_is_sent_away_and_a_device_is_configured_once() -> None:
    device = Device((3, (0x01, 0x81), 3))
    device.kernel_driver, device.configured = True, False
    UsbHandle(device, "reader", hid=True)
    assert (device.kernel_driver, device.configured) == (False, True)


# Errors


@pytest.mark.parametrize(
    ("number", "condition"),
    [
        (errno.ENODEV, Condition.UNPLUGGED),
        (errno.EIO, Condition.UNPLUGGED),
        (errno.EBUSY, Condition.PORT_BUSY),
        (errno.EACCES, Condition.PORT_DENIED),
    ],
)
def test_error_of_a_transfer_is_a_lost_line_with_its_cause(number: int, condition: Condition) -> None:
    device, handle = opened(*PAIR)
    device.taking.append(error(number))
    with pytest.raises(TransportLost) as sending:
        handle.send(bulk(0x02), b"x")
    device.coming[0x81].append(error(number))
    with pytest.raises(TransportLost) as receiving:
        handle.receive(bulk(0x81), 0.1)
    assert [condition_of_error(each.value) for each in (sending, receiving)] == [condition, condition]


def test_halted_pipe_out_is_cleared_and_tried_once_more() -> None:
    device, handle = opened(*PAIR)
    device.taking.append(error(errno.EPIPE))
    handle.send(bulk(0x02), b"x")
    assert (device.cleared, device.sent[-1]) == ([0x02], (0x02, b"x"))


@pytest.mark.parametrize(
    "what",
    [[error(errno.EPIPE), error(errno.EPIPE)], [error(errno.ETIMEDOUT)], [0]],
    ids=["halts", "naks", "half"],
)
def test_pipe_that_takes_nothing_is_silent(what: list[int | Exception]) -> None:
    device, handle = opened(*PAIR)
    device.taking.extend(what)
    with pytest.raises(TransportTimeout) as caught:
        handle.send(bulk(0x02), b"x")
    assert condition_of_error(caught.value) is Condition.SILENT


@pytest.mark.parametrize(("number", "cleared"), [(errno.EPIPE, [0x81]), (errno.EOVERFLOW, [])])
def test_answer_lost_in_the_pipe_is_damaged(number: int, cleared: list[int]) -> None:
    device, handle = opened(*PAIR)
    device.coming[0x81].append(error(number))
    with pytest.raises(TransportDamaged):
        handle.receive(bulk(0x81), 0.1)
    assert device.cleared == cleared


def test_nothing_in_time_is_nothing_and_no_wait_is_for_ever() -> None:
    device, handle = opened(*PAIR)
    assert handle.receive(bulk(0x81), 0.0) == b""
    assert handle.receive(bulk(0x81), 0.0501) == b""
    assert device.waits == [1, 51]  # to pyusb 0 would be for ever


def test_draining_drops_all_that_is_ready_and_gives_up_on_one_that_never_ends() -> None:
    device, handle = opened(*PAIR)
    device.coming[0x81].extend([b"old", error(errno.EPIPE), b"older"])
    handle.drain(bulk(0x81))
    assert not device.coming[0x81]
    device.coming[0x81].extend([b"on and on"] * 10_000)
    handle.drain(bulk(0x81))
    assert 9_000 < len(device.coming[0x81]) < 10_000


def test_closing_a_device_that_is_gone_is_nothing() -> None:
    device, handle = opened(*PAIR)
    device.dispose = lambda *_: (_ for _ in ()).throw(error(errno.ENODEV))  # type: ignore[method-assign] # gone
    handle.close()


# Split pipes


def test_head_and_rest_of_a_request_go_over_their_pipes() -> None:
    device, pipes = split()
    pipes.write(FIND.frame)
    assert device.sent[1:] == [
        (0x02, bytes.fromhex("AA AA AA 96 69 00 03")),
        (0x06, bytes.fromhex("20 01 22")),
    ]


def drained(pipes: Pipes, parser: FrameParser, reads: int) -> list[object]:
    found: list[object] = []
    for _ in range(reads):
        found += parser.feed(pipes.read(0.01))
    return found


@pytest.mark.parametrize("size", [1, 3, 8, 64])
def test_answer_is_put_together_from_both_pipes_in_packets_of_any_size(size: int) -> None:
    device, pipes = split()
    frame = reply(0x90, bytes(range(200)))
    for endpoint, part in ((0x81, frame[:7]), (0x85, frame[7:])):
        device.coming[endpoint].extend(part[at : at + size] for at in range(0, len(part), size))
    reads = sum(map(len, device.coming.values()))
    assert drained(pipes, FrameParser(), reads) == FrameParser().feed(frame)


def test_noise_over_the_head_pipe_costs_no_answer() -> None:
    device, pipes = split()
    frame = reply(0x90)
    device.coming[0x81].extend([b"\xaa\xaa\xaa\x96\x69\x09\x0a\xaa\xaa", frame[:7]])
    device.coming[0x85].append(frame[7:])
    parser = FrameParser()
    assert drained(pipes, parser, 3) + parser.overtake() == FrameParser().feed(frame)


def test_nothing_is_left_behind_an_empty_packet() -> None:
    """Such a one ends a transfer whose last packet was full. What came after it was once taken for the next
    answer: fuzzing found it."""
    device, pipes = split()
    old, new = reply(0x90), reply(0x80)
    device.coming[0x81].extend([b"", old[:7]])
    device.coming[0x85].extend([b"", old[7:]])
    pipes.discard()
    device.coming[0x81].append(new[:7])
    device.coming[0x85].append(new[7:])
    assert drained(pipes, FrameParser(), 2) == FrameParser().feed(new)


def test_rest_that_is_left_of_an_old_answer_is_dropped_before_the_next() -> None:
    device, pipes = split()
    old, new = reply(0x90, bytes(16)), reply(0x80)
    device.coming[0x81].append(old[:7])
    pipes.read(0.01)
    device.coming[0x85].append(old[7:])
    pipes.discard()
    device.coming[0x81].append(new[:7])
    device.coming[0x85].append(new[7:])
    assert drained(pipes, FrameParser(), 2) == FrameParser().feed(new)


GOOD = reply(0x9F, bytes(4))
DRAINED = 100
"""Packets: of more than 128 a discard leaves some, for a device that babbles does not end."""


def hide_no_good_answer(device: Device, pipes: Pipes, parser: FrameParser, reads: int) -> None:
    """What came is read so often in bounded memory; then a good answer is read."""
    for _ in range(reads):
        parser.feed(pipes.read(0.01))
        assert parser.held <= MAX_FRAME
    pipes.discard()
    parser.reset()
    device.coming[0x81].append(GOOD[:7])
    device.coming[0x85].append(GOOD[7:])
    [found] = drained(pipes, parser, 2)
    assert isinstance(found, Frame)
    assert (found.sw3, found.data) == (0x9F, bytes(4))


def _now_by_one_and_now_by_the_other(data: bytes) -> None:
    """Packets of up to 64 bytes, as these pipes have them, each behind a byte that says by which it comes."""
    device, pipes = split()
    coming = packets(data)[:DRAINED]
    for each in coming:
        device.coming[0x85 if each[:1] > b"\x7f" else 0x81].append(each[1:65])
    hide_no_good_answer(device, pipes, FrameParser(), len(coming) + 1)


FUZZED = Fuzzed(
    _now_by_one_and_now_by_the_other,
    tuple(
        as_packets([b"\x00" + wire[:7], *(b"\x80" + wire[at : at + 57] for at in range(7, len(wire), 57))])
        for wire in (GOOD, reply(0x80), reply(0x90, bytes(120)))
    ),
    longest=512,
)


def disordered_pipes_hide_no_good_answer(count: int, seed: int) -> None:
    """So many heads and rests that do not belong together."""
    random = Random(seed)
    device, pipes = split()
    parser = FrameParser()
    for _ in range(count):
        for endpoint in (0x81, 0x85):
            frame = reply(random.randrange(256), bytes(random.randrange(60)))
            part = frame[:7] if random.random() < 0.5 else frame[7:]
            cut = random.randrange(1, len(part) + 1)
            device.coming[endpoint].append(part[:cut][:64])
        hide_no_good_answer(device, pipes, parser, random.randrange(5))


def test_disordered_answers_never_break_the_pipes_and_the_next_good_one_is_read() -> None:
    todays(disordered_pipes_hide_no_good_answer)
