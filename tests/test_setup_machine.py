"""What the set-up does to a machine: Debian packages, the virtual environment, and its second run."""

import fcntl
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from deploy.setup.debian import PACKAGES, VENV, missing, provide
from deploy.setup.environment import LISTS, Environment
from deploy.setup.machine import SetupError, ThisMachine

CARDS = ("vsmartcard-vpcd", "python3-pyscard")
COMPILER = ("gcc", "libc6-dev")
STAND_INS = ("umockdev", "alsa-utils")
ROOT = Path(__file__).resolve().parents[1]


class FakeMachine:
    """A Debian on which chosen packages are installed; it remembers what was run."""

    def __init__(
        self,
        *,
        installed: Sequence[str] = (),
        commands: Sequence[str] = (
            "apt-get",
            "node",
            "npm",
            "ippeveprinter",
            "cupsd",
            "lpadmin",
            "dbus-daemon",
            "openssl",
            "pcscd",
            "pdftoppm",
            "systemd-creds",
        ),
        root: bool = False,
        sudo: bool = False,
        fails: Callable[[Sequence[str]], bool] = lambda command: False,
    ) -> None:
        self.installed = set(installed)
        self.commands = set(commands)
        self.root = root
        self.sudo = sudo
        self.fails = fails
        self.ran: list[tuple[str, ...]] = []

    def is_root(self) -> bool:
        return self.root

    def has_command(self, name: str) -> bool:
        return name in self.commands

    def succeeds(self, command: Sequence[str]) -> bool:
        if command[0] == "sudo":
            return self.sudo
        asked = re.search(r"Status\}' (\S+) \|", command[-1])
        assert asked is not None
        return asked[1] in self.installed

    def run(self, command: Sequence[str], environment: Mapping[str, str], *, deadline: float) -> None:
        assert deadline > 0
        self.ran.append(tuple(command))
        if self.fails(command):
            raise SetupError(" ".join(command))
        if "venv" in command:
            make_venv(Path(command[-1]))


