"""The probe page: printed on simulated printers, read by an eye, and a profile made of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.exc import TransportLost
from drivers.receipt_printer import Charset, Printed, Profile, load_profile, profile_names
from drivers.receipt_printer.probe import Measured, Probe, Refused
from drivers.receipt_printer.probe_page import BARS, FONTS, NUMBERS, RULERS, looks
from drivers.receipt_printer.probe_result import BadAnswers, nearest, numbers, suggest, to_toml
from drivers.receipt_printer.profile import FACTS, Clear, Confirm, Cutter, QrBy
from drivers.receipt_printer.simulator.machine import Model
from tests.drivers.receipt_printer.probing import on_a_desk, probed, seen
from tests.drivers.receipt_printer.test_printer import Silent
from tests.drivers.receipt_printer.world import World

AT = "2026-01-07T10:32:00+08:00"
ALL = frozenset(NUMBERS)
WELL = Measured(
    asked=(1, 2, 3, 4),
    model="SIMULATED PAPER-1",
    font="CHINA GB18030",
    queued_status=True,
    process_id=True,
    clears=True,
    status_back=True,
)


DIFFERENT = sorted({Model.named(name): name for name in profile_names()}.values())
"""One profile of each that stand for printers alike."""


def measured(found: Measured | Refused) -> Measured:
    assert isinstance(found, Measured), found
    return found


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_a_printer_can_do_is_found_out(name: str, tmp_path: Path) -> None:
    """A printer of each profile, of which the probe knows nothing."""
    model, profile = Model.named(name), load_profile(name)
    found, pieces = probed(model, tmp_path)
    made = suggest(seen(pieces), measured(found), AT)
    assert made.dots == max(dots for dots in BARS.values() if dots <= model.width)
    assert made.cells == max(cells for cells in RULERS.values() if 12 * cells <= model.width)
    assert made.cutter is (Cutter.PARTIAL if model.has_cutter else Cutter.NONE)
    for fact in ("charset", "qr", "confirm", "status_back"):
        assert getattr(made, fact) == getattr(profile, fact), fact
    assert (Clear.REALTIME in made.clear) == (Clear.REALTIME in profile.clear)


@pytest.mark.parametrize(
    "model",
    [
        Model(width=384, charset="gbk", has_cutter=False, draws_qr=False, reports=False),
        Model(width=512, charset="none", clears_realtime=False),
        Model(charset="gb18030", process_id=True),
    ],
    ids=["58mm", "180dpi", "able"],
)
def test_the_profile_that_comes_of_it_prints_on_that_printer(model: Model, tmp_path: Path) -> None:
    found, pieces = probed(model, tmp_path)
    profile = suggest(seen(pieces), measured(found), AT)
    with World("memory", tmp_path, profile, model) as world:
        world.ready()
        assert world.print("受理回执 No. 0042 𠮷") == Printed()
        if not model.has_cutter:
            world.hand("tear")
        assert world.pieces[-1].report["overflows"] == 0
        assert world.pieces[-1].report["garbled"] == []


def test_the_page_is_two_pieces_and_its_drawn_lines_fit_the_narrowest_paper(tmp_path: Path) -> None:
    _, pieces = probed(Model(width=384), tmp_path)
    assert pieces[0].report["blank"]
    assert [piece.report["cut"] for piece in pieces[1:]] == ["partial cut", "full cut"]
    assert seen(pieces) == ALL - {6, 8, 9, 11, 12, 13}
    assert not [name for piece in pieces[1:] for name in piece.report["commands"] if name.startswith("stray")]


@pytest.mark.parametrize("clears", [True, False])
def test_what_a_stopped_agent_left_comes_out_on_a_piece_of_its_own(clears: bool, tmp_path: Path) -> None:
    """A line of a citizen's, and the beginning of a picture as wide and high as the driver sends them."""
    held = b"\x1b@\x1c&" + "李四\n".encode("gb18030") + b"\x1dv0\x00" + bytes((72, 0, 32, 0)) + b"\xff" * 99
    found, pieces = probed(Model(clears_realtime=clears), tmp_path, held)
    assert pieces[0].report["lines"] == ["李四"]
    assert [piece.report["cut"] for piece in pieces[1:]] == ["partial cut", "full cut"]
    assert not [line for piece in pieces[1:] for line in piece.report["lines"] if "李四" in line]
    assert seen(pieces[1:]) == ALL - {6, 13}
    assert measured(found).asked == (1, 2, 3, 4)


@pytest.mark.parametrize("charset", [charset for charset in Charset if charset is not Charset.NONE])
def test_each_line_of_characters_tells_the_sets_apart(charset: Charset, tmp_path: Path) -> None:
    _, pieces = probed(Model(charset=str(charset)), tmp_path)
    right = [FONTS[number][0] for number in FONTS if number in seen(pieces)]
    sets: list[Charset] = [each for each in Charset if each is not Charset.NONE]
    assert right == sets[: sets.index(charset) + 1]


@pytest.mark.parametrize(("op", "why"), [("cover", "cover-open"), ("paper", "paper-out")])
def test_a_printer_that_has_a_fault_is_not_probed(op: str, why: str, tmp_path: Path) -> None:
    with on_a_desk(Model(), tmp_path) as (simulator, probe):
        simulator.handle({"op": op, "open": True, "state": "out"})
        assert probe.run() == Refused(why)
        assert simulator.machine.buffered == 0


