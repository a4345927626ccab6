"""The 256-byte text of a card in its four layouts (GA/T 490-2019; protocols/card-readers.md 2.1). Pure.

Fields are UTF-16LE of fixed width, padded on the right with U+0020 (some cards: U+0000). Nothing is
normalised: private-use characters, full-width digits and the middle dot are kept as the chip has them.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.id_card.card import CardType, CardWarning, IdCard
from drivers.id_card.codes import NATION, SEX, number_2017_holds, number_holds, previous_number

TEXT_SIZE = 256
NEW_ADDRESS_SIZE = 70
_PADDING = " \0"


class BadText(ValueError):  # noqa: N818 - reads as what it is, like BadZipFile
    """The bytes are no card's text."""


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a field stands: offset and size in bytes."""

    offset: int
    size: int


_TYPE = _Field(248, 2)
_VALID_FROM, _VALID_TO = _Field(188, 16), _Field(204, 16)

_RESIDENT = {
    "name": _Field(0, 30),
    "sex": _Field(30, 2),
    "nation": _Field(32, 4),
    "birth": _Field(36, 16),
    "address": _Field(52, 70),
    "id_number": _Field(122, 36),
    "issuer": _Field(158, 30),
    "valid_from": _VALID_FROM,
    "valid_to": _VALID_TO,
}
_HMT = {
    **{name: where for name, where in _RESIDENT.items() if name != "nation"},
    "pass_number": _Field(220, 18),
    "issue_count": _Field(238, 4),
}
_FOREIGN_2017 = {
    "english_name": _Field(0, 120),
    "sex": _Field(120, 2),
    "id_number": _Field(122, 30),
    "nationality": _Field(152, 6),
    "chinese_name": _Field(158, 30),
    "valid_from": _VALID_FROM,
    "valid_to": _VALID_TO,
    "birth": _Field(220, 16),
    "card_version": _Field(236, 4),
    "authority_code": _Field(240, 8),
}
_FOREIGN_2023 = {
    "chinese_name": _Field(0, 30),
    "sex": _Field(30, 2),
    "renew_count": _Field(32, 4),
    "birth": _Field(36, 16),
    "id_number": _Field(122, 36),
    "valid_from": _VALID_FROM,
    "valid_to": _VALID_TO,
    "nationality": _Field(242, 6),
    "link": _Field(250, 6),
}
# The English name runs on from its field into the overflow; what, if anything, stands at the seam is not
# documented, so nothing is put there and only the tail is stripped.
_ENGLISH_NAME_2023 = (_Field(52, 70), _Field(220, 22))


def read_text(text: bytes) -> IdCard:
    """The card without photo, SAM id and new address. Raises BadText unless `text` has 256 bytes."""
    if len(text) != TEXT_SIZE:
        raise BadText(f"a card's text has {TEXT_SIZE} bytes, not {len(text)}")
    match _decoded(text, _TYPE):
        case "J":
            card = _hmt(text)
        case "I":
            card = _foreign_2017(text)
        case "Y":
            card = _foreign_2023(text)
        case _:
            card = _resident(text)
    return card


def read_new_address(data: bytes) -> str:
    """The text of a new address (追加地址): 70 bytes, padded as all text."""
    if len(data) != NEW_ADDRESS_SIZE:
        raise BadText(f"a new address has {NEW_ADDRESS_SIZE} bytes, not {len(data)}")
    return _decoded(data, _Field(0, NEW_ADDRESS_SIZE))


def _decoded(text: bytes, *fields: _Field) -> str:
    raw = b"".join(text[where.offset : where.offset + where.size] for where in fields)
    return raw.decode("utf-16-le", errors="replace").rstrip(_PADDING)


def _values(text: bytes, layout: dict[str, _Field]) -> dict[str, str]:
    return {name: _decoded(text, where) for name, where in layout.items()}


def _warnings(values: dict[str, str], *, number_right: bool, birth_right: bool) -> tuple[CardWarning, ...]:
    nation = values.get("nation", "")
    facts = {
        CardWarning.CHECK_DIGIT: not number_right,
        CardWarning.BIRTH_MISMATCH: not birth_right,
        CardWarning.UNKNOWN_SEX: values["sex"] not in SEX,
        CardWarning.UNKNOWN_NATION: "nation" in values and nation not in NATION,
        CardWarning.UNDECODABLE_TEXT: any("\N{REPLACEMENT CHARACTER}" in value for value in values.values()),
    }
    return tuple(warning for warning, applies in facts.items() if applies)


def _warnings_18(values: dict[str, str]) -> tuple[CardWarning, ...]:
    number = values["id_number"]
    return _warnings(values, number_right=number_holds(number), birth_right=number[6:14] == values["birth"])


def _sex(code: str) -> str:
    return SEX.get(code, code)


def _resident(text: bytes) -> IdCard:
    values = _values(text, _RESIDENT)
    nation_code = values["nation"]
    return IdCard(
        card_type=CardType.RESIDENT,
        name=values["name"],
        sex_code=values["sex"],
        sex=_sex(values["sex"]),
        nation_code=nation_code,
        nation=NATION.get(nation_code, nation_code),
        birth=values["birth"],
        address=values["address"],
        id_number=values["id_number"],
        issuer=values["issuer"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        warnings=_warnings_18(values),
    )


def _hmt(text: bytes) -> IdCard:
    values = _values(text, _HMT)
    return IdCard(
        card_type=CardType.HMT,
        name=values["name"],
        sex_code=values["sex"],
        sex=_sex(values["sex"]),
        birth=values["birth"],
        address=values["address"],
        id_number=values["id_number"],
        issuer=values["issuer"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        pass_number=values["pass_number"],
        issue_count=values["issue_count"],
        warnings=_warnings_18(values),
    )


def _foreign_2017(text: bytes) -> IdCard:
    values = _values(text, _FOREIGN_2017)
    number = values["id_number"]
    return IdCard(
        card_type=CardType.FOREIGN_2017,
        name=values["chinese_name"] or values["english_name"],
        chinese_name=values["chinese_name"],
        english_name=values["english_name"],
        sex_code=values["sex"],
        sex=_sex(values["sex"]),
        birth=values["birth"],
        id_number=number,
        nationality=values["nationality"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        card_version=values["card_version"],
        authority_code=values["authority_code"],
        warnings=_warnings(
            values,
            number_right=number_2017_holds(number),
            birth_right=number[7:13]
            == values["birth"][2:],  # YYMMDD, as in the old-number rule of the 2023 card
        ),
    )


def _foreign_2023(text: bytes) -> IdCard:
    values = _values(text, _FOREIGN_2023)
    values["english_name"] = _decoded(text, *_ENGLISH_NAME_2023)
    return IdCard(
        card_type=CardType.FOREIGN_2023,
        name=values["chinese_name"] or values["english_name"],
        chinese_name=values["chinese_name"],
        english_name=values["english_name"],
        sex_code=values["sex"],
        sex=_sex(values["sex"]),
        birth=values["birth"],
        id_number=values["id_number"],
        nationality=values["nationality"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        renew_count=values["renew_count"],
        previous_number=previous_number(values["nationality"], values["id_number"], values["link"]),
        warnings=_warnings_18(values),
    )
