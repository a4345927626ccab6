"""The upload desk: shown, watched, each picture judged once, closed at the city however it ends."""

from __future__ import annotations

import hashlib
import logging
import uuid
from typing import Any

import pytest

from deploy.demo.photographs import document
from flows.effects import OpenUpload, WantedDocument
from flows.events import Outcome, Refused, Unreachable, Uploaded, UploadEnded, UploadShown
from kiosk.desks.upload import LOST_SECONDS, POLL_SECONDS, WATCH_SECONDS, UploadDesk
from kiosk.gateway.outcomes import Ok, Picture, Problem, Reason
from kiosk.gateway.outcomes import Unreachable as Silence
from kiosk.loop import Loop
from kiosk.visit import Visit
from tests.kiosk.clocks import TestClock
from tests.kiosk.test_filing import Inline

VISIT = Visit(id="0" * 31 + "1", began=0.0, touched=0.0)
WANTED = (WantedDocument(role="contract", name="合同", pages=2),)
EFFECT = OpenUpload(id="v.1", item="a.b", documents=WANTED)
PAGE = document("合同", ("甲方：演示",))
SILENT = Silence(Reason.TIMEOUT)


class Gateway:
    """The city as it is told to be; `asked` is what it was asked."""

    def __init__(self) -> None:
        self.state = "waiting"
        self.pictures: list[bytes] = []
        self.say: Any = None
        self.damaged = False
        self.link = "https://up.example/phone/secret"
        self.asked: list[str] = []
        self.fetched: list[int] = []

    def call(self, operation: str, path: Any, body: Any = None, **_: Any) -> Any:
        self.asked.append(operation)
        if self.say is not None:
            return self.say
        if operation == "closeUpload":
            self.state = "closed"
        documents = [
            {"n": n, "role": "contract", "sha256": hashlib.sha256(each).hexdigest()}
            for n, each in enumerate(self.pictures, 1)
        ]
        link = self.link
        until = "2026-11-27T10:10:00+08:00"
        data = {"id": "U1", "link": link, "expires_at": until, "state": self.state, "documents": documents}
        return Ok(data)

    def uploaded(self, upload: str, number: int) -> Any:
        self.fetched.append(number)
        if self.say is not None:
            return self.say
        picture = self.pictures[number - 1]
        return Picture(picture[:-1] if self.damaged else picture)


class World:
    def __init__(self) -> None:
        self.clock = TestClock()
        self.loop = Loop(self.clock, lambda error: None)
        self.gateway = Gateway()
        self.told: list[Outcome] = []
        self.heard: list[bool] = []
        client: Any = self.gateway
        self.desk = UploadDesk(
            client=client,
            key_of=lambda visit, intent: str(uuid.uuid5(uuid.NAMESPACE_OID, visit.id + intent)),
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            heard=self.heard.append,
        )

    def open(self) -> None:
        self.desk.open(EFFECT, VISIT, None, self.told.append)

    def wait(self, seconds: float) -> None:
        ends = self.clock.passed + seconds
        while self.clock.passed < ends:
            self.clock.advance(1.0)
            while self.loop.step():
                pass

    def arrived(self) -> list[Uploaded]:
        return [each for each in self.told if isinstance(each, Uploaded)]


@pytest.fixture
def world() -> World:
    world = World()
    world.open()
    return world


def test_a_picture_that_arrives_is_judged_and_told_once_with_the_citys_bytes(world: World) -> None:
    [shown] = world.told
    assert isinstance(shown, UploadShown)
    assert shown.link == "https://up.example/phone/secret"
    world.gateway.pictures = [PAGE]
    world.wait(10)
    [came] = world.arrived()
    assert (came.role, came.problems) == ("contract", ())
    assert came.sha256 == hashlib.sha256(PAGE).hexdigest()
    assert world.gateway.fetched == [1]


def test_all_that_has_arrived_is_told_before_the_end(world: World) -> None:
    world.gateway.pictures = [PAGE, document("合同", ("第 2 页",))]
    world.gateway.state = "done"
    world.wait(POLL_SECONDS + 1)
    assert [type(each) for each in world.told[1:]] == [Uploaded, Uploaded, UploadEnded]
    assert world.told[-1] == UploadEnded(effect="v.1", how="done")
    assert world.gateway.asked[-1] == "closeUpload"


