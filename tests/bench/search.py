"""What a query of the search page costs among the city's 373 items, and among ten times as many.

The names and departments are those of `flows/catalogue/names.csv`; ten times as many are the same in each of
ten places (和平区…), so that all names differ. Every name is asked for in eight ways: whole, by a piece, by
its pinyin, by its beginning, by its first letters, by pinyin with a slip of the finger and with sounds that
are mixed, and by two syllables apart. A query is one touch as the citizen waits for it, from the request to
the page that answers it; what of it lies behind the web room (`Lobby.act` and `Lobby.page`), and the look-up
in the index alone, are told. The two sizes take turns query by query; both are timed in this thread's own
processor time, which other work on the machine disturbs least, and shown is the round whose ratio of 95th
percentiles is the median. The index is made before, and that is told, with the memory that it keeps.
"""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.test import EnvironBuilder

from flows.loader import load_names
from kiosk import pinyin
from kiosk.catalogue import Catalogue
from kiosk.home import Offer
from kiosk.lobby import Lobby
from kiosk.views import View, VisitPage
from kiosk.web.app import create_app
from kiosk.web.wall import COOKIE
from tests.bench.rows import percentile, row
from tests.flows.items import NOTICE, item
from tests.kiosk.shell import Situation
from tests.kiosk.web.test_wall import BROWSER, ORIGIN

PLACES = ("", "和平区", "河东区", "河西区", "南开区", "河北区", "红桥区", "东丽区", "西青区", "津南区")
ROUNDS = 5
LIMIT_MS = 20.0
GROWTH = 1.1

Ask = Callable[[str], Callable[[], object]]
"""What is timed, made ready."""
SECRET = "a-secret-made-for-the-bench"


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


class SearchScreen:
    """The search page as the web room sees it."""

    def __init__(self, one: Catalogue) -> None:
        self._lobby = Lobby(Offer(one, Situation()), "12345", "")
        self._lobby.act("search", {})
        self._turn = 1

    def find(self, text: str) -> VisitPage:
        """What a touch costs behind the web room."""
        self._lobby.act("find", {"query": text})
        return self._lobby.page(elder=False)

    def act(self, turn: int, action: str, values: Mapping[str, str]) -> View:
        """A touch on the page."""
        assert (turn, action) == (self._turn, "find")
        self._turn += 1
        page = self.find(values["query"])
        return View(turn=self._turn, page=page, service_name="政务服务", terminal="tj-bench-1")

    def view(self) -> View:
        """The page that lies there."""
        page = self._lobby.page(elder=False)
        return View(turn=self._turn, page=page, service_name="政务服务", terminal="tj-bench-1")

    def changed(self, after: int) -> int:
        """Nothing changes by itself."""
        del after
        return self._turn

    def pressed(self, turn: int) -> tuple[str, ...]:
        """There is no keypad."""
        del turn
        return ()

    def camera(self, word: str) -> None:
        """There is no camera."""

    def beat(self) -> None:
        """Nobody watches."""

    def touched(self, *, finger: bool) -> None:
        """Nobody watches."""


def touching(screen: SearchScreen) -> Ask:
    """A touch on the search page: the request, as the server hands it to the app, to the last byte of the
    page."""
    app = create_app(screen, secret=SECRET, origin=ORIGIN)
    client = app.test_client()
    client.get(f"/open?k={SECRET}", base_url=ORIGIN)
    cookie = client.get_cookie(COOKIE, domain="127.0.0.1")
    assert cookie is not None
    turn = 0

    def touch(text: str) -> Callable[[], object]:
        nonlocal turn
        turn += 1
        request = EnvironBuilder(
            "/act",
            base_url=ORIGIN,
            method="POST",
            headers=[*BROWSER.items(), ("Cookie", f"{COOKIE}={cookie.value}")],
            data={"turn": str(turn), "action": "find", "query": text},
        ).get_environ()
        return lambda: _page(app.wsgi_app(request, _started))

    return touch


def _started(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
    del headers
    assert status == "200 OK", status
    return bytes


def _page(said: Iterable[bytes]) -> bytes:
    page = b"".join(said)
    assert b"<main" in page
    return page


def at_once(ask: Callable[[str], object]) -> Ask:
    """Nothing is to be made ready before the time is taken."""
    return lambda text: lambda: ask(text)


def measured(few: Ask, many: Ask, asked: list[str]) -> tuple[float, float]:
    """The 95th percentiles of one round, in ms."""
    times: tuple[list[float], list[float]] = ([], [])
    for at, text in enumerate(asked):
        order = ((few, times[0]), (many, times[1]))
        for ask, took in order if at % 2 else reversed(order):
            asking = ask(text)
            began = time.thread_time()
            asking()
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
    screen, screen_many = SearchScreen(few), SearchScreen(many)
    touch, touch_many = middle(touching(screen), touching(screen_many), asked)
    behind, behind_many = middle(at_once(screen.find), at_once(screen_many.find), asked)
    look, look_many = middle(at_once(few.find), at_once(many.find), asked)
    count, more = len(few.flows), f"{len(many.flows):,}"
    beside = f"among {count}"
    return [
        row(f"search among {count} items, p95", "ms", touch, limit=("issue D", LIMIT_MS), goal=1.0),
        row(f"search among {more} items, p95", "ms", touch_many, peer=(beside, touch), goal=GROWTH),
        row(f"… behind the web room, {more}", "ms", behind_many, peer=(beside, behind)),
        row(f"… the look-up alone, {more}", "ms", look_many, peer=(beside, look)),
        row(f"index of {count} items made, processor", "ms", making),
        row(f"index of {count} items kept", "MB", kept()),
    ]
