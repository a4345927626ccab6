"""The terminal's key and secrets from systemd: sealed for real by systemd-creds, used as a file would be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kiosk import keys
from kiosk.credential import Credential
from tests.kiosk.systemd import Creds, missing, software_tpm

NAME = "terminal-key"


@pytest.fixture
def creds(tmp_path: Path) -> Creds:
    """Sealed by a host key of this test's own."""
    if why := missing(tpm=False):
        pytest.skip(why)
    return Creds(tmp_path)


def handed(monkeypatch: pytest.MonkeyPatch, unit: Path) -> Credential:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(unit))
    return Credential(NAME)


def test_a_key_that_systemd_sealed_signs_as_before(
    tmp_path: Path, creds: Creds, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid = keys.create(tmp_path / "key.pem").kid
    private = (tmp_path / "key.pem").read_bytes()
    sealed = creds.seal(tmp_path / "key.pem", NAME, by="host")
    assert private.splitlines()[1] not in sealed.read_bytes()
    credential = handed(monkeypatch, creds.hand_over(sealed, NAME))
    assert keys.load(credential).kid == kid
    assert credential.sealed_by(sealed.parent) == "this machine's host key"


def test_a_sealed_file_is_of_use_under_its_own_name_and_on_its_own_machine_only(
    tmp_path: Path, creds: Creds
) -> None:
    keys.create(tmp_path / "key.pem")
    sealed = creds.seal(tmp_path / "key.pem", NAME, by="host")
    (tmp_path / "other").mkdir()
    for machine, name in ((creds, "gateway"), (Creds(tmp_path / "other"), NAME)):
        with pytest.raises(subprocess.CalledProcessError):
            machine.hand_over(sealed, name)


@pytest.mark.parametrize(("by", "words"), [("tpm2", "TPM"), ("host+tpm2", "TPM and host key")])
def test_a_key_that_the_tpm_sealed_is_opened_by_that_tpm_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str, words: str
) -> None:
    if why := missing(tpm=True):
        pytest.skip(why)
    kid = keys.create(tmp_path / "key.pem").kid
    with software_tpm(tmp_path / "tpm") as device:
        creds = Creds(tmp_path, device)
        sealed = creds.seal(tmp_path / "key.pem", NAME, by=by)
        credential = handed(monkeypatch, creds.hand_over(sealed, NAME))
    assert keys.load(credential).kid == kid
    assert credential.sealed_by(sealed.parent) == f"this machine's {words}"
    with software_tpm(tmp_path / "another") as device, pytest.raises(subprocess.CalledProcessError):
        Creds(tmp_path, device).hand_over(sealed, NAME)


def test_a_secret_comes_the_same_way(tmp_path: Path, creds: Creds, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"0123456789abcdef\n")
    credential = handed(monkeypatch, creds.hand_over(creds.seal(tmp_path / "secret", NAME, by="host"), NAME))
    assert keys.load_secret(credential) == b"0123456789abcdef"


def unit(folder: Path, mode: int = 0o400) -> Path:
    keys.create(folder / NAME)
    (folder / NAME).chmod(mode)
    return folder


def test_without_systemd_there_is_no_credential_and_no_other_place_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unit(tmp_path))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    for _ in range(2):
        with pytest.raises(keys.KeyMissing, match=f"LoadCredentialEncrypted={NAME}:FILE"):
            keys.load(Credential(NAME))
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", "")


def test_a_unit_that_does_not_name_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(keys.KeyMissing) as caught:
        keys.load(handed(monkeypatch, tmp_path))
    assert "Name it in the unit" in caught.value.remedy


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440])
def test_the_mask_of_an_access_list_is_not_taken_for_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    assert keys.load(handed(monkeypatch, unit(tmp_path, mode))).kid


@pytest.mark.parametrize("mode", [0o404, 0o420, 0o410, 0o444])
def test_a_credential_open_to_others_is_not_systemds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    with pytest.raises(keys.KeyTooOpen) as caught:
        keys.load(handed(monkeypatch, unit(tmp_path, mode)))
    assert "let nothing else set $CREDENTIALS_DIRECTORY" in caught.value.remedy
