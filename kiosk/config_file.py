"""Reading a file of settings: typed TOML, and every mistake at once, each with key, line, reason and remedy.

The settings themselves are `kiosk.config`; here are the types of values that need more than a look, and
the reader, which walks the file beside the types.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, NewType, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import NODEFAULT, Meta

from kiosk.credential import PREFIX, Credential

Address = Annotated[
    str,
    Meta(description='an address such as "192.0.2.7"; a name cannot be looked up within a deadline'),
]
HttpsUrl = Annotated[
    str,
    Meta(
        pattern=r"^https://[^/\s?#]+(/[^\s?#]*)?$",
        description='an address like "https://gateway.example/v1" (https only)',
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
PrinterProfile = NewType("PrinterProfile", str)
"""The name of a profile that the driver knows, or the path of one: ends in ``.toml``, beside the file."""
_PLACE = f'a path as text, or "{PREFIX}NAME" for what systemd hands over'
KeyFile = Annotated[Path | Credential, Meta(description=_PLACE, title="key")]
"""Where the terminal's key is: the path of its file, or a credential."""
SecretFile = Annotated[Path | Credential, Meta(description=_PLACE, title="secret")]
"""Where a secret is that is shared with another system (16 to 1024 bytes): as for a key."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Base of a table of the file."""

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """What does not fit together: setting, reason, remedy."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: which key, in which line, why, and what to do."""

    key: str
    line: int
    why: str
    remedy: str

    def __str__(self) -> str:
        """One line for a person."""
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.why} → {self.remedy}"