def test_what_cannot_be_read_is_told_in_words(world: World) -> None:
    world.gateway.pictures = [b"no picture"]
    world.wait(POLL_SECONDS + 1)
    assert world.arrived()[0].problems == ("照片打不开，请换一张",)


def test_bytes_that_are_not_those_of_the_hash_are_not_taken(world: World) -> None:
    world.gateway.pictures, world.gateway.damaged = [PAGE], True
    world.wait(POLL_SECONDS + 1)
    assert world.arrived()[0].problems


def test_a_picture_that_is_gone_is_told_and_not_asked_for_for_ever(world: World) -> None:
    world.gateway.pictures = [PAGE]
    world.gateway.uploaded = lambda *_, **__: Problem(404)  # type: ignore[method-assign]
    world.wait(10)
    [came] = world.arrived()
    assert came.problems


def test_a_short_silence_is_waited_out_and_a_long_one_is_told(world: World) -> None:
    world.gateway.say = SILENT
    world.wait(LOST_SECONDS - 5)
    world.gateway.say, world.gateway.pictures = None, [PAGE]
    world.wait(5)
    assert len(world.arrived()) == 1
    world.gateway.say = SILENT
    world.wait(LOST_SECONDS + 5)
    assert world.told[-1] == UploadEnded(effect="v.1", how="lost")


@pytest.mark.parametrize("state", ["expired", "closed"])
def test_what_the_city_has_ended_is_over(world: World, state: str) -> None:
    world.gateway.state = state
    world.wait(POLL_SECONDS + 1)
    assert world.told[-1] == UploadEnded(effect="v.1", how="expired")


def test_what_the_city_knows_nothing_of_any_more_is_over(world: World) -> None:
    world.gateway.say = Problem(404, "NO_UPLOAD")
    world.wait(POLL_SECONDS + 1)
    assert world.told[-1] == UploadEnded(effect="v.1", how="expired")


def test_a_city_that_never_ends_it_is_not_waited_for_for_ever(world: World) -> None:
    world.wait(WATCH_SECONDS + 5)
    assert world.told[-1] == UploadEnded(effect="v.1", how="expired")
    asked = len(world.gateway.asked)
    world.wait(60)
    assert len(world.gateway.asked) == asked


@pytest.mark.parametrize("end", ["cancel", "forget"])
def test_who_goes_back_or_away_leaves_no_page_open_at_the_city(world: World, end: str) -> None:
    if end == "cancel":
        world.desk.cancel("v.1")
    else:
        world.desk.forget(VISIT)
    assert world.gateway.state == "closed"
    world.gateway.pictures = [PAGE]
    world.wait(30)
    assert len(world.told) == 1
    assert world.gateway.asked == ["openUpload", "closeUpload"]


def test_a_page_that_was_opened_after_the_citizen_had_gone_is_closed() -> None:
    world = World()
    late: list[Any] = []
    world.desk._executor = type("Late", (), {"submit": lambda self, *job: late.append(job)})()
    world.open()
    world.desk.cancel("v.1")
    for work, done in late[:]:
        late.remove((work, done))
        done(work())
    for work, done in late:
        done(work())
    assert (world.gateway.state, world.told) == ("closed", [])


def test_a_city_that_refuses_or_is_not_there_is_told() -> None:
    for said, kind in ((SILENT, Unreachable), (Problem(422, "REFUSED", "维护中"), Refused)):
        world = World()
        world.gateway.say = said
        world.open()
        assert [type(each) for each in world.told] == [kind]
        assert world.heard == [kind is Refused]


@pytest.mark.parametrize("link", ["http://up.example/1", "javascript:alert(1)", "https://" + "a" * 300])
def test_an_address_that_is_no_way_for_a_phone_is_not_shown_and_closed(link: str) -> None:
    world = World()
    world.gateway.link = link
    world.open()
    assert [type(each) for each in world.told] == [Unreachable]
    assert world.gateway.state == "closed"


def test_nothing_of_the_picture_or_the_page_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.gateway.pictures = [PAGE]
    world.wait(5)
    world.gateway.say = SILENT
    world.desk.cancel("v.1")
    assert "could not be closed" in caplog.text
    assert "secret" not in caplog.text
    assert "secret" not in repr(world.told)
