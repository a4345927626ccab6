"""What a door switch keeps, on a simulated chip in this process and behind a socket."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.device import Availability, HealthChanged
from drivers.door import Condition, DoorClosed, DoorOpened, DoorSwitch
from drivers.door.chatter import MOST_EDGES, WINDOW_SECONDS
from drivers.gpio.lines import MOST_EVENTS
from drivers.gpio.owner import HANG_SECONDS, STEADY_SECONDS
from drivers.gpio.simulator.bus import LABEL
from tests.contract.gpio_rig import FIDELITIES, GpioRig
from tests.contract.heard import Heard

TROUBLES = [
    ({"chip": "no-such-label"}, Condition.NO_CHIP),
    ({"chip": "/dev/gpiochip7"}, Condition.NO_CHIP),
    ({"line": "NO-SUCH-LINE"}, Condition.NO_LINE),
    ({"line": 4711}, Condition.NO_LINE),
    ({"line": -1}, Condition.NO_LINE),
    ({"line": "TWIN"}, Condition.AMBIGUOUS),
]


class Bench(GpioRig):
    """A door whose switch closes to ground while it is shut."""

    def __init__(self, fidelity: str, folder: Path) -> None:
        super().__init__(fidelity, folder)
        self.heard = Heard()
        self.shut()
        self.door = self.another(self.heard)

    def another(self, heard: Heard, **details: Any) -> DoorSwitch:
        """One more driver for the same line."""
        given = {"chip": LABEL, "line": "DOOR", "debounce": 0.0, "settle": 0.0, **details}
        return DoorSwitch(listener=heard, gpio=self.gpio, monotonic=self.clock, **given)

    def shut(self) -> None:
        self.order("drive", line="DOOR", level=0)

    def unshut(self) -> None:
        self.order("drive", line="DOOR", level=1)

    def moves(self) -> list[type]:
        """Every opening and closing that was told."""
        return [type(each) for each in self.heard.events if isinstance(each, DoorOpened | DoorClosed)]

    def looked(self) -> None:
        """Wait until the line was read once more."""
        self.door.self_test()
        self.door.self_test()

    def close(self) -> None:
        self.order("stall", on=False)
        self.door.close()
        super().close()


@pytest.fixture(params=FIDELITIES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def opened(bench: Bench) -> Bench:
    bench.door.open()
    bench.heard.condition(Condition.CLOSED)
    return bench


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.owner.BACK_OFF", (0.0,))
    monkeypatch.setattr("drivers.gpio.owner.BACK_OFF", (0.01,))


# Opening, closing, health


def test_health_is_unknown_before_opening(bench: Bench) -> None:
    health = bench.door.health()
    assert (health.availability, health.condition) == (Availability.UNKNOWN, Condition.UNKNOWN)


def test_the_line_is_read_at_opening(opened: Bench) -> None:
    assert opened.door.health().availability is Availability.ONLINE
    assert opened.moves() == []


def test_a_door_that_stands_open_at_opening_is_told_as_health_alone(bench: Bench) -> None:
    bench.unshut()
    bench.door.open()
    bench.heard.condition(Condition.OPEN)
    assert bench.moves() == []
    assert bench.door.health().remedy


def test_a_cable_that_is_cut_reads_as_open(bench: Bench) -> None:
    bench.order("drive", line="DOOR", level=None)
    bench.door.open()
    bench.heard.condition(Condition.OPEN)


def test_opening_twice_is_opening_once(opened: Bench) -> None:
    opened.door.open()
    assert opened.door.self_test().passed
    assert len(opened.bus.history("requested")) == 1


def test_closing_twice_is_closing_once(opened: Bench) -> None:
    opened.door.close()
    opened.door.close()
    opened.let_go()
    assert opened.door.health().condition == Condition.UNKNOWN


def test_closing_before_opening_is_nothing(bench: Bench) -> None:
    bench.door.close()
    assert bench.heard.events == []


def test_it_can_be_opened_again_after_closing(opened: Bench) -> None:
    opened.door.close()
    opened.door.open()
    opened.heard.condition(Condition.CLOSED)
    opened.unshut()
    opened.heard.next(DoorOpened)


def test_it_may_be_closed_by_its_own_listener(opened: Bench) -> None:
    opened.heard.then = lambda event: opened.door.close() if isinstance(event, DoorOpened) else None
    opened.order("bounce", line="DOOR", edges=2)
    opened.let_go()
    assert opened.door.health().condition == Condition.UNKNOWN
    assert opened.moves() == [DoorOpened]


def test_the_line_is_ours_alone_and_says_so(opened: Bench) -> None:
    assert opened.line("DOOR")["consumer"] == "kiosk"
    other = Heard()
    second = opened.another(other)
    second.open()
    other.condition(Condition.LINE_BUSY)
    assert "kiosk" in second.health().cause
    second.close()
    assert opened.door.self_test().passed


def test_a_repr_says_how_the_door_stands(opened: Bench) -> None:
    assert repr(opened.door) == "<DoorSwitch door: closed>"


# Moving


def test_opening_and_closing_are_told_each_once(opened: Bench) -> None:
    opened.unshut()
    opened.heard.next(DoorOpened)
    opened.heard.condition(Condition.OPEN)
    opened.shut()
    opened.heard.next(DoorClosed)
    opened.heard.condition(Condition.CLOSED)
    opened.looked()
    assert opened.moves() == [DoorOpened, DoorClosed]


def test_a_door_that_was_opened_and_shut_between_two_looks_is_told(opened: Bench) -> None:
    opened.order("bounce", line="DOOR", edges=2)
    opened.heard.next(DoorClosed)
    assert opened.moves() == [DoorOpened, DoorClosed]
    assert opened.door.health().condition == Condition.CLOSED


def test_the_other_polarity(bench: Bench) -> None:
    bench.door = bench.another(bench.heard, active_low=False)
    bench.door.open()
    bench.heard.condition(Condition.OPEN)
    bench.unshut()
    bench.heard.next(DoorClosed)


def test_a_line_by_its_offset_and_a_chip_by_its_path(bench: Bench) -> None:
    bench.door = bench.another(bench.heard, chip="/dev/gpiochip0", line=0)
    bench.door.open()
    bench.heard.condition(Condition.CLOSED)


def test_bounces_within_the_debounce_period_are_one_edge(bench: Bench) -> None:
    bench.door = bench.another(bench.heard, debounce=0.02)
    bench.door.open()
    bench.heard.condition(Condition.CLOSED)
    bench.order("bounce", line="DOOR", edges=15)
    bench.heard.next(DoorOpened)
    assert dict(bench.door.self_test().facts)["edges"] == "1"


def test_the_kernel_debounces(opened: Bench) -> None:
    opened.door.close()
    opened.door = opened.another(opened.heard, debounce=0.02)
    opened.door.open()
    opened.heard.condition(Condition.CLOSED)
    assert opened.line("DOOR")["debounce"] == 0.02
    assert opened.line("DOOR")["bias"] == "pull-up"


# Lost edges, chatter


def test_edges_that_the_kernel_had_no_room_for_are_made_good_by_the_line(opened: Bench) -> None:
    opened.order("bounce", line="DOOR", edges=MOST_EVENTS * 3 + 1)
    opened.heard.condition(Condition.CHATTERING)
    opened.clock.now += WINDOW_SECONDS + 1
    opened.looked()
    opened.heard.next(DoorOpened)
    opened.heard.condition(Condition.OPEN)
    facts = dict(opened.door.self_test().facts)
    assert facts["edges"] == str(MOST_EVENTS * 3 + 1)
    assert int(facts["lost edges"]) > 0


def test_chatter_is_one_condition_and_no_storm_of_events(opened: Bench) -> None:
    opened.order("bounce", line="DOOR", edges=MOST_EDGES + 2)
    opened.heard.condition(Condition.CHATTERING)
    assert opened.door.health().availability is Availability.UNKNOWN
    assert opened.moves() == []
    assert not opened.door.self_test().passed


def test_chatter_is_over_once_it_was_quiet(opened: Bench) -> None:
    opened.order("bounce", line="DOOR", edges=MOST_EDGES + 2)
    opened.heard.condition(Condition.CHATTERING)
    opened.clock.now += WINDOW_SECONDS + 1
    opened.looked()
    opened.heard.condition(Condition.CLOSED)
    assert opened.moves() == []


def test_as_many_edges_as_a_hand_makes_are_no_chatter(opened: Bench) -> None:
    for _ in range(MOST_EDGES):
        opened.order("bounce", line="DOOR", edges=2)
        opened.heard.next(DoorClosed)
        opened.clock.now += WINDOW_SECONDS
    assert Condition.CHATTERING not in [each.health.condition for each in opened.heard.of(HealthChanged)]


# Trouble


@pytest.mark.parametrize(("given", "condition"), TROUBLES, ids=[str(given) for given, _ in TROUBLES])
def test_what_is_not_there_is_a_condition_with_a_remedy(
    bench: Bench, given: dict[str, Any], condition: Condition
) -> None:
    bench.door = bench.another(bench.heard, **given)
    bench.door.open()
    bench.heard.condition(condition)
    health = bench.door.health()
    assert health.availability is Availability.OFFLINE
    assert health.cause
    assert health.remedy


def test_several_chips_with_one_label_are_ambiguous_and_a_path_is_not(bench: Bench) -> None:
    bench.order("second-chip", on=True)
    bench.door.open()
    bench.heard.condition(Condition.AMBIGUOUS)
    assert "/dev/gpiochip0, /dev/gpiochip90" in bench.door.health().cause
    bench.door.close()
    bench.door = bench.another(bench.heard, chip="/dev/gpiochip90")
    bench.door.open()
    bench.heard.condition(Condition.CLOSED)


@pytest.mark.usefixtures("at_once")
def test_a_line_that_another_has_is_busy_until_it_is_free(bench: Bench) -> None:
    bench.order("hold", line="DOOR", consumer="gpio-keys")
    bench.door.open()
    bench.heard.condition(Condition.LINE_BUSY)
    assert "gpio-keys" in bench.door.health().cause
    bench.order("free", line="DOOR")
    bench.heard.condition(Condition.CLOSED)


@pytest.mark.parametrize("chip", [LABEL, "/dev/gpiochip0"])
def test_a_chip_that_may_not_be_opened_is_denied(bench: Bench, chip: str) -> None:
    bench.order("deny", on=True)
    bench.door = bench.another(bench.heard, chip=chip)
    bench.door.open()
    bench.heard.condition(Condition.DENIED)


@pytest.mark.usefixtures("at_once")
def test_a_chip_that_is_missing_is_waited_for(bench: Bench) -> None:
    bench.order("unplug")
    bench.door.open()
    bench.heard.condition(Condition.NO_CHIP)
    bench.order("replug")
    bench.heard.condition(Condition.CLOSED)


@pytest.mark.usefixtures("at_once")
def test_a_chip_that_is_unplugged_is_told_once_and_found_again_by_its_label(opened: Bench) -> None:
    opened.order("unplug")
    opened.lost(opened.door, opened.heard, Condition.NO_CHIP)
    assert not opened.door.self_test().passed
    opened.order("replug")
    opened.heard.condition(Condition.CLOSED)
    assert opened.bus.state()["chips"] == ["/dev/gpiochip1"]
    conditions = [each.health.condition for each in opened.heard.of(HealthChanged)]
    assert conditions == ["closed", "no-chip", "closed"]
    assert opened.moves() == []


@pytest.mark.usefixtures("at_once")
def test_a_door_that_is_opened_while_the_chip_is_away_is_told_afterwards(opened: Bench) -> None:
    opened.order("unplug")
    opened.lost(opened.door, opened.heard, Condition.NO_CHIP)
    opened.unshut()
    opened.order("replug")
    opened.heard.next(DoorOpened)
    opened.heard.condition(Condition.OPEN)


@pytest.mark.usefixtures("at_once")
def test_a_power_cycle_is_survived_and_not_told(opened: Bench) -> None:
    opened.order("power-cycle")
    opened.taken(2)
    opened.unshut()
    opened.heard.next(DoorOpened)
    opened.heard.condition(Condition.OPEN)
    assert [each.health.condition for each in opened.heard.of(HealthChanged)] == ["closed", "open"]


@pytest.mark.usefixtures("at_once")
def test_a_cable_that_wobbles_is_told_by_nobody_and_logged_once(
    opened: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="drivers.door"):
        for times in range(2, 7):
            opened.order("power-cycle")
            opened.taken(times)
            opened.looked()
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        opened.clock.now += STEADY_SECONDS
        opened.looked()
        opened.looked()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert [each.health.condition for each in opened.heard.of(HealthChanged)] == ["closed"]


def test_a_chip_that_does_not_stay_is_not_taken(bench: Bench) -> None:
    bench.door = bench.another(bench.heard, settle=0.5)
    bench.door.open()
    bench.bus.wait_for(lambda: bool(bench.bus.history("opened")))
    bench.order("unplug")
    bench.heard.condition(Condition.NO_CHIP)
    assert bench.bus.history("requested") == []


@pytest.mark.usefixtures("at_once")
def test_failures_are_logged_once_and_so_is_the_recovery(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.order("unplug")
    with caplog.at_level("INFO", logger="drivers.door"):
        bench.door.open()
        bench.heard.condition(Condition.NO_CHIP)
        for _ in range(5):
            bench.door.self_test()
        bench.order("replug")
        bench.heard.condition(Condition.CLOSED)
        bench.clock.now += STEADY_SECONDS
        bench.looked()
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "INFO"]


# A chip that does not answer, answers late, or wrongly


@pytest.mark.usefixtures("at_once")
def test_a_chip_that_stalls_is_unknown_and_taken_again(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.unshut()
    opened.stalled()
    opened.clock.now += HANG_SECONDS + 1
    opened.door.attend()
    opened.heard.condition(Condition.DRIVER_FAILED)
    opened.order("stall", on=False)
    opened.heard.condition(Condition.OPEN)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("bench", ["socket"], indirect=True)
def test_an_answer_that_comes_too_late_is_nobodys(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.unshut()
    opened.stalled()
    opened.clock.now += HANG_SECONDS + 1
    opened.door.attend()
    opened.heard.condition(Condition.DRIVER_FAILED)
    opened.door.close()
    heard = len(opened.heard.events)
    opened.order("stall", on=False)
    opened.let_go()
    assert len(opened.heard.events) == heard


def test_a_stall_that_is_short_is_not_noticed(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.unshut()
    opened.stalled()
    opened.door.attend()
    opened.order("stall", on=False)
    opened.heard.next(DoorOpened)
    assert opened.heard.of(HealthChanged)[0].health.condition == "closed"
    assert Condition.DRIVER_FAILED not in [each.health.condition for each in opened.heard.of(HealthChanged)]


def test_a_self_test_has_a_deadline(opened: Bench) -> None:
    opened.order("stall", on=True)
    opened.unshut()
    opened.stalled()
    outcome = opened.door.self_test(deadline=0.05)
    assert (outcome.passed, outcome.summary) == (False, "the device is not open, or hangs")


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("how", ["empty", "no-number", "what"])
def test_an_answer_that_makes_no_sense_costs_the_line_a_moment(opened: Bench, how: str) -> None:
    opened.order("nonsense", how=how, times=3)
    opened.unshut()
    opened.heard.condition(Condition.OPEN)
    assert len(opened.bus.history("requested")) > 1
    assert [each.health.condition for each in opened.heard.of(HealthChanged)] == ["closed", "open"]


def test_an_edge_of_another_line_is_passed_over(opened: Bench) -> None:
    opened.order("nonsense", how="foreign", times=1)
    opened.unshut()
    opened.heard.next(DoorOpened)
    assert dict(opened.door.self_test().facts)["edges"] == "1"


# Self-test


def test_self_test_reads_the_line_now(opened: Bench) -> None:
    outcome = opened.door.self_test()
    assert (outcome.passed, outcome.summary) == (True, "the door is closed")
    assert dict(outcome.facts) == {"chip": LABEL, "line": "DOOR", "edges": "0", "lost edges": "0"}


def test_self_test_passes_with_the_door_open(opened: Bench) -> None:
    opened.unshut()
    opened.heard.condition(Condition.OPEN)
    assert (opened.door.self_test().passed, opened.door.self_test().summary) == (True, "the door is open")


def test_self_test_fails_while_closed(bench: Bench) -> None:
    assert not bench.door.self_test().passed


def test_self_test_says_why_there_is_no_line(bench: Bench) -> None:
    bench.order("unplug")
    bench.door.open()
    bench.heard.condition(Condition.NO_CHIP)
    assert bench.door.self_test().summary == "no-chip"


# Bugs


@pytest.mark.usefixtures("at_once")
def test_a_bug_costs_the_device_a_moment_and_no_more(opened: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    right = opened.door._tell

    def wrong(_closed: bool) -> None:
        monkeypatch.setattr(opened.door, "_tell", right)
        raise ZeroDivisionError

    monkeypatch.setattr(opened.door, "_tell", wrong)
    opened.unshut()
    opened.heard.condition(Condition.DRIVER_FAILED)
    opened.heard.condition(Condition.OPEN)


def test_the_errno_of_a_busy_line_is_the_kernels(opened: Bench) -> None:
    chip = opened.gpio.open("/dev/gpiochip0")
    with pytest.raises(OSError, match="busy") as caught:
        chip.request_lines({0: None})
    assert caught.value.errno == errno.EBUSY
    chip.close()
