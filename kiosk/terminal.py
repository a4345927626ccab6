"""The visit actor's state machine: what a touch, a device, an answer or the clock does to the screen.

Everything here runs in the loop's thread. The one thing other threads see is the published `View`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flows import engine
from flows.effects import Cancel, Effect
from flows.events import Act, Event, Outcome, Scanned, Uploaded, UploadShown
from flows.held import Continue
from flows.model import Flow
from flows.page import FormBody, Page, WaitingBody
from flows.run import Run
from flows.tables import Tables
from flows.words import masked
from kiosk import home
from kiosk.asides import Asides
from kiosk.catalogue import Catalogue
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.desks.desk import civil
from kiosk.display import Display
from kiosk.finder import Finder
from kiosk.lobby import Lobby
from kiosk.loop import Loop
from kiosk.offered import without_network
from kiosk.patience import Patience
from kiosk.ports import Diary, Performer
from kiosk.views import Idle, OutOfServiceBody, View, VisitPage
from kiosk.visit import Visit

log = logging.getLogger(__name__)


class Terminal:
    """One screen. `touch` and `refresh` are called in the loop's thread."""

    def __init__(
        self,
        *,
        config: Config,
        flows: Mapping[str, Flow],
        tables: Tables | None = None,
        loop: Loop,
        clock: Clock,
        performer: Performer,
        conditions: home.Conditions,
        diary: Diary,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        shown: Callable[[View], None] = lambda _: None,
    ) -> None:
        """`shown` is told of each view, in the loop's thread."""
        self._config = config
        self._clock = clock
        self._performer = performer
        self._conditions = conditions
        self._lay_out(flows, tables)
        self._diary = diary
        self._token = token
        self._visit: Visit | None = None
        self._asides = Asides(config.terminal.hotline, home.staff_words(config.staff))
        self._ended = ""
        self._paper_given = False
        self._elder = False
        self._large = False
        self._patience = Patience(config.visit, loop, clock, self._quiet)
        self._display = Display(self._draw(1), shown)

    def _lay_out(self, flows: Mapping[str, Flow], tables: Tables | None) -> None:
        hotline, staff = self._config.terminal.hotline, home.staff_words(self._config.staff)
        self._flows = flows
        self._offer = home.Offer(Catalogue(flows, self._config.terminal.tiles, tables), self._conditions)
        self._lobby = Lobby(self._offer, hotline, staff)
        self._finder = Finder(self._offer.catalogue, hotline, staff)

    @property
    def idle(self) -> bool:
        """Whether nobody is there."""
        return self._visit is None

    def offer(self, flows: Mapping[str, Flow], tables: Tables) -> None:
        """Other items from now on. Only while nobody is there: a run keeps the item that it began with."""
        if not self.idle:
            raise RuntimeError("items are exchanged between visits only")
        self._lay_out(flows, tables)
        self._publish()

    @property
    def view(self) -> View:
        """What the screen shows now (any thread)."""
        return self._display.view

    def wait_changed(self, after: int, seconds: float) -> View:
        """The view, as soon as its turn is past `after` or `seconds` have gone by (any thread)."""
        return self._display.wait_changed(after, seconds)

    def refresh(self) -> None:
        """Something outside the visit changed (device, network): draw again."""
        self._publish()

    def touch(self, turn: int, action: str, values: Mapping[str, str]) -> bool:
        """A tap, and whether it counted. One on a page that is no longer shown only proves that somebody is
        there."""
        if self._offer.conditions.fault is not None or self._closed() is not None:
            self._publish()
            return False
        self.alive()
        acts = self._display.takes(turn) and action != "extend"
        if acts:
            self._act(action, values)
            self._arm()  # elder mode and the page shown decide how long to wait
        self._publish(acted=acts)
        return acts

    def scanned(self, field: str, value: str, words: str) -> None:
        """A code was held under the scanner: what it says for `field`, or why it is not taken."""
        visit = self._visit
        if visit is None:
            return
        before = visit.run
        self._advance(Scanned(field=field, value=value, words=words))
        if visit.run != before:  # the same again may be a paper that was left there
            self.alive()
        self._publish()

    def _closed(self) -> OutOfServiceBody | None:
        """That it is outside the opening hours, or that the cabinet stands open. What was begun before is
        finished, nothing is begun after."""
        visit = self._visit
        busy = visit is not None and (visit.run is not None or bool(self._ended))
        return None if busy else self._offer.conditions.closed

    def shut(self) -> None:
        """The agent ends: so does the visit."""
        self._end_visit("stopped")
        self._publish()

    def crashed(self, error: Exception) -> None:
        """A bug: the visit ends, blank and wiped; the terminal goes on."""
        log.error("visit ended by a bug: %s", type(error).__name__)
        self._end_visit("crashed")
        self._publish()

    def _act(self, action: str, values: Mapping[str, str]) -> None:
        verb = action.partition(":")[0]
        if verb in {"elder", "large"}:
            self._keep_typed(values)
            self._elder = not self._elder if verb == "elder" else self._elder
            self._large = not self._large if verb == "large" else self._large
        elif verb == "help" and self._asides.page is None:
            self._keep_typed(values)
            self._asides.open(self._where())
        elif self._asides.page is not None and verb == "leave":
            if home.may_leave(*self._where()):
                self._end_visit("left")
        elif self._asides.page is not None:
            body = self._asides.act(action, values, self._where())
            if body is not None:
                self._send_report(body)
        elif self._visit is not None and self._visit.run is not None and not self._ended:
            if not self._finder.act(action, values):
                self._advance(Act(action=action, values=values, at=self._civil()))
        else:
            self._outside(action, values)

    def _outside(self, action: str, values: Mapping[str, str]) -> None:
        """Home, the lists of items, and goodbye."""
        verb, _, what = action.partition(":")
        if verb == "start" and what in self._flows:
            flow = self._flows[what]
            if not self._offer.why_not(flow):
                self._start(flow)
        elif self._ended:
            if verb == "another":
                self._ended = ""
                self._lobby.leave()
            elif verb in {"finish", "home"}:
                self._end_visit("finished")
        else:
            self._lobby.act(action, values)

    def _send_report(self, body: dict[str, object]) -> None:
        """Begin the submission of a report from the pages of help."""
        visit = self._begun()
        effect = self._asides.sending(f"{visit.id}.help.{self._token()}", body, self._where())
        self._performer.perform(effect, visit, self._reported)

    def _reported(self, outcome: Outcome) -> None:
        self._asides.heard(outcome, self._where())
        self._publish()

    def _where(self) -> tuple[Run | None, Flow | None]:
        visit = self._visit
        return (visit.run, visit.flow) if visit is not None and not self._ended else (None, None)

    def _begun(self) -> Visit:
        """The visit; begun if there is none."""
        if self._visit is None:
            now = self._clock.monotonic()
            self._visit = Visit(id=self._token(), began=now, touched=now)
            self._diary.visit_began(self._visit.id)
        return self._visit

    def _start(self, flow: Flow, drafted: Mapping[str, Any] | None = None) -> None:
        visit = self._begun()
        self._ended = ""
        self._lobby.leave()
        self._diary.item_started(visit.id, flow.item, flow.version)
        visit.flow = flow
        run, effects = engine.start(
            flow,
            visit.next_run_id(),
            person=visit.person,
            known=visit.offered(),
            drafted=drafted,
            at=self._civil(),
        )
        self._settle(visit, run, effects)

    def _keep_typed(self, values: Mapping[str, str]) -> None:
        """What stands in a form is not lost by asking for help or larger type."""
        page = self.view.page
        if isinstance(page, Page) and isinstance(page.body, FormBody):
            self._advance(Act(action="keep", values=values, at=self._civil()))

    def _advance(self, event: Event) -> None:
        visit = self._visit
        if visit is None or visit.run is None or visit.flow is None:
            return
        run, effects = engine.advance(visit.flow, visit.run, event)
        self._settle(visit, run, effects)

    def _settle(self, visit: Visit, run: Run, effects: tuple[Effect, ...]) -> None:
        """Take the new run and begin its effects."""
        before = visit.run.person if visit.run is not None else visit.person
        visit.run = run
        person = run.person
        if person is not None:
            visit.meet(person)
        if person is not None and person.level != "none" and person != before:
            self._diary.identified(visit.id, person.method, person.level, person.confirmed)
        assert visit.flow is not None  # noqa: S101 - a run has a flow
        for effect in effects:
            if isinstance(effect, Cancel):
                self._performer.cancel(effect.target)
            else:
                self._performer.perform(effect, visit, lambda outcome: self._heard(visit, outcome))
        if run.paper is not None and run.paper.state in {"printed", "unconfirmed"}:
            self._paper_given = True
        if run.ended:
            self._run_ended(visit, visit.flow, run)

    def _heard(self, visit: Visit, outcome: Outcome) -> None:
        """An effect's outcome: for the present visit only."""
        if visit is self._visit:
            self._advance(outcome)
            self._publish()
            if isinstance(outcome, UploadShown | Uploaded):  # whoever sends from the phone is there
                self.typing()

    def _run_ended(self, visit: Visit, flow: Flow, run: Run) -> None:
        self._diary.item_ended(visit.id, flow.item, run.ended)
        if run.ended == "cancelled":
            if visit.items_done == 0:
                self._end_visit("left")
                return
            self._ended = "cancelled"
        else:
            visit.learn(flow, run)
            visit.items_done += 1
            self._ended = run.ended
        visit.run = None
        self._finder.leave()
        if run.then is not None:
            self._go_on(visit, run.then)

    def _go_on(self, visit: Visit, then: Continue) -> None:
        """The draft's item begins with what was filled in on the phone; where it cannot, that is said."""
        flow = self._flows.get(then.item)
        if flow is None or self._offer.why_not(flow):
            self._ended = "unavailable"
            return
        visit.items_done -= 1
        self._start(flow, then.fields)

    def _end_visit(self, how: str) -> None:
        """Blank, wiped, everything back to default for the next person."""
        visit, self._visit = self._visit, None
        self._asides.close()
        self._lobby.leave()
        self._finder.leave()
        self._ended, self._paper_given = "", False
        self._elder = self._large = False
        self._patience.stop()
        if visit is not None:
            run, flow = visit.run, visit.flow
            if run is not None and flow is not None and not run.ended:
                for effect in engine.abandon(flow, run):
                    self._performer.perform(effect, visit, _nobody)
            self._performer.forget(visit)
            visit.wipe()
            if run is not None and flow is not None and not run.ended:
                self._diary.item_ended(visit.id, flow.item, home.came_to(run, how))
            self._diary.visit_ended(visit.id, how, visit.items_done)

    def alive(self) -> None:
        """Somebody is there: the idle time begins anew."""
        self._patience.warned = False
        self._begun().touched = self._clock.monotonic()
        self._arm()

    def typing(self) -> None:
        """Keys, pages or strokes at the screen."""
        if self._visit is not None:
            self.alive()
            self._publish()

    def _arm(self) -> None:
        """Wait for the citizen from now on."""
        if self._visit is not None:
            self._patience.arm(self._visit, elder=self._elder, ended=bool(self._ended), busy=self._busy())

    def _quiet(self) -> None:
        """Nobody touched the screen: warn, then blank. A submission under way is waited for."""
        visit = self._visit
        if visit is None:
            return
        busy = self._busy()
        over = self._patience.cap(visit, busy=busy) <= 0
        if busy and not over:
            self._arm()
        elif (
            self._ended or self._patience.warned or over or (visit.run is None and self._asides.page is None)
        ):
            self._end_visit("finished" if self._ended else "timed-out")
        else:
            self._patience.warned = True
            self._arm()
        self._publish()

    def _busy(self) -> bool:
        page = self.view.page
        return isinstance(page, Page) and isinstance(page.body, WaitingBody) and page.back is None

    def _civil(self) -> str:
        """The city's civil time, RFC 3339."""
        return civil(self._clock.now())

    def _publish(self, *, acted: bool = False) -> None:
        """Show what is."""
        if not self._patience.armed:
            self._arm()
        self._display.show(self._draw(self.view.turn), acted=acted)

    def _page(self) -> Page | VisitPage:
        fault = self._offer.conditions.fault
        if fault is not None:
            return home.out_of_service_page(fault)
        if self._asides.page is not None:
            return self._asides.page
        closed = self._closed()
        if closed is not None:
            return home.out_of_service_page(closed)
        visit = self._visit
        if self._ended:
            card = visit is not None and visit.person is not None and visit.person.method == "id-card"
            return home.ended_page(self._ended, card=card, paper=self._paper_given)
        if visit is not None and visit.run is not None and visit.flow is not None:
            page = self._finder.over(engine.page(visit.flow, visit.run), elder=self._elder)
            return without_network(page) if self._offer.conditions.online is False else page
        return self._lobby.page(elder=self._elder)

    def _draw(self, turn: int) -> View:
        terminal = self._config.terminal
        visit = self._visit
        person = visit.run.person if visit and visit.run else visit.person if visit else None
        return View(
            turn=turn,
            page=self._page(),
            service_name=terminal.service_name,
            terminal=terminal.id,
            elder=self._elder,
            large=self._large,
            offline=self._offer.conditions.online is False,
            visitor=masked("name", person.name) if person is not None and person.level != "none" else "",
            idle=Idle(seconds_left=self._patience.seconds_left) if self._patience.warned else None,
            channel=terminal.channel,
            demo=terminal.demo,
        )


def _nobody(outcome: Outcome) -> None:
    """Nobody waits for what was given back."""
