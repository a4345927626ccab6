"""The second OpenID provider of the tests: what is fetched from npm, and that nothing is twice."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from deploy.setup.machine import SetupError
from deploy.setup.node import FILES, PEER, SOURCE, OpenIdPeer

ROOT = Path(__file__).resolve().parents[1]
LOCK = json.loads((ROOT / SOURCE / "package-lock.json").read_text(encoding="utf-8"))


class Npm:
    """A machine on which only npm is run; it remembers what was asked of it."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.ran: list[tuple[str, ...]] = []

    def is_root(self) -> bool:
        """It is nobody in particular."""
        return False

    def has_command(self, name: str) -> bool:
        """Both are there."""
        return name in {"node", "npm"}

    def succeeds(self, command: Sequence[str]) -> bool:
        """Nothing is asked."""
        raise AssertionError(command)

    def run(self, command: Sequence[str], environment: Mapping[str, str], *, deadline: float) -> None:
        """Remember it."""
        assert deadline > 0
        self.ran.append(tuple(command))
        if self.fails:
            raise SetupError(" ".join(command))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree with the two files that decide."""
    (tmp_path / SOURCE).mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / SOURCE / name, tmp_path / SOURCE / name)
    return tmp_path


def test_first_run_installs_and_says_why_and_the_second_runs_nothing(tree: Path) -> None:
    npm, words = Npm(), list[str]()
    peer = OpenIdPeer(tree, npm, words.append)
    assert not peer.is_ready("test")
    peer.provide()
    [command] = npm.ran
    assert command[:2] == ("npm", "ci")
    assert "--ignore-scripts" in command
    assert command[-2:] == ("--prefix", str(tree / PEER))
    assert "oidc-provider" in words[0]
    assert "no terminal" in words[0]
    assert OpenIdPeer(tree, npm, words.append).is_ready("test")


@pytest.mark.parametrize("purpose", ["demo", "bench"])
def test_demo_and_bench_do_without_it(tree: Path, purpose: str) -> None:
    assert OpenIdPeer(tree, Npm(), print).is_ready(purpose)  # type: ignore[arg-type]  # a Purpose


@pytest.mark.parametrize("changed", FILES)
def test_changed_lock_is_installed_anew(tree: Path, changed: str) -> None:
    peer = OpenIdPeer(tree, Npm(), print)
    peer.provide()
    with (tree / SOURCE / changed).open("a") as file:
        file.write("\n")
    assert not peer.is_ready("test")
    peer.provide()
    assert peer.is_ready("test")


def test_installation_that_fails_leaves_it_not_ready(tree: Path) -> None:
    OpenIdPeer(tree, Npm(), print).provide()
    peer = OpenIdPeer(tree, Npm(fails=True), print)
    with pytest.raises(SetupError):
        peer.provide()
    assert not peer.is_ready("test")


def test_every_package_is_named_by_version_and_hash_and_by_no_address() -> None:
    packages = {name: entry for name, entry in LOCK["packages"].items() if name}
    assert "node_modules/oidc-provider" in packages
    for name, entry in packages.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+\S*", entry["version"]), name
        assert entry["integrity"].startswith("sha512-"), name
        assert entry.keys() & {"resolved", "hasInstallScript"} == set(), name
    assert "://" not in (ROOT / SOURCE / "package-lock.json").read_text(encoding="utf-8")


def test_declared_version_is_exact() -> None:
    declared = json.loads((ROOT / SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert LOCK["packages"][""]["dependencies"] == declared
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in declared.values())


def test_what_is_installed_here_is_what_is_locked() -> None:
    for name, entry in LOCK["packages"].items():
        if name:
            package = json.loads((ROOT / PEER / name / "package.json").read_text(encoding="utf-8"))
            assert package["version"] == entry["version"], name