def test_a_printer_that_answers_nothing_gets_its_page_and_is_told_so(tmp_path: Path) -> None:
    """Whether it can be used is for the page and the technician to say; no citizen's data is on it."""
    with on_a_desk(Model(), tmp_path) as (simulator, probe):
        simulator.handle({"op": "mute"})
        found = measured(probe.run())
    assert found == Measured(
        asked=(), model="", font="", queued_status=False, process_id=False, clears=False, status_back=False
    )
    assert seen(simulator.machine.roll.pieces) == ALL - {6, 13}
    with pytest.raises(BadAnswers, match="DLE EOT 1"):
        suggest(ALL - {6, 13}, found, AT)


def test_a_printer_that_knows_no_queued_status_is_found_out(tmp_path: Path) -> None:
    found, pieces = probed(Model(queued_status=False), tmp_path)
    assert measured(found).queued_status is False
    with pytest.raises(BadAnswers, match=r"neither GS r nor GS \( H"):
        suggest(seen(pieces), measured(found), AT)


def test_a_printer_that_stops_taking_bytes_ends_the_probe(tmp_path: Path) -> None:
    with on_a_desk(Model(buffer=512), tmp_path) as (simulator, probe):
        simulator.handle({"op": "stall"})
        assert probe.run() == Refused("stalled")


def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    class Away(Silent):
        def open(self) -> None:
            raise TransportLost("/dev/usb/lp0: ENOENT")

    line = Away()
    assert Probe(line, monotonic=lambda: line.now).run() == Refused("no-port: /dev/usb/lp0: ENOENT")


# The answers.


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1-9, 14", {*range(1, 10), 14}),
        ("1", {1}),
        (" 1，2、3 4-5 ", {1, 2, 3, 4, 5}),
        ("17 1", {1, 17}),
        ("１－３，９", {1, 2, 3, 9}),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, meant: set[int]) -> None:
    assert numbers(typed) == meant


@pytest.mark.parametrize("typed", ["", "all", "1-", "0", "18", "9-3", "1;2", "1-99999", "-1"])
def test_what_is_no_number_of_the_page_is_told(typed: str) -> None:
    with pytest.raises(BadAnswers, match=r"1-9, 14|1 to 17"):
        numbers(typed)


@given(st.text(max_size=40))
def test_no_answer_is_a_crash(typed: str) -> None:
    try:
        found = numbers(typed)
    except BadAnswers:
        return
    assert found <= ALL
    assert found


@given(st.frozensets(st.sampled_from(list(NUMBERS))), st.booleans())
def test_every_set_of_numbers_is_a_profile_or_is_refused(right: frozenset[int], able: bool) -> None:
    found = msgspec.structs.replace(WELL, process_id=able, clears=able, model="x" * able)
    try:
        made = suggest(right, found, AT)
    except BadAnswers:
        return
    assert made.confirmed is not None
    assert {*made.confirmed.right} == right
    assert {*made.confirmed.right} | {*made.confirmed.wrong} == ALL
    assert set(made.assumed) <= set(FACTS)
    assert made.cells * 12 <= made.dots


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (ALL - {3}, "4 cannot be right where 3 is wrong"),
        (ALL - {7}, "8 cannot be right where 7 is wrong"),
        (ALL - {10}, "11 cannot be right where 10 is wrong"),
        (ALL - {1}, "without 1"),
        (ALL - {2}, "without 2"),
        (ALL - set(RULERS), "without 7"),
        (ALL - set(BARS), "without 10"),
    ],
)
def test_answers_that_cannot_be_are_told(right: frozenset[int], said: str) -> None:
    with pytest.raises(BadAnswers, match=said):
        suggest(right, WELL, AT)


def test_a_profile_claims_nothing_that_did_not_come_out() -> None:
    made = suggest(
        frozenset({1, 2, 7, 10}), msgspec.structs.replace(WELL, clears=False, process_id=False), AT
    )
    assert (made.charset, made.qr, made.cutter) == (Charset.NONE, QrBy.DRIVER, Cutter.NONE)
    assert (made.dots, made.cells) == (384, 32)
    assert (made.confirm, made.clear) == (Confirm.QUEUED_STATUS, (Clear.FLUSH,))


@given(st.text(max_size=60))
def test_a_written_profile_reads_back_whatever_a_printer_calls_itself(model: str) -> None:
    made = suggest(ALL, msgspec.structs.replace(WELL, model=model), AT)
    again = msgspec.convert(tomllib.loads(to_toml(made)), Profile)
    assert msgspec.structs.replace(again, title=made.title, models=made.models) == made


def test_a_written_profile_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    made = suggest(ALL - {6, 13}, WELL, AT)
    file.write_text(to_toml(made), "utf-8")
    assert load_profile(str(file)) == made


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_is_nearest_to_itself(name: str) -> None:
    assert nearest(load_profile(name)).differs == ()


def test_the_nearest_profile_is_told_with_what_differs() -> None:
    base = load_profile("generic-58mm-gb18030")
    found = nearest(msgspec.structs.replace(base, charset=Charset.GBK))
    assert (found.name, found.differs) == ("generic-58mm-gb18030", ("charset",))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_says_what_it_tries(number: int) -> None:
    assert looks(number)
