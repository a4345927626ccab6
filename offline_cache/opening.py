"""Opens the outbox's file and what lives in it. A damaged file is set aside and reported, not repaired."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from offline_cache.events import StoreDamaged as StoreDamagedEvent
from offline_cache.exc import StoreDamaged, StoreError, StoreFull
from offline_cache.files import set_aside
from offline_cache.folder import DiskFolder, Folder
from offline_cache.journal import FOLDER, Journal
from offline_cache.notes import Notes
from offline_cache.outbox import Limits, Outbox
from offline_cache.payments import PaymentBook
from offline_cache.reserve import FileSystem, RealFileSystem, Reserve
from offline_cache.schema import OUTBOX
from offline_cache.storage import Damage, Store
from offline_cache.world import Clock, Random

DISK = RealFileSystem()


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything in the outbox's file.

    `damage` is an alarm: a damaged file was set aside (its content may still be recovered by hand) and this
    one is new; its journal begins with that.
    """

    store: Store
    journal: Journal
    notes: Notes
    outbox: Outbox
    payments: PaymentBook
    damage: Damage | None

    def close(self) -> None:
        """Write down what was answered, checkpoint and let go of the file. May be called twice."""
        with suppress(StoreError):
            self.outbox.settle()
        self.store.close()


def open_sound(path: Path, *, vfs: str | None = None) -> tuple[Store, Damage | None]:
    """The outbox's file, or a new one and the alarm when it was not sound.

    Raises StoreBusy (another agent), StoreTooNew and StoreForeign (refused), StoreFull, StoreBroken.
    """
    try:
        return Store.open(path, OUTBOX, vfs=vfs), None
    except StoreDamaged as error:
        damage = Damage(set_aside(path), str(error))
    return Store.open(path, OUTBOX, vfs=vfs), damage


def open_outbox(
    path: Path,
    *,
    clock: Clock,
    random: Random,
    limits: Limits | None = None,
    vfs: str | None = None,
    folder: Folder | None = None,
    disk: FileSystem = DISK,
) -> Opened:
    """Open or create the file at `path` and all that lives in it; `folder` has the journal's closed parts
    (by itself the one beside the file), `disk` is asked for room. Raises as `open_sound`.

    On a disk so full that the file cannot be opened the reserve is given back: what waits must be sent.
    """
    limits = limits or Limits()
    reserve = Reserve(path.with_name(path.name + ".reserve"), limits.reserve, disk)
    try:
        store, damage = open_sound(path, vfs=vfs)
    except StoreFull:
        if not reserve.give_back():
            raise
        store, damage = open_sound(path, vfs=vfs)
    reserve.keep()
    folder = folder or DiskFolder(path.with_name(FOLDER))
    journal = Journal(store, clock, folder)
    if damage is not None:
        folder.set_aside()  # after the file: files of the old journal do no harm beside a new one
        journal.append(StoreDamagedEvent(store="outbox"))
    outbox = Outbox(store, journal, clock, random, limits, reserve)
    return Opened(store, journal, Notes(store), outbox, PaymentBook(store, journal, clock), damage)
