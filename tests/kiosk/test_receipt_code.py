"""The signed code on paper, checked offline."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk import keys
from kiosk.receipt_code import Forged, ForgedReason, PaperCode, PaperKind, Verified, sign, verify

CODE = PaperCode(
    PaperKind.RECEIPT,
    "civil.senior-allowance-apply",
    "1.0.0",
    "TJ20261120000017",
    datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
    "TJ-HP-0001",
)


@pytest.fixture(scope="module")
def key() -> keys.TerminalKey:
    return keys.generate()


def _signed(key: keys.TerminalKey, claims: dict[str, Any], typ: str = "receipt+jws") -> str:
    return key.sign(json.dumps(claims).encode(), {"typ": typ})


def _claims(**changes: Any) -> dict[str, Any]:
    return {"v": 1, "k": "slip", "i": "a.b", "ver": "1", "n": "", "t": 1_790_000_000, "d": "t", **changes}


@pytest.mark.parametrize("kind", list(PaperKind))
def test_true_code_is_verified_with_all_it_says(key: keys.TerminalKey, kind: PaperKind) -> None:
    code = PaperCode(kind, CODE.item, CODE.flow_version, CODE.number, CODE.at, CODE.terminal)
    others = [keys.generate().public_jwk, keys.generate().public_jwk]
    assert verify(sign(code, key), [*others, key.public_jwk]) == Verified(code, key.kid)


def test_scanner_may_add_blanks_around_it(key: keys.TerminalKey) -> None:
    assert isinstance(verify(f" {sign(CODE, key)}\r\n", [key.public_jwk]), Verified)


@pytest.mark.parametrize("crit", [1, None, True, [1], [[]], ["exp"], {}])
def test_header_that_asks_for_anything_is_no_code_of_ours(key: keys.TerminalKey, crit: object) -> None:
    """Whoever has a paper knows the key's id: the header can be anybody's."""
    header = {"alg": "ES256", "typ": "receipt+jws", "kid": key.kid, "crit": crit}
    first = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    code = f"{first}.e30.{'A' * 86}"
    assert verify(code, [key.public_jwk]) == Forged(ForgedReason.NOT_A_CODE)


def test_longest_of_everything_still_fits_the_paper(key: keys.TerminalKey) -> None:
    longest = PaperCode(
        PaperKind.RECEIPT,
        "social-insurance.work-injury-eligibility-authentication",  # the longest code of the catalogue
        "10.10.10",
        "c" * 40,
        CODE.at,
        "T" * 40,
    )
    assert len(sign(longest, key)) < 500


@pytest.mark.parametrize(
    "code",
    [
        PaperCode(PaperKind.SLIP, "a." + "b" * 79, "1", "n", CODE.at, "t"),
        PaperCode(PaperKind.SLIP, "a.b", "1", "n" * 41, CODE.at, "t"),
        PaperCode(PaperKind.SLIP, "a.b", "1", "n", CODE.at, "t" * 41),
        PaperCode(PaperKind.SLIP, "a." + "b" * 78, "1" * 20, "n" * 40, CODE.at, "t" * 40),
    ],
    ids=["item", "number", "terminal", "all of it"],
)
def test_code_that_would_not_fit_is_a_mistake(key: keys.TerminalKey, code: PaperCode) -> None:
    with pytest.raises(ValueError, match="code"):
        sign(code, key)


@pytest.mark.parametrize("part", [1, 2])
def test_every_changed_character_is_tampering(key: keys.TerminalKey, part: int) -> None:
    text = sign(CODE, key)
    parts = text.split(".")
    for place in range(0, len(parts[part]), 7):
        old = parts[part][place]
        changed = [*parts]
        changed[part] = parts[part][:place] + ("A" if old != "A" else "B") + parts[part][place + 1 :]
        assert verify(".".join(changed), [key.public_jwk]) == Forged(ForgedReason.TAMPERED)


def test_other_terminals_code_is_told_apart_from_tampering(key: keys.TerminalKey) -> None:
    assert verify(sign(CODE, key), [keys.generate().public_jwk]) == Forged(ForgedReason.OTHER_KEY)
    assert verify(sign(CODE, key), []) == Forged(ForgedReason.OTHER_KEY)


def test_forger_who_borrows_our_key_id_is_tampering(key: keys.TerminalKey) -> None:
    forger = keys.generate()
    head, payload, _ = sign(CODE, key).split(".")
    signature = sign(CODE, forger).split(".")[2]
    assert verify(f"{head}.{payload}.{signature}", [key.public_jwk]) == Forged(ForgedReason.TAMPERED)


def test_jwk_that_calls_itself_our_key_is_not_believed(key: keys.TerminalKey) -> None:
    impostor = {**keys.generate().public_jwk, "kid": key.kid}
    assert verify(sign(CODE, key), [impostor]) == Forged(ForgedReason.OTHER_KEY)


def test_key_list_that_is_none_is_the_callers_mistake(key: keys.TerminalKey) -> None:
    with pytest.raises(ValueError, match="not a public EC key"):
        verify(sign(CODE, key), [{"kty": "oct", "k": "AAAA"}])


@pytest.mark.parametrize(
    "claims",
    [
        _claims(v=2),
        _claims(v="1"),
        _claims(k="cheque"),
        _claims(t=-1),
        _claims(t="now"),
        _claims(n=7),
        {"v": 1},
        {},
    ],
    ids=str,
)
def test_signed_but_unknown_form_is_told_apart(key: keys.TerminalKey, claims: dict[str, Any]) -> None:
    assert verify(_signed(key, claims), [key.public_jwk]) == Forged(ForgedReason.UNKNOWN_VERSION)


def test_keys_other_signatures_are_no_codes(key: keys.TerminalKey) -> None:
    assert verify(_signed(key, _claims(), "JWT"), [key.public_jwk]) == Forged(ForgedReason.NOT_A_CODE)
    assert verify(_signed(key, _claims(), "submission+jws"), [key.public_jwk]) == Forged(
        ForgedReason.NOT_A_CODE
    )


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "....",
        "https://example.invalid/?c=1",
        "张三.李四.王五",
        "A" * 100_000,
        f"{_encoded({'alg': 'none', 'typ': 'receipt+jws'})}.{_encoded(_claims())}.",
        f"{_encoded([])}.{_encoded({})}.AAAA",
        f"{_encoded('x')}.{_encoded({})}.AAAA",
        f"{_encoded(None)}.{_encoded({})}.AAAA",
        f"{_encoded({'typ': 'receipt+jws'})}.{_encoded({})}.AAAA",
        f"{_encoded({'alg': 7, 'typ': 'receipt+jws'})}.{_encoded({})}.AAAA",
    ],
)
def test_other_text_is_not_a_code(key: keys.TerminalKey, text: str) -> None:
    assert verify(text, [key.public_jwk]) == Forged(ForgedReason.NOT_A_CODE)


def test_unsigned_code_that_borrows_our_key_id_is_not_believed(key: keys.TerminalKey) -> None:
    for alg in ("none", "HS256"):
        head = _encoded({"alg": alg, "typ": "receipt+jws", "kid": key.kid})
        assert isinstance(verify(f"{head}.{_encoded(_claims())}.", [key.public_jwk]), Forged)


def test_cut_short_is_not_verified(key: keys.TerminalKey) -> None:
    text = sign(CODE, key)
    for length in range(0, len(text), 11):
        assert isinstance(verify(text[:length], [key.public_jwk]), Forged)


def test_code_holds_no_personal_data(key: keys.TerminalKey) -> None:
    payload = sign(CODE, key).split(".")[1]
    names = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(names) == {"v", "k", "i", "ver", "n", "t", "d"}
