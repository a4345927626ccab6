"""Whatever happens in whatever order: nothing is claimed that is not so, and nobody is taken for another."""

from __future__ import annotations

from pathlib import Path

from flows.page import ResultBody
from offline_cache.submission import State
from tests.kiosk.any_order import PEOPLE, AnyOrder, Seen

WALKS = 48
STEPS = 600


def look(world: AnyOrder, seen: Seen) -> None:
    """What must hold between any two events."""
    assert not world.crashes, world.crashes
    view, visit = world.terminal.view, world.terminal._visit
    body = view.page.body
    seen[str(body.__struct_config__.tag)] += 1
    if visit is None:
        assert not view.visitor
        assert not world.login._tokens
        return
    run = visit.run
    if run is not None and run.filed is not None:
        world.outbox.get(run.filed.slip)  # what is claimed was written down
    if isinstance(body, ResultBody) and run is not None and run.filed is not None:
        seen[f"claims {body.state}"] += 1
        assert (body.state == "stored") or run.filed.slip in world.acted
    if run is not None and run.person is not None and run.person.level != "none":
        number = run.person.id_number
        others = [each.id_number for each in PEOPLE if each.id_number != number]
        token = world.login._tokens.get(visit.id)
        assert token is None or world.whose[token.text] == number
        if run.principal is None and not run.proxied:
            told = " ".join(each.value for each in run.values.values())
            assert not any(other in told for other in others)


def test_nothing_is_claimed_that_is_not_so_and_nobody_is_taken_for_another(tmp_path: Path) -> None:
    seen = Seen()
    for seed in range(WALKS):
        world = AnyOrder(tmp_path, seed)
        for _ in world.steps(STEPS):
            look(world, seen)
        world.full = False
        world.pass_time(2000)
        assert world.terminal._visit is None, "a visit that never ends"
        world.store.close()
    claims = {"claims accepted", "claims received", "claims stored", "claims to-confirm"}
    assert claims | {"trouble", "escalated", "out-of-service", "table", "guide", "ended"} <= set(seen)


def test_what_was_written_down_is_acted_on_once_the_line_is_back(tmp_path: Path) -> None:
    for seed in range(WALKS // 6):
        world = AnyOrder(tmp_path, seed)
        for _ in world.steps(STEPS):
            pass
        world.full, world.up = False, True
        for _ in range(2000):
            world.clock.advance(world.sync.step() or 0.1)
        rows = world.outbox.list()
        assert world.outbox.depth() == 0
        done = {row.key for row in rows if row.state is State.DONE}
        assert done == world.acted
        assert len({row.key for row in rows}) == len(rows)
        world.store.close()
