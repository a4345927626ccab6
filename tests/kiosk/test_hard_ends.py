"""What must not follow from a race, a blank card, an ended login, a second person or a bug within a bug."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from drivers.id_card import CardRead as CardWasRead
from drivers.id_card import IdCard
from flows.effects import Call, PhoneScan, ReadCard, Submit
from flows.events import CardTrouble, Identified, Outcome, Refused, ScanReady, StillWaiting, Stored
from flows.held import Known
from flows.page import IdentifyBody
from flows.page import Scan as Shown
from flows.run import Person
from kiosk import service
from kiosk.desks.card import CardDesk
from kiosk.desks.city import CityDesk
from kiosk.gateway import contract
from kiosk.gateway.bearer import PlainBearer
from kiosk.gateway.outcomes import Problem
from kiosk.loop import Loop
from kiosk.visit import Visit
from kiosk.web.wall import BODY_LIMIT
from offline_cache import answers
from tests.flows.world import AT, CARD
from tests.kiosk.clocks import TestClock
from tests.kiosk.scripted import NO_SLIPS
from tests.kiosk.shell import Box
from tests.kiosk.test_desks import THE_CARD, Logins, Reader, Scan
from tests.kiosk.test_filing import Desk, Inline
from tests.kiosk.web.samples import SAMPLES
from tests.kiosk.web.test_pages import Kiosk
from tests.kiosk.whenever import Later

SENIOR = "civil.senior-allowance-apply"


@pytest.mark.parametrize("blank", [replace(THE_CARD, name=""), replace(THE_CARD, id_number="")])
def test_a_card_without_a_name_or_number_is_asked_for_again(blank: IdCard) -> None:
    reader, told = Reader(), list[Outcome]()
    desk = CardDesk(reader)
    desk.read(ReadCard(id="e", whose="citizen"), told.append)
    desk.heard(CardWasRead(blank))
    assert [type(outcome) for outcome in told] == [CardTrouble]
    assert reader.armed
    desk.heard(CardWasRead(THE_CARD))
    assert len(told) == 2


def test_a_failed_sending_that_overtakes_the_word_stored_promises_nothing_yet(tmp_path: Path) -> None:
    desk, later = Desk(tmp_path), Later()
    desk.desk._executor = later
    desk.online = False
    effect = Submit(id="v.1", operation="submitApplication", item=SENIOR, body={"item": SENIOR}, wait=True)
    desk.desk.submit(effect, desk.visit, desk.told.append)
    key = desk.outbox.list()[0].key
    desk.desk.answered(key, answers.Unreachable("no-network"), None)
    assert not desk.told
    later.hand_over()
    desk.desk.answered(key, answers.Unreachable("no-network"), None)
    assert [type(outcome) for outcome in desk.told] == [Stored, StillWaiting]
    desk.store.close()


class Ended:
    """A gateway for which the citizen's token has ended."""

    def call(self, *_: object, **__: object) -> Problem:
        return Problem(401, "INVALID_TOKEN")


def test_a_login_that_has_ended_is_said_and_not_told_as_the_citys_no() -> None:
    told: list[Outcome] = []
    nothing: Any = None
    client: Any = Ended()
    desk = CityDesk(
        client=client,
        contract=contract.load(),
        library=nothing,
        names={},
        executor=Inline(),
        clock=TestClock(),
        heard=lambda _: None,
        online=lambda: True,
        new_key=lambda: "00000000-0000-4000-8000-000000000001",
        slips=NO_SLIPS,
    )
    desk.call(
        Call(id="e", operation="query", item="social-insurance.rights-record", body={}),
        Visit(id="0" * 32, began=0.0, touched=0.0),
        PlainBearer("t"),
        told.append,
    )
    [refused] = told
    assert isinstance(refused, Refused)
    assert refused.code == "LOGIN-ENDED"
    assert "登录已经失效" in refused.reasons[0].message


def person(number: str) -> Person:
    return Person(name="王秀兰", id_number=number, level="card", method="id-card", confirmed=True, at="")


def test_another_person_in_one_visit_finds_nothing_of_the_one_before() -> None:
    visit = Visit(id="v", began=0.0, touched=0.0, person=person("12010319400101002X"))
    visit.known["residential_address"] = Known(value="和平区", source="typed")
    visit.meet(person("12010319400101002x"))
    assert visit.known
    visit.meet(person("120103193801010010"))
    assert not visit.known
    assert visit.person is None


def test_the_terminal_forgets_the_person_before_as_soon_as_another_is_known() -> None:
    box = Box()
    box.tap(f"start:{SENIOR}")
    visit = box.terminal._visit
    assert visit is not None
    visit.person = person("120103193801010010")
    visit.known["residential_address"] = Known(value="和平区", source="typed")
    box.hands.answer()
    box.tap("next")
    box.tap("next")
    box.tap("phone")
    scan = box.hands.asked[-1][0]
    outcome = Identified(
        effect=scan.id, name="王秀兰", id_number=CARD["id_number"], level="phone", method="phone", at=AT
    )
    box.hands.tell(outcome)
    assert not visit.known
    assert visit.person is None


def test_a_bug_while_a_crashed_visit_is_ended_leaves_the_loop_alive() -> None:
    def crashed(error: Exception) -> None:
        raise RuntimeError from error

    loop, done = Loop(TestClock(), crashed), threading.Event()
    loop.start()
    loop.post(lambda: crashed(ValueError()))
    loop.post(done.set)
    assert done.wait(5)
    loop.stop()


@pytest.mark.parametrize("size", [BODY_LIMIT - 1000, 4 * BODY_LIMIT, 1 << 29])
def test_what_is_posted_is_never_spooled_to_a_file_and_is_bounded(size: int) -> None:
    seen: list[int] = []

    def app(environ: Mapping[str, Any], start: Callable[..., object]) -> list[bytes]:
        seen.append(len(environ["wsgi.input"].read()))
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    server = service._server("127.0.0.1", 0)
    server.application = app

    def serve() -> None:
        with suppress(OSError):  # closed under it
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    with patch.object(tempfile, "TemporaryFile", side_effect=AssertionError("a file")):
        thread.start()
        with socket.create_connection(("127.0.0.1", int(server.effective_port)), 5) as line:
            line.settimeout(5)
            line.sendall(f"POST /act HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode())
            if size < BODY_LIMIT:
                line.sendall(b"x" * size)
            answer = line.recv(64)
        server.close()
        thread.join(5)
    assert answer.split()[1] == (b"200" if size < BODY_LIMIT else b"413")
    assert seen == ([size] if size < BODY_LIMIT else [])


@pytest.mark.parametrize("complete", [True, False])
def test_a_code_that_the_address_does_not_hold_is_to_be_typed_on_the_phone(complete: bool) -> None:
    box, scan = Logins(), Scan([])
    scan.uri_is_complete = complete
    box.platform.scan = scan
    box.desk.scan(PhoneScan(id="e"), box.visit, box.told.append)
    ready = box.told[-1]
    assert isinstance(ready, ScanReady)
    assert ready.typed is not complete
    sample = SAMPLES["identify-scan"]
    shown = Shown(uri=ready.uri, user_code=ready.user_code, typed=ready.typed)
    body = IdentifyBody(state="scan", whose="citizen", scan=shown)
    page = Kiosk(msgspec.structs.replace(sample, page=msgspec.structs.replace(sample.page, body=body))).html()
    assert ("在手机上输入" in page.text) is not complete
    assert ("手机上应显示" in page.text) is complete
