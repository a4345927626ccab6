"""The pinned requirements, the set-up script and the names of our packages."""

import importlib.metadata
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from deploy.setup import pins
from deploy.setup.environment import BUILD_LIST, DEBIAN_PYTHON, LISTS

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "deploy" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
DECLARED = {
    "runtime.txt": PROJECT["project"]["dependencies"],
    "demo.txt": PROJECT["project"]["dependencies"] + EXTRAS["demo"],
    "dev.txt": PROJECT["project"]["dependencies"] + EXTRAS["demo"] + EXTRAS["dev"],
    "bench.txt": PROJECT["project"]["dependencies"] + EXTRAS["demo"] + EXTRAS["dev"] + EXTRAS["bench"],
    "build.txt": PROJECT["build-system"]["requires"],
}
OURS = {"kiosk", "drivers", "flows", "offline_cache", "deploy"}

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[0-9A-Za-z.!+_-]+)"
    r"(?: ; [^\\\n]+)?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)


def pinned(name: str) -> dict[str, str]:
    """Canonical name → version of every pin in a list."""
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    return {canonicalize_name(pin["name"]): pin["version"] for pin in _PIN.finditer(text)}


def test_every_list_is_made_and_read_by_the_set_up() -> None:
    assert {path.name for path in REQUIREMENTS.iterdir()} == set(DECLARED) == set(pins.LISTS)
    assert {*LISTS.values(), BUILD_LIST} <= set(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_list_holds_nothing_but_pins_with_hashes_and_comments(name: str) -> None:
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    assert pinned(name)
    rest = _PIN.sub("", text)
    assert [line for line in rest.splitlines() if line and not line.startswith("# ")] == []


@pytest.mark.parametrize("name", DECLARED)
def test_list_names_no_host_and_no_address(name: str) -> None:
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    assert re.findall(r"://|/|@|\.org|\.com|\.io|\.net|\.cn|index-url|find-links", text) == []


@pytest.mark.parametrize(("name", "declared"), DECLARED.items())
def test_every_declared_dependency_is_pinned_within_its_bounds(name: str, declared: list[str]) -> None:
    pins_of_list = pinned(name)
    assert declared
    for line in declared:
        wanted = Requirement(line)
        version = pins_of_list.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not in {name}: run `make pins`"
        assert wanted.specifier.contains(version), f"{name} pins {wanted.name}=={version}: run `make pins`"


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("runtime.txt", "demo.txt"),
        ("demo.txt", "dev.txt"),
        ("dev.txt", "bench.txt"),
        ("build.txt", "dev.txt"),
    ],
)
def test_wider_list_holds_the_narrower_at_the_same_versions(narrow: str, wide: str) -> None:
    assert pinned(narrow).items() <= pinned(wide).items()


def test_card_reader_library_that_must_be_compiled_is_in_no_list() -> None:
    assert [name for name in DECLARED if "pyscard" in pinned(name)] == []


def test_what_is_installed_here_is_what_is_pinned() -> None:
    installed = {
        str(canonicalize_name(package.metadata["Name"])): package.version
        for package in importlib.metadata.distributions()
    }
    assert {name: installed.get(name) for name in pinned("dev.txt")} == pinned("dev.txt")


def test_every_pin_is_content_with_debians_own_python() -> None:
    """The tests may run on a later 3.11, where pip installs what a terminal's Python refuses."""
    debian = ".".join(str(part) for part in DEBIAN_PYTHON)
    wanted = {name: importlib.metadata.metadata(name)["Requires-Python"] or "" for name in pinned("dev.txt")}
    assert any(wanted.values())
    assert {name: bound for name, bound in wanted.items() if not SpecifierSet(bound).contains(debian)} == {}


def test_our_packages_names_clash_with_no_dependency() -> None:
    owners = importlib.metadata.packages_distributions()
    assert "flask" in owners  # the look-up sees what is installed
    ours = canonicalize_name(PROJECT["project"]["name"])
    clashes = {
        name: sorted({canonicalize_name(owner) for owner in owners.get(name, [])} - {ours}) for name in OURS
    }
    assert {name: others for name, others in clashes.items() if others} == {}
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == OURS | {"tests"}


def test_every_file_of_the_agent_is_installed_with_it() -> None:
    """An editable install sees the tree; a terminal has the wheel, which holds what is declared only."""
    declared = [*PROJECT["tool"]["setuptools"]["package-data"]["*"], "*.py"]
    files = [
        path
        for room in ("kiosk", "drivers", "flows", "offline_cache")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert files
    assert [str(each) for each in files if not any(fnmatch(each.name, one) for one in declared)] == []
