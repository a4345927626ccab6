"""Characters that have an equal, and characters that GB 18030 moved. Data, with its sources."""

from __future__ import annotations

# GB 18030-2005 mapped 24 places to private use code points. The 2022 edition gives 18 of them their
# Unicode code points and drops the other six, whose characters live in Extension B (GB 18030-2022
# annex D; K. Lunde, "The GB 18030-2022 Standard"). Old registers still send the private ones.
_MOVED = {
    0xE78D: 0xFE10,
    0xE78E: 0xFE12,
    0xE78F: 0xFE11,
    0xE790: 0xFE13,
    0xE791: 0xFE14,
    0xE792: 0xFE15,
    0xE793: 0xFE16,
    0xE794: 0xFE17,
    0xE795: 0xFE18,
    0xE796: 0xFE19,
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE832: 0x9FB8,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE864: 0x9FBB,
    0xE816: 0x20087,
    0xE817: 0x20089,
    0xE818: 0x200CC,
    0xE831: 0x215D7,
    0xE83B: 0x2298F,
    0xE855: 0x241FE,
}

# GB 18030-2000 had these two in private use, 2005 no longer.
_MOVED_BEFORE = {0xE7C7: 0x1E3F, 0xE863: 0x4DAE}

UNSTABLE = frozenset(chr(code) for code in _MOVED.values()) | {"\u1e3f"}
"""Characters whose bytes depend on the edition a printer's font was made for: always drawn.
(`䶮` U+4DAE is not among them: its place FE9F shows the same glyph in every edition.)"""

_EQUAL = {
    "¥": "￥",  # in GB 18030 U+00A5 is four bytes, which many printers garble
    "¢": "￠",
    "£": "￡",
    "\u2011": "-",  # non-breaking hyphen
    "\u2010": "-",
    "\u2212": "-",  # minus
    "\u2015": "—",
    "\u2022": "·",  # the dot in the names of several nationalities, as typed on phones
    "\u2027": "·",
    "\u22c5": "·",
    "\u30fb": "·",
    "\u301c": "～",
    "\u201a": "‘",
    "\u201b": "‘",
    "\u201e": "“",
    "\u201f": "“",
}

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"

# A control that ends a line or moves to a column separates words: it becomes a space.
_SEPARATORS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"

REPLACEMENTS: dict[int, str] = {
    **{old: chr(new) for old, new in (_MOVED | _MOVED_BEFORE).items()},
    **{ord(old): new for old, new in _EQUAL.items()},
    **{ord(char): " " for char in _SPACES + _SEPARATORS},
}
"""For `str.translate`."""
