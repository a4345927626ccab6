"""The ID card reader as a device: its owner thread with a poller of its own in each turn."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.armed import ArmedReader, Outside
from drivers.device import Listener, Monotonic
from drivers.id_card.health import LOSSES, MEANING, Condition
from drivers.id_card.photo import PhotoDecoder
from drivers.id_card.poller import Poller
from drivers.id_card.speed import FASTEST
from drivers.id_card.transport import SerialTransport, Transport, checked
from drivers.id_card.usb.choice import Way
from drivers.id_card.usb.transport import UsbTransport
from drivers.keeping import SETTLE_SECONDS, KeptHealth


class IdCardReader(ArmedReader[Condition, Poller]):
    """A resident ID card reader that speaks SDT over a serial line or USB.

    Cards are read only while armed. Card events come from the owner thread, none of them after `disarm`
    returned. A card that was read must leave the field before it, or another, is read: also when it still
    lies there at the next arming, in which case `CardRemoved` tells when it went. The self-test asks the SAM
    for its id and status.
    """

    def __init__(
        self,
        *,
        port: str,
        baudrate: int | None = None,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        poll_interval: float = 0.3,
        health_interval: float = 10.0,
        settle: float = SETTLE_SECONDS,
        photo_decoder: PhotoDecoder | None = None,
        transport: Callable[[], Transport] | None = None,
        fingerprints: bool = False,
    ) -> None:
        """Nothing is opened yet. Intervals are in seconds; what `transport` makes takes the serial port's
        place, and `port` is then its name in messages.

        `poll_interval` is from one find to the next (readers ask for 0.3 s at least); `health_interval`
        from one status request to the next while no card is wanted; a loss shorter than `settle` is a plug
        that bounced. Without a `baudrate` (bit/s) the one that the reader is set to is found, and raised to
        the highest. `fingerprints` are read only where they are asked for here. Raises ValueError for a speed
        that no SAM has.
        """
        self._port = port
        speed = FASTEST if baudrate is None else checked(baudrate)

        def begin(outside: Outside[Condition], before: Poller | None) -> Poller:
            line = SerialTransport(port, speed) if transport is None else transport()
            usb = line if isinstance(line, UsbTransport) else None
            return Poller(
                line,
                baudrate=baudrate,
                manner=None if usb is None else lambda link: Way(link, usb),
                poll_interval=poll_interval,
                health_interval=health_interval,
                monotonic=monotonic,
                outside=outside,
                decoder=photo_decoder,
                fingerprints=fingerprints,
                card_present=before is not None and before.card_present,
            )

        super().__init__(
            "id_card",
            listener=listener,
            monotonic=monotonic,
            kept=KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES, settle=settle),
            failed=Condition.DRIVER_FAILED,
            begin=begin,
        )

    def __repr__(self) -> str:
        return f"<IdCardReader {self._port}: {self.health().condition}>"
