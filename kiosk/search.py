"""The catalogue by what somebody types: characters, pinyin, first letters, mixed, with a slip.

Pure: no clock, no disk but the table of readings, no items' meaning. Each thing that can be typed leads to a
bitset of the entries it is in (bit *n* is entry *n*), so that a query is some look-ups and a few operations
on whole bitsets; nothing is scanned, and ten times the entries cost next to nothing more. What is found is
ordered by how well it fits, and then by the order of the entries.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from itertools import accumulate
from operator import and_

from kiosk import pinyin

LETTERS = 10
"""Letters of a spelling that are looked up as one; a longer one is found by its groups of three."""
INITIALS = 8
CHARACTERS = 12
"""As much of a name's beginning is looked up as one."""
GROUP = 3
WINDOW = 4
"""Groups of three that one slip can spoil: those over the two letters that are exchanged."""
TYPO_FROM = 4
"""A word of fewer letters must be right."""
QUERY_MOST = 40
_RUN = re.compile(r"[a-z0-9]+|[^a-z0-9]+")


class Fit(IntEnum):
    """How well an entry fits, the best first."""

    EXACT = 0
    PREFIX = 1
    INITIALS = 2
    """The first letters of its beginning."""
    INSIDE = 3
    """In one piece, or its first letters, but not at the beginning."""
    WORD = 4
    """All parts of it somewhere, in any order; or in what is said beside the name."""
    FUZZY = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """What one item is found by: its `names` (official, short, in common words), `words` beside them
    (department, badges, life events ...) and `prose`, which is found by its characters alone."""

    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    prose: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Entries by fit, best first; each is in one of the bitsets only."""

    by_fit: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many."""
        return sum(each.bit_count() for each in self.by_fit)

    def within(self, entries: int) -> Found:
        """Those that are in the bitset `entries` too."""
        return Found(tuple(each & entries for each in self.by_fit))

    def __iter__(self) -> Iterator[int]:
        """Their numbers, best first."""
        for bits in self.by_fit:
            left = bits
            while left:
                lowest = left & -left
                yield lowest.bit_length() - 1
                left ^= lowest


Bits = defaultdict[str, int]


