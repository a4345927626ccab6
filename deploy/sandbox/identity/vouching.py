"""What a terminal vouches for (RFC 7523, 2.1): a card that it has read, a number that was typed, a face."""

from __future__ import annotations

import binascii
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7523 import JWTBearerGrant

from .. import faces
from ..db import Row
from ..wire import BEIJING
from .clients import AUTH_METHOD, BadAssertionError, Terminal, terminal, verified
from .grants import RefusedError, VisitGrant, Visitor

SECONDS = 60
"""identity.md: an assertion lives at most this long."""
CONSENT_SECONDS = 1800
"""A consent is of this visit; no visit is longer."""
_CARD = ("sub", "name", "sam_id", "card_type")
_NUMBER = ("sub", "name", "face")


class VouchGrant(VisitGrant, JWTBearerGrant):  # type: ignore[misc]  # Authlib ships no types
    """JWT-bearer. With `sam_id` it is a card (`card`, with a face `card+face`), else a number with a face."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def validate_token_request(self) -> None:
        """The terminal proves itself first, then vouches."""
        self._client: Terminal = self.authenticate_token_endpoint_client()
        super().validate_token_request()

    def process_assertion_claims(self, assertion: str) -> dict[str, Any]:
        """The contract's claims, signed by the very terminal that asks. Raises InvalidGrantError."""
        try:
            claims = verified(self.context, assertion, self._client, [self.context.issuer])
        except BadAssertionError as error:
            raise InvalidGrantError(description=f"card assertion: {error}") from error
        self._is_card = "sam_id" in claims or "face" not in claims
        missing = [
            name
            for name in (_CARD if self._is_card else _NUMBER)
            if not isinstance(claims.get(name), str) or not claims[name]
        ]
        if missing:
            raise InvalidGrantError(description=f"card assertion: lacks {', '.join(missing)}")
        issued = claims.get("iat")
        if not isinstance(issued, int) or not 0 < claims["exp"] - issued <= SECONDS:
            raise InvalidGrantError(description=f"card assertion: lives longer than {SECONDS} s")
        sent, vouched = self.request.form.get("nonce"), claims.get("nonce")
        if sent and vouched and sent != vouched:
            raise InvalidRequestError(description="nonce of the request is not that of the assertion")
        self._claims, self._nonce = claims, sent or vouched
        return claims

    def resolve_issuer_client(self, issuer: str) -> Terminal | None:
        """The terminal; `iss` has been found to be the client that asks."""
        return terminal(self.context, issuer)

    def authenticate_user(self, subject: str) -> Visitor:
        """The person of this card or number. Raises InvalidGrantError with the reason."""
        with self.context.db.transaction() as tx:
            person = tx.one("SELECT * FROM persons WHERE id_number = ?", subject)
        what = "card" if self._is_card else "number"
        if person is None:
            raise RefusedError("not-registered", f"{what}: number is not in the register")
        if person["name"] != self._claims["name"]:
            raise RefusedError("name-differs", f"{what}: name does not match the number")
        if self._is_card:
            self._check_card(person)
        if "face" not in self._claims:
            return Visitor(person, "card", self._nonce)
        self._compare(person)
        return Visitor(person, "card+face", self._nonce)

    def _check_card(self, person: Row) -> None:
        if person["card_type"] != self._claims["card_type"]:
            raise RefusedError("card-type-differs", "card: type does not match the number")
        today = datetime.fromtimestamp(self.context.now(), UTC).astimezone(BEIJING).date().isoformat()
        if person["valid_to"] != "长期" and person["valid_to"] < today:
            raise RefusedError("card-expired", "card: no longer valid")

    def _compare(self, person: Row) -> None:
        """The picture is looked at and forgotten. Raises RefusedError."""
        if not self._consented():
            raise RefusedError("face-without-consent", "face: no consent of this visit")
        try:
            seen = faces.person_in(b64decode(self._claims["face"], validate=True))
        except (faces.FaceError, binascii.Error, TypeError) as error:
            reason = str(error) if isinstance(error, faces.FaceError) else "face-not-found"
            raise RefusedError(reason, f"face: {reason}") from error
        if seen != person["id"]:
            raise RefusedError("face-differs", "face: of another person")

    def _consented(self) -> bool:
        try:
            said = datetime.fromisoformat(self._claims.get("face_consent_at", "")).timestamp()
        except (ValueError, TypeError):
            return False
        return -SECONDS <= self.context.now() - said <= CONSENT_SECONDS

    def has_granted_permission(self, client: Terminal, user: Visitor) -> bool:
        """Every enrolled terminal serves everybody."""
        return True
