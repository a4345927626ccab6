"""A card's chip: from what a person's card says to the bytes that a SAM reads from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

_NATIONS = (  # in the order of their codes, from 01
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 "
    "水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 "
    "乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
_SEXES = {"男": "1", "女": "2"}

PHOTO_HEADER = bytes.fromhex("574C66007E00320000FF85")  # as in ten public samples


@dataclass(frozen=True, slots=True)
class Chip:
    """What the SAM can read: 256 bytes of text, 1024 of photo, 70 of new address and 1024 of fingerprints
    where there are any."""

    text: bytes
    photo: bytes
    new_address: bytes | None
    fingerprints: bytes = b""


class _Spec:
    """A card as ordered over the control socket; a key that no layout takes is noticed."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._left = {key: str(value) for key, value in spec.items() if value is not None}

    def put(self, key: str, characters: int) -> bytes:
        """The value of `key`, padded with U+0020 to its width in UTF-16 units."""
        return wide(self._left.pop(key, ""), characters, key)

    def take(self, key: str, default: str = "") -> str:
        return self._left.pop(key, default)

    def sex(self) -> bytes:
        word = self.take("sex")
        return wide(_SEXES.get(word, word), 1, "sex")

    def nation(self) -> bytes:
        word = self.take("nation")
        names = _NATIONS.split()
        code = f"{names.index(word) + 1:02d}" if word in names else word
        return wide(code, 2, "nation")

    def finish(self) -> None:
        if self._left:
            raise ValueError(f"this layout has no {', '.join(sorted(self._left))}")


def wide(value: str, characters: int, key: str = "value") -> bytes:
    """`value` in UTF-16LE, padded with U+0020; raises ValueError when it does not fit."""
    raw = value.encode("utf-16-le", "surrogatepass")
    if len(raw) > characters * 2:
        raise ValueError(f"{key} is longer than {characters} UTF-16 units")
    return raw + b" \0" * (characters - len(raw) // 2)


def make_chip(spec: dict[str, Any]) -> Chip:
    """The chip of a card described by `layout`, that layout's fields and, perhaps, `new_address` and
    `fingerprints` (the codes of two fingers, such as ``"11 16"``).

    `sex` and `nation` are codes or words. Raises ValueError for an unknown layout or field, or a
    value that is too long.
    """
    card = _Spec(spec)
    layout = card.take("layout", "resident")
    writers = {
        "resident": _resident,
        "hmt": _hmt,
        "foreign-2017": _foreign_2017,
        "foreign-2023": _foreign_2023,
    }
    if layout not in writers:
        raise ValueError(f"layout {layout!r} is none of {', '.join(writers)}")
    new_address = card.put("new_address", 35) if spec.get("new_address") else None
    fingers = card.take("fingerprints").split()
    if len(fingers) not in (0, 2):
        raise ValueError("a card has two fingers or none")
    text = writers[layout](card)
    card.finish()
    if len(text) != 256:
        raise AssertionError(f"{layout} makes {len(text)} bytes of text")
    return Chip(text, _photo(text), new_address, b"".join(_finger(int(code), text) for code in fingers))


def _finger(code: int, text: bytes) -> bytes:
    """512 bytes of a registered finger: the head of real ones, then a filler."""
    head = b"C\x01\x12\x01" + bytes((1, code, 80))
    return head + (hashlib.sha256(text + bytes([code])).digest() * 16)[: 512 - len(head)]


def _photo(text: bytes) -> bytes:
    """1024 bytes with the header of real ones and a filler that depends on the card only."""
    filler = b"".join(hashlib.sha256(text + bytes([block])).digest() for block in range(32))
    return (PHOTO_HEADER + filler)[:1024]


def _front(card: _Spec, after_sex: bytes) -> bytes:
    return card.put("name", 15) + card.sex() + after_sex + card.put("birth", 8)


def _validity(card: _Spec) -> bytes:
    return card.put("valid_from", 8) + card.put("valid_to", 8)


def _resident(card: _Spec) -> bytes:
    return (
        _front(card, card.nation())
        + card.put("address", 35)
        + card.put("id_number", 18)
        + card.put("issuer", 15)
        + _validity(card)
        + wide("", 18)
    )


def _hmt(card: _Spec) -> bytes:
    return (
        _front(card, wide("", 2))
        + card.put("address", 35)
        + card.put("id_number", 18)
        + card.put("issuer", 15)
        + _validity(card)
        + card.put("pass_number", 9)
        + card.put("issue_count", 2)
        + wide("", 3)
        + wide("J", 1)
        + wide("", 3)
    )


def _foreign_2017(card: _Spec) -> bytes:
    return (
        card.put("english_name", 60)
        + card.sex()
        + card.put("id_number", 15)
        + card.put("nationality", 3)
        + card.put("name", 15)
        + _validity(card)
        + card.put("birth", 8)
        + card.put("card_version", 2)
        + card.put("authority_code", 4)
        + wide("I", 1)
        + wide("", 3)
    )


def _foreign_2023(card: _Spec) -> bytes:
    english = wide(card.take("english_name"), 46, "english_name")
    return (
        _front(card, card.put("renew_count", 2))
        + english[:70]
        + card.put("id_number", 18)
        + wide("", 15)
        + _validity(card)
        + english[70:]
        + card.put("nationality", 3)
        + wide("Y", 1)
        + card.put("previous_link", 3)
    )
