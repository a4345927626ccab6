"""Whatever is held under the scanner is refused with a reason, or is a number that does nothing.

A test a code. Each goes the whole way: the simulator's reports and frames, the driver's parsers, the
meaning, the desk.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from drivers.code_scanner import CodeRead, CodeUnreadable, Terminator
from drivers.code_scanner.aim import SIZE
from drivers.code_scanner.descriptor import described
from drivers.code_scanner.framer import Framer
from drivers.code_scanner.raw import LONGEST, Raw
from drivers.code_scanner.reports import Assembler, Layout
from drivers.code_scanner.simulator.module import DESCRIPTOR, reports
from drivers.code_scanner.text import read
from kiosk.desks.scan import ScanDesk
from kiosk.keys import create
from kiosk.receipt_code import PaperCode, PaperKind, sign
from kiosk.scanned import Refused, answer, meaning
from tests.drivers.code_scanner.hostile import Hostile, all_of
from tests.kiosk.codes import asking

SLIP = "7d9f2c1e-5b1a-4c0e-9a61-3f2b8c7d6e5f"
INERT = re.compile(r"[A-Za-z0-9()._/-]{1,64}")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, str]:
    """This terminal's public key; a slip's code of its own, and one of another terminal."""
    folder = tmp_path_factory.mktemp("keys")
    own, other = (create(folder / name) for name in ("own.pem", "other.pem"))
    slip = PaperCode(
        kind=PaperKind.SLIP,
        item="civil.senior-allowance-apply",
        flow_version="1",
        number=SLIP,
        at=datetime(2026, 11, 28, 9, 0, tzinfo=UTC),
        terminal="tj-hp-0001",
    )
    return own.public_jwk, sign(slip, own), sign(slip, other)


_NAMES = [each.name for each in all_of("hhhhhhhh.pppppppp.ssssssss", "h.p.s")]
"""They do not depend on the keys, which are made anew each time."""


def test_there_are_three_hundred_of_them_and_no_two_are_called_alike() -> None:
    assert len(_NAMES) >= 300
    assert len(set(_NAMES)) == len(_NAMES)


def outcome(raw: Raw, jwk: dict[str, str]) -> str:
    event = read(raw, identified=False)
    if isinstance(event, CodeUnreadable):
        return event.reason.value
    found = answer(meaning(event.text, (jwk,), "id.example"), "slip_number")
    return found.reason.value if isinstance(found, Refused) else "number"


@pytest.mark.parametrize("number", range(len(_NAMES)), ids=_NAMES)
def test_it_does_nothing(number: int, keys: tuple[dict[str, str], str, str]) -> None:
    jwk, own, other = keys
    code: Hostile = all_of(own, other)[number]
    assert code.name == _NAMES[number]

    assembler = Assembler(Layout.of(described(DESCRIPTOR)))
    by_hid = [raw for report in reports(code.body, code.aim) for raw in assembler.feed(report, 1)]
    [whole] = by_hid
    assert outcome(whole, jwk) in code.expected

    # A serial line cuts it where it holds the terminator: each part is a code of its own, and does nothing.
    framer = Framer(Terminator.CRLF, LONGEST + SIZE)
    on_the_line = framer.feed(code.aim + code.body + b"\r\n", 1)
    events = [read(whole, identified=False), *(read(raw, identified=True) for raw in on_the_line)]
    taken: list[tuple[str, str, str]] = []
    desk = ScanDesk(
        Nothing(), keys=(jwk,), issuer="https://id.example", take=lambda *each: taken.append(each)
    )
    desk.shown(asking("slip_number"))
    for event in events:
        desk.heard(event)
    assert len(taken) == len(events)
    for name, value, words in taken:
        assert name == "slip_number"
        assert bool(value) != bool(words)
        assert not value or INERT.fullmatch(value)
        assert not re.search(r"[\x00-\x1f<>]", words)


class Nothing:
    """A scanner that need not be there."""

    def arm(self) -> None: ...

    def disarm(self) -> None: ...


def test_the_own_slip_is_its_number(keys: tuple[dict[str, str], str, str]) -> None:
    jwk, own, _ = keys
    event = read(Raw(1, own.encode(), b"]Q1"), identified=False)
    assert isinstance(event, CodeRead)
    assert (
        answer(meaning(event.text, (jwk,), "id.example"), "slip_number")
        == "7d9f2c1e-5b1a-4c0e-9a61-3f2b8c7d6e5f"
    )
