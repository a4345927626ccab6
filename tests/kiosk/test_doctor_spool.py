"""`kiosk doctor` on a CUPS of this machine: its spool is in memory and keeps no document, or it says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.commands.check import Check
from kiosk.commands.spool import check_spool
from kiosk.config_devices import IppPrinter
from tests.drivers.document_printer.cups import documented
from tests.kiosk.test_doctor_at_rest import mounted

QUEUE = IppPrinter(host="127.0.0.1", path="/printers/a4")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """/etc/cups as the docs have it."""
    folder = tmp_path / "etc"
    folder.mkdir()
    for name in ("cups-files.conf", "cupsd.conf"):
        (folder / name).write_text(documented(f"/etc/cups/{name}"))
    return folder


def mounts(tmp_path: Path, place: str = "/var/spool/cups", kind: str = "tmpfs") -> Path:
    return mounted(tmp_path / "mountinfo", ("0:40", Path(place), kind))


def checked(tmp_path: Path, settings: Path, table: Path | None = None) -> Check:
    (found,) = check_spool(QUEUE, mounts=table or mounts(tmp_path), settings=settings)
    assert found.what == "CUPS spool"
    return found


@pytest.mark.parametrize(
    "spec",
    [
        None,
        IppPrinter(host="127.0.0.1", path="/ipp/print"),
        IppPrinter(host="192.0.2.7", path="/printers/a4"),
    ],
    ids=["no printer", "a printer itself", "another machine"],
)
def test_without_a_cups_of_this_machine_there_is_nothing_to_say(
    spec: IppPrinter | None, tmp_path: Path, settings: Path
) -> None:
    assert check_spool(spec, mounts=mounts(tmp_path, kind="ext4"), settings=settings) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("path", ["/printers/a4", "/classes/all"])
def test_what_the_docs_give_is_good(host: str, path: str, tmp_path: Path, settings: Path) -> None:
    spec = IppPrinter(host=host, path=path)
    (found,) = check_spool(spec, mounts=mounts(tmp_path), settings=settings)
    assert (found.state, found.remedy) == ("good", "")


@pytest.mark.parametrize("kind", ["ext4", "overlay", "btrfs"])
def test_a_spool_on_a_disk_is_bad_and_the_remedy_is_a_tmpfs(
    tmp_path: Path, settings: Path, kind: str
) -> None:
    found = checked(tmp_path, settings, mounts(tmp_path, kind=kind))
    assert found.state == "bad"
    assert f"on a disk ({kind})" in found.found
    assert "mount a tmpfs on /var/spool/cups" in found.remedy
    assert "document-printer.md" in found.remedy


def test_a_tmpfs_beside_the_spool_does_not_help(tmp_path: Path, settings: Path) -> None:
    assert checked(tmp_path, settings, mounts(tmp_path, "/var/spool/cups-old")).state == "bad"


def test_a_spool_elsewhere_is_looked_at_where_it_is(tmp_path: Path, settings: Path) -> None:
    (settings / "cups-files.conf").write_text("# RequestRoot /run/no\nrequestroot /srv/spool\n")
    found = checked(tmp_path, settings)
    assert found.state == "bad"
    assert "/srv/spool" in found.remedy
    assert checked(tmp_path, settings, mounts(tmp_path, "/srv/spool")).state == "good"


@pytest.mark.parametrize(
    "line",
    ["RequestRoot\t/home/spool", "  RequestRoot \t /home/spool  # on the disk", "RequestRoot home"],
    ids=["a tab", "blanks and a remark", "below the settings"],
)
def test_a_spool_is_found_however_its_line_is_written(tmp_path: Path, settings: Path, line: str) -> None:
    (settings / "cups-files.conf").write_text(f"{line}\n")
    table = mounted(
        tmp_path / "mountinfo", ("8:1", Path("/"), "ext4"), ("0:40", Path("/var/spool/cups"), "tmpfs")
    )
    found = checked(tmp_path, settings, table)
    assert found.state == "bad"
    assert ("/home/spool" if "/" in line else f"{settings}/home") in found.remedy


def test_the_folder_where_filters_write_is_looked_at_too(tmp_path: Path, settings: Path) -> None:
    with (settings / "cups-files.conf").open("a") as file:
        file.write("TempDir /home/tmp\n")
    spool = ("0:40", Path("/var/spool/cups"), "tmpfs")
    table = tmp_path / "mountinfo"
    found = checked(tmp_path, settings, mounted(table, ("8:1", Path("/"), "ext4"), spool))
    assert (found.state, "/home/tmp" in found.remedy) == ("bad", True)
    assert (
        checked(tmp_path, settings, mounted(table, ("0:41", Path("/home"), "tmpfs"), spool)).state == "good"
    )


def test_the_usual_folder_of_filters_may_be_on_a_disk_of_its_own(tmp_path: Path, settings: Path) -> None:
    table = mounted(
        tmp_path / "mountinfo",
        ("0:40", Path("/var/spool/cups"), "tmpfs"),
        ("8:1", Path("/var/spool/cups/tmp"), "ext4"),
    )
    found = checked(tmp_path, settings, table)
    assert (found.state, "/var/spool/cups/tmp" in found.remedy) == ("bad", True)


@pytest.mark.parametrize("said", ["", "PreserveJobFiles Yes\n", "PreserveJobFiles 86400\n"])
def test_a_cups_that_keeps_documents_is_bad_even_in_memory(tmp_path: Path, settings: Path, said: str) -> None:
    file = settings / "cupsd.conf"
    file.write_text(file.read_text().replace("PreserveJobFiles No\n", said))
    found = checked(tmp_path, settings)
    assert found.state == "bad"
    assert "PreserveJobFiles No" in found.remedy


@pytest.mark.parametrize("said", ["No", "off", "0", "5"])
def test_a_cups_that_forgets_its_jobs_is_bad_since_no_print_is_confirmed(
    tmp_path: Path, settings: Path, said: str
) -> None:
    file = settings / "cupsd.conf"
    file.write_text(file.read_text().replace("PreserveJobHistory 300\n", f"PreserveJobHistory {said}\n"))
    found = checked(tmp_path, settings)
    assert found.state == "bad"
    assert "PreserveJobHistory 300" in found.remedy


@pytest.mark.parametrize("said", ["", "PreserveJobHistory Yes\n", "PreserveJobHistory 86400\n"])
def test_a_cups_that_keeps_its_jobs_longer_is_good(tmp_path: Path, settings: Path, said: str) -> None:
    file = settings / "cupsd.conf"
    file.write_text(file.read_text().replace("PreserveJobHistory 300\n", said))
    assert checked(tmp_path, settings).state == "good"


def test_no_settings_at_all_are_those_of_cups_which_keeps_documents(tmp_path: Path) -> None:
    assert checked(tmp_path, tmp_path / "nowhere").state == "bad"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("cupsd.conf", "PreserveJobFiles No"), ("cups-files.conf", "RequestRoot and TempDir")],
)
def test_settings_that_may_not_be_read_are_neither_good_nor_bad(
    tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch, name: str, remedy: str
) -> None:
    """Debian lets only root and lp read them. The tests' user may be root, who may read all."""
    real = Path.read_text

    def refused(path: Path, *arguments: str, **named: str) -> str:
        if path.name == name:
            raise PermissionError(13, os.strerror(13), str(path))
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "read_text", refused)
    found = checked(tmp_path, settings)
    assert (found.state, remedy in found.remedy) == ("unknown", True)


def test_a_mount_table_that_cannot_be_read_tells_nothing(tmp_path: Path, settings: Path) -> None:
    assert checked(tmp_path, settings, tmp_path / "nowhere").state == "unknown"
