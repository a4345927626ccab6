"""`kiosk doctor` on what lies on the disk: where the key is and what that is worth, and the store's place."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from kiosk import keys
from kiosk.commands.check import Check
from kiosk.config import Config
from kiosk.credential import SEALED_FOLDER, Credential

MOUNTS = Path("/proc/self/mountinfo")
BLOCKS = Path("/sys/dev/block")
IN_MEMORY = frozenset({"ramfs", "tmpfs"})
GUARD = "guard the disk: who has it has the key"
_ESCAPED = re.compile(r"\\([0-7]{3})")


def check_key(config: Config, *, mounts: Path = MOUNTS, sealed: Path = SEALED_FOLDER) -> Check:
    """Whether the key can be used, where it lies, and what opens it there."""
    what, place = "terminal key", config.identity.key_file
    try:
        key = keys.load(place)
    except keys.KeyFileError as error:
        return Check(what, "bad", error.problem, error.remedy)
    which = f"thumbprint {key.kid[:12]}…"
    if isinstance(place, Path):
        return Check(
            what, "good", f"{which}, in a file that only its owner reads", f"no TPM is used: {GUARD}"
        )
    return Check(what, "good", *_credential(which, place, mounts, sealed))


def _credential(which: str, place: Credential, mounts: Path, sealed: Path) -> tuple[str, str]:
    """What is found, and the remedy."""
    path = place.path()
    memory = path is not None and kind_of_file_system(path, mounts) in IN_MEMORY
    where = f"{which}, from systemd, {'in memory only' if memory else 'in a folder that is not in memory'}"
    by = place.sealed_by(sealed)
    if by is None:
        remedy = f"its unit should say LoadCredentialEncrypted={place.name}:{SEALED_FOLDER / place.name}"
        return f"{where}; what seals it on the disk could not be told", remedy
    found = f"{where}; on the disk sealed by {by}"
    if not memory:
        return found, "let /run be in memory (tmpfs)"
    return found, "" if "TPM" in by else f"the host key lies on the same disk: {GUARD}"


def check_place(folder: Path, *, mounts: Path = MOUNTS, blocks: Path = BLOCKS) -> list[Check]:
    """Who may read the store's folder, and whether its disk is encrypted. The folder is there."""
    return [_modes(folder), _disk(folder, mounts, blocks)]


def _modes(folder: Path) -> Check:
    what = "store's files"
    try:
        there = [folder, *(each for each in folder.rglob("*") if not each.is_symlink())]
        opened = [each for each in there if stat.S_IMODE(each.stat().st_mode) & 0o077]
    except OSError as error:
        return Check(what, "unknown", f"{folder}: {error.strerror}", "look as the agent's user")
    if not opened:
        return Check(what, "good", "the agent's user alone may read them")
    modes = ", ".join(f"{each.name} {stat.S_IMODE(each.stat().st_mode):04o}" for each in opened[:3])
    more = f" and {len(opened) - 3} more" if len(opened) > 3 else ""
    return Check(what, "bad", f"open to others: {modes}{more}", f"run `chmod -R go= {folder}`")


def _disk(folder: Path, mounts: Path, blocks: Path) -> Check:
    what, nothing = "store's disk", "nothing personal lies on it in clear"
    kind = kind_of_file_system(folder, mounts)
    if kind in IN_MEMORY:
        remedy = "correct `path` under [store]: what is promised must outlive a power cut"
        return Check(what, "bad", f"no disk but memory ({kind})", remedy)
    device = _device(folder, mounts)
    if device is None or not (blocks / device).exists():
        # overlay, btrfs, zfs, NFS: no one block device is behind it that could be asked.
        return Check(
            what, "unknown", f"whether it is encrypted cannot be told; {nothing}", "ask who set it up"
        )
    if any(_dm_uuid(each).startswith("CRYPT-") for each in _below(blocks / device)):
        return Check(what, "good", "encrypted (dm-crypt)")
    return Check(what, "good", f"not encrypted by dm-crypt; {nothing}", "guard the disk, or encrypt it")


def _below(block: Path) -> Iterator[Path]:
    """A block device and what it is made of: a volume of LVM lies on one, a RAID on several."""
    yield block
    # One that is a partition has no `slaves`.
    slaves = block / "slaves"
    for each in sorted(slaves.iterdir()) if slaves.is_dir() else ():
        yield from _below(each)


def _dm_uuid(block: Path) -> str:
    try:
        return (block / "dm" / "uuid").read_text(encoding="ascii", errors="replace")
    except OSError:  # not of the device mapper
        return ""


def _device(path: Path, mounts: Path) -> str | None:
    row = _mount(path, mounts)
    return row[0] if row else None


def kind_of_file_system(path: Path, mounts: Path) -> str:
    """Such as ``ext4`` or ``tmpfs``, by a table as proc(5) has it; "" where that cannot be told."""
    row = _mount(path, mounts)
    return row[1] if row else ""


def _mount(path: Path, mounts: Path) -> tuple[str, str] | None:
    """Device (``major:minor``) and kind of the file system that `path` lies on (proc(5), mountinfo)."""
    whole = os.fsencode(path.resolve())
    best: tuple[str, str] | None = None
    longest = -1
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        before, _, after = line.partition(" - ")
        words = before.split(" ")
        if len(words) < 5 or not after:
            continue
        point = os.fsencode(_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), words[4]))
        inside = whole == point or whole.startswith(point.rstrip(b"/") + b"/")
        # Of two at one place the later hides the earlier.
        if inside and len(point) >= longest:
            best, longest = (words[2], after.split(" ")[0]), len(point)
    return best
