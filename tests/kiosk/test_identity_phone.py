"""Unified identity: the phone scan; the caller keeps the time."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Level,
    LoggedIn,
    Method,
    Waiting,
)
from kiosk.identity.provider import DEVICE_CODE
from tests.kiosk.identity_world import DISCOVERY, DOWN, World, identity_of, reason_of


@pytest.fixture
def world() -> World:
    return World()


class TestPhone:
    """The phone scan; the caller keeps the time."""

    def test_citizen_approves_and_is_logged_in_at_level_phone(self, world: World) -> None:
        world.provider.errors[DEVICE_CODE] = ["authorization_pending", "authorization_pending"]
        world.provider.claims["acr"] = "phone"
        scan = world.scan()
        assert (scan.uri, scan.user_code) == ("https://login.example/go?c=WDJB-MJHT", "WDJB-MJHT")
        assert (scan.uri_is_complete, scan.lifetime, scan.interval) == (True, 120.0, 5.0)
        for _ in range(2):
            world.clock.advance(5)
            assert scan.poll() == Waiting(5.0)
        world.clock.advance(5)
        identity = identity_of(scan.poll())
        assert (identity.level, identity.method, identity.confirmed) == (Level.PHONE, Method.PHONE, True)
        assert [form["device_code"] for path, form in world.provider.asked if path == "t"] == ["dev-1"] * 3

    def test_polling_too_early_asks_nothing(self, world: World) -> None:
        scan = world.scan()
        world.clock.advance(2)
        assert scan.poll() == Waiting(3.0)
        assert "t" not in world.provider.paths()

    def test_slow_down_is_honoured_from_then_on(self, world: World) -> None:
        world.provider.errors[DEVICE_CODE] = ["slow_down", "authorization_pending"]
        scan = world.scan()
        world.clock.advance(5)
        assert scan.poll() == Waiting(10.0)
        world.clock.advance(9)
        assert scan.poll() == Waiting(1.0)
        world.clock.advance(1)
        assert scan.poll() == Waiting(10.0)
        assert world.provider.paths().count("t") == 2

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            ("access_denied", DeniedReason.DECLINED),
            ("expired_token", DeniedReason.EXPIRED),
            ("invalid_grant", DeniedReason.NOT_VERIFIED),
            ("unauthorized_client", DeniedReason.TERMINAL_REFUSED),
            ("unsupported_grant_type", DeniedReason.NOT_OFFERED),
        ],
    )
    def test_no_is_the_end(self, world: World, error: str, reason: DeniedReason) -> None:
        world.provider.errors[DEVICE_CODE] = [error]
        scan = world.scan()
        world.clock.advance(5)
        assert reason_of(scan.poll()) is reason
        world.clock.advance(50)
        assert reason_of(scan.poll()) is reason
        assert world.provider.paths().count("t") == 1

    def test_qr_ends_by_our_clock_too_and_is_looked_at_then(self, world: World) -> None:
        world.provider.errors[DEVICE_CODE] = ["authorization_pending"]
        world.provider.device |= {"expires_in": 8}
        scan = world.scan()
        world.clock.advance(5)
        assert scan.poll() == Waiting(3.0)
        world.clock.advance(4)
        assert scan.poll() == Denied(DeniedReason.EXPIRED)

    def test_platform_gone_for_a_while_does_not_end_the_scan(self, world: World) -> None:
        scan = world.scan()
        world.provider.broken["t"] = DOWN
        world.clock.advance(5)
        assert scan.poll() == Waiting(10.0, DOWN)
        del world.provider.broken["t"]
        world.clock.advance(10)
        assert isinstance(scan.poll(), LoggedIn)

    def test_approval_is_not_lost_when_the_keys_cannot_be_had(self, world: World) -> None:
        scan = world.scan()
        world.provider.broken["j"] = DOWN
        world.clock.advance(5)
        assert scan.poll() == Waiting(5.0, DOWN)
        del world.provider.broken["j"]
        world.clock.advance(5)
        assert isinstance(scan.poll(), LoggedIn)
        assert world.provider.paths().count("t") == 1

    def test_platform_without_an_address_in_full_shows_the_code_to_type(self, world: World) -> None:
        del world.provider.device["verification_uri_complete"]
        scan = world.scan()
        assert (scan.uri, scan.uri_is_complete) == ("https://login.example/go", False)

    @pytest.mark.parametrize(
        ("said", "interval", "lifetime"),
        [
            ({}, 5.0, 120.0),
            ({"interval": None}, 5.0, 120.0),
            ({"interval": 0}, 1.0, 120.0),
            ({"interval": -3}, 1.0, 120.0),
            ({"interval": 9999}, 30.0, 120.0),
            ({"interval": "x"}, 5.0, 120.0),
            ({"interval": "7", "expires_in": "600"}, 7.0, 600.0),
            ({"interval": 10**400}, 30.0, 120.0),
            ({"expires_in": 10**400}, 5.0, 1800.0),
        ],
        ids=str,
    )
    def test_times_stay_within_a_visit(
        self, world: World, said: dict[str, Any], interval: float, lifetime: float
    ) -> None:
        world.provider.device |= said
        scan = world.scan()
        assert (scan.interval, scan.lifetime) == (interval, lifetime)

    @pytest.mark.parametrize(
        "said",
        [
            {"device_code": None},
            {"device_code": ""},
            {"user_code": 7},
            {"user_code": "\x1b[2J"},
            {"verification_uri": None, "verification_uri_complete": "x" * 900},
            {"verification_uri": "中", "verification_uri_complete": 7},
            {"expires_in": 0},
            {"expires_in": "soon"},
        ],
        ids=str,
    )
    def test_answer_that_cannot_be_shown_is_refused(self, world: World, said: dict[str, Any]) -> None:
        world.provider.device |= said
        assert reason_of(world.client.start_phone_scan()) is DeniedReason.NOT_VERIFIED

    @pytest.mark.parametrize("endpoint", [None, "http://login.example/d"])
    def test_platform_without_phone_scan_says_so(self, world: World, endpoint: str | None) -> None:
        world.provider.discovery["device_authorization_endpoint"] = endpoint
        assert reason_of(world.client.start_phone_scan()) is DeniedReason.NOT_OFFERED

    @pytest.mark.parametrize("path", [DISCOVERY, "d"])
    def test_platform_that_is_not_there_is_a_value(self, world: World, path: str) -> None:
        world.provider.broken[path] = DOWN
        assert world.client.start_phone_scan() == DOWN
