"""What a payment terminal keeps whatever its line does: each dialogue ends once, and the next begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from drivers.device import HealthChanged
from drivers.payment_terminal import SaleStep, Step
from drivers.payment_terminal.link import Link
from drivers.payment_terminal.messages import LONGEST_LINE
from tests.contract.payment_terminal_wire import WireWorld
from tests.drivers.payment_terminal.world import Ended, begin

Deliver = Callable[[bytes], list[bytes]]


@pytest.fixture
def world() -> Iterator[WireWorld]:
    """A terminal that is ready, on a line that is still good."""
    made = WireWorld()
    made.heard.condition("ready")
    yield made
    made.close()


def pieces(size: int) -> Deliver:
    return lambda line: [line[at : at + size] for at in range(0, len(line), size)]


def sell(world: WireWorld, reference: str) -> None:
    """A whole dialogue, each step of which is told once."""
    ended = begin(world, reference)
    assert world.heard.next(SaleStep) == SaleStep(reference, Step.INSERT_CARD)
    world.card()
    assert world.heard.next(SaleStep) == SaleStep(reference, Step.PROCESSING)
    assert not ended.so
    world.end("approved")
    ended.wait()
    world.heard.condition("ready")
    assert ended.count == 1


def ends_and_the_next_sells(world: WireWorld, ended: Ended) -> None:
    """After a line that failed: the dialogue is over, the terminal comes back, and sells."""
    ended.wait()
    world.until(lambda adapter: adapter.sale is None)
    world.heard.condition("ready")
    sell(world, "pay-after")
    assert ended.count == 1


@pytest.mark.parametrize(
    "deliver",
    [
        pytest.param(pieces(1), id="one byte at a time"),
        pytest.param(pieces(7), id="7 bytes"),
        pytest.param(pieces(64), id="64 bytes"),
        pytest.param(lambda line: [line.replace(b"\n", b"\r\n")], id="CR LF"),
        pytest.param(lambda line: [line[:-1] + b" " * 500 + b"\n"], id="blanks"),
        pytest.param(lambda line: [b"\n", line, b"\r\n"], id="empty lines"),
        pytest.param(lambda line: [b"\x00\xff\xfe noise\n", line], id="noise before each"),
        pytest.param(lambda line: [line[:-1], b"\n"], id="its end apart"),
    ],
)
def test_however_lines_are_delivered_a_dialogue_is_led_to_its_end(world: WireWorld, deliver: Deliver) -> None:
    world.wire.deliver = deliver
    sell(world, "pay-1")
    sell(world, "pay-2")
    assert world.sales() == [("pay-1", 1234), ("pay-2", 1234)]


def test_lines_glued_together_are_each_read(world: WireWorld) -> None:
    held: list[bytes] = []

    def glue(line: bytes) -> list[bytes]:
        held.append(line)
        if b'"processing"' not in line:
            return []
        glued, held[:] = b"".join(held), []
        return [glued]

    ended = begin(world)
    world.heard.next(SaleStep)
    world.wire.deliver = glue
    world.hand("raw", hex=b'{"id": 999, "event": "insert-card"}\n'.hex())
    world.card()
    assert world.heard.next(SaleStep).step is Step.PROCESSING
    world.wire.deliver = lambda line: [line]
    world.end("approved")
    ended.wait()


@pytest.mark.parametrize("word", [b'"accepted"', b'"insert-card"', b'"processing"', b'"ended"'])
def test_pulled_in_the_middle_of_a_line_ends_the_dialogue(world: WireWorld, word: bytes) -> None:
    world.wire.cut_in = word
    ended = begin(world)
    if word in (b'"processing"', b'"ended"'):
        world.heard.next(SaleStep)
        world.card()
    if word == b'"ended"':
        world.end("approved")
    ends_and_the_next_sells(world, ended)


def test_pulled_in_the_middle_of_a_status_comes_back_by_itself(world: WireWorld) -> None:
    world.wire.cut_in = b'"status"'
    world.heard.condition("unknown")
    world.heard.condition("ready")
    sell(world, "pay-1")


@pytest.mark.parametrize("word", [b'"accepted"', b'"ended"'])
def test_half_a_line_and_then_silence_ends_the_dialogue_and_the_rest_finds_nobody(
    world: WireWorld, word: bytes
) -> None:
    world.wire.stall_in = word
    ended = begin(world)
    world.until_begun()
    if word == b'"ended"':
        world.end("approved")
    ended.wait()
    world.wire.go_on.set()
    ends_and_the_next_sells(world, ended)


@pytest.mark.parametrize("word", [b'"insert-card"', b'"processing"', b'"ended"'])
def test_a_line_that_stalls_and_goes_on_is_read_whole(world: WireWorld, word: bytes) -> None:
    world.wire.stall_in = word
    ended = begin(world)
    world.until_begun()
    if word != b'"insert-card"':
        world.card()
    if word == b'"ended"':
        world.end("approved")
    assert world.wire.stalled.wait(5.0)
    assert not ended.so
    world.wire.go_on.set()
    if word != b'"ended"':
        world.end("approved")
    ends_and_the_next_sells(world, ended)


HOSTILE = [
    b"\xff\xfe\xfd",
    b"\x00",
    b"{",
    b"}{",
    b"7",
    b"[]",
    b"null",
    b'""',
    b"{}",
    b'{"event": "ended", "result": "approved"}',
    b'{"id": "1", "event": "ended", "result": "approved"}',
    b'{"id": 1.5, "event": "ended", "result": "approved"}',
    b'{"id": NUMBER, "event": "ended"}',
    b'{"id": NUMBER, "event": "ended", "result": "perhaps"}',
    b'{"id": NUMBER, "event": "ended", "result": "approved", "answer": "accepted"}',
    b'{"id": NUMBER, "event": "ended", "result": "approved", "more": 1}',
    b'{"id": NUMBER, "event": "ended", "result": "approved"',
    b'{"id": NUMBER, "event": "processing", "result": "approved"}',
    b'{"id": NUMBER, "event": "exploded"}',
    b'{"id": NUMBER, "answer": "status"}',
    b'{"id": NUMBER, "answer": "accepted", "state": "ready"}',
    b'{"id": NUMBER, "result": "approved"}',
    b'{"id": NUMBER, "event": {"event": "ended"}}',
    b'{"id": NUMBER, "event": [[[[[[[["ended"]]]]]]]]}',
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line.decode("latin-1"))
def test_a_line_that_is_no_message_is_refused_and_the_dialogue_goes_on(world: WireWorld, line: bytes) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)
    number = str(world.simulator.adapter.history[0].number).encode()
    before = world.driver.faults
    world.hand("raw", hex=(line.replace(b"NUMBER", number) + b"\n").hex())
    world.card()
    assert world.heard.next(SaleStep).step is Step.PROCESSING
    assert world.driver.faults == before + 1
    assert not ended.so
    world.end("approved")
    ended.wait()
    assert ended.count == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 1, "answer": "status", "state": "out-of-service"}',
        b'{"id": 1, "answer": "refused"}',
        b'{"id": 1, "event": "ended", "result": "cancelled"}',
        b'{"id": NEXT, "event": "ended", "result": "cancelled"}',
        b'{"id": NEXT, "event": "processing"}',
    ],
    ids=lambda line: line.decode(),
)
def test_a_message_to_something_else_is_not_taken_for_this_dialogues(world: WireWorld, line: bytes) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)
    later = str(world.simulator.adapter.history[0].number + 1).encode()
    world.hand("raw", hex=(line.replace(b"NEXT", later) + b"\n").hex())
    world.card()
    assert world.heard.next(SaleStep) == SaleStep("pay-1", Step.PROCESSING)
    assert not ended.so
    world.end("approved")
    ended.wait()
    world.heard.condition("ready")
    assert [event.health.condition for event in world.heard.of(HealthChanged)] == ["ready", "in-use", "ready"]


def test_the_longest_line_is_read_and_one_longer_is_hung_up_on(world: WireWorld) -> None:
    world.wire.deliver = lambda line: [line[:-1].ljust(LONGEST_LINE - 1) + b"\n"]
    sell(world, "pay-1")
    assert world.wire.connections == 1
    ended = begin(world)
    world.heard.next(SaleStep)
    world.wire.deliver = lambda line: [line[:-1].ljust(LONGEST_LINE) + b"\n"]
    world.card()
    ended.wait()
    world.wire.deliver = lambda line: [line]
    ends_and_the_next_sells(world, ended)
    assert world.wire.connections > 1


def test_one_that_talks_nothing_but_nonsense_is_hung_up_on(world: WireWorld) -> None:
    ended = begin(world)
    world.heard.next(SaleStep)
    world.wire.say(b"nonsense\n" * Link.MOST_FAULTS)
    ends_and_the_next_sells(world, ended)
    assert world.wire.connections > 1


def test_opened_twice_is_one_connection(world: WireWorld) -> None:
    world.terminal.open()
    sell(world, "pay-1")
    world.terminal.open()
    sell(world, "pay-2")
    assert world.wire.connections == 1


def test_power_cycled_in_mid_dialogue_ends_it_and_sells_again(world: WireWorld) -> None:
    ended = begin(world)
    world.until_begun()
    world.card()
    world.switch(on=False)
    world.switch(on=True)
    ends_and_the_next_sells(world, ended)
