"""The simulator: that it shares nothing with the driver, keeps the documented behaviour, and can be ordered
about."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import drivers.id_card.simulator
from drivers.id_card import CardRead, CardRemoved, Condition, IdCardReader
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.simulator.faults import NOISE, Fault, Kind, spoil
from drivers.id_card.simulator.sam import COMMANDS, RequestReader, Sam, reply
from drivers.simkit import control
from tests.contract.heard import DEADLINE, Heard
from tests.contract.id_card_rig import SimulatorRig
from tests.drivers.id_card.people import EVERYONE, RESIDENT
from tests.drivers.id_card.test_protocol import REQUESTS, START

SOURCES = sorted(Path(drivers.id_card.simulator.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_simulator_shares_no_code_with_the_driver(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where it leads"
            names = [node.module or ""]
        for name in names:
            ours = name.split(".")[0] in ("drivers", "kiosk", "flows", "offline_cache", "deploy", "tests")
            assert (
                not ours or name.startswith("drivers.simkit") or name.startswith("drivers.id_card.simulator")
            ), name


def ask(sam: Sam, code: str) -> str:
    """The SW3 that the SAM answers to a documented request."""
    reader = RequestReader()
    [body] = [
        body for byte in bytes.fromhex(START + REQUESTS[code]) if (body := reader.push(byte)) is not None
    ]
    return f"{sam.answer(body)[1][9]:02X}"


def test_every_documented_request_is_known() -> None:
    sam = Sam(115200)
    said = {code: ask(sam, code) for code in REQUESTS}
    no_card = {"20 01": "80", "20 02": "81", "30 01": "41", "30 03": "41", "30 10": "41"}
    assert said == {**dict.fromkeys(REQUESTS, "90"), **no_card}
    assert sam.baudrate == 9600


def test_replies_are_the_documented_ones() -> None:
    assert reply(0x80) == bytes.fromhex(START + "00 04 00 00 80 84")
    assert reply(0x9F, bytes(4)) == bytes.fromhex(START + "00 08 00 00 9F 00 00 00 00 97")
    sam = Sam(115200)
    sam_id = sam.answer(bytes.fromhex("00 03 12 FF EE"))[1]
    assert sam_id == bytes.fromhex(
        START + "00 14 00 00 90 05 00 01 00 A5 3A 34 01 40 E2 01 00 B1 68 DE 3A B4"
    )


@pytest.mark.parametrize(
    ("body", "sw3"),
    [
        ("00 03 20 01 23", 0x10),
        ("00 04 20 01 00 25", 0x11),
        ("00 02 20 22", 0x11),
        ("00 05 20 01", 0x11),
        ("FF FF", 0x11),
        ("00 03 99 01 9B", 0x21),
    ],
)
def test_bad_request_is_answered_by_its_status(body: str, sw3: int) -> None:
    assert Sam(115200).answer(bytes.fromhex(body))[1][9] == sw3


def test_request_is_found_in_noise_and_a_half_one_ends_with_silence() -> None:
    reader = RequestReader()
    wire = bytes.fromhex("00 AA 96 AA AA AA AA AA 96 69 00 03 20 01 22")
    assert [body for byte in wire if (body := reader.push(byte)) is not None] == [
        bytes.fromhex("00 03 20 01 22")
    ]
    assert reader.idle() is None
    for byte in wire[:-2]:
        assert reader.push(byte) is None
    assert reader.idle() == bytes.fromhex("00 03 20")
    assert reader.idle() is None


def test_card_follows_its_stages_and_is_not_found_again_before_it_left() -> None:
    sam = Sam(115200)
    sam.place(make_chip(RESIDENT))
    assert [ask(sam, code) for code in ("20 02", "30 01", "30 03")] == ["81", "41", "41"]
    assert [ask(sam, code) for code in ("20 01", "20 02", "30 01", "30 03", "20 01")] == [
        "9F",
        "90",
        "90",
        "91",
        "80",
    ]
    sam.lift()
    assert [ask(sam, code) for code in ("30 03", "20 01")] == ["41", "80"]
    sam.place(make_chip({**RESIDENT, "new_address": "新址"}))
    assert [ask(sam, code) for code in ("20 01", "20 02", "30 03", "30 10")] == ["9F", "90", "90", "90"]


def test_failed_sam_accepts_nothing() -> None:
    sam = Sam(115200)
    sam.failed = True
    assert {ask(sam, code) for code in REQUESTS} == {"60"}


@pytest.mark.parametrize("person", EVERYONE, ids=lambda person: person["layout"])
def test_chip_has_the_documented_sizes_and_photo_header(person: dict[str, str]) -> None:
    chip = make_chip(person)
    assert (len(chip.text), len(chip.photo), chip.new_address) == (256, 1024, None)
    assert chip.photo.startswith(bytes.fromhex("57 4C 66 00 7E 00 32 00 00 FF 85"))
    assert chip == make_chip(person)
    assert len(make_chip({**person, "new_address": "新址"}).new_address or b"") == 70


def test_words_and_codes_make_the_same_card() -> None:
    assert make_chip({**RESIDENT, "sex": "女", "nation": "汉"}) == make_chip(RESIDENT)
    assert make_chip({**RESIDENT, "nation": "基诺"}) == make_chip({**RESIDENT, "nation": "56"})


@pytest.mark.parametrize(
    "wrong",
    [{"nmae": "x"}, {"layout": "passport"}, {"name": "长" * 16}, {"pass_number": "H1"}],
)
def test_card_that_is_no_card_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no nmae|passport|longer than|no pass_number"):
        make_chip({**RESIDENT, **wrong})


def test_each_spoiling_fault_changes_what_goes_over_the_wire() -> None:
    frame = reply(0x9F, bytes(4))
    spoilt = {kind: spoil(frame, Fault(kind)) for kind in Kind}
    assert spoil(frame, None) == [frame]
    assert spoilt[Kind.SILENT] == spoilt[Kind.LATE_REPLY] == []
    assert spoilt[Kind.NOISE_BEFORE] == [NOISE + frame]
    assert spoilt[Kind.GLUED] == [frame + frame]
    assert spoilt[Kind.ONE_BYTE_AT_A_TIME] == [bytes([byte]) for byte in frame]
    assert b"".join(spoilt[Kind.STALL_MID_FRAME]) == frame
    assert len(spoilt[Kind.HALF_FRAME][0]) == len(frame) // 2
    assert spoilt[Kind.WRONG_XOR][0][:-1] == frame[:-1]
    assert spoilt[Kind.WRONG_XOR][0] != frame
    assert spoilt[Kind.WRONG_LENGTH][0][6] == frame[6] + 1


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SimulatorRig]:
    bench = SimulatorRig(tmp_path)
    yield bench
    bench.close()


def test_line_is_paced_at_its_speed(line: SimulatorRig) -> None:
    line.reader.open()
    line.heard.condition(Condition.READY)
    line.reader.arm()
    line.place(RESIDENT)
    line.heard.next(CardRead)
    line.simulator.wait_for(
        lambda: len(line.simulator.history("reply")) >= len(line.simulator.history("request"))
    )
    asked = next(entry["t"] for entry in line.simulator.history("request") if entry["command"] == "read")
    told = next(entry for entry in line.simulator.history("reply") if entry["command"] == "read")
    assert told["bytes"] == 1295
    assert told["t"] - asked >= 1295 * 10 / 115200


def test_history_holds_nothing_of_a_card(line: SimulatorRig) -> None:
    line.reader.open()
    line.reader.arm()
    line.place(RESIDENT)
    line.heard.next(CardRead)
    shown = str(line.simulator.history()) + str(line.simulator.control({"op": "state"}))
    assert not any(value in shown for value in RESIDENT.values() if len(value) > 3)


def test_orders_that_are_none_are_refused(line: SimulatorRig) -> None:
    for order in (
        {"op": "dance"},
        {"op": "fault", "kind": "gremlin"},
        {"op": "fault", "kind": "silent", "on": "tea"},
        {"op": "fault", "kind": "stall-in"},
        {"op": "place", "card": RESIDENT, "after": "tea"},
    ):
        with pytest.raises(ValueError, match=r"none of|not a valid|'find'|no fault"):
            line.simulator.control(order)


def test_state_tells_what_lies_there(line: SimulatorRig) -> None:
    assert line.simulator.control({"op": "state"})["card"] is False
    line.place(RESIDENT)
    line.fault("silent", on="read")
    state = line.simulator.control({"op": "state"})
    assert (state["card"], state["stage"], state["plugged"], state["faults"]) == (
        True,
        "placed",
        True,
        ["silent"],
    )


def test_power_on_takes_its_time(tmp_path: Path) -> None:
    simulator = drivers.id_card.simulator.CardSimulator(tmp_path / "tty", power_on=0.4)
    simulator.start()
    heard = Heard()
    reader = IdCardReader(port=str(tmp_path / "tty"), baudrate=115200, listener=heard)
    try:
        reader.open()
        heard.condition(Condition.READY)
        [plugged] = simulator.history("replugged")
        assert simulator.history("request")[0]["t"] - plugged["t"] >= 0.4
    finally:
        reader.close()
        simulator.stop()


def test_driver_reads_a_card_from_the_simulator_in_a_process_of_its_own(tmp_path: Path) -> None:
    port, socket = tmp_path / "ttyCARD", tmp_path / "control"
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "drivers.id_card.simulator",
            "--pty",
            port,
            "--control",
            socket,
            "--power-on",
            "0",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        heard = Heard()
        reader = IdCardReader(port=str(port), baudrate=115200, listener=heard)
        try:
            reader.open()
            heard.condition(Condition.READY)
            reader.arm()
            control(socket, {"op": "place", "card": RESIDENT})
            card = heard.next(CardRead).card
            assert (card.name, card.nation, card.valid_to) == (RESIDENT["name"], "汉", "长期")
            control(socket, {"op": "lift"})
            heard.next(CardRemoved)
            names = [
                entry["command"]
                for entry in control(socket, {"op": "history", "event": "request"})["history"]
            ]
            assert set(names) < set(COMMANDS.values())
            control(socket, {"op": "fault", "kind": "unplug"})
            heard.condition(Condition.UNPLUGGED)
            assert not port.exists()
            control(socket, {"op": "fault", "kind": "replug"})
            heard.condition(Condition.READY)
        finally:
            reader.close()
            process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
    assert not port.is_symlink()
    assert not socket.exists()
