"""What the contract does not ask of every printer: bugs, logs, stalls, torn pictures."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import msgspec
import pytest

from drivers.device import Availability, Device, HealthChanged
from drivers.exc import TransportLost
from drivers.owner import PATIENCE_SECONDS
from drivers.receipt_printer import (
    Document,
    Failed,
    FailReason,
    Image,
    JobOutcome,
    Printed,
    ReceiptPrinter,
    Text,
    Timing,
    Unconfirmed,
    UnconfirmedReason,
    load_profile,
)
from drivers.receipt_printer.charset import Charset, holds
from drivers.receipt_printer.encoder import Unencodable, encode
from drivers.receipt_printer.fonts import system_fonts
from drivers.receipt_printer.job import JobRunner, Leftovers
from drivers.receipt_printer.link import Link
from drivers.receipt_printer.profile import Clear
from drivers.receipt_printer.simulator.machine import Model
from drivers.receipt_printer.status import Known, Paper, Unknown, Why
from tests.contract.heard import Heard
from tests.drivers.receipt_printer.world import DEADLINE, QUICK, Ticket, World, lines, long_picture

PROFILE = load_profile("generic-80mm-gb18030")


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_is_a_device(tmp_path: Path) -> None:
    with World("memory", tmp_path, PROFILE, Model()) as world:
        device: Device = world.printer
        assert device.name == "receipt_printer"


def test_a_broken_picture_fails_the_print_and_sends_nothing(tmp_path: Path) -> None:
    with World("memory", tmp_path, PROFILE, Model()) as world:
        world.ready()
        assert world.print(Document((Text("李四"), Image(b"broken")))) == Failed(FailReason.DOCUMENT)
        assert world.print("下一张") == Printed()
        assert world.paper() == [["下一张"]]


def test_nothing_of_a_citizen_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with World("memory", tmp_path, PROFILE, Model()) as world:
        world.ready()
        world.print("李四 120103")
        world.print(Document((Text("李四"), Image("李四".encode()))))
        world.hand("unplug")
        world.until_condition("no-port")
    assert "job ended: Printed()" in caplog.text
    assert "李四" not in caplog.text
    assert "120103" not in caplog.text


@pytest.mark.parametrize(
    ("font", "charset", "can"),
    [
        ("GB 18030", Charset.GB18030, True),
        ("GB-18030", Charset.GBK, True),
        ("gbk", Charset.GBK, True),
        ("GBK/GB2312", Charset.GBK, True),
        ("GB 2312", Charset.GBK, False),
        ("GB-K", Charset.GB18030_2BYTE, False),
        ("BIG 5", Charset.GB2312, False),
        ("JAPANESE KANJI", Charset.GB2312, False),
        ("KOREA C-5601C", Charset.GB2312, False),
        ("CHINESE", Charset.GB18030, True),  # says nothing of the set: unknown is not bad
        ("PRC", Charset.GB18030, True),
    ],
)
def test_only_a_name_of_another_font_is_a_mismatch(font: str, charset: Charset, *, can: bool) -> None:
    assert holds(font, charset) is can


@pytest.mark.parametrize(
    ("font", "profile", "passed"),
    [
        ("CHINA GB18030", "generic-80mm-gb18030", True),
        ("CHINA GB18030", "generic-80mm-gb2312", True),
        ("CHINA GB2312", "generic-80mm-gb2312", True),
        ("CHINA GB2312", "generic-80mm-gb18030", False),
        ("CHINA GBK", "generic-80mm-gb18030", False),
        ("TAIWAN BIG-5", "generic-80mm-gb18030", False),
        ("TAIWAN BIG-5", "ascii-only-80mm", True),  # nothing of its font is used
        ("", "generic-80mm-gb18030", True),
    ],
)
def test_a_font_that_the_profile_does_not_mean_fails_the_self_test(
    tmp_path: Path, font: str, profile: str, *, passed: bool
) -> None:
    """One model, two fonts: a technician hears of it before a citizen's name is garbled."""
    with World("memory", tmp_path, load_profile(profile), Model(font=font)) as world:
        world.ready()
        found = world.printer.self_test()
    assert (found.passed, dict(found.facts)["font"]) == (passed, font or "not told")
    assert passed or font in found.summary