class Index:
    """Built once of its entries; `find` changes nothing."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._whole: Bits = defaultdict(int)
        self._begins: Bits = defaultdict(int)
        self._begins_spelled: Bits = defaultdict(int)
        self._spelled: Bits = defaultdict(int)
        self._groups: Bits = defaultdict(int)
        self._blurred: Bits = defaultdict(int)
        self._initials: Bits = defaultdict(int)
        self._begins_initials: Bits = defaultdict(int)
        self._in_turn: Bits = defaultdict(int)
        self._syllables: Bits = defaultdict(int)
        self._begun: Bits = defaultdict(int)
        self._characters: Bits = defaultdict(int)
        self._beside: Bits = defaultdict(int)
        self._beside_spelled: Bits = defaultdict(int)
        self._all = 0
        words: defaultdict[str, int] = defaultdict(int)
        for number, entry in enumerate(entries):
            bit = 1 << number
            self._all |= bit
            for name in dict.fromkeys(map(pinyin.plain, entry.names)):
                self._add_name(name, bit)
            for word in entry.words:
                words[pinyin.plain(word)] |= bit
            _mark(self._beside, _pieces(pinyin.plain(entry.prose)), bit)
        for word, bits in words.items():
            self._add_word(word, bits)
        self._share()
        self._next: defaultdict[str, str] = defaultdict(str)
        for spelling in self._spelled:
            self._next[spelling[:-1]] += spelling[-1]

    def _share(self) -> None:
        """Keep equal bitsets once: all spellings of one place in a name lead to the same entries. So few of
        them stay in the processor's cache, however many entries there are."""
        known: dict[int, int] = {}
        for table in vars(self).values():
            if isinstance(table, defaultdict):
                for key, having in table.items():
                    table[key] = known.setdefault(having, having)

    def _add_name(self, name: str, bit: int) -> None:
        self._whole[name] |= bit
        _mark(self._begins, _beginnings({name[:CHARACTERS]}), bit)
        _mark(self._characters, _pieces(name), bit)
        units = pinyin.units(name)
        firsts = pinyin.initials(units)
        spelled, runs, in_turn = set[str](), set[str](), set[str]()
        later: set[str] = set()
        for at in range(len(units) - 1, -1, -1):
            written = pinyin.spellings(units[at:], LETTERS)
            spelled |= written
            runs |= pinyin.spellings(firsts[at:], INITIALS)
            in_turn.update(first + after for first in firsts[at] for after in later)
            later.update(firsts[at])
        _mark(self._begins_spelled, _beginnings(pinyin.spellings(units, LETTERS)), bit)
        _mark(self._spelled, _beginnings(spelled), bit)
        _mark(self._groups, {group for each in spelled for group in _groups(each)}, bit)
        blurred = {group for each in spelled for group in _groups(pinyin.blurred(each))}
        _mark(self._blurred, blurred, bit)
        _mark(self._initials, _beginnings(runs), bit)
        _mark(self._begins_initials, _beginnings(pinyin.spellings(firsts, INITIALS)), bit)
        _mark(self._in_turn, in_turn, bit)
        syllables = {reading for readings in units for reading in readings}
        _mark(self._syllables, syllables, bit)
        _mark(self._begun, _beginnings(syllables), bit)

    def _add_word(self, word: str, bits: int) -> None:
        units = pinyin.units(word)
        _mark(self._beside, _pieces(word), bits)
        for at in range(len(units)):
            _mark(self._beside_spelled, _beginnings(pinyin.spellings(units[at:], LETTERS)), bits)
        _mark(self._beside_spelled, _beginnings(pinyin.spellings(pinyin.initials(units), INITIALS)), bits)

    @property
    def everything(self) -> int:
        """All entries, as a bitset."""
        return self._all

    def find(self, text: str) -> Found:
        """What `text` may mean. Nothing is found by a text without letters, digits or characters."""
        parts = [run for word in text[:QUERY_MOST].split() for run in _RUN.findall(pinyin.plain(word))]
        fits = [0] * len(Fit)
        if not parts:
            return Found(tuple(fits))
        whole = "".join(parts)
        if len(parts) == 1 or whole.isascii():
            fits = self._part(whole)
        else:
            fits[Fit.EXACT] = self._whole.get(whole, 0)
            fits[Fit.PREFIX] = self._beginning(whole)
            fits[Fit.INSIDE] = _all_of(self._characters, _pairs(whole))
        if len(parts) > 1:
            clear = [_any(self._part(part)) for part in parts]
            fits[Fit.WORD] |= _in_all(clear)
            if not any(fits):
                both = zip(clear, parts, strict=True)
                fits[Fit.FUZZY] = _in_all(bits | self._roughly(part) for bits, part in both)
        else:
            fits[Fit.FUZZY] |= self._roughly(whole)
        if not any(fits) and whole.isascii():
            fits[Fit.FUZZY] = self._mixed(whole)
        return Found(_apart(fits))

    def _part(self, part: str) -> list[int]:
        """Bitsets by fit, of characters or of letters, none of them fuzzy; one entry may be in several."""
        return self._letters(part) if part.isascii() else self._text(part)

    def _roughly(self, part: str) -> int:
        """What fits `part` but for a slip of the finger, of the ear, or of the choice of a character."""
        return self._slipped(part) if part.isascii() else self._sounding(part)

    def _text(self, text: str) -> list[int]:
        fits = [0] * len(Fit)
        fits[Fit.EXACT] = self._whole.get(text, 0)
        fits[Fit.PREFIX] = self._beginning(text)
        fits[Fit.INSIDE] = _all_of(self._characters, _pairs(text) or text)
        fits[Fit.WORD] = _all_of(self._characters, text) | _all_of(self._beside, _pairs(text) or text)
        return fits

    def _beginning(self, text: str) -> int:
        found = self._begins.get(text[:CHARACTERS], 0)
        return found & _all_of(self._characters, _pairs(text)) if len(text) > CHARACTERS else found

    def _sounding(self, text: str) -> int:
        """Names that have characters of the same sounds: what a wrong one was chosen for."""
        if len(text) < 2:
            return 0
        found = self._all
        for readings in pinyin.units(text):
            found &= _any(self._syllables.get(each, 0) for each in readings)
        return found

    def _letters(self, letters: str) -> list[int]:
        fits = [0] * len(Fit)
        fits[Fit.EXACT] = self._whole.get(letters, 0)
        written = self._written(letters)
        begins = self._begins_spelled.get(letters[:LETTERS], 0)
        fits[Fit.PREFIX] = self._beginning(letters) | begins & written
        if len(letters) == 1:
            return fits  # nearly every name has it somewhere
        in_turn = _all_of(self._in_turn, _in_turn(letters))
        rest = in_turn if len(letters) > INITIALS else self._all
        fits[Fit.INITIALS] = self._begins_initials.get(letters[:INITIALS], 0) & rest
        fits[Fit.INSIDE] = written | self._initials.get(letters[:INITIALS], 0) & rest
        fits[Fit.WORD] = self._syllable_by_syllable(letters) | self._beside_spelled.get(letters, 0)
        if len(letters) >= GROUP:
            fits[Fit.WORD] |= in_turn
        return fits

    def _written(self, letters: str) -> int:
        """Names in which `letters` stand, from the beginning of a syllable if they are few."""
        if len(letters) <= LETTERS:
            return self._spelled.get(letters, 0)
        return _all_of(self._groups, _groups(letters))

    def _slipped(self, letters: str) -> int:
        if len(letters) == 1:
            return 0
        if len(letters) > LETTERS:
            mixed = _all_of(self._blurred, _groups(pinyin.blurred(letters)))
            return mixed | self._all_but_a_window(_groups(letters))
        found = _any(self._written(meant) for meant in pinyin.slips(letters))
        if len(letters) >= TYPO_FROM:
            found |= self._mistyped(letters)
        return found

    def _mistyped(self, letters: str) -> int:
        """Names spelled with one letter more, less, another, or two neighbours exchanged.

        What is looked up has all its beginnings beside it: where a beginning is nowhere, nothing that begins
        so need be tried, nor where the letter after it does not follow there.
        """
        tried: list[str] = []
        for at in range(len(letters)):
            head, here, rest = letters[:at], letters[at], letters[at + 1 :]
            after = self._next.get(head, "")
            if not after:
                break
            if rest[:1] in after:
                tried += [head + rest, head + rest[:1] + here + rest[1:]]
            for each in after:
                begun = head + each
                # Of what is as long as all that is looked up, nothing follows.
                beyond = self._next.get(begun, "") if at + 1 < LETTERS else letters
                if here in beyond:
                    tried.append(begun + here + rest)
                if rest[:1] in beyond:
                    tried.append(begun + rest)
        return _any(self._spelled.get(meant[:LETTERS], 0) for meant in tried)

    def _all_but_a_window(self, groups: Sequence[str]) -> int:
        """Names that have all `groups` but some next to each other, as many as one slip can spoil."""
        bits = [self._groups.get(each, 0) for each in groups]
        before, after = _running(self._all, bits), _running(self._all, reversed(bits))
        found = 0
        for at in range(len(bits)):
            if not before[at]:
                break
            found |= before[at] & after[max(0, len(bits) - at - WINDOW)]
        return found

    def _syllable_by_syllable(self, letters: str) -> int:
        """Names that have all syllables of `letters`, in any order; the last may not be typed out yet."""
        return self._cut_up(letters, {})

    def _mixed(self, letters: str) -> int:
        """As above, where first letters stand for some syllables: ``sbao``."""
        firsts = (*"bpmfdtnlgkhjqxzcsryw", "zh", "ch", "sh")
        return self._cut_up(letters, {each: self._begun.get(each, 0) for each in firsts})

    def _cut_up(self, letters: str, firsts: Mapping[str, int]) -> int:
        """What has all the pieces that `letters` can be cut into; `firsts` may stand for a syllable too."""
        reached = [self._all] + [0] * len(letters)
        for end in range(1, len(letters) + 1):
            for begin in range(max(0, end - 6), end):
                if reached[begin]:
                    piece = letters[begin:end]
                    bits = self._begun if end == len(letters) else self._syllables
                    having = firsts.get(piece, 0) or bits.get(piece, 0)
                    if having:
                        reached[end] |= reached[begin] & having
        return reached[-1]


