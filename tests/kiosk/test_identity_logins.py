"""Face, number, bank host, legal persons, stepping up: what is sent, and what is made of the answer."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.gateway.transport import HttpAnswer
from kiosk.identity.client import Face
from kiosk.identity.credentials import MAX_PICTURE
from kiosk.identity.outcomes import Authority, Business, Denied, DeniedReason, Level, Method
from kiosk.identity.phone import PhoneScan
from kiosk.identity.provider import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from kiosk.identity.stepup import Way
from tests.kiosk.fake_provider import PERSON
from tests.kiosk.identity_world import CARD, DOWN, World, identity_of, reason_of

JPEG = b"\xff\xd8\xff\xe0 a picture"
FACE = Face(JPEG, datetime(2026, 11, 20, 8, 59, 30, tzinfo=UTC))
LAUNCH = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmVk"
BUSINESS = {"name": "天津演示海河商贸有限公司", "code": "E1120199MA0DEMA178", "authority": "handler"}


@pytest.fixture
def world() -> World:
    return World()


class TestFace:
    """A picture goes with the assertion, and nowhere else."""

    def test_face_and_consent_are_in_the_assertion(self, world: World) -> None:
        world.provider.claims["acr"] = "card+face"
        login = world.client.login_with_card(CARD, FACE)
        assert identity_of(login).level is Level.CARD_FACE
        [claims] = world.provider.assertions
        assert b64decode(claims["face"]) == JPEG
        assert claims["face_consent_at"] == "2026-11-20T08:59:30+00:00"
        assert (claims["sub"], claims["sam_id"], claims["card_type"]) == (
            CARD.number,
            CARD.sam_id,
            "resident",
        )

    def test_number_and_face_say_nothing_of_a_card(self, world: World) -> None:
        world.provider.claims["acr"] = "card+face"
        login = world.client.login_with_number(CARD.number, CARD.name, FACE)
        assert (identity_of(login).level, identity_of(login).method) == (
            Level.CARD_FACE,
            Method.NUMBER_FACE,
        )
        [claims] = world.provider.assertions
        assert claims.keys() & {"sam_id", "card_type"} == set()

    def test_number_of_another_person_is_refused(self, world: World) -> None:
        world.provider.claims["id_number"] = "120101199001011247"
        login = world.client.login_with_number(CARD.number, CARD.name, FACE)
        assert reason_of(login) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize(
        ("why", "reason"),
        [
            ("face-not-found", DeniedReason.FACE_NOT_FOUND),
            ("face-too-dark", DeniedReason.FACE_TOO_DARK),
            ("face-differs", DeniedReason.FACE_DIFFERS),
            ("something-else", DeniedReason.CARD_REFUSED),
            ("not a word", DeniedReason.CARD_REFUSED),
            (7, DeniedReason.CARD_REFUSED),
        ],
    )
    def test_reason_of_the_platform_becomes_words(
        self, world: World, why: object, reason: DeniedReason
    ) -> None:
        body = json.dumps({"error": "invalid_grant", "reason": why}).encode()
        world.provider.broken["t"] = HttpAnswer(400, {"content-type": "application/json"}, body)
        assert reason_of(world.client.login_with_card(CARD, FACE)) is reason

    @pytest.mark.parametrize("jpeg", [b"", b"\x89PNG", JPEG + b"x" * MAX_PICTURE])
    def test_what_is_no_picture_is_a_mistake_of_the_caller(self, jpeg: bytes) -> None:
        with pytest.raises(ValueError, match="JPEG"):
            Face(jpeg, FACE.consent_at)

    def test_consent_has_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            Face(JPEG, datetime(2026, 11, 20, 9, 0))  # noqa: DTZ001 - what is refused

    def test_repr_shows_no_picture(self) -> None:
        assert "picture" not in repr(FACE)


class TestBank:
    """RFC 8693."""

    def test_launch_token_is_the_subject(self, world: World) -> None:
        identity = identity_of(world.client.exchange(LAUNCH))
        assert (identity.level, identity.method) == (Level.CARD, Method.BANK)
        path, form = next(asked for asked in world.provider.asked if asked[0] == "t")
        assert form["grant_type"] == TOKEN_EXCHANGE
        assert form["subject_token"] == LAUNCH
        assert form["subject_token_type"] == "urn:ietf:params:oauth:token-type:jwt"
        assert form["client_id"] == "TJ-HP-0001"
        assert path == "t"

    def test_customer_is_asked_for_where_there_is_no_id_token(self, world: World) -> None:
        world.provider.token_members["id_token"] = None
        world.provider.userinfo = {"sub": "s-9", "acr": "phone", **PERSON}
        identity = identity_of(world.client.exchange(LAUNCH))
        assert (identity.sub, identity.name) == ("s-9", PERSON["name"])
        assert identity.level is Level.CARD  # userinfo is not signed, and raises nobody

    @pytest.mark.parametrize(
        "userinfo", [PERSON, {"sub": "", **PERSON}, {"sub": 7, **PERSON}, {"sub": "s-1"}]
    )
    def test_userinfo_that_names_nobody_logs_nobody_in(self, world: World, userinfo: dict[str, Any]) -> None:
        world.provider.token_members["id_token"] = None
        world.provider.userinfo = userinfo
        assert reason_of(world.client.exchange(LAUNCH)) is DeniedReason.NOT_VERIFIED

    def test_neither_id_token_nor_userinfo_logs_nobody_in(self, world: World) -> None:
        world.provider.token_members["id_token"] = None
        world.provider.discovery["userinfo_endpoint"] = None
        assert reason_of(world.client.exchange(LAUNCH)) is DeniedReason.NOT_VERIFIED

    def test_without_an_id_token_a_card_logs_nobody_in(self, world: World) -> None:
        world.provider.token_members["id_token"] = None
        world.provider.userinfo = {"sub": "s-9", **PERSON}
        assert reason_of(world.card()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize("token", ["", "a.b", "a b.c.d", "a.b.c\r\n", "x" * 9000 + ".b.c", "中.b.c"])
    def test_what_is_no_token_is_not_sent(self, world: World, token: str) -> None:
        assert world.client.exchange(token) == Denied(DeniedReason.LAUNCH_REFUSED, "not a signed token")
        assert world.provider.asked == []

    def test_refusal_keeps_the_platforms_reason_for_the_technician(self, world: World) -> None:
        body = b'{"error": "invalid_grant", "reason": "launch-replayed"}'
        world.provider.broken["t"] = HttpAnswer(400, {"content-type": "application/json"}, body)
        assert world.client.exchange(LAUNCH) == Denied(DeniedReason.LAUNCH_REFUSED, "launch-replayed")

    def test_platform_without_banks_says_so(self, world: World) -> None:
        world.provider.errors[TOKEN_EXCHANGE] = ["unsupported_grant_type"]
        assert reason_of(world.client.exchange(LAUNCH)) is DeniedReason.NOT_OFFERED

    def test_platform_that_is_not_there_is_a_value(self, world: World) -> None:
        world.provider.broken["t"] = DOWN
        assert world.client.exchange(LAUNCH) == DOWN


def scanned(world: World, business: object) -> object:
    """A phone scan for a business, approved with this claim."""
    world.provider.claims |= {"acr": "phone", "business": business}
    scan = world.client.start_phone_scan(business=True)
    assert isinstance(scan, PhoneScan)
    world.clock.advance(scan.interval)
    return scan.poll()


class TestBusiness:
    """Somebody acts for a legal person."""

    def test_business_and_authority_are_typed(self, world: World) -> None:
        identity = identity_of(scanned(world, BUSINESS))
        assert identity.business == Business(BUSINESS["name"], BUSINESS["code"], Authority.HANDLER)

    def test_claim_is_asked_for_as_the_standard_has_it(self, world: World) -> None:
        scanned(world, BUSINESS)
        form = next(form for path, form in world.provider.asked if path == "d")
        assert json.loads(form["claims"])["id_token"] == {"business": {"essential": True}}

    def test_nobody_is_made_to_act_for_a_business_unasked(self, world: World) -> None:
        world.provider.claims |= {"acr": "phone", "business": BUSINESS}
        scan = world.scan()
        world.clock.advance(scan.interval)
        assert identity_of(scan.poll()).business is None
        assert "claims" not in next(form for path, form in world.provider.asked if path == "d")

    def test_citizen_may_act_for_nobody(self, world: World) -> None:
        world.provider.userinfo = {"sub": "s-1", **PERSON}
        assert identity_of(scanned(world, None)).business is None

    def test_business_is_in_userinfo_at_some(self, world: World) -> None:
        world.provider.userinfo = {"sub": "s-1", "business": BUSINESS}
        business = identity_of(scanned(world, None)).business
        assert business is not None
        assert business.authority is Authority.HANDLER

    @pytest.mark.parametrize(
        "claim",
        [
            "E1120199MA0DEMA178",
            [BUSINESS],
            {},
            {**BUSINESS, "authority": "owner"},
            {**BUSINESS, "authority": ["handler"]},
            {**BUSINESS, "code": "91120199MA0DEMA17"},
            {**BUSINESS, "code": "91120199MAODEMA17D"},
            {**BUSINESS, "code": 91},
            {**BUSINESS, "name": "\x00"},
        ],
        ids=str,
    )
    def test_claim_that_is_not_the_contracts_logs_nobody_in(self, world: World, claim: object) -> None:
        world.provider.discovery["userinfo_endpoint"] = None
        assert scanned(world, claim or 7) == Denied(DeniedReason.NOT_VERIFIED, _why(claim))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(list(BUSINESS)) | st.text(), inner)
            ),
            max_leaves=8,
        )
    )
    def test_claim_of_any_shape_is_a_business_or_a_refusal(self, claim: object) -> None:
        world = World()
        world.provider.discovery["userinfo_endpoint"] = None
        login = scanned(world, claim)
        if isinstance(login, Denied):
            assert login.reason is DeniedReason.NOT_VERIFIED
        else:
            assert identity_of(login).business is None


def _why(claim: object) -> str:
    bad_authority = (
        isinstance(claim, dict) and claim.get("code") == BUSINESS["code"] and claim["name"] != "\x00"
    )
    return "claims: business: authority" if bad_authority else "claims: business"


class TestStepUp:
    """RFC 9470: which ways reach what was asked for."""

    @pytest.mark.parametrize(
        ("acr_values", "ways"),
        [
            (("card",), (Way.CARD, Way.CARD_FACE, Way.NUMBER_FACE, Way.PHONE)),
            (("card+face",), (Way.CARD_FACE, Way.NUMBER_FACE, Way.PHONE)),
            (("phone",), (Way.PHONE, Way.CARD_FACE, Way.NUMBER_FACE)),
            (("card+face", "phone"), (Way.CARD_FACE, Way.NUMBER_FACE, Way.PHONE)),
            (("gold", "phone"), (Way.PHONE, Way.CARD_FACE, Way.NUMBER_FACE)),
            (("gold",), ()),
            ((), (Way.CARD_FACE, Way.NUMBER_FACE, Way.PHONE)),
        ],
        ids=str,
    )
    def test_what_is_named_comes_first_then_what_is_as_good(
        self, world: World, acr_values: tuple[str, ...], ways: tuple[Way, ...]
    ) -> None:
        assert world.client.ways(acr_values) == ways

    def test_only_what_the_platform_offers(self, world: World) -> None:
        world.provider.discovery["device_authorization_endpoint"] = None
        assert world.client.ways(("phone",)) == (Way.CARD_FACE, Way.NUMBER_FACE)
        other = World()
        other.provider.discovery["grant_types_supported"] = [DEVICE_CODE]
        assert other.client.ways(("card",)) == (Way.PHONE,)
        third = World()
        third.provider.discovery["grant_types_supported"] = [JWT_BEARER]
        assert third.client.ways(("card+face",)) == (Way.CARD_FACE, Way.NUMBER_FACE)

    def test_platform_that_is_not_there_is_a_value(self, world: World) -> None:
        world.provider.broken["realm/.well-known/openid-configuration"] = DOWN
        assert world.client.ways(("phone",)) == DOWN
