"""Numbers of companies, houses, cars and meters: right in form and check character, and nobody's.

What makes each of them impossible is said where it is made; a test holds them to it.
"""

from __future__ import annotations

from ..people import luhn_digit

# GB 32100-2015, 3.2 and table 2: the alphabet (without I, O, S, V, Z) and the weights, 3^(i-1) mod 31.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
# GB 11714-1997, appendix A: the code of the organisation inside it.
_CODE_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
UNASSIGNED_AUTHORITY = "E"
"""GB 32100-2015, table 1, gives registration authorities 1 to 9, A, N and Y; E is nobody's."""

# GB 16735-2019, appendix A: values of letters, weights of places; the ninth place is the check.
_VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **{"P": 7, "R": 9},
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def credit_check(first17: str) -> str:
    """The 18th character of a unified social credit code."""
    total = sum(_ALPHABET.index(sign) * weight for sign, weight in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def organisation_check(first8: str) -> str:
    """The ninth character of an organisation code."""
    total = sum(
        _CODE_ALPHABET.index(sign) * weight for sign, weight in zip(first8, _CODE_WEIGHTS, strict=True)
    )
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def credit_code(serial: int) -> str:
    """A unified social credit code: no authority E, no division 120199."""
    organisation = f"MA{serial:06d}"
    first17 = f"{UNASSIGNED_AUTHORITY}1120199{organisation}{organisation_check(organisation)}"
    return first17 + credit_check(first17)


def vin_check(vin: str) -> str:
    """The ninth character, from the sixteen others (what stands at the ninth place does not count)."""
    total = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def vin(serial: int, year_sign: str) -> str:
    """A vehicle's number: its first place is 0, which ISO 3780 gives to no region."""
    bare = f"0DMAC1EA0{year_sign}Y{serial:06d}"
    return bare[:8] + vin_check(bare) + bare[9:]


def plate(serial: int, *, electric: bool) -> str:
    """A plate: no registration office of the city issues under Z (GA 36 for the shape)."""
    return f"津ZD{serial:05d}" if electric else f"津Z{serial:05d}"


def bank_card(serial: int) -> str:
    """A card's number: 620000 is no bank's; ISO/IEC 7812-1 for the last digit."""
    stem = f"620000{serial:012d}"
    return stem + luhn_digit(stem)


def mobile(serial: int) -> str:
    """A mobile number out of the thousand that begin with 19900000, like those of data/people.yaml."""
    return f"19900000{serial:03d}"


def company_phone(serial: int) -> str:
    """A land line: no local number begins with 0."""
    return f"022-0000{serial:04d}"


def meter(kind: int, serial: int) -> str:
    """An account with a supplier: ten digits, the first two 0 (no supplier's), the last one by Luhn."""
    stem = f"00{kind}{serial:06d}"
    return stem + luhn_digit(stem)


def unit_number(serial: int) -> str:
    """A property's 28 places (GB/T 37346): cadastral district of the unassigned division 120199."""
    return f"120199001001GB{serial:05d}F00010001"


def property_certificate(year: int, district: str, serial: int) -> str:
    """A certificate of ownership; a real one names the city by 津, not 演示."""
    return f"演示（{year}）{district}不动产权第{serial:07d}号"
