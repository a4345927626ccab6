"""What is made of measurements: ratios, goals, the table. The measuring itself is `make bench`."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from deploy.sandbox.gateway.sealing import unseal
from flows.loader import load_names
from kiosk.seal import Sealed, canonical, seal
from tests.bench import (
    backlog,
    backlog_start,
    card_reader,
    drain,
    identity,
    idle,
    receipt,
    recovery,
    scale,
    sealing,
    search,
    walk,
)
from tests.bench.__main__ import SECTIONS
from tests.bench.cabinet import WELL
from tests.bench.rows import FIELDS, percentile, row
from tests.bench.start_phases import PHASES
from tests.bench.table import table, unmet
from tests.bench.walk_agent import Record
from tests.bench.walk_shares import Asked, common, length, shares
from tests.drivers.smart_card.bench import needs_pcsc


def test_a_row_has_the_keys_that_the_issue_names() -> None:
    assert tuple(row("x", "ms", 1.0)) == FIELDS


@pytest.mark.parametrize(("ours", "holds"), [(2.0, True), (2.1, False)])
def test_a_goal_is_about_the_ratio_to_the_peer(ours: float, holds: bool) -> None:
    assert row("x", "ms", ours, peer=("p", 1.0), goal=2.0)["holds"] is holds


def test_where_there_is_a_limit_the_ratio_is_to_the_limit() -> None:
    made = row("x", "ms", 3.0, peer=("p", 1.0), limit=("l", 2.0), goal=1.0)
    assert (made["ratio"], made["holds"]) == (1.5, False)


def test_what_has_no_goal_is_only_told() -> None:
    assert row("x", "ms", 3.0, peer=("p", 1.0))["holds"] is None


@pytest.mark.parametrize(("percent", "value"), [(50, 5), (95, 10), (90, 9), (100, 10), (1, 1)])
def test_percentile_is_the_nearest_rank(percent: int, value: int) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == value


def test_the_table_is_aligned_and_says_what_does_not_hold() -> None:
    rows = [
        row("页面", "ms", 5.0, peer=("Flask", 1.0), goal=2.0),
        row("longer", "MB", 12345.0, limit=("limit", 12345.0), goal=1.05),
        row("told", "ms", 1.0),
    ]
    heads, bad, good, told = table(rows).splitlines()
    assert heads.index("beside") == bad.index("Flask") + len("页面") == good.index("limit")
    assert (bad.split()[-1], good.split()[-1], told.split()[-1]) == ("NO", "yes", "told")
    assert "12,340 MB" in good
    assert unmet(rows) == ["页面: 5.0 of Flask, goal ≤ 2.0"]


@pytest.mark.parametrize(("phase", "holder", "name"), PHASES)
def test_what_the_start_is_timed_by_is_still_there(phase: str, holder: object, name: str) -> None:
    assert callable(getattr(holder, name, None)), phase


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_there_to_be_run(section: str) -> None:
    """Read, not imported: the peers that some of them measure beside are installed by `make bench` alone."""
    module = ast.parse(Path(__file__).with_name(f"{section}.py").read_text(encoding="utf-8"))
    assert "run" in {each.name for each in module.body if isinstance(each, ast.FunctionDef)}


def test_time_that_two_spans_share_counts_once() -> None:
    spans = [(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)]
    assert length(spans) == 4.0
    assert common(spans, [(2.5, 5.5), (2.6, 2.7)]) == [(2.5, 3.0), (5.0, 5.5)]


def test_a_page_that_comes_with_the_answer_took_as_long_as_the_answer() -> None:
    record = Record(wire=[(10.5, 10.9)], shown=[(10.2, 1, True), (11.0, 2, False)])
    (share,) = shares([Asked("/act", 10.0, 11.5)], ["填写"], record)
    assert (share.whole, share.waiting, share.own) == pytest.approx((1.5, 0.4, 1.1))


def test_how_late_the_poll_finds_the_next_page_is_nobodys_time() -> None:
    record = Record(wire=[(11.0, 13.0)], shown=[(10.2, 1, True), (13.5, 2, False)])
    asked = [Asked("/act", 10.0, 10.5), Asked("/events", 12.0, 12.1), Asked("/", 19.0, 19.25)]
    (share,) = shares(asked, ["提交"], record)
    assert (share.whole, share.waiting) == pytest.approx((3.5 + 0.25, 2.0))


def test_what_goes_out_behind_a_page_that_can_be_touched_is_no_waiting() -> None:
    record = Record(wire=[(10.0, 11.0)], shown=[(9.0, 1, False)])
    (share,) = shares([Asked("/act", 10.0, 10.8)], ["评价"], record)
    assert share.waiting == 0.0


def test_a_share_belongs_to_the_touch_before_the_next() -> None:
    asked = [Asked("/act", 1.0, 2.0), Asked("/", 2.5, 3.0), Asked("/act", 4.0, 4.5)]
    first, second = shares(asked, ["一", "二"], Record(shown=[(0.0, 1, False)]))
    assert (first.title, first.whole) == ("一", 1.5)
    assert (second.title, second.whole) == ("二", 0.5)


@pytest.mark.parametrize("size", [2_000, 100_000])
def test_all_envelopes_open_to_the_same_application(size: int) -> None:
    with sealing.ends() as both:
        body = sealing.application(both, size)
        payload = canonical(body)
        sealed = seal(body, both.key, both.offered, sealing.IDEMPOTENCY)
        assert isinstance(sealed, Sealed)
        assert len(sealed.envelope) == pytest.approx(size, rel=0.02)
        for made in (sealed.envelope, *(each.seal(payload) for each in both.others.values())):
            # joserfc and cryptography name no key of the gateway; it has one.
            assert all(each.open(made) == payload for each in both.others.values())
        assert unseal(both.tx, sealed.envelope, sealing.IDEMPOTENCY) == (body, sealing.TERMINAL)


def test_the_table_of_sealing_has_each_way_beside_each_other() -> None:
    with sealing.ends() as both:
        rows = sealing.measured(both, "2 KB", 1)
    assert [each["limit_name"] or each["peer_name"] for each in rows] == 2 * [
        sealing.CIPHER,
        sealing.JOSERFC,
        sealing.PRIMITIVES,
    ]


def test_an_item_is_walked_and_what_the_agent_sent_is_what_the_city_got() -> None:
    rows = {each["name"].partition(": ")[2]: each for each in walk.measured(walk.ITEMS[0], 1, 0)}
    assert rows["agent's own share of a page"]["limit"] == 15.0
    assert rows["pages from first touch to home"]["ours"] >= 10
    assert rows["requests to the gateway"]["ours"] >= 2
    assert rows["requests to identity"]["ours"] >= 1
    assert (
        0 < rows["… of which waiting for the city"]["ours"] < rows["whole walk, without the citizen"]["ours"]
    )


@pytest.mark.parametrize("way", ["card", "face"])
def test_a_login_takes_one_round_trip_at_the_wire_and_in_the_ledger(way: str) -> None:
    with identity.sides() as (ours, bare, person, city):
        trips, *_ = identity.measured(way, ours, bare, person, city, 1)
    assert trips["ours"] == 1


def test_what_is_queued_arrives_by_both_ways_and_both_are_timed() -> None:
    with drain.terminal() as one:
        each, rate = drain.measured(one, 3, 1)
    assert (each["goal"], each["unit"], rate["unit"]) == (1.25, "ms", "1/s")
    assert each["ours"] > 0
    assert rate["peer"] == pytest.approx(1000 / each["peer"], rel=0.01)


@pytest.mark.parametrize("waiting", [True, False])
def test_a_backlog_is_measured_beside_the_smallest_of_the_same_state(waiting: bool) -> None:
    rows = backlog.measured((5, 20, 40), 1, 3, waiting=waiting)
    assert len(rows) == 2 * len(backlog.PARTS)
    assert {each["peer_name"] for each in rows} == {"with 5"}
    assert [each["goal"] for each in rows] == 6 * [1.2] + 2 * [None]


def test_what_is_queued_is_there_when_the_files_are_opened_warm_and_cold() -> None:
    rows = backlog_start.measured(20, {"warm": 1, "cold": 1})
    assert [each["limit"] for each in rows] == [2000.0, None, 2000.0, None]
    assert all(each["ours"] > 0 for each in rows)


def test_search_is_measured_among_the_citys_items_and_ten_times_as_many() -> None:
    asked = search.queries(random.Random(1))
    few = search.catalogue(search.PLACES[:1])
    assert len(few.flows) == len(load_names())
    assert len({flow.name for flow in search.catalogue(search.PLACES).flows}) == 10 * len(few.flows)
    assert len(asked) == 8 * len(few.flows)
    screen = search.SearchScreen(few)
    times = search.measured(search.at_once(few.find), search.touching(screen), asked[:16])
    assert all(each > 0 for each in times)


def test_as_many_items_again_are_loaded_kept_and_walked_beside_the_citys_own() -> None:
    rows = scale.measured(2, 1)
    assert [each["goal"] for each in rows] == [1.0, 1.1, 1.1, 1.1]
    assert rows[0]["name"].startswith(f"{len(load_names())} items")
    assert {each["peer_name"] for each in rows[1:]} == {f"among {len(load_names())}"}
    assert all(each["ours"] > 0 for each in rows)


def test_a_card_is_read_beside_the_bytes_of_its_reading() -> None:
    made = card_reader.reading(115_200, 1)
    # Four requests of ten bytes, and answers to find, select, read and new address.
    assert made["limit_name"] == "1380 bytes on the wire"
    assert made["ours"] > 0


def test_a_receipt_is_printed_by_both_and_only_the_peers_is_wrong() -> None:
    whole, text, cut, known, plain, chinese = receipt.rows(1)
    assert [each["goal"] for each in (whole, text, cut, known)] == [1.0, None, 1.0, None]
    assert whole["ours"] > text["ours"]
    assert [each["ours"] for each in (plain, chinese)] == [0, 0]
    assert plain["peer"] > chinese["peer"] > 0


def test_all_drivers_idle_together_and_each_fault_is_over_once_it_is_mended() -> None:
    needs_pcsc()
    idling, waiting = idle.rows(0.1)
    assert (idling["limit"], waiting["limit"]) == (1.0, None)
    assert {each.device for each in recovery.FAULTS} == set(WELL)
    cover = next(each for each in recovery.FAULTS if "cover" in each.what)
    [made] = recovery.rows([cover], 1, 0.0)
    assert (made["limit"], made["unit"]) == (cover.bound, "s")
    assert made["ours"] > 0
