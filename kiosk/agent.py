"""The composition root: makes the parts of a terminal from its configuration, starts and stops them."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drivers.device import DeviceEvent, HealthChanged
from drivers.id_card import IdCardReader
from drivers.receipt_printer import ReceiptPrinter, SerialTransport, TcpTransport, Transport, load_profile
from flows.loader import load_all, load_names
from kiosk import __version__, keys
from kiosk.clock import SystemClock
from kiosk.conditions import Now
from kiosk.config import Config, EscposNetwork
from kiosk.delivery import Courier
from kiosk.desks.card import CardDesk
from kiosk.desks.city import CityDesk, known_items
from kiosk.desks.filing import FilingDesk
from kiosk.desks.login import LoginDesk
from kiosk.desks.paper import PaperDesk
from kiosk.diary import JournalDiary
from kiosk.gateway import contract, signers
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.outcomes import Unreachable
from kiosk.gateway.transport import PinnedHttp
from kiosk.identity.client import IdentityClient
from kiosk.library import CachedLibrary
from kiosk.loop import Loop, ThreadExecutor
from kiosk.performer import Desks
from kiosk.receipts import Layout
from kiosk.screen import LoopScreen
from kiosk.store import Stores
from kiosk.terminal import Terminal
from kiosk.web.app import create_app
from kiosk.web.server import bound
from offline_cache import events
from offline_cache.answers import Outcome
from offline_cache.sync import Pace, Sync

log = logging.getLogger(__name__)
WARM_SECONDS = 900.0
"""Between two rounds of prefetch; the content's own max-age decides what is really asked for."""
LOOK_SECONDS = 15.0
SILENT_SECONDS = 30.0
"""A page polls about three times a second; this long without one, the browser hangs or is gone."""
FLOOR_STEP = timedelta(hours=1)
"""How far the remembered time floor may lag behind the platform's time."""


@dataclass(slots=True)
class Devices:
    """What is attached, as far as the configuration names it."""

    id_card: IdCardReader | None
    receipt_printer: ReceiptPrinter | None


