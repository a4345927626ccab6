"""The composition root: makes the parts of a terminal from its configuration, starts and stops them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from flows.itemset import ItemSet
from kiosk import __version__, keys
from kiosk.anchoring import Anchoring
from kiosk.archiving import Archiving
from kiosk.conditions import Now
from kiosk.config import Config
from kiosk.content_watch import ContentWatch
from kiosk.delivery import Courier
from kiosk.desks.certificate import CertificateDesk
from kiosk.desks.city import CityDesk
from kiosk.desks.filing import FilingDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PaperDesk
from kiosk.desks.payment import SETTLE_SECONDS, PaymentDesk
from kiosk.desks.picture import PictureDesk
from kiosk.desks.upload import UploadDesk
from kiosk.diary import JournalDiary
from kiosk.gateway import adapters, signers
from kiosk.gateway.breaker import Breakers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Unreachable
from kiosk.guide_pictures import GuidePictures
from kiosk.identity.client import IdentityClient
from kiosk.item_watch import ItemWatch
from kiosk.library import CachedLibrary
from kiosk.loop import Loop
from kiosk.offered import departments, offered
from kiosk.opening import Hours
from kiosk.performer import Desks
from kiosk.peripherals import Peripherals
from kiosk.receipts import Layout
from kiosk.screen import LoopScreen
from kiosk.slips import Slips
from kiosk.store import Stores
from kiosk.terminal import Terminal
from kiosk.views import HomeBody, OutOfServiceBody
from kiosk.warming import Warming
from kiosk.world import REAL, World
from offline_cache import events
from offline_cache.answers import Outcome
from offline_cache.rate import Stated
from offline_cache.sync import Pace, Sync

log = logging.getLogger(__name__)
WORKERS = 6
"""Threads for the network: a stuck call delays others, but each has its own deadline."""
CHECK_SECONDS = 24 * 3600.0
"""Between two readings of the whole outbox, which look for a disk that rots."""
LOOK_SECONDS = 15.0
SILENT_SECONDS = 30.0
"""A page polls about three times a second; this long without one, the browser hangs or is gone."""
FLOOR_STEP = timedelta(hours=1)
"""How far the remembered time floor may lag behind the platform's time."""


