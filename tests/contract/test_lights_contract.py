"""What the lights keep, on a simulated chip in this process and behind a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiod import LineSettings
from gpiod.line import Direction, Value

from drivers.device import Availability, HealthChanged
from drivers.gpio.owner import HANG_SECONDS, STEADY_SECONDS
from drivers.gpio.simulator.bus import LABEL
from drivers.lights import Condition, Lights, Look
from drivers.lights.plan import BLINK_SECONDS
from tests.contract.gpio_rig import FIDELITIES, GpioRig
from tests.contract.heard import Heard

LINES = {"id_card": "LIGHT_ID_CARD", "receipt": "LIGHT_RECEIPT", "status": 4}
PINS = {"id_card": "LIGHT_ID_CARD", "receipt": "LIGHT_RECEIPT", "status": "LIGHT_STATUS"}


class Bench(GpioRig):
    """Three lights; a fourth line is nobody's."""

    def __init__(self, fidelity: str, folder: Path) -> None:
        super().__init__(fidelity, folder)
        self.heard = Heard()
        self.lights = self.another(self.heard)

    def another(self, heard: Heard, **details: Any) -> Lights:
        """One more driver for the same lines."""
        given = {"chip": LABEL, "lines": LINES, "settle": 0.0, "show_seconds": 0.0, **details}
        return Lights(listener=heard, gpio=self.gpio, monotonic=self.clock, **given)

    def lit(self) -> set[str]:
        """Which lights shine, by the levels at their pins."""
        return {name for name, pin in PINS.items() if self.line(pin)["level"]}

    def seen(self, *names: str) -> None:
        """Wait until just these shine."""
        self.bus.wait_for(lambda: self.lit() == set(names))

    def looked(self) -> None:
        """Wait until every line was set anew."""
        self.lights.self_test()
        self.lights.self_test()

    def close(self) -> None:
        self.order("stall", on=False)
        self.lights.close()
        super().close()


