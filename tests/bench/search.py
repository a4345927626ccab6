"""What a query of the search page costs among the city's 373 items, and among ten times as many.

The names and departments are those of `flows/catalogue/names.csv`; ten times as many are the same in each of
ten places (和平区…), so that all names differ. Every name is asked for in eight ways: whole, by a piece, by
its pinyin, by its beginning, by its first letters, by pinyin with a slip of the finger and with sounds that
are mixed, and by two syllables apart. A query is what one touch costs behind the web room: `Lobby.act` and
`Lobby.page`; the look-up in the index alone is told. The two sizes take turns query by query; both are timed
in this thread's own processor time, which other work on the machine disturbs least, and shown is the round
whose ratio of 95th percentiles is the median. The index is made before, and that is told, with the memory
that it keeps.
"""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from flows.loader import load_names
from kiosk import pinyin
from kiosk.catalogue import Catalogue
from kiosk.home import Offer
from kiosk.lobby import Lobby
from tests.bench.rows import percentile, row
from tests.flows.items import NOTICE, item
from tests.kiosk.shell import Situation

PLACES = ("", "和平区", "河东区", "河西区", "南开区", "河北区", "红桥区", "东丽区", "西青区", "津南区")
ROUNDS = 9
LIMIT_MS = 20.0
GROWTH = 1.1

Ask = Callable[[str], object]


def catalogue(places: tuple[str, ...]) -> Catalogue:
    """All items of the city in each of `places`."""
    flows = [
        item(
            {},
            NOTICE,
            item=code if at == 0 else f"{code}-{at}",
            name=place + each.name,
            short=each.name[:12],
            department=each.department,
        )
        for at, place in enumerate(places)
        for code, each in load_names().items()
    ]
    return Catalogue({flow.item: flow for flow in flows})


def queries(chance: random.Random) -> list[str]:
    """Every name of the city in eight ways."""
    asked = []
    for each in load_names().values():
        name = pinyin.plain(each.name)
        syllables = [readings[0] for readings in pinyin.units(name)]
        at = chance.randrange(max(1, len(name) - 2))
        spelled = "".join(syllables[at : at + 3])
        slip = chance.randrange(len(spelled) - 1)
        asked += [
            each.name,
            name[at : at + 2],
            "".join(syllables),
            "".join(syllables)[: chance.randrange(1, 7)],
            "".join(reading[0] for reading in syllables)[:5],
            spelled[:slip] + chance.choice("abdegijx") + spelled[slip + 1 :],
            spelled.replace("h", "").replace("ng", "n"),
            " ".join(syllables[at : at + 2]),
        ]
    return asked


def touching(one: Catalogue) -> Ask:
    """A touch on the search page."""
    lobby = Lobby(Offer(one, Situation()), "12345", "")
    lobby.act("search", {})

    def touch(text: str) -> object:
        lobby.act("find", {"query": text})
        return lobby.page(elder=False)

    return touch


def measured(few: Ask, many: Ask, asked: list[str]) -> tuple[float, float]:
    """The 95th percentiles of one round, in ms."""
    times: tuple[list[float], list[float]] = ([], [])
    for at, text in enumerate(asked):
        order = ((few, times[0]), (many, times[1]))
        for ask, took in order if at % 2 else reversed(order):
            began = time.thread_time()
            ask(text)
            took.append((time.thread_time() - began) * 1000)
    return percentile(times[0], 95), percentile(times[1], 95)


def middle(few: Ask, many: Ask, asked: list[str]) -> tuple[float, float]:
    """The round with the median of the ratios."""
    gc.disable()
    rounds = sorted((measured(few, many, asked) for _ in range(ROUNDS)), key=lambda each: each[1] / each[0])
    gc.enable()
    return rounds[len(rounds) // 2]


def made(places: tuple[str, ...]) -> tuple[Catalogue, float]:
    """A catalogue with its index, and the milliseconds of processor that making the index took."""
    one = catalogue(places)
    began = time.thread_time()
    assert len(one.find(one.flows[0].name))
    return one, (time.thread_time() - began) * 1000


def kept() -> float:
    """Megabytes that the index of the city's items keeps."""
    one = catalogue(PLACES[:1])
    tracemalloc.start()
    assert len(one.find("s"))
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size / 1e6


def run() -> list[dict[str, Any]]:
    """The rows."""
    pinyin.table()
    few, making = made(PLACES[:1])
    many, _ = made(PLACES)
    asked = queries(random.Random(373))
    touch, touch_many = middle(touching(few), touching(many), asked)
    look, look_many = middle(few.find, many.find, asked)
    count, more = len(few.flows), f"{len(many.flows):,}"
    beside = f"among {count}"
    return [
        row(f"search among {count} items, p95", "ms", touch, limit=("issue D", LIMIT_MS), goal=1.0),
        row(f"search among {more} items, p95", "ms", touch_many, peer=(beside, touch), goal=GROWTH),
        row(f"… the look-up alone, {more}", "ms", look_many, peer=(beside, look)),
        row(f"index of {count} items made, processor", "ms", making),
        row(f"index of {count} items kept", "MB", kept()),
    ]