class Agent:
    """One terminal, put together. Whoever runs it drives `loop` and `sync`: `kiosk.service` with a thread
    each, the simulation by steps."""

    def __init__(self, config: Config, world: World = REAL) -> None:
        """Raises keys.KeyFileError, PinError, OfflineCacheError, BadProfile, FlowError: told by the CLI."""
        self.config = config
        key = keys.load(config.identity.key_file)
        material = world.material()
        spec = material.contract
        self._clock = world.clock()
        self._stores = Stores.open(
            config.store.path, self._clock, world.random, world.vfs, world.files, world.room
        )
        self._clock.not_before(self._stores.time_floor())
        self.loop = Loop(self._clock, self._crashed)
        executor = world.executor(self.loop, WORKERS, "work")
        self._executor = executor
        self._diary = JournalDiary(self._stores.journal, lambda: self.loop.post(self._refresh))
        self._items = ItemWatch(
            config.items.file,
            spec,
            executor=executor,
            idle=lambda: self.terminal.idle,
            take=self._take,
            write=self._diary.write,
        )
        self._ours = material.ours
        items = self._items.first() or material.items
        self._flows = offered(items.flows, self._ours, config)
        self._names = dict(items.names)
        self._breakers = Breakers(departments(self._names), self._clock)

        self._identity = IdentityClient(
            issuer=config.identity.issuer,
            client_id=config.identity.client_id,
            key=key,
            http=world.http(config.identity.ca_file),
            clock=self._clock,
            lock=world.lock,
        )
        self._client = GatewayClient(
            base_url=config.gateway.base_url,
            http=world.http(config.gateway.ca_file),
            contract=spec,
            signer=signers.configured(config.gateway, key, self._clock),
            terminal_token=self._identity.terminal_bearer,
            clock=self._clock,
            on_time=self._platform_time,
            on_pace=self._paced,
            on_again=self._asked_again,
            random=world.random.random,
            pause=world.pause,
            breakers=self._breakers,
            adapters=adapters.made(config.gateway.adapters, self._clock),
        )
        self._courier = Courier(self._client)
        self.sync = Sync(
            self._stores.outbox,
            self._courier.send,
            probe=self._probe,
            clock=self._clock,
            random=world.random,
            on_answer=self._answered,
            pace=Pace(heartbeat=config.gateway.heartbeat_seconds, probe_cap=config.gateway.heartbeat_seconds),
            on_connectivity=lambda online: self.loop.post(lambda: self._connectivity(online)),
        )
        self.pictures = GuidePictures(
            base_url=config.gateway.base_url,
            http=world.http(config.gateway.ca_file),
            signer=signers.configured(config.gateway, key, self._clock),
            cache=self._stores.content,
            clock=self._clock,
        )
        self._library = CachedLibrary(
            client=self._client,
            cache=self._stores.content,
            pictures=self.pictures,
            clock=self._clock,
            heard=self.sync.heard,
        )
        self._warming = Warming(
            library=self._library,
            flows=lambda: tuple(self._flows.values()),
            executor=executor,
            loop=self.loop,
            random=world.random,
            warmed=self._refresh,
        )
        self._watch = ContentWatch(self._stores.content, self._diary.write)
        self._peripherals = Peripherals(
            config,
            world,
            key=key,
            diary=self._diary,
            loop=self.loop,
            clock=self._clock,
            refresh=self._refresh,
            scanned=self._scanned,
        )
        self.devices = self._peripherals.devices
        conditions = Now(
            devices=self.devices.healths(),
            sync=self.sync,
            outbox=self._stores.outbox,
            sealing_key=self._library.sealing_key,
            closed_items=self._library.closed,
            diary=self._diary,
            clock=self._clock,
            hours=Hours(config.opening.hours),
            cabinet=self._peripherals.cabinet,
        )
        layout = Layout(
            service_name=config.terminal.service_name,
            terminal=config.terminal.id,
            place=config.terminal.name,
            hotline=config.terminal.hotline,
            demo=config.terminal.demo,
        )
        self._login = LoginDesk(
            platform=self._identity,
            executor=executor,
            loop=self.loop,
            clock=self._clock,
            heard=self.sync.heard,
        )
        self._filing = FilingDesk(
            outbox=self._stores.outbox,
            kick=self.sync.kick,
            online=lambda: self.sync.online,
            sealing_key=self._library.sealing_key,
            key=key,
            terminal=config.terminal.id,
            channel=config.terminal.channel,
            new_key=world.new_key,
            answer_seconds=config.visit.answer_seconds,
            executor=world.executor(self.loop, 1, "store"),
            loop=self.loop,
            clock=self._clock,
        )
        city = CityDesk(
            client=self._client,
            contract=spec,
            library=self._library,
            names=self._names,
            executor=executor,
            clock=self._clock,
            heard=self.sync.heard,
            online=lambda: self.sync.online,
            new_key=world.new_key,
            slips=Slips(self._stores.outbox.get),
        )
        self._payment = PaymentDesk(
            client=self._client,
            book=self._stores.payments,
            card_terminal=self.devices.payment_terminal,
            new_key=world.new_key,
            key_of=city.key_of,
            executor=executor,
            loop=self.loop,
            clock=self._clock,
            heard=self.sync.heard,
        )
        desks = Desks(
            card=self._peripherals.card,
            login=self._login,
            city=city,
            picture=PictureDesk(executor),
            upload=UploadDesk(
                client=self._client,
                key_of=city.key_of,
                executor=executor,
                loop=self.loop,
                clock=self._clock,
                heard=self.sync.heard,
            ),
            payment=self._payment,
            certificate=CertificateDesk(
                client=self._client,
                printer=self.devices.document_printer,
                key_of=city.key_of,
                executor=executor,
                loop=self.loop,
                clock=self._clock,
                ended=self._diary.certificate_printed,
            ),
            filing=self._filing,
            paper=PaperDesk(
                printer=self.devices.receipt_printer,
                layout=layout,
                key=key,
                terminal=config.terminal.id,
                loop=self.loop,
                clock=self._clock,
                ended=self._peripherals.printed,
            ),
        )
        self.terminal = Terminal(
            config=config,
            flows=self._flows,
            tables=items.tables,
            loop=self.loop,
            clock=self._clock,
            performer=desks,
            conditions=conditions,
            diary=self._diary,
            token=world.token,
            shown=self._peripherals.shown,
        )
        self.screen = LoopScreen(
            self.terminal,
            self.loop,
            self._clock,
            self._peripherals.presses,
            fingered=self.devices.page_touched,
            camera_told=self._peripherals.camera_told,
        )
        self._anchoring = Anchoring(
            client=self._client,
            journal=self._stores.journal,
            terminal=config.terminal.id,
            executor=executor,
            loop=self.loop,
            clock=self._clock,
            random=world.random,
        )
        self._archiving = Archiving(
            journal=self._stores.journal,
            executor=executor,
            loop=self.loop,
            clock=self._clock,
            idle=lambda: isinstance(self.terminal.view.page.body, HomeBody | OutOfServiceBody),
        )
        self._silent = False

    def begin(self) -> None:
        """Journal the start, open the devices, and post the first of what comes again and again."""
        self._diary.write(events.AgentStarted(version=__version__))
        self._peripherals.open()
        self.loop.post(self._warming.begin)
        self.loop.post(self._look_around)
        self.loop.post(self._settle_payments)
        self.loop.post(self._check_again)
        self.loop.post(self._anchoring.begin)
        self.loop.post(self._archiving.begin)

    def end(self, deadline: float) -> None:
        """Let go of devices and files, when the loop has ended the visit; `deadline` in seconds, for sync."""
        self.devices.close()
        self.sync.stop(deadline)
        self._diary.write(events.AgentStopped(how="asked"))
        self._stores.close()

    def _crashed(self, error: Exception) -> None:
        self.terminal.crashed(error)

    def _refresh(self) -> None:
        self.terminal.refresh()

    def _probe(self) -> bool:
        return not isinstance(self._client.call("getHealth", deadline=4.0, attempts=1), Unreachable)

    def _answered(self, key: str, outcome: Outcome) -> None:
        """In the sync thread."""
        case = self._courier.case(key)
        self.loop.post(lambda: self._filing.answered(key, outcome, case))

    def _connectivity(self, online: bool) -> None:
        self._diary.write(events.ConnectivityChanged(online=online))
        if online:
            self._login.online()
            self._payment.settle()
            self._warming.after_outage()
        self.terminal.refresh()

    def _look_around(self) -> None:
        """What nobody else would notice: a driver that hangs, a journal that can be written again, an opening
        hour, a page that fell silent."""
        self.loop.later(LOOK_SECONDS, self._look_around)  # first, so that a bug below ends one look
        self.devices.attend()
        self._diary.retry()
        self._watch.look()
        self._items.look()
        self._peripherals.look()
        self.terminal.refresh()
        silent = self.screen.silent_seconds > SILENT_SECONDS
        if silent != self._silent:
            self._silent = silent
            log.warning("the page is %s", "silent" if silent else "heard again")

    def _settle_payments(self) -> None:
        self._payment.settle()
        self.loop.later(SETTLE_SECONDS, self._settle_payments)

    def _check_again(self) -> None:
        self._executor.submit(self._stores.check, self._checked)
        self.loop.later(CHECK_SECONDS, self._check_again)

    def _checked(self, sound: bool) -> None:
        if not sound:  # this cannot be written down any more: nobody is served until the agent starts again
            self._diary.write(events.StoreDamaged(store="outbox"))

    def _take(self, items: ItemSet) -> None:
        """Offer another set. Names are only added to: papers of what is offered no more still have theirs."""
        log.info("the items of set %s are offered from now on", items.version)
        self._flows = offered(items.flows, self._ours, self.config)
        self._names.update(items.names)
        self._breakers.learn(departments(self._names))
        self.terminal.offer(self._flows, items.tables)
        self._warming.warm()

    def _scanned(self, field: str, value: str, words: str) -> None:
        self.terminal.scanned(field, value, words)

    def _paced(self, stated: Stated) -> None:
        """From any thread: an authenticated answer told how much the gateway may be asked."""
        self.sync.paced(stated)

    def _asked_again(self) -> None:
        self.sync.asked_again()

    def _platform_time(self, moment: datetime) -> None:
        """From any thread: an authenticated answer told the city's time."""
        self._clock.correct(moment)
        self._stores.outbox.time_confirmed()
        self._identity.platform_time(moment)
        self._archiving.platform_time(moment)
        self._stores.remember_time(moment, FLOOR_STEP)
