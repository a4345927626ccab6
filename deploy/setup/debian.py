"""Which Debian packages are needed, why, and how they get here."""

from __future__ import annotations

import importlib.util
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from deploy.setup.machine import Machine, SetupError

Purpose = Literal["demo", "test", "bench"]

# Ten minutes for the lists, forty for some 300 MB on a slow line.
UPDATE_DEADLINE = 600.0
INSTALL_DEADLINE = 2400.0


@dataclass(frozen=True)
class DebianPackage:
    """A Debian package that some purposes need.

    `reason` is told to the user. Any of the commands in `instead` does as well where it is already here.
    """

    name: str
    purposes: frozenset[Purpose]
    reason: str
    instead: tuple[str, ...] = ()


_ALL: frozenset[Purpose] = frozenset({"demo", "test", "bench"})

PACKAGES = (
    DebianPackage(
        "fonts-noto-cjk",
        _ALL,
        "the font that receipts and slips are drawn with where the printer has no such character",
    ),
    DebianPackage(
        "fonts-hanazono",
        _ALL,
        "rare characters of people's and places' names that Noto CJK lacks",
    ),
    DebianPackage(
        "chromium",
        frozenset({"test"}),
        "the browser tests drive the pages in the browser that terminals run",
    ),
    DebianPackage(
        "chromium",
        frozenset({"demo"}),
        "a browser to see the pages in; none was found here",
        instead=("chromium", "google-chrome", "firefox", "firefox-esr", "x-www-browser"),
    ),
    DebianPackage(
        "strace",
        frozenset({"test", "bench"}),
        "counts the fsyncs that stand behind a promise to a citizen",
    ),
    DebianPackage(
        "nodejs",
        frozenset({"test"}),
        "runs the second OpenID provider that the identity client is tested against",
        instead=("node",),
    ),
    DebianPackage(
        "npm",
        frozenset({"test"}),
        "installs that provider, by exact versions and hashes",
        instead=("npm",),
    ),
    DebianPackage(
        "cups-ipp-utils",
        frozenset({"test"}),
        "ippeveprinter, the printer of other people that the document printer's driver is tested against",
        instead=("ippeveprinter",),
    ),
    DebianPackage(
        "cups-daemon",
        frozenset({"test"}),
        "the CUPS that the document printer's driver is tested through, in a folder of its own",
        instead=("cupsd",),
    ),
    DebianPackage(
        "cups-client",
        frozenset({"test"}),
        "lpadmin and its kin, which set that CUPS's queue up, pause it and look into it",
        instead=("lpadmin",),
    ),
    DebianPackage(
        "pcscd",
        frozenset({"test", "bench"}),
        "the PC/SC daemon that the smart card reader's driver is tested on, in a namespace of its own",
        instead=("pcscd",),
    ),
    DebianPackage(
        "vsmartcard-vpcd",
        frozenset({"test", "bench"}),
        "a card reader made of software, which pcscd takes for a real one",
    ),
    DebianPackage(
        "python3-pyscard",
        frozenset({"test", "bench"}),
        "the PC/SC library for the driver's worker: it is in no wheel, and nothing is compiled here",
    ),
    DebianPackage(
        "gcc",
        frozenset({"test"}),
        "builds the library that stands in the kernel's place under the real gpiod",
        instead=("gcc",),
    ),
    DebianPackage(
        "libc6-dev",
        frozenset({"test"}),
        "the headers for that library, the kernel's linux/gpio.h among them",
    ),
    DebianPackage(
        "umockdev",
        frozenset({"test"}),
        "an input device made of software, which python-evdev takes for a real one: there is none to test on",
        instead=("umockdev-run",),
    ),
    DebianPackage(
        "dbus-daemon",
        frozenset({"test"}),
        "ippeveprinter does not start without a bus, so the tests give it one of its own",
        instead=("dbus-daemon",),
    ),
    DebianPackage(
        "systemd",
        frozenset({"test"}),
        "systemd-creds seals the terminal's key as a terminal's own systemd does; nothing of it is started",
        instead=("systemd-creds",),
    ),
    DebianPackage(
        "openssl",
        frozenset({"test"}),
        "makes the signers' golden vectors anew, with code that is not ours",
        instead=("openssl",),
    ),
    DebianPackage(
        "poppler-utils",
        frozenset({"test"}),
        "pdftoppm makes pictures of what the simulated document printer printed",
        instead=("pdftoppm",),
    ),
    DebianPackage(
        "alsa-utils",
        frozenset({"test"}),
        "aplay, which the loudspeaker's driver plays through, on ALSA's own library without a sound card",
        instead=("aplay",),
    ),
)