def make_venv(folder: Path, *, version: str = "3.11.2") -> None:
    """What `python3.11 -m venv` leaves, as far as the set-up looks."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "bin" / "pip").touch()
    (folder / "pyvenv.cfg").write_text(
        f"home = /usr/bin\nversion = {version}\ncommand = /usr/bin/python3.11 -m venv --clear {folder}\n"
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A work tree as far as the set-up looks."""
    (tmp_path / "deploy" / "requirements").mkdir(parents=True)
    for name in ("build.txt", *LISTS.values()):
        (tmp_path / "deploy" / "requirements" / name).write_text(f"{name[:-4]}==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return tmp_path


def said() -> tuple[list[str], Callable[[str], None]]:
    words: list[str] = []
    return words, words.append


def test_each_debian_package_is_named_with_a_reason() -> None:
    names = {package.name for package in PACKAGES} | {VENV.name}
    fonts = {"fonts-noto-cjk", "fonts-hanazono"}
    peers = {"nodejs", "npm", "cups-ipp-utils", "dbus-daemon", "openssl", "poppler-utils", "systemd"}
    cups = {"cups-daemon", "cups-client"}
    tools = {"chromium", "strace", "pcscd", *CARDS, *COMPILER, *STAND_INS, "python3.11-venv"}
    assert names == {*tools, *fonts, *peers, *cups}
    for package in (*PACKAGES, VENV):
        assert len(package.reason.split()) > 4, package.name
        assert package.purposes, package.name


def test_the_docs_name_each_debian_package() -> None:
    text = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
    assert [package.name for package in (*PACKAGES, VENV) if f"`{package.name}`" not in text] == []


def test_root_installs_what_is_missing_and_is_told_why() -> None:
    machine = FakeMachine(installed=["fonts-noto-cjk", "strace", *CARDS, *COMPILER, *STAND_INS], root=True)
    words, say = said()
    provide(missing("test", machine, needs_venv=False), machine, say)
    update, install = machine.ran
    assert update[-1] == "update"
    assert install[-4:] == ("--yes", "--no-install-recommends", "chromium", "fonts-hanazono")
    assert "sudo" not in update + install
    assert "rare characters" in words[0]
    assert "strace" not in words[0]


def test_sudo_without_a_password_is_used() -> None:
    machine = FakeMachine(
        installed=["chromium", "fonts-noto-cjk", "fonts-hanazono", *CARDS, *COMPILER, *STAND_INS], sudo=True
    )
    provide(missing("test", machine, needs_venv=True), machine, said()[1])
    assert [command[:2] for command in machine.ran] == [("sudo", "-n")] * 2
    assert machine.ran[1][-2:] == ("python3.11-venv", "strace")


def test_without_root_the_user_is_told_what_to_type_and_nothing_is_run() -> None:
    machine = FakeMachine(installed=CARDS)
    with pytest.raises(SetupError) as told:
        provide(missing("bench", machine, needs_venv=True), machine, said()[1])
    install = (
        "apt-get install --yes --no-install-recommends fonts-hanazono fonts-noto-cjk python3.11-venv strace"
    )
    assert f"  sudo apt-get update && sudo {install}\n" in str(told.value)
    assert f"  su -c 'apt-get update && {install}'" in str(told.value)
    assert "counts the fsyncs" in str(told.value)
    assert machine.ran == []


def test_machine_that_is_no_debian_is_told_what_it_lacks() -> None:
    machine = FakeMachine(commands=(), root=True)
    with pytest.raises(SetupError, match=r"(?s)fonts-noto-cjk .*no apt-get"):
        provide(missing("demo", machine, needs_venv=False), machine, said()[1])


def test_nothing_missing_runs_nothing_and_says_nothing() -> None:
    machine = FakeMachine(
        installed=["chromium", "fonts-noto-cjk", "fonts-hanazono", "strace", *CARDS, *COMPILER, *STAND_INS]
    )
    words, say = said()
    provide(missing("test", machine, needs_venv=False), machine, say)
    assert (machine.ran, words) == ([], [])


def test_demo_is_content_with_a_browser_that_is_already_here() -> None:
    fonts = ["fonts-noto-cjk", "fonts-hanazono"]
    bare = FakeMachine(installed=fonts)
    desk = FakeMachine(installed=fonts, commands=["apt-get", "firefox-esr"])
    assert [package.name for package in missing("demo", bare, needs_venv=False)] == ["chromium"]
    assert missing("demo", desk, needs_venv=False) == []


def test_any_node_that_is_here_will_do_and_else_debians_own_is_installed() -> None:
    here = ["chromium", "fonts-noto-cjk", "fonts-hanazono", "strace", "pcscd", *CARDS, *COMPILER]
    printing = ["ippeveprinter", "cupsd", "lpadmin", "pdftoppm", "umockdev-run", "aplay"]
    bare = FakeMachine(
        installed=here,
        commands=["apt-get", *printing, "dbus-daemon", "openssl", "systemd-creds"],
    )
    assert [package.name for package in missing("test", bare, needs_venv=False)] == ["nodejs", "npm"]
    assert missing("bench", FakeMachine(installed=here, commands=["apt-get"]), needs_venv=False) == []


def test_package_source_that_is_down_does_not_stop_the_installation() -> None:
    machine = FakeMachine(root=True, fails=lambda command: command[-1] == "update")
    words, say = said()
    provide(missing("demo", machine, needs_venv=False), machine, say)
    assert "install" in machine.ran[1]
    assert "could not all be renewed" in words[1]


def test_first_run_makes_the_environment_and_the_second_runs_nothing(tree: Path) -> None:
    machine = FakeMachine()
    environment = Environment(tree, machine, said()[1])
    assert not environment.is_ready("test")
    environment.provide("test")
    venv, wheels, agent = machine.ran
    assert venv == (sys.executable, "-m", "venv", "--clear", str(tree / ".venv"))
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(wheels)
    assert wheels[-3:] == (
        str(tree / "deploy/requirements/build.txt"),
        "--requirement",
        str(tree / "deploy/requirements/dev.txt"),
    )
    assert {"--no-index", "--no-build-isolation", "--no-deps"} <= set(agent)
    assert Environment(tree, machine, said()[1]).is_ready("test")


def test_what_serves_the_tests_serves_the_demo_but_not_the_bench(tree: Path) -> None:
    environment = Environment(tree, FakeMachine(), said()[1])
    environment.provide("test")
    assert [purpose for purpose in LISTS if environment.is_ready(purpose)] == ["demo", "test"]


@pytest.mark.parametrize(
    "changed", ["deploy/requirements/dev.txt", "deploy/requirements/build.txt", "pyproject.toml"]
)
def test_changed_list_is_installed_into_the_same_environment(tree: Path, changed: str) -> None:
    machine = FakeMachine()
    environment = Environment(tree, machine, said()[1])
    environment.provide("test")
    with (tree / changed).open("a") as file:
        file.write("more\n")
    assert not environment.is_ready("test")
    machine.ran.clear()
    environment.provide("test")
    assert [command for command in machine.ran if "venv" in command] == []
    assert environment.is_ready("test")


def test_installation_that_fails_halfway_leaves_no_purpose_ready(tree: Path) -> None:
    machine = FakeMachine()
    environment = Environment(tree, machine, said()[1])
    environment.provide("test")
    machine.fails = lambda command: "--require-hashes" in command
    with pytest.raises(SetupError):
        environment.provide("bench")
    assert [purpose for purpose in LISTS if environment.is_ready(purpose)] == []


def test_environment_of_another_python_is_made_anew(tree: Path) -> None:
    make_venv(tree / ".venv", version="3.12.1")
    machine = FakeMachine()
    environment = Environment(tree, machine, said()[1])
    assert not environment.is_sound()
    environment.provide("demo")
    assert "--clear" in machine.ran[0]
    assert environment.is_sound()


def test_environment_that_was_moved_is_made_anew(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    Environment(tree, FakeMachine(), said()[1]).provide("test")
    moved = tmp_path_factory.mktemp("moved") / "tree"
    shutil.copytree(tree, moved)
    assert not Environment(moved, FakeMachine(), said()[1]).is_ready("test")


def test_environment_whose_python_or_pip_is_gone_is_made_anew(tree: Path) -> None:
    for gone in ("python", "pip"):
        make_venv(tree / ".venv")
        environment = Environment(tree, FakeMachine(), said()[1])
        assert environment.is_sound()
        (tree / ".venv" / "bin" / gone).unlink()
        assert not environment.is_sound()


def test_set_up_holds_the_lock_while_it_works_and_frees_it_after(tree: Path) -> None:
    environment = Environment(tree, FakeMachine(), said()[1])
    with (tree / "pyproject.toml").open("rb") as file:
        with environment.locked(), pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_command_that_fails_is_shown_with_its_exit_code() -> None:
    with pytest.raises(SetupError, match=r"sh -c exit 7\nfailed with exit code 7"):
        ThisMachine().run(["sh", "-c", "exit 7"], {}, deadline=10)
    with pytest.raises(SetupError, match="could not be started"):
        ThisMachine().run(["/no/such/command"], {}, deadline=10)


def test_command_past_its_deadline_is_stopped() -> None:
    with pytest.raises(SetupError, match=r"not done after 0 s"):
        ThisMachine().run(["tail", "-f", "/dev/null"], {}, deadline=0.2)


def test_question_is_asked_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    assert ThisMachine().succeeds(["sh", "-c", "echo yes; echo no >&2"])
    assert not ThisMachine().succeeds(["sh", "-c", "exit 1"])
    assert not ThisMachine().succeeds(["/no/such/command"])
    assert capfd.readouterr() == ("", "")


def test_make_help_names_every_target_a_person_types() -> None:
    text = subprocess.run(
        ["make", "-C", ROOT, "help"], check=True, capture_output=True, text=True, timeout=30
    ).stdout
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    typed = {target for target in targets if target != "help" and not target.startswith("setup-")}
    assert typed == {"demo", "test", "test-long", "bench", "lint", "format", "setup", "pins"}
    assert {target for target in typed if f"make {target} " not in text} == set()
