"""What lies in quarantine: listed for the desk, released to be sent again, or closed; and journalled."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.cli import main
from kiosk.commands.outbox import WORDS
from offline_cache.answers import Accepted, Expired, Rejected, Rejection, SealKeyGone
from offline_cache.events import SubmissionClosed, SubmissionReleased
from offline_cache.journal import Intact
from offline_cache.opening import Opened, open_outbox
from offline_cache.submission import State, Submission
from tests.kiosk.test_cli import terminal as terminal  # noqa: PLC0414 - a fixture
from tests.offline_cache.world import FakeClock, submission


class Quarantine:
    """A terminal with one submission in quarantine, and its agent stopped."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.clock = FakeClock()
        self.clock.advance(4000 * 86400)  # the commands have the machine's own clock
        self.chance = random.Random(4)
        with self.agent() as opened:
            self.one = self.file(opened)
            opened.outbox.record(self.one.key, Rejected(Rejection.FORBIDDEN), self.clock.now())

    def agent(self) -> Agent:
        return Agent(self.config.parent / "store" / "outbox.db", self.clock)

    def file(self, opened: Opened) -> Submission:
        one = submission(self.chance, at=self.clock.now())
        opened.outbox.enqueue(one)
        return one

    def run(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["outbox", *words, "--config", str(self.config)])
        return done.exit_code, done.output

    def listed(self, *words: str) -> list[dict[str, Any]]:
        code, output = self.run(*words, "--json")
        assert code == 0, output
        found: list[dict[str, Any]] = json.loads(output)
        return found


class Agent:
    """It has the file while it runs."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.path, self.clock = path, clock

    def __enter__(self) -> Opened:
        self.opened = open_outbox(self.path, clock=self.clock, random=random.Random(1))
        return self.opened

    def __exit__(self, *_: object) -> None:
        self.opened.close()


@pytest.fixture
def quarantine(terminal: Path) -> Quarantine:
    return Quarantine(terminal)


def test_the_desk_is_told_what_and_why_and_nothing_of_a_person(quarantine: Quarantine) -> None:
    [row] = quarantine.listed("desk")
    assert (row["key"], row["name"]) == (quarantine.one.key, "高龄津贴（老年人生活补贴）申请")
    assert "登记好后放行" in row["words"]
    assert set(row) == {"key", "item", "name", "state", "reason", "words", "created_at", "expires_at"}
    code, words = quarantine.run("desk")
    assert (code, words.splitlines()[-1]) == (0, "1 for the desk")
    assert [one["key"] for one in quarantine.listed("list", "--state", "quarantined")] == [row["key"]]
    assert quarantine.listed("list", "--state", "done") == []


def test_every_reason_has_words_for_the_desk(quarantine: Quarantine) -> None:
    with quarantine.agent() as opened:
        for reason in Rejection:
            opened.outbox.record(quarantine.file(opened).key, Rejected(reason), quarantine.clock.now())
        opened.outbox.record(quarantine.file(opened).key, SealKeyGone(), quarantine.clock.now())
        opened.outbox.record(quarantine.file(opened).key, Expired(), quarantine.clock.now())
    rows = quarantine.listed("desk")
    assert {row["reason"] for row in rows if row["state"] == "quarantined"} == set(WORDS)
    assert [row["words"] for row in rows if row["state"] == "expired"] == [
        "到期未送出：请市民重新办理 · not sent in time: file anew"
    ]


def test_released_it_is_sent_again_with_its_key(quarantine: Quarantine) -> None:
    key = quarantine.one.key
    assert quarantine.run("release", key)[0] == 0
    with quarantine.agent() as opened:
        assert opened.outbox.due() == quarantine.one
        opened.outbox.record(key, Accepted("TJ-1"), quarantine.clock.now())
        assert opened.outbox.get(key).number == "TJ-1"
        assert isinstance(opened.journal.verify(), Intact)
        assert SubmissionReleased(key=key) in [entry.event for entry in opened.journal.entries()]


@pytest.mark.parametrize("because", ["desk", "duplicate"])
def test_closed_its_content_is_gone_and_it_is_never_sent(because: Any, quarantine: Quarantine) -> None:
    key = quarantine.one.key
    assert quarantine.run("close", key, "--because", because)[0] == 0
    assert quarantine.listed("desk") == []
    [row] = quarantine.listed("list")
    assert (row["state"], row["reason"], row["size"]) == ("refused", f"closed-{because}", 0)
    with quarantine.agent() as opened:
        assert opened.outbox.due() is None
        assert opened.outbox.get(key).state is State.REFUSED
        events = [entry.event for entry in opened.journal.entries()]
        assert SubmissionClosed(key=key, because=because) in events
        assert isinstance(opened.journal.verify(), Intact)


@pytest.mark.parametrize("act", [("release",), ("close", "--because", "desk")])
def test_beside_a_running_agent_nothing_is_changed_and_the_remedy_is_said(
    act: tuple[str, ...], quarantine: Quarantine
) -> None:
    with quarantine.agent() as opened:
        code, words = quarantine.run(act[0], quarantine.one.key, *act[1:])
        assert code == 2
        assert "stop it" in words
        assert opened.outbox.get(quarantine.one.key).state is State.QUARANTINED
    assert len(quarantine.listed("desk")) == 1


def test_what_is_not_in_quarantine_is_left_alone(quarantine: Quarantine) -> None:
    with quarantine.agent() as opened:
        waiting = quarantine.file(opened)
    for key in (waiting.key, "00000000-0000-4000-8000-000000000009"):
        for act in (("release", key), ("close", key, "--because", "desk")):
            code, words = quarantine.run(*act)
            assert code == 2
            assert "NotInQuarantine" in words
    with quarantine.agent() as opened:
        assert opened.outbox.get(waiting.key).state is State.WAITING


def test_what_can_never_be_sent_is_not_released(quarantine: Quarantine) -> None:
    with quarantine.agent() as opened:
        damaged, late = quarantine.file(opened), submission(quarantine.chance)  # of 2026
        opened.outbox.enqueue(late)
        opened.outbox.record(damaged.key, Rejected(Rejection.DAMAGED), quarantine.clock.now())
        opened.outbox.record(late.key, SealKeyGone(), quarantine.clock.now())
    for key in (damaged.key, late.key):
        code, words = quarantine.run("release", key)
        assert code == 2
        assert "close it" in words
        assert quarantine.run("close", key, "--because", "desk")[0] == 0