VENV = DebianPackage(
    "python3.11-venv",
    _ALL,
    "Debian keeps the part of Python that makes virtual environments (ensurepip) in a package of its own",
)


def has_ensurepip() -> bool:
    """Whether the Python that runs this can make a virtual environment with pip in it."""
    return importlib.util.find_spec("ensurepip") is not None


def missing(purpose: Purpose, machine: Machine, *, needs_venv: bool) -> list[DebianPackage]:
    """The packages that `purpose` needs and this machine lacks, in the order of PACKAGES.

    `needs_venv` is true where a virtual environment has to be made and this Python cannot.
    """
    wanted = [
        package for package in PACKAGES if purpose in package.purposes and not _present(package, machine)
    ]
    return [VENV, *wanted] if needs_venv else wanted


def provide(packages: Iterable[DebianPackage], machine: Machine, say: Callable[[str], None]) -> None:
    """Install `packages`, saying which and why; as root, or by sudo where it asks for no password.

    Raises SetupError, with what to type, where neither is so.
    """
    packages = list(packages)
    if not packages:
        return
    told = "\n".join(f"  {package.name:<16} {package.reason}" for package in packages)
    names = sorted({package.name for package in packages})
    if not machine.has_command("apt-get"):
        raise SetupError(
            f"This machine lacks:\n{told}\n"
            "It has no apt-get, so it is no Debian. Bring these by its own means, and put them\n"
            "where Debian does."
        )
    if machine.is_root():
        prefix: list[str] = []
    elif machine.succeeds(["sudo", "-n", "true"]):
        prefix = ["sudo", "-n"]
    else:
        raise SetupError(_what_to_type(told, names))
    say(f"Installing Debian packages that are missing here:\n{told}")
    # `env`, because sudo hands no variable on. Another apt-get at work is waited for.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    try:
        machine.run([*apt, "update"], {}, deadline=UPDATE_DEADLINE)
    except SetupError as error:
        # One source that is down must not stop an installation from the others; if it was the one, the
        # next command says so.
        say(f"The package lists could not all be renewed; going on with those at hand. {error}")
    machine.run([*apt, "install", "--yes", "--no-install-recommends", *names], {}, deadline=INSTALL_DEADLINE)


def _present(package: DebianPackage, machine: Machine) -> bool:
    if any(machine.has_command(command) for command in package.instead):
        return True
    # `dpkg-query -W` also exits with 0 for a package that was removed but left its settings behind.
    query = f"dpkg-query -W -f='${{db:Status-Status}}' {shlex.quote(package.name)} | grep -qx installed"
    return machine.succeeds(["sh", "-c", query])


def _what_to_type(told: str, names: list[str]) -> str:
    install = f"apt-get install --yes --no-install-recommends {' '.join(names)}"
    return (
        f"This machine lacks Debian packages:\n{told}\n"
        "Only root can install them, and this user is not root and has no sudo without a password.\n"
        "Type this, then run the same make again:\n"
        f"  sudo apt-get update && sudo {install}\n"
        "or, where there is no sudo:\n"
        f"  su -c 'apt-get update && {install}'"
    )
