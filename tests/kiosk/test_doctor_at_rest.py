"""`kiosk doctor` on the disk: where the key lies, what that is worth, who may read the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk import keys
from kiosk.commands.at_rest import check_key, check_place
from kiosk.commands.check import Check
from kiosk.config import Config
from kiosk.credential import Credential
from tests.kiosk.shell import CONFIG
from tests.kiosk.systemd import HOST, TPM, TPM_AND_HOST, head


def keyed(place: Path | Credential) -> Config:
    return replace(CONFIG, identity=replace(CONFIG.identity, key_file=place))


def mounted(file: Path, *rows: tuple[str, Path, str]) -> Path:
    """A mountinfo (proc(5)) of file systems: device, place, kind."""
    lines = [f"1 0 0:1 / / rw - {'overlay' if rows else 'ext4'} overlay rw\n"]
    for number, (device, place, kind) in enumerate(rows, start=2):
        where = str(place).replace(" ", r"\040")
        lines.append(f"{number} 1 {device} / {where} rw,relatime shared:1 - {kind} /dev/x rw\n")
    file.write_text("".join(lines), encoding="utf-8")
    return file


def made_of(blocks: Path, device: str, *uuids: str) -> Path:
    """A sysfs in which `device` lies on another, and that on the next, with these device-mapper names."""
    below = blocks / device
    for uuid in uuids:
        (below / "dm").mkdir(parents=True)
        (below / "dm" / "uuid").write_text(f"{uuid}\n", encoding="ascii")
        below = below / "slaves" / "next"
    below.mkdir(parents=True)
    return blocks


def test_a_key_in_a_file_is_good_and_says_that_the_disk_is_its_guard(tmp_path: Path) -> None:
    keys.create(tmp_path / "key.pem")
    found = check_key(keyed(tmp_path / "key.pem"))
    assert (found.state, found.remedy) == ("good", "no TPM is used: guard the disk: who has it has the key")


@pytest.mark.parametrize(
    ("kind", "sealed", "says", "remedy"),
    [
        ("ramfs", TPM, "in memory only; on the disk sealed by this machine's TPM", ""),
        ("tmpfs", TPM_AND_HOST, "sealed by this machine's TPM and host key", ""),
        ("ramfs", HOST, "sealed by this machine's host key", "the host key lies on the same disk"),
        ("ext4", TPM, "not in memory", "let /run be in memory"),
        ("ramfs", None, "could not be told", "LoadCredentialEncrypted=terminal-key:"),
        (
            "ramfs",
            b"-----BEGIN PRIVATE KEY-----",
            "could not be told",
            "LoadCredentialEncrypted=terminal-key:",
        ),
    ],
)
def test_a_credential_says_what_seals_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    sealed: bytes | None,
    says: str,
    remedy: str,
) -> None:
    unit = tmp_path / "run"
    unit.mkdir()
    keys.create(unit / "terminal-key")
    if sealed is not None:
        (tmp_path / "terminal-key").write_bytes(sealed)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(unit))
    mounts = mounted(tmp_path / "mountinfo", ("0:9", unit, kind))
    found = check_key(keyed(Credential("terminal-key")), mounts=mounts, sealed=tmp_path)
    assert (found.state, says in found.found) == ("good", True), found
    assert found.remedy.startswith(remedy) if remedy.startswith(("the", "let")) else remedy in found.remedy
    assert bool(found.remedy) == bool(remedy)


def test_a_credential_that_was_not_handed_over_says_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    found = check_key(keyed(Credential("terminal-key")))
    assert found.state == "bad"
    assert "systemd-run -p LoadCredentialEncrypted=terminal-key:FILE" in found.remedy


def place(folder: Path, mounts: Path, blocks: Path) -> dict[str, Check]:
    return {check.what: check for check in check_place(folder, mounts=mounts, blocks=blocks)}


def store(folder: Path) -> Path:
    made = folder / "a store"
    made.mkdir(mode=0o700)
    (made / "outbox.db").touch(0o600)
    return made


def test_a_store_that_others_may_read_is_bad_and_names_the_files(tmp_path: Path) -> None:
    folder = store(tmp_path)
    mounts = mounted(tmp_path / "mountinfo")
    assert place(folder, mounts, tmp_path)["store's files"].state == "good"
    (folder / "outbox.db").chmod(0o640)
    found = place(folder, mounts, tmp_path)["store's files"]
    assert (found.state, "outbox.db 0640" in found.found) == ("bad", True)
    assert found.remedy == f"run `chmod -R go= {folder}`"
    (folder / "outbox.db").chmod(0o600)
    folder.chmod(0o755)
    assert place(folder, mounts, tmp_path)["store's files"].state == "bad"


@pytest.mark.parametrize(
    ("uuids", "encrypted"),
    [
        (["CRYPT-LUKS2-5f1d-store"], True),
        (["LVM-5f1d", "CRYPT-LUKS2-5f1d-pv"], True),
        (["LVM-5f1d"], False),
        ([], False),
    ],
)
def test_encryption_is_seen_wherever_it_lies_below_the_store(
    tmp_path: Path, uuids: list[str], encrypted: bool
) -> None:
    folder = store(tmp_path)
    mounts = mounted(tmp_path / "mountinfo", ("254:3", folder, "ext4"))
    found = place(folder, mounts, made_of(tmp_path / "block", "254:3", *uuids))["store's disk"]
    assert found.found.startswith("encrypted" if encrypted else "not encrypted by dm-crypt")
    assert bool(found.remedy) is not encrypted


def test_what_is_below_an_overlay_is_unknown_and_not_called_good(tmp_path: Path) -> None:
    folder = store(tmp_path)
    mounts = mounted(tmp_path / "mountinfo", ("0:40", folder, "overlay"))
    assert place(folder, mounts, tmp_path / "block")["store's disk"].state == "unknown"
    assert place(folder, tmp_path / "none", tmp_path / "block")["store's disk"].state == "unknown"


def test_a_store_in_memory_is_bad(tmp_path: Path) -> None:
    folder = store(tmp_path)
    mounts = mounted(tmp_path / "mountinfo", ("8:1", tmp_path, "ext4"), ("0:40", folder, "tmpfs"))
    assert place(folder, mounts, tmp_path)["store's disk"].state == "bad"


def test_the_kind_is_read_from_the_head_of_a_sealed_file(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(head("00" * 16))
    assert Credential("k").sealed_by(tmp_path) is None
    (tmp_path / "k").write_bytes(TPM)
    assert Credential("k").sealed_by(tmp_path) == "this machine's TPM"