def test_a_port_missing_for_long_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told = threading.Event()
    events = []

    def hear(event: object) -> None:
        events.append(event)
        told.set()

    class Counting:
        opened = 0
        enough = threading.Event()

        def open(self) -> None:
            self.opened += 1
            if self.opened == 5:
                self.enough.set()
            raise TransportLost("not there")

        def close(self) -> None: ...
        def discard(self) -> None: ...
        def paper_out(self) -> bool:
            return False

        def read(self, deadline: float) -> bytes:
            return b""

        def write(self, data: bytes, deadline: float) -> int:
            return 0

        def seconds(self, count: int) -> float:
            return 0.0

    transport = Counting()
    printer = ReceiptPrinter(
        transport=lambda: transport, profile=PROFILE, listener=hear, timing=Timing(reopen=0.01)
    )
    with printer:
        assert transport.enough.wait(10)
        assert [type(event) for event in events] == [HealthChanged]
    assert caplog.text.count("no-port") == 1


def test_a_stalled_serial_line_is_unconfirmed_and_says_why(tmp_path: Path) -> None:
    with World("memory", tmp_path, PROFILE, Model()) as world:
        world.ready()
        world.hand("stall")
        assert world.print(long_picture()) == Unconfirmed(UnconfirmedReason.STALLED)


def test_a_printer_that_reports_paper_out_while_stalled_is_believed_at_once(tmp_path: Path) -> None:
    """Its buffer is full, so it can no longer be asked: automatic status tells why."""
    slow = Timing(answer=0.25, stall=15.0, confirm=15.0, check=0.05, poll=0.05, reopen=0.05)
    with World("memory", tmp_path, PROFILE, Model(), slow) as world:
        world.ready()
        world.hand("paper", state="full", rows=60)
        begin = time.monotonic()
        assert world.print(long_picture(600)) == Failed(FailReason.PAPER_OUT)
        assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    ("reports", "outcome"),
    [(True, Failed(FailReason.PAPER_OUT)), (False, Unconfirmed(UnconfirmedReason.STALLED))],
)
def test_what_the_line_holds_of_a_print_that_did_not_come_out_is_dropped_at_once(
    tmp_path: Path, *, reports: bool, outcome: JobOutcome
) -> None:
    """Also where the printer itself cannot be emptied: else the rest prints when the roll is changed."""
    profile = msgspec.structs.replace(PROFILE, clear=(Clear.FLUSH,), status_back=reports)
    with World("memory", tmp_path, profile, Model(reports=reports)) as world:
        world.ready()
        world.hand("paper", state="full", rows=60)
        assert world.print(long_picture(600)) == outcome
        assert set(world.held()) <= set(b"\x10\x04\x01")  # DLE EOT 1, asked since