def _mark(bits: Bits, keys: Iterable[str], bit: int) -> None:
    for key in keys:
        bits[key] |= bit


def _beginnings(texts: Iterable[str]) -> set[str]:
    return {text[:end] for text in texts for end in range(1, len(text) + 1)}


def _groups(letters: str) -> list[str]:
    return [letters[at : at + GROUP] for at in range(len(letters) - GROUP + 1)]


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)]


def _pieces(text: str) -> set[str]:
    return {*text, *_pairs(text)}


def _in_turn(letters: str) -> set[str]:
    return {first + later for at, first in enumerate(letters) for later in letters[at + 1 :]}


def _any(bitsets: Iterable[int]) -> int:
    found = 0
    for each in bitsets:
        if each:  # most of what is tried is nowhere, and every | makes a new number
            found |= each
    return found


def _in_all(bitsets: Iterable[int]) -> int:
    """What is in all of them; there is one at least."""
    return reduce(and_, bitsets)


def _running(first: int, bitsets: Iterable[int]) -> list[int]:
    """`first`, then what is left of it after each of `bitsets`."""
    return list(accumulate(bitsets, and_, initial=first))


def _all_of(bits: Bits, keys: Iterable[str]) -> int:
    """The entries that have all `keys`; none when there is none of them."""
    found = -1
    for key in keys:
        found &= bits.get(key, 0)
        if not found:
            return 0
    return max(found, 0)


def _apart(fits: Sequence[int]) -> tuple[int, ...]:
    """Each entry in its best fit only."""
    seen, apart = 0, []
    for each in fits:
        apart.append(each & ~seen if each and seen else each)
        seen = seen | each if each else seen
    return tuple(apart)
