"""The network cut, and the agent killed, at every step: nothing promised is lost, nothing else kept.

Verdicts come from the city's ledger and from the bytes on the disk, never from the agent's own word.
"""

from __future__ import annotations

import threading

import pytest

from deploy.demo.cable import Connected, Unplugged
from deploy.demo.demo import Handles
from deploy.demo.screen import Page, ScreenGoneError
from tests.canary import Canary, scan
from tests.system.citizen import (
    ADDRESS,
    BEFORE_CONFIRMATION,
    STEPS,
    Citizen,
    cases,
    outbox,
    settled,
)


def claimed(page: Page) -> tuple[str, str]:
    """What a result page claims: (kind, number)."""
    if "暂存" in page.title:
        return "stored", page.number
    if "受理" in page.title or "已收到" in page.title:
        return "filed", page.number
    raise AssertionError(f"a result page that claims nothing: {page.title}")


@pytest.mark.parametrize("step", STEPS)
def test_network_cut_at(step: str, demo: Handles) -> None:
    _cut(step, demo, Unplugged(refuse=True))


@pytest.mark.parametrize("step", ["identify", "camera", "choice", "sign"])
def test_cable_pulled_at(step: str, demo: Handles) -> None:
    """Packets vanish, nothing is refused: each wait of these steps runs to its deadline."""
    _cut(step, demo, Unplugged())


def _cut(step: str, demo: Handles, how: Unplugged) -> None:
    """Everything up to `step`, the outage, everything after it; then the network is back."""
    citizen = Citizen(demo)
    known = {row.key for row in outbox(demo)}
    citizen.begin()
    citizen.to(step)
    demo.cable.set(how)
    if step != "rate":
        citizen.to("result")
        citizen.until(lambda page: page.number != "", "the number")
    kind, number = claimed(next(page for page in reversed(citizen.seen) if page.number))
    assert kind == ("filed" if step in {"result", "rate"} else "stored")
    citizen.finish()
    if kind == "stored":
        assert cases(demo) == []
    demo.cable.set(Connected())
    rows = [row for row in settled(demo) if row.key not in known]
    assert len(rows) == 1
    filed = cases(demo)
    assert len(filed) == 1
    assert filed[0]["key"] == rows[0].key
    assert number in {filed[0]["key"], filed[0]["case_no"]}
    assert demo.city.ledger()["effects"].get(rows[0].key) == 1


@pytest.mark.parametrize("step", BEFORE_CONFIRMATION)
def test_killed_before_the_confirmation_nothing_is_kept(step: str, demo: Handles) -> None:
    citizen = Citizen(demo)
    known = {row.key for row in outbox(demo)}
    citizen.begin()
    citizen.to(step)
    demo.kill_agent()
    assert kept(demo, citizen) == {}
    demo.restart_agent()
    citizen.screen.reopen(demo.kiosk_url)
    assert citizen.screen.look().kind == "home"
    assert {row.key for row in settled(demo)} == known
    assert cases(demo) == []


def kept(demo: Handles, citizen: Citizen) -> dict[str, list[str]]:
    """What stands in the store that must not: by file. That the scan finds things: tests/test_canary.py."""
    person = citizen.person
    values = {"name": person.name, "number": person.id_number, "address": ADDRESS, "card": person.bank_card}
    seen = scan({demo.places.store: []}, [Canary(name, value) for name, value in values.items() if value])
    assert seen.size > 0
    return seen.hits


@pytest.mark.parametrize("step", ["result", "rate"])
def test_killed_after_the_confirmation_it_is_filed_exactly_once(step: str, demo: Handles) -> None:
    citizen = Citizen(demo)
    known = {row.key for row in outbox(demo)}
    citizen.begin()
    citizen.to(step)
    demo.kill_agent()
    demo.restart_agent()
    new = [row for row in settled(demo) if row.key not in known]
    assert [case["key"] for case in cases(demo)] == [row.key for row in new]
    assert len(new) == 1