def test_a_bug_ends_in_an_outcome_and_the_printer_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waits for the print is told, and so is whoever waits behind it; what comes later is printed."""
    begun, go_on = threading.Event(), threading.Event()

    def bug(document: Document, *_: object) -> None:
        begun.set()
        go_on.wait(DEADLINE)
        raise RuntimeError(repr(document), "张三 110101199003070038")

    with World("memory", tmp_path, PROFILE, Model()) as world:
        world.ready()
        with monkeypatch.context() as patched:
            patched.setattr("drivers.receipt_printer.work.encode", bug)
            tickets = [world.start("一")]
            assert begun.wait(DEADLINE)
            tickets.append(world.start("二"))
            go_on.set()
            assert tickets[0].outcome() == Unconfirmed(UnconfirmedReason.DRIVER_FAILED)
            assert tickets[1].outcome() == Failed(FailReason.OFFLINE)
            world.until_condition("driver-failed")
        assert world.printer.health().availability is Availability.UNKNOWN
        assert world.print("三") == Failed(FailReason.OFFLINE)  # not later, into nobody's hands
        world.ready()
        assert world.print("四") == Printed()
        assert [len(ticket.outcomes) for ticket in tickets] == [1, 1]
    assert "张三" not in caplog.text
    assert world.paper() == [["四"]]


@pytest.mark.parametrize("kind", ["memory", "pty", "usblp"])
def test_a_plug_that_bounces_is_not_told(tmp_path: Path, kind: str) -> None:
    with World(kind, tmp_path, PROFILE, Model(), settle=1e9) as world:
        world.ready()
        before = list(world.events)
        world.hand("unplug")
        while world.printer.self_test(DEADLINE).passed:
            pass  # until the driver knows
        world.hand("replug")
        while not world.printer.self_test(DEADLINE).passed:
            pass
        assert world.print("一") == Printed()
        assert world.events == before
        world.hand("stall")
        ticket = world.start("二")
        world.until_machine(lambda machine: machine.buffered > 5)
        world.hand("unplug")  # under a print: at once
        assert isinstance(ticket.outcome(), Unconfirmed)
        world.until_condition("no-port")


def test_health_and_status_do_not_wait_for_a_busy_printer(tmp_path: Path) -> None:
    with World("memory", tmp_path, PROFILE, Model()) as world:
        world.ready()
        world.hand("stall")
        ticket = world.start("一")
        world.until_machine(lambda machine: machine.buffered > 5)
        begin = time.monotonic()
        world.printer.health()
        world.printer.status()
        assert time.monotonic() - begin < QUICK.confirm / 2
        world.hand("stall", on=False)
        assert ticket.outcome() == Printed()


def test_a_print_before_opening_is_refused() -> None:
    printer = ReceiptPrinter(transport=Silent, profile=PROFILE, listener=lambda event: None, timing=QUICK)
    ticket = Ticket()
    printer.print(lines("一"), ticket)
    assert ticket.outcome() == Failed(FailReason.OFFLINE)
    assert not printer.self_test().passed


class Silent:
    """A line on a clock of its own: `answers` maps a moment to what arrives then."""

    def __init__(self, answers: dict[float, bytes] | None = None) -> None:
        self.now = 0.0
        self.answers = sorted((answers or {}).items())
        self.written = b""

    def open(self) -> None: ...
    def close(self) -> None: ...
    def discard(self) -> None: ...

    def paper_out(self) -> bool:
        return False

    def read(self, deadline: float) -> bytes:
        if self.answers and self.answers[0][0] <= max(deadline, self.now):
            at, data = self.answers.pop(0)
            self.now = max(self.now, at)
            return data
        self.now = max(self.now, deadline)
        return b""

    def write(self, data: bytes, deadline: float) -> int:
        self.written += data
        return len(data)

    def seconds(self, count: int) -> float:
        return 0.0


def ask_twice(line: Silent) -> list[object]:
    link = Link(line, lambda: line.now, Timing())
    return [link.ask(1), link.ask(2)]


def test_closing_does_not_wait_for_a_slow_line_to_take_the_job() -> None:
    """Else the owner thread outlives `close`, and the next `open` makes a second one."""
    line = Silent()
    link = Link(line, lambda: line.now, Timing())
    assert link.send(bytes(100_000), 1e6, lambda: len(line.written) >= 1024) == len(line.written) == 1024


def test_a_job_that_closing_cut_short_is_unconfirmed_as_closed() -> None:
    line = Silent({0.1: b"\x12", 0.2: b"\x12", 0.3: b"\x12", 0.4: b"\x12"})
    link = Link(line, lambda: line.now, Timing())
    runner = JobRunner(link, PROFILE, Timing(), lambda: line.now, lambda: len(line.written) >= 1024)
    runner.leftovers = Leftovers(buffered=False)
    job = encode(long_picture(), PROFILE, system_fonts())
    assert runner.run(job) == Unconfirmed(UnconfirmedReason.CLOSED)
    assert len(line.written) < 2 * 1024
    assert not job.data


def test_a_silent_printer_costs_the_answer_time_and_no_more() -> None:
    line = Silent()
    assert ask_twice(line) == [Unknown(Why.SILENT)] * 2
    assert line.now == pytest.approx(1.0)
    assert line.written == b"\x10\x04\x01\x10\x04\x02"


def test_a_malformed_answer_is_told_from_silence() -> None:
    assert ask_twice(Silent({0.1: b"\xff"})) == [Unknown(Why.MALFORMED), Unknown(Why.SILENT)]


def test_a_late_answer_is_not_given_to_the_next_question() -> None:
    """The first answer comes after its deadline; it must not pass for the answer to the second question."""
    assert ask_twice(Silent({0.50001: b"\x12", 0.6: b"\x16"}))[1:] == [Known(0x16, 0.75)]


@pytest.mark.parametrize("at", range(5))
def test_an_answer_at_any_byte_of_an_automatic_status_is_the_answer(at: int) -> None:
    """Paper out is reported while the printer is asked: both are heard, and neither is the other."""
    back, answer = b"\x18\x00\x0c\x00", b"\x1a"
    data = back[:at] + answer + back[at:]
    line = Silent({0.01 * n: data[n - 1 : n] for n in range(1, 6)})
    link = Link(line, lambda: line.now, Timing())
    assert isinstance(answered := link.ask(1), Known)
    assert answered.value == answer[0]
    link.listen(line.now + 1)
    while line.answers:
        link.listen(line.now + 1)
    assert link.reported is not None
    assert link.reported.paper is Paper.OUT


def test_a_line_that_babbles_without_end_is_unknown_and_holds_nobody_up() -> None:
    """A broken cable, or a peer that is no printer: every wait ends all the same."""

    class Babble(Silent):
        pause = 0.01

        def read(self, deadline: float) -> bytes:
            self.now += self.pause
            return b"\xff\x12"

    line = Babble()
    link = Link(line, lambda: line.now, Timing())
    link._late = True
    assert link.ask(1) == Unknown(Why.MALFORMED)
    assert line.now < 3
    line.pause = 0.1
    assert link.ask(1) == Unknown(Why.MALFORMED)
    assert line.now < 6


def test_only_what_is_told_of_itself_is_taken_for_what_a_printer_tells() -> None:
    """An earlier question's answer that was already there, and a block of another kind that comes first."""
    line = Silent({0.0: b"_OLD\x00", 0.1: b"7%\x00", 0.2: b"_GB18030\x00"})
    link = Link(line, lambda: line.now, Timing())
    assert link.told(69) == "GB18030"
    assert line.now == pytest.approx(0.2)