@pytest.fixture(params=FIDELITIES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def opened(bench: Bench) -> Bench:
    bench.lights.open()
    bench.heard.condition(Condition.READY)
    return bench


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.owner.BACK_OFF", (0.0,))
    monkeypatch.setattr("drivers.gpio.owner.BACK_OFF", (0.01,))


def told(bench: Bench) -> list[str]:
    return [each.health.condition for each in bench.heard.of(HealthChanged)]


# Opening, closing, health


def test_health_is_unknown_before_opening(bench: Bench) -> None:
    health = bench.lights.health()
    assert (health.availability, health.condition) == (Availability.UNKNOWN, Condition.UNKNOWN)


def test_all_are_dark_at_opening_whatever_was_left_on(bench: Bench) -> None:
    chip = bench.gpio.open("/dev/gpiochip0")
    before = chip.request_lines({1: LineSettings(direction=Direction.OUTPUT, output_value=Value.ACTIVE)})
    before.release()
    chip.close()
    assert bench.lit() == {"id_card"}
    bench.lights.open()
    bench.heard.condition(Condition.READY)
    assert bench.lit() == set()


def test_opening_twice_is_opening_once(opened: Bench) -> None:
    opened.lights.open()
    assert opened.lights.self_test().passed
    assert len(opened.bus.history("requested")) == 1


def test_closing_makes_all_dark_and_lets_the_lines_go(opened: Bench) -> None:
    opened.lights.show("id_card", Look.ON)
    opened.lights.show("status", Look.ON)
    opened.seen("id_card", "status")
    opened.lights.close()
    assert opened.lit() == set()
    assert not opened.line("LIGHT_ID_CARD")["consumer"]


def test_closing_twice_is_closing_once(opened: Bench) -> None:
    opened.lights.close()
    opened.lights.close()
    assert opened.lights.health().condition == Condition.UNKNOWN
    assert told(opened) == ["ready"]


def test_closing_before_opening_is_nothing(bench: Bench) -> None:
    bench.lights.close()
    assert bench.heard.events == []


def test_what_is_shown_before_opening_is_seen_afterwards(bench: Bench) -> None:
    assert bench.lights.show("status", Look.ON)
    bench.lights.open()
    bench.seen("status")


def test_it_can_be_opened_again_after_closing(opened: Bench) -> None:
    opened.lights.close()
    opened.lights.open()
    opened.heard.condition(Condition.READY)
    opened.lights.show("receipt", Look.ON)
    opened.seen("receipt")


def test_it_may_be_closed_by_its_own_listener(bench: Bench) -> None:
    bench.heard.then = lambda _event: bench.lights.close()
    bench.lights.open()
    bench.heard.condition(Condition.READY)
    bench.let_go("LIGHT_STATUS")
    assert bench.lights.health().condition == Condition.UNKNOWN


def test_the_lines_are_ours_alone_and_say_so(opened: Bench) -> None:
    other = Heard()
    second = opened.another(other)
    second.open()
    other.condition(Condition.LINE_BUSY)
    assert "kiosk" in second.health().cause
    second.close()
    assert opened.lights.self_test().passed


def test_a_repr_says_how_they_are(opened: Bench) -> None:
    assert repr(opened.lights) == "<Lights lights: ready>"


# Looks


@pytest.mark.parametrize("name", LINES)
def test_a_light_is_lit_alone_and_dark_again(opened: Bench, name: str) -> None:
    assert opened.lights.show(name, Look.ON)
    opened.seen(name)
    assert opened.lights.show(name, Look.OFF)
    opened.seen()


def test_a_light_that_is_not_there_is_no_mistake(opened: Bench) -> None:
    assert not opened.lights.show("help", Look.ON)
    assert opened.lights.self_test().passed
    assert opened.lit() == set()


def test_lines_that_are_active_low(bench: Bench) -> None:
    bench.lights = bench.another(bench.heard, active_low=True)
    bench.lights.open()
    bench.seen(*LINES)  # high is dark
    bench.lights.show("status", Look.ON)
    bench.seen("id_card", "receipt")
    bench.lights.close()
    assert bench.lit() == set(LINES)


def test_a_light_goes_out_by_itself(opened: Bench) -> None:
    opened.lights.show("receipt", Look.ON, 30.0)
    opened.seen("receipt")
    opened.clock.now += 29.0
    opened.looked()
    opened.seen("receipt")
    opened.clock.now += 2.0
    opened.looked()
    opened.seen()


def test_a_new_look_ends_the_old_ones_time(opened: Bench) -> None:
    opened.lights.show("receipt", Look.ON, 1.0)
    opened.lights.show("receipt", Look.ON)
    opened.clock.now += 2.0
    opened.looked()
    opened.seen("receipt")


def test_a_light_blinks_by_the_clock(opened: Bench) -> None:
    opened.lights.show("id_card", Look.BLINK)
    for phase in range(4):
        opened.looked()
        opened.seen(*(["id_card"] if phase % 2 == 0 else []))
        opened.clock.now += BLINK_SECONDS


def test_lights_that_blink_are_lit_together(opened: Bench) -> None:
    opened.lights.show("id_card", Look.BLINK)
    opened.clock.now += 3 * BLINK_SECONDS
    opened.lights.show("status", Look.BLINK)
    opened.clock.now += BLINK_SECONDS
    opened.looked()
    opened.seen("id_card", "status")


def test_a_blinking_light_ends_at_its_time(opened: Bench) -> None:
    opened.lights.show("id_card", Look.BLINK, 10 * BLINK_SECONDS)
    opened.looked()
    opened.seen("id_card")
    opened.clock.now += 10 * BLINK_SECONDS
    opened.looked()
    opened.seen()


def test_what_does_not_change_is_not_set_again(opened: Bench) -> None:
    opened.lights.show("status", Look.ON)
    opened.seen("status")
    before = len(opened.bus.history("set"))
    for _ in range(3):
        opened.lights.show("status", Look.ON)
    opened.lights.show("receipt", Look.ON)
    opened.seen("receipt", "status")
    assert len(opened.bus.history("set")) == before + 1


# Trouble


@pytest.mark.parametrize(
    ("given", "condition"),
    [
        ({"chip": "no-such-label"}, Condition.NO_CHIP),
        ({"chip": "/dev/gpiochip7"}, Condition.NO_CHIP),
        ({"lines": {"status": "NO-SUCH-LINE"}}, Condition.NO_LINE),
        ({"lines": {"status": 4711}}, Condition.NO_LINE),
        ({"lines": {"status": "TWIN"}}, Condition.AMBIGUOUS),
        ({"lines": {"status": "LIGHT_STATUS", "help": 4}}, Condition.AMBIGUOUS),
        ({"lines": {"status": "SENSOR"}}, Condition.FAILED),
    ],
)
def test_what_is_not_there_is_a_condition_with_a_remedy(
    bench: Bench, given: dict[str, Any], condition: Condition
) -> None:
    bench.lights = bench.another(bench.heard, **given)
    bench.lights.open()
    bench.heard.condition(condition)
    health = bench.lights.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy


@pytest.mark.usefixtures("at_once")
def test_one_line_that_another_has_is_named(bench: Bench) -> None:
    bench.order("hold", line="LIGHT_RECEIPT", consumer="leds-gpio")
    bench.lights.open()
    bench.heard.condition(Condition.LINE_BUSY)
    assert "receipt: leds-gpio" in bench.lights.health().cause
    bench.order("free", line="LIGHT_RECEIPT")
    bench.heard.condition(Condition.READY)


def test_a_chip_that_may_not_be_opened_is_denied(bench: Bench) -> None:
    bench.order("deny", on=True)
    bench.lights.open()
    bench.heard.condition(Condition.DENIED)


@pytest.mark.usefixtures("at_once")
def test_a_chip_that_is_unplugged_is_told_once_and_shows_again_what_it_should(opened: Bench) -> None:
    opened.lights.show("status", Look.ON)
    opened.seen("status")
    opened.order("unplug")
    opened.lost(opened.lights, opened.heard, Condition.NO_CHIP)
    opened.lights.show("receipt", Look.ON)
    assert not opened.lights.self_test().passed
    opened.order("replug")
    opened.heard.condition(Condition.READY)
    opened.seen("receipt", "status")
    assert told(opened) == ["ready", "no-chip", "ready"]


@pytest.mark.usefixtures("at_once")
def test_a_light_whose_time_is_over_when_the_chip_is_back_stays_dark(opened: Bench) -> None:
    opened.order("unplug")
    opened.lost(opened.lights, opened.heard, Condition.NO_CHIP)
    opened.lights.show("receipt", Look.ON, 30.0)
    opened.clock.now += 31.0
    opened.order("replug")
    opened.heard.condition(Condition.READY)
    assert opened.lit() == set()


@pytest.mark.usefixtures("at_once")
def test_a_power_cycle_in_mid_blink_is_survived_and_not_told(opened: Bench) -> None:
    opened.lights.show("id_card", Look.BLINK)
    opened.seen("id_card")
    opened.order("power-cycle")
    opened.taken(2)
    opened.seen("id_card")
    assert told(opened) == ["ready"]


@pytest.mark.usefixtures("at_once")
def test_a_cable_that_wobbles_is_told_by_nobody_and_logged_once(
    opened: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="drivers.lights"):
        for times in range(2, 7):
            opened.order("power-cycle")
            opened.taken(times)
            opened.looked()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert told(opened) == ["ready"]


def test_a_line_that_is_shorted_is_stuck_and_named(opened: Bench) -> None:
    opened.order("short", line="LIGHT_RECEIPT", level=0)
    opened.lights.show("receipt", Look.ON)
    opened.heard.condition(Condition.STUCK)
    health = opened.lights.health()
    assert health.availability is Availability.UNKNOWN
    assert "receipt" in health.cause
    opened.order("short", line="LIGHT_RECEIPT", level=None)
    opened.lights.show("status", Look.ON)
    opened.heard.condition(Condition.READY)
    opened.seen("receipt", "status")


@pytest.mark.usefixtures("at_once")
def test_failures_are_logged_once_and_so_is_the_recovery(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.order("unplug")
    with caplog.at_level("INFO", logger="drivers.lights"):
        bench.lights.open()
        bench.heard.condition(Condition.NO_CHIP)
        for _ in range(5):
            bench.lights.self_test()
        bench.order("replug")
        bench.heard.condition(Condition.READY)
        bench.clock.now += STEADY_SECONDS
        bench.looked()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


# A chip that does not answer, answers late, or wrongly


@pytest.mark.usefixtures("at_once")
def test_a_chip_that_stalls_is_unknown_and_taken_again(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.lights.show("status", Look.ON)
    opened.stalled()
    opened.clock.now += HANG_SECONDS + 1
    opened.lights.attend()
    opened.heard.condition(Condition.DRIVER_FAILED)
    opened.order("stall", on=False)
    opened.heard.condition(Condition.READY)
    opened.seen("status")


@pytest.mark.parametrize("bench", ["socket"], indirect=True)
def test_closing_has_a_deadline_and_a_late_answer_leaves_all_dark(opened: Bench) -> None:
    opened.lights.show("status", Look.ON)
    opened.seen("status")
    opened.order("stall", on=True)
    opened.lights.show("receipt", Look.ON)
    opened.stalled()
    opened.lights.close()
    assert opened.lights.health().condition == Condition.UNKNOWN
    opened.order("stall", on=False)
    opened.let_go("LIGHT_STATUS")
    assert opened.lit() == set()
    assert told(opened) == ["ready"]


def test_showing_waits_for_nothing(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.lights.show("status", Look.ON)
    opened.stalled()
    assert opened.lights.show("receipt", Look.BLINK)
    assert opened.lights.health().condition == Condition.READY
    opened.order("stall", on=False)
    opened.seen("receipt", "status")


def test_a_self_test_has_a_deadline(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.lights.show("status", Look.ON)
    opened.stalled()
    outcome = opened.lights.self_test(deadline=0.05)
    assert (outcome.passed, outcome.summary) == (False, "the device is not open, or took too long")


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("how", ["empty", "foreign", "no-number", "what"])
def test_an_answer_that_makes_no_sense_costs_the_lines_a_moment(opened: Bench, how: str) -> None:
    opened.order("nonsense", how=how, times=1)
    opened.lights.show("status", Look.ON)
    opened.taken(2)
    opened.seen("status")
    assert told(opened) == ["ready"]


# Self-test


def test_self_test_lights_each_in_turn_and_reads_it_back(opened: Bench) -> None:
    outcome = opened.lights.self_test()
    assert outcome.passed
    assert outcome.summary == "each was lit in turn: look whether you saw it"
    assert dict(outcome.facts) == {"chip": LABEL, **dict.fromkeys(LINES, "set and read back")}
    shown = [{name for name, lit in entry["values"].items() if lit} for entry in opened.bus.history("set")]
    alone = [names for names in shown if names]
    assert alone == [{"LIGHT_ID_CARD"}, {"LIGHT_RECEIPT"}, {"LIGHT_STATUS"}]


def test_after_a_self_test_all_is_as_it_was(opened: Bench) -> None:
    opened.lights.show("status", Look.ON)
    opened.lights.show("id_card", Look.BLINK)
    opened.looked()
    opened.seen("id_card", "status")


def test_self_test_names_the_line_that_does_not_follow(opened: Bench) -> None:
    opened.order("short", line="LIGHT_STATUS", level=1)
    outcome = opened.lights.self_test()
    assert not outcome.passed
    assert dict(outcome.facts)["status"] == "stuck on"
    assert dict(outcome.facts)["receipt"] == "set and read back"


def test_self_test_fails_while_closed(bench: Bench) -> None:
    assert not bench.lights.self_test().passed


def test_self_test_says_why_there_are_no_lines(bench: Bench) -> None:
    bench.order("unplug")
    bench.lights.open()
    bench.heard.condition(Condition.NO_CHIP)
    assert bench.lights.self_test().summary == "no-chip"


# Bugs


@pytest.mark.usefixtures("at_once")
def test_a_bug_costs_the_device_a_moment_and_no_more(opened: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    right = opened.lights._judge

    def wrong(_read: object) -> None:
        monkeypatch.setattr(opened.lights, "_judge", right)
        raise ZeroDivisionError

    monkeypatch.setattr(opened.lights, "_judge", wrong)
    opened.lights.show("status", Look.ON)
    opened.heard.condition(Condition.DRIVER_FAILED)
    opened.heard.condition(Condition.READY)
    opened.seen("status")