class Agent:
    """One terminal, running. `start` returns when the pages are served; `stop` is bounded in time."""

    def __init__(self, config: Config) -> None:
        """Raises keys.KeyFileError, PinError, OfflineCacheError, BadProfile, FlowError: told by the CLI."""
        self.config = config
        key = keys.load(config.identity.key_file)
        channel = config.terminal.channel
        self._flows = {item: flow for item, flow in load_all().items() if channel in flow.channels}
        names = load_names()
        spec = contract.load()
        self._clock = SystemClock()
        self._stores = Stores.open(config.store.path, self._clock)
        self._clock.not_before(self._stores.time_floor())
        self._loop = Loop(self._clock, self._crashed)
        executor = ThreadExecutor(self._loop)
        self._executor = executor

        identity_http = PinnedHttp(config.identity.ca_file)
        self._identity = IdentityClient(
            issuer=config.identity.issuer,
            client_id=config.identity.client_id,
            key=key,
            http=identity_http,
            clock=self._clock,
        )
        self._client = GatewayClient(
            base_url=config.gateway.base_url,
            http=PinnedHttp(config.gateway.ca_file),
            contract=spec,
            signer=signers.signer(config.gateway.signer),
            terminal_token=self._identity.terminal_bearer,
            clock=self._clock,
            on_time=self._platform_time,
            random=random.SystemRandom().random,
        )
        self._courier = Courier(self._client)
        self._sync = Sync(
            self._stores.outbox,
            self._courier.send,
            probe=self._probe,
            clock=self._clock,
            random=random.SystemRandom(),
            on_answer=self._answered,
            pace=Pace(heartbeat=config.gateway.heartbeat_seconds, probe_cap=config.gateway.heartbeat_seconds),
            on_connectivity=lambda online: self._loop.post(lambda: self._connectivity(online)),
        )
        self._library = CachedLibrary(
            client=self._client, cache=self._stores.content, clock=self._clock, heard=self._sync.heard
        )
        self._diary = JournalDiary(self._stores.journal, lambda: self._loop.post(self._refresh))
        self.devices = self._devices(config)
        conditions = Now(
            devices={"id_card": self.devices.id_card, "receipt_printer": self.devices.receipt_printer},
            sync=self._sync,
            outbox=self._stores.outbox,
            sealing_key=self._library.sealing_key,
            diary=self._diary,
            clock=self._clock,
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
            loop=self._loop,
            clock=self._clock,
            heard=self._sync.heard,
        )
        self._card = CardDesk(self.devices.id_card)
        self._filing = FilingDesk(
            outbox=self._stores.outbox,
            kick=self._sync.kick,
            online=lambda: self._sync.online,
            sealing_key=self._library.sealing_key,
            key=key,
            terminal=config.terminal.id,
            channel=config.terminal.channel,
            new_key=lambda: str(uuid.uuid4()),
            answer_seconds=config.visit.answer_seconds,
            executor=executor,
            loop=self._loop,
            clock=self._clock,
        )
        desks = Desks(
            card=self._card,
            login=self._login,
            city=CityDesk(
                client=self._client,
                contract=spec,
                library=self._library,
                names=names,
                executor=executor,
                clock=self._clock,
                heard=self._sync.heard,
            ),
            filing=self._filing,
            paper=PaperDesk(
                printer=self.devices.receipt_printer,
                layout=layout,
                key=key,
                terminal=config.terminal.id,
                loop=self._loop,
                clock=self._clock,
                ended=self._diary.printed,
            ),
        )
        self.terminal = Terminal(
            config=config,
            flows=self._flows,
            loop=self._loop,
            clock=self._clock,
            performer=desks,
            conditions=conditions,
            diary=self._diary,
        )
        self.screen = LoopScreen(self.terminal, self._loop, self._clock)
        self._server: Any = None
        self._serving: threading.Thread | None = None
        self._silent = False

    def _devices(self, config: Config) -> Devices:
        reader = None
        if config.devices.id_card is not None:
            reader = IdCardReader(
                port=config.devices.id_card.port,
                baudrate=config.devices.id_card.baudrate,
                listener=lambda event: self._loop.post(lambda: self._card_event(event)),
                monotonic=self._clock.monotonic,
            )
        printer = None
        if config.devices.receipt_printer is not None:
            spec = config.devices.receipt_printer
            transport: Transport
            if isinstance(spec, EscposNetwork):
                transport = TcpTransport(host=spec.host, port=spec.port)
            else:
                transport = SerialTransport(port=spec.port, baudrate=spec.baudrate)
            printer = ReceiptPrinter(
                transport=transport,
                profile=load_profile(spec.profile),
                listener=lambda event: self._loop.post(lambda: self._device_event("receipt_printer", event)),
                monotonic=self._clock.monotonic,
            )
        return Devices(reader, printer)

    def start(self) -> str:
        """Start everything; returns the address that gives a browser the per-boot secret."""
        self._diary.write(events.AgentStarted(version=__version__))
        self._loop.start()
        for device in (self.devices.id_card, self.devices.receipt_printer):
            if device is not None:
                device.open()
        self._sync.start()
        self._loop.post(self._warm_again)
        self._loop.post(self._look_around)
        secret = secrets.token_urlsafe(32)
        web = self.config.web
        self._server = _server(web.host, web.port)
        port = int(self._server.effective_port)
        host = f"[{web.host}]" if ":" in web.host else web.host
        origin = f"http://{host}:{port}"
        self._server.application = create_app(self.screen, secret=secret, origin=origin)
        self._serving = threading.Thread(target=self._server.run, name="web", daemon=True)
        self._serving.start()
        return f"{origin}/open?k={secret}"

    def stop(self, deadline: float = 8.0) -> None:
        """End the visit, let go of devices and files, within about `deadline` seconds."""
        if self._server is not None:
            self._server.close()
        self._loop.post(self.terminal.shut)
        self._loop.stop(deadline / 4)
        for device in (self.devices.id_card, self.devices.receipt_printer):
            if device is not None:
                device.close()
        self._sync.stop(deadline / 4)
        self._diary.write(events.AgentStopped(how="asked"))
        self._stores.close()

    def _crashed(self, error: Exception) -> None:
        self.terminal.crashed(error)

    def _refresh(self) -> None:
        self.terminal.refresh()

    def _probe(self) -> bool:
        return not isinstance(self._client.call("getHealth", deadline=4.0), Unreachable)

    def _answered(self, key: str, outcome: Outcome) -> None:
        """In the sync thread."""
        case = self._courier.case(key)
        self._loop.post(lambda: self._filing.answered(key, outcome, case))

    def _connectivity(self, online: bool) -> None:
        self._diary.write(events.ConnectivityChanged(online=online))
        if online:
            self._login.online()
            self._warm()
        self.terminal.refresh()

    def _look_around(self) -> None:
        """What nobody else would notice: a journal that can be written again, a page that fell silent."""
        self._diary.retry()
        silent = self.screen.silent_seconds > SILENT_SECONDS
        if silent != self._silent:
            self._silent = silent
            log.warning("the page is %s", "silent" if silent else "heard again")
        self._loop.later(LOOK_SECONDS, self._look_around)

    def _warm_again(self) -> None:
        self._warm()
        self._loop.later(WARM_SECONDS, self._warm_again)

    def _warm(self) -> None:
        self._executor.submit(lambda: self._library.warm(known_items), lambda _: self.terminal.refresh())

    def _card_event(self, event: DeviceEvent) -> None:
        self._device_event("id_card", event)
        self._card.heard(event)

    def _device_event(self, name: str, event: DeviceEvent) -> None:
        if isinstance(event, HealthChanged):
            self._diary.device(name, event.health)
            self.terminal.refresh()

    def _platform_time(self, moment: datetime) -> None:
        """From any thread: an authenticated answer told the city's time."""
        self._clock.correct(moment)
        self._stores.remember_time(moment, FLOOR_STEP)


class CannotServe(OSError):  # noqa: N818 - reads as what it is
    """The pages have no port: another program has it, or it may not be had."""


def _server(host: str, port: int) -> Any:
    """The web server, bound. Raises CannotServe."""
    try:
        return bound(host, port)
    except OSError as error:
        raise CannotServe(
            f"[web] {host}:{port}: {error.strerror or error}; stop what serves there, or change [web] port"
        ) from error


def run(config: Config, ready: Callable[[str], None], stopped: threading.Event) -> None:
    """Run a terminal until `stopped` is set."""
    agent = Agent(config)
    try:
        ready(agent.start())
        stopped.wait()
    finally:
        agent.stop()
