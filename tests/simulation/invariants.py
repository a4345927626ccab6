"""What must hold of every story, whatever went wrong in it. Each names what broke, never a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from offline_cache.journal import Intact
from offline_cache.payments import KeptPayment
from offline_cache.submission import Filed, State
from tests.simulation.citizen import Promise
from tests.simulation.story import Told

KNOWN_TO_THE_DESK = {"conflict"}
"""Why a promised submission may lie with the desk: the city itself said 409 CONFLICT to it."""


def once(told: Told) -> Iterator[str]:
    """Acknowledged, processed exactly once: no key took effect twice, what was shown as taken did once."""
    times = Counter(row["key"] for row in told.city.effects())
    for key, count in times.items():
        if count > 1:
            yield f"{key} took effect {count} times"
    made = {row["made"] for row in told.city.effects()}
    for promise in _promises(told):
        if not promise.slip:
            if promise.case_no not in made:
                yield f"{promise.case_no} was shown as {promise.state} and is not a case"
        elif promise.state in {"accepted", "received", "to-confirm"} and times[promise.slip] != 1:
            yield f"{promise.slip} was shown as {promise.state} and took effect {times[promise.slip]} times"


def kept(told: Told) -> Iterator[str]:
    """Nothing promised is lost: in the evening each is done, refused with its reason, or with the desk."""
    rows = _rows(told)
    for promise in _promises(told):
        row = rows.get(promise.slip)
        if not promise.slip:
            continue
        if row is None:
            yield f"{promise.slip} was promised and is not in the outbox"
        elif row.state is State.QUARANTINED and row.reason in KNOWN_TO_THE_DESK:
            continue
        elif row.state not in {State.DONE, State.REFUSED}:
            yield f"{promise.slip} was promised and is {row.state.value} ({row.reason})"
    for payment in {each for record in told.records for each in record.paid}:
        held = next((each for each in _book(told) if each.id == payment), None)
        if held is None or held.state.value not in {"paid", "refund-owed", "refunded"}:
            yield f"payment {payment} was shown as paid and is {held.state.value if held else 'forgotten'}"


def agreed(told: Told) -> Iterator[str]:
    """Nothing unpromised is sent: no more than a citizen said yes to, nothing that is not in the outbox."""
    rows = _rows(told)
    for record in told.records:
        mine = [row for row in rows.values() if row.visit in record.visits]
        rated = sum(row.operation == "rate" for row in mine)
        if rated > record.confirmed["rate"]:
            yield f"{rated} ratings of {record.confirmed['rate']} that were given ({record.part.item})"
        if len(mine) - rated > record.confirmed["file"]:
            yield f"{len(mine) - rated} submissions of {record.confirmed['file']} ({record.part.item})"
    sealed = {"submitApplication", "supplementCase", "rate", "escalate"}
    for row in told.city.effects():
        if row["operation"] in sealed and row["key"] not in rows:
            yield f"{row['key']} ({row['operation']}) reached the city and is not in the outbox"


def in_order(told: Told) -> Iterator[str]:
    """Within a visit the city heard of one after the other as they were confirmed."""
    heard = {row["key"]: number for number, row in enumerate(told.city.effects())}
    visits: dict[str, list[Filed]] = defaultdict(list)
    for row in _rows(told).values():
        if row.key in heard:
            visits[row.visit].append(row)
    for visit, rows in visits.items():
        rows.sort(key=lambda row: row.sequence)
        places = [heard[row.key] for row in rows]
        if places != sorted(places):
            yield f"visit {visit}: the city heard {places}"


def ends(told: Told) -> Iterator[str]:
    """Every visit ends, and the screen is blank after it."""
    yield from told.overstayed


def verifies(told: Told) -> Iterator[str]:
    """The journal's chain holds, at every start and in the evening."""
    yield from told.broken_chains
    if told.box.agent is not None:
        verdict = told.box.agent._stores.journal.verify()
        if not isinstance(verdict, Intact):
            yield f"the journal: {verdict.what.value} at {verdict.sequence}"


def nothing_personal(told: Told) -> Iterator[str]:
    """Nothing of a citizen stands on the disk or in a log, in any encoding."""
    yield from told.traces


def no_bug(told: Told) -> Iterator[str]:
    """No job of the agent ended with an exception, and everything is settled in the evening."""
    yield from told.errors


INVARIANTS: tuple[Callable[[Told], Iterator[str]], ...] = (
    once,
    kept,
    agreed,
    in_order,
    ends,
    verifies,
    nothing_personal,
    no_bug,
)


def broken(told: Told) -> list[str]:
    """What does not hold, by the name of the invariant."""
    return [f"{each.__name__}: {words}" for each in INVARIANTS for words in each(told)]


def _promises(told: Told) -> Iterator[Promise]:
    for record in told.records:
        yield from record.promises.values()


def _rows(told: Told) -> dict[str, Filed]:
    assert told.box.agent is not None
    return {row.key: row for row in told.box.agent._stores.outbox.list(limit=10_000)}


def _book(told: Told) -> list[KeptPayment]:
    assert told.box.agent is not None
    return told.box.agent._stores.payments.all()