def test_a_printer_that_tells_nothing_of_itself_costs_the_answer_time() -> None:
    line = Silent({0.1: b"7%\x00"})
    link = Link(line, lambda: line.now, Timing())
    assert link.told(69) == ""
    assert line.now == pytest.approx(0.5)


def test_a_stray_byte_before_the_answer_does_not_hide_it() -> None:
    assert ask_twice(Silent({0.1: b"\xff\x12", 0.2: b"\x16"})) == [Known(0x12, 0.1), Known(0x16, 0.2)]


class Away(Silent):
    """No port."""

    def open(self) -> None:
        raise TransportLost("not there")


def test_a_print_that_hangs_is_unconfirmed_and_told_once_and_the_printer_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hangs, let_go = threading.Event(), threading.Event()
    clock = Clock()
    heard = Heard()

    def hang(*_: object) -> None:
        hangs.set()
        let_go.wait(DEADLINE)
        raise Unencodable("late")

    printer = ReceiptPrinter(
        transport=Away, profile=PROFILE, listener=heard, timing=QUICK, monotonic=clock, settle=0.0
    )
    with printer, monkeypatch.context() as patched:
        heard.condition("no-port")
        patched.setattr("drivers.receipt_printer.work.encode", hang)
        first, second, third = Ticket(), Ticket(), Ticket()
        printer.print(lines("一"), first)
        assert hangs.wait(DEADLINE)
        printer.print(lines("二"), second)
        printer.attend()
        assert first.outcomes == []
        clock.now += PATIENCE_SECONDS + 1
        printer.attend()
        assert first.outcomes == [Unconfirmed(UnconfirmedReason.DRIVER_FAILED)]
        assert second.outcomes == [Failed(FailReason.OFFLINE)]
        heard.condition("driver-failed")
        patched.undo()
        heard.condition("no-port")  # another thread looks after it
        let_go.set()
        printer.print(lines("三"), third)
        assert third.outcome() == Failed(FailReason.OFFLINE)
    assert [len(ticket.outcomes) for ticket in (first, second, third)] == [1, 1, 1]