def test_killed_with_a_slip_in_hand_it_is_filed_when_the_cable_is_back(demo: Handles) -> None:
    citizen = Citizen(demo)
    known = {row.key for row in outbox(demo)}
    citizen.begin()
    citizen.to("sign")
    demo.cable.set(Unplugged(refuse=True))
    citizen.to("result")
    kind, number = claimed(citizen.until(lambda page: page.number != "", "the number"))
    assert kind == "stored"
    demo.kill_agent()
    assert kept(demo, citizen) == {}
    demo.restart_agent()
    assert cases(demo) == []
    demo.cable.set(Connected())
    assert [row.key for row in settled(demo) if row.key not in known] == [number]
    assert [case["key"] for case in cases(demo)] == [number]
    assert demo.city.ledger()["effects"].get(number) == 1


@pytest.mark.parametrize("milliseconds", [0, 10, 20, 35, 80])
def test_killed_in_the_middle_of_submitting_it_is_all_or_nothing(milliseconds: int, demo: Handles) -> None:
    citizen = Citizen(demo)
    known = {row.key for row in outbox(demo)}
    citizen.begin()
    citizen.to("sign")
    told: list[Page] = []

    def submit() -> None:
        try:
            told.append(citizen.confirm())
        except ScreenGoneError:
            return  # the agent was gone before it answered

    tapping = threading.Thread(target=submit)
    tapping.start()
    threading.Event().wait(milliseconds / 1000)  # the moment of the kill is what the test is about
    demo.kill_agent()
    tapping.join(10)
    demo.restart_agent()
    new = [row for row in settled(demo) if row.key not in known]
    assert [case["key"] for case in cases(demo)] == [row.key for row in new]
    assert len(new) <= 1
    if any(page.kind == "result" for page in told):
        assert len(new) == 1


def test_a_gateway_that_resets_after_acting_has_acted_once(demo: Handles) -> None:
    demo.city.misbehave("submitApplication", "reset-after-acting", count=2)
    citizen = Citizen(demo)
    citizen.begin()
    citizen.to("result")
    _, number = claimed(citizen.until(lambda page: page.number != "", "the number"))
    settled(demo)
    [case] = cases(demo)
    assert number in {case["key"], case["case_no"]}
    assert demo.city.ledger()["effects"][case["key"]] == 1
    tries = [each for each in demo.city.ledger()["requests"] if each["operation"] == "submitApplication"]
    assert len(tries) > 1


@pytest.mark.parametrize("kind", ["5xx", "429", "409"])
def test_a_gateway_that_asks_for_patience_gets_it_and_files_once(kind: str, demo: Handles) -> None:
    demo.city.misbehave("submitApplication", kind, count=2)  # type: ignore[arg-type]
    citizen = Citizen(demo)
    citizen.begin()
    citizen.to("result")
    _, number = claimed(citizen.until(lambda page: page.number != "", "the number"))
    settled(demo)
    [case] = cases(demo)
    assert number in {case["key"], case["case_no"]}


def test_a_second_application_is_refused_early_with_the_reason(demo: Handles) -> None:
    first = Citizen(demo)
    first.begin()
    first.finish()
    second = Citizen(demo)
    second.begin()
    second.to("choice")
    second.tap("choose:self")
    page = second.until(lambda page: page.kind == "trouble", "the refusal")
    assert page.reasons
    assert page.number == ""
    assert len(cases(demo)) == 1


def test_a_second_application_queued_offline_is_refused_when_it_arrives(demo: Handles) -> None:
    first = Citizen(demo)
    first.begin()
    first.finish()
    known = {row.key for row in outbox(demo)}
    second = Citizen(demo)
    second.begin()
    second.to("identify")
    demo.cable.set(Unplugged(refuse=True))
    second.to("result")
    kind, _ = claimed(second.until(lambda page: page.number != "", "the number"))
    assert kind == "stored"
    demo.cable.set(Connected())
    [row] = [row for row in settled(demo) if row.key not in known]
    assert row.state == "refused"
    assert row.reason
    assert len(cases(demo)) == 1