class ConfigError(ValueError):
    """The file is not taken; `mistakes` has all of them."""

    def __init__(self, path: Path, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(f"{path}\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
        self.mistakes = mistakes


def read(kind: type[Section], path: Path) -> Any:
    """The `kind` that `path` holds; relative paths in it are relative to its folder. Raises ConfigError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        why, remedy = f"cannot be read ({error.strerror})", "name a TOML file that this user may read"
        raise ConfigError(path, (Mistake("file", 0, why, remedy),)) from error
    try:
        text = raw.decode("utf-8-sig")  # some editors put a byte order mark before UTF-8
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, (Mistake("file", line, "is not UTF-8", "save it as UTF-8"),)) from error
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, (_syntax(text, str(error)),)) from error
    reader = _Reader(_lines(text), path.parent)
    read_so_far = reader.table(kind, tree, "")
    if reader.mistakes or read_so_far is None:
        raise ConfigError(path, tuple(sorted(reader.mistakes, key=lambda each: (each.line, each.key))))
    return read_so_far


_SYNTAX = (
    ("Cannot overwrite", "write each key once"),
    ("Cannot", "write each table once, with all its keys below it"),
    ("Unescaped", "write text that holds a backslash in single quotes"),
    ("Invalid value", 'put text in straight quotes, "like this"'),
    ("Illegal character", "close the quotes in the same line"),
    ("Unterminated", "close the quotes"),
    ("Expected '='", "write `key = value`"),
    ("Invalid statement", "write `key = value` or [table]"),
    ("Expected newline", 'one setting a line, and text in straight quotes, "like this"'),
    ("Expected ']'", "write [table], alone in its line"),
)
"""How tomllib's words begin, and what to do."""


def _syntax(text: str, said: str) -> Mistake:
    """What tomllib, which stops at the first, `said` of a file that is no TOML."""
    found = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", said)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    why = said[: found.start()] if found else said
    remedy = next(
        (each for begin, each in _SYNTAX if said.startswith(begin)), "compare with docs/settings.md"
    )
    return Mistake(dict(_places(text)).get(line, "TOML"), line, why, remedy)


class _Reader:
    """Walks the tree beside the types, so that one mistake does not hide the next."""

    def __init__(self, lines: dict[str, int], folder: Path) -> None:
        self.mistakes: list[Mistake] = []
        self._lines = lines
        self._folder = folder

    def table(self, kind: Any, tree: Any, where: str) -> Any:
        """A `kind` made of `tree`, or None when there was a mistake in it."""
        if not isinstance(tree, dict):
            self._say(where, "is not a table", f"write [{where}] with keys below it")
            return None
        before = len(self.mistakes)
        hints = get_type_hints(kind, include_extras=True)
        names = list(kind.__struct_fields__)
        tag = kind.__struct_config__.tag_field
        for key in tree:
            if key not in names and key != tag:
                self._unknown(f"{where}.{key}".strip("."), str(key), names)
        values: dict[str, Any] = {}
        for field in msgspec.structs.fields(kind):
            key = f"{where}.{field.name}".strip(".")
            if field.name in tree:
                values[field.name] = self._value(hints[field.name], tree[field.name], key)
            elif field.default is NODEFAULT and field.default_factory is NODEFAULT:
                self._missing(key, hints[field.name], where)
        if len(self.mistakes) > before:
            return None
        made = kind(**values)
        for name, why, remedy in made.mistakes():
            self._say(f"{where}.{name}".strip("."), why, remedy)
        return made if len(self.mistakes) == before else None

    def _value(self, hint: Any, value: Any, key: str) -> Any:
        hint = _given(hint)
        if get_origin(hint) is dict:
            return self._tables(hint, value, key)
        sections = [each for each in (get_args(hint) or (hint,)) if _is_section(each)]
        if sections:
            kind = self._choose(sections, value, key)
            return self.table(kind, value, key) if kind is not None else None
        if isinstance(value, str) and _CONTROL.search(value):
            self._say(
                key, f"is {value!r}: holds a control character", "take it out; \\ in single quotes only"
            )
            return None
        if hint is Path:
            if not isinstance(value, str) or not value:
                self._say(key, f"is {value!r}", "write a path as text")
                return None
            return self._folder / value
        if hint is PrinterProfile:
            return self._profile(value, key)
        if hint in (KeyFile, SecretFile):
            return self._place(value, key, secret=hint == SecretFile)
        try:
            good = msgspec.convert(value, hint, strict=not isinstance(value, int) or isinstance(value, bool))
        except msgspec.ValidationError as error:
            # What a pattern asks for is said by the remedy.
            why = "" if "matching regex" in str(error) else f": {error}"
            self._say(key, f"is {value!r}{why}", _remedy(hint))
            return None
        if (hint is HttpsUrl and not _reachable(good)) or (hint is Address and not _is_address(good)):
            self._say(key, f"is {value!r}", _remedy(hint))
            return None
        return good

    def _tables(self, hint: Any, value: Any, key: str) -> Any:
        """Tables by a name of one's own, [key."name"]; its type says what it is and how it is written."""
        named, kind = get_args(hint)
        if not isinstance(value, dict):
            self._say(key, "is not a table", f'write [{key}."..."] with keys below it')
            return {}
        found = {}
        for name, tree in value.items():
            where = f"{key}.{name}"
            try:
                msgspec.convert(name, named)
            except msgspec.ValidationError:
                meta = get_args(named)[-1]
                self._say(where, f"is not {meta.title}", f"write {meta.description}")
                continue
            found[name] = self._value(kind, tree, where)
        return found

    def _place(self, value: Any, key: str, *, secret: bool) -> Path | Credential | None:
        """Where a key or a secret is, a path made absolute; a secret must be usable, and is not kept."""
        if not isinstance(value, str) or not value:
            self._say(key, f"is {value!r}", f"write {_PLACE}")
            return None
        try:
            credential = Credential.named(value)
        except ValueError as error:
            self._say(key, f"is {value!r}: {error}", f'write "{PREFIX}" and the name that the unit gives it')
            return None
        place = credential or self._folder / value
        # A technician's command is not the unit: what systemd gave to another process cannot be looked at.
        if secret and not (credential and credential.path() is None):
            self._try(place, value, key)
        return place

    def _try(self, place: Path | Credential, value: str, key: str) -> None:
        from kiosk import keys  # noqa: PLC0415 - as for a profile: most files name no secret

        try:
            keys.load_secret(place)
        except keys.KeyFileError as error:
            self._say(key, f"is {value!r}: {error.problem}", error.remedy)

    def _profile(self, value: Any, key: str) -> str:
        """A printer profile that can be loaded: a name as it is, a path made absolute."""
        # What needs no printer's settings starts without fonts and pictures.
        from drivers.receipt_printer.profile import BadProfile, load_profile, profile_names  # noqa: PLC0415

        name = str(value)
        if name.endswith(".toml"):
            name, remedy = (
                str(self._folder / name),
                "name a readable profile, and correct what is wrong in it",
            )
        else:
            known = profile_names()
            remedy = _near(name, known) or f"one of {', '.join(known)}, or a path that ends in .toml"
        try:
            load_profile(name)
        except BadProfile as error:
            self._say(key, f"is {value!r}: {error}" if name.endswith(".toml") else f"is {value!r}", remedy)
        return name

    def _choose(self, sections: list[Any], value: Any, key: str) -> Any:
        """The table's type: by its `driver` where there is one."""
        if sections[0].__struct_config__.tag_field is None:
            return sections[0]
        by_tag = {each.__struct_config__.tag: each for each in sections}
        driver = value.get("driver") if isinstance(value, dict) else None
        if isinstance(driver, str) and driver in by_tag:
            return by_tag[driver]
        known = ", ".join(f'"{tag}"' for tag in by_tag)
        if driver is None:
            self._say(f"{key}.driver", "is missing", f"write one of {known}")
        else:
            self._say(
                f"{key}.driver", f"is {driver!r}", _near(str(driver), list(by_tag)) or f"one of {known}"
            )
        return None

    def _unknown(self, key: str, name: str, names: list[str]) -> None:
        self._say(key, "is not a setting", _near(name, names) or f"known here: {', '.join(names)}")

    def _missing(self, key: str, hint: Any, where: str) -> None:
        remedy = f"add a table [{key}]" if _is_section(hint) else f"add it under [{where}]: {_remedy(hint)}"
        self.mistakes.append(Mistake(key, self._lines.get(where, 0), "is missing", remedy))

    def _say(self, key: str, why: str, remedy: str) -> None:
        place = re.sub(r"\s", "", key)  # as `_places` writes it
        line = self._lines.get(place) or self._lines.get(place.rpartition(".")[0], 0)
        self.mistakes.append(Mistake(key, line, why, remedy))


def is_here(module: str) -> bool:
    """Whether a module is in this build."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


def _given(hint: Any) -> Any:
    """The type of a setting that may be left out, when it is not."""
    options = [each for each in get_args(hint) if each is not NoneType]
    return options[0] if NoneType in get_args(hint) and len(options) == 1 else hint


def _is_section(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Section)


def _near(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{near[0]}`?" if near else ""


def _remedy(hint: Any) -> str:
    """What a value of type `hint` looks like."""
    literal = get_args(hint)
    if hint is Path:
        return "a path as text"
    if hint is bool:
        return "true or false"
    if literal and not isinstance(literal[-1], Meta):
        return "one of " + ", ".join(repr(each) for each in literal)
    meta = literal[-1] if literal else None
    if isinstance(meta, Meta) and meta.description:
        return meta.description
    if isinstance(meta, Meta) and (meta.ge is not None or meta.gt is not None):
        return f"a number from {meta.ge if meta.ge is not None else meta.gt} to {meta.le}"
    return "text in quotes"


def _reachable(url: str) -> bool:
    """Whether host and port of an address that looks right can be right."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # a port above 65535, or a broken [IPv6] address
        return False


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _lines(text: str) -> dict[str, int]:
    """Line (from 1) of every table and key, by dotted name; the first where there are several."""
    found: dict[str, int] = {}
    for number, name in _places(text):
        found.setdefault(name, number)
    return found


def _places(text: str) -> Iterator[tuple[int, str]]:
    """Line (from 1) and dotted name of every table and key, in the order of the file."""
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        key = re.match(r"\s*([A-Za-z0-9_.\-\"']+)\s*=", line)
        if header:
            table = re.sub(r"[\s\"']", "", header[1])
            yield number, table
        elif key:
            yield number, f"{table}.{key[1]}".strip(".").replace('"', "")
