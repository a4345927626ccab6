"""The identity platform's endpoints: discovery, keys, tokens, phone scan, revocation."""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from flask import Flask, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from .. import keys, watch
from ..bugs import Application
from ..context import Context
from ..db import Row
from ..faults import IDENTITY
from ..wire import Problem
from . import businesses, device, tokens
from .clients import AUTH_METHOD, GRANTS, PrivateKeyJwt, Terminal, terminal
from .dpop import BadProofError, Nonces, thumbprint_of
from .grants import PhoneGrant, TerminalGrant, Visitor
from .launching import LaunchGrant
from .vouching import VouchGrant

ENDPOINTS = {
    "token_endpoint": "/token",
    "jwks_uri": "/jwks",
    "device_authorization_endpoint": "/device-authorization",
    "revocation_endpoint": "/revoke",
}
AUTHORITIES = {"legal-representative": "法定代表人", "handler": "经办人"}
MAX_BODY = 1536 * 1024
"""An assertion with a picture of half a megabyte: it grows by 16/9 (base64 twice)."""


class _KnownToken:
    """A token that is to be revoked, as Authlib sees it."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def check_client(self, client: Terminal) -> bool:
        """Only whom it was given to may revoke it."""
        return bool(self.row["terminal"] == client.id)


class _Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib ships no types
    """RFC 7009: an unknown token is answered like a revoked one."""

    CLIENT_AUTH_METHODS = (AUTH_METHOD,)
    context: Context

    def query_token(self, token: str, hint: str | None) -> _KnownToken | None:
        """There are only access tokens."""
        row = tokens.find(self.context, token)
        return None if row is None else _KnownToken(row)

    def revoke_token(self, token: _KnownToken, request: Any) -> None:
        """From now on the gateway refuses it."""
        tokens.revoke(self.context, token.row["jti"])


class _Generator(BearerTokenGenerator):  # type: ignore[misc]  # Authlib ships no types
    """Says what kind of token it is (RFC 9449, 5)."""

    def generate(self, *given: Any, **known: Any) -> dict[str, Any]:
        """As Authlib does, `DPoP` where the request came with a proof."""
        token: dict[str, Any] = super().generate(*given, **known)
        return {**token, "token_type": "DPoP"} if g.jkt else token


def discovery(issuer: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 (3) with RFC 8414 and RFC 8628. There is no authorization endpoint:
    nobody logs in by a browser at a terminal."""
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in ENDPOINTS.items()},
        "scopes_supported": [*tokens.VISIT_SCOPES, tokens.TERMINAL_SCOPE],
        "response_types_supported": ["none"],
        "grant_types_supported": sorted(GRANTS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": [AUTH_METHOD],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint_auth_methods_supported": [AUTH_METHOD],
        "revocation_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "claims_parameter_supported": True,
        "acr_values_supported": ["card", "card+face", "phone"],
        "claims_supported": ["sub", "name", "id_number", "acr", "auth_time", "nonce", "business"],
        "ui_locales_supported": ["zh-CN"],
    }


def _authorization_server(app: Flask, context: Context) -> Any:
    server = AuthorizationServer(
        app, query_client=lambda client_id: terminal(context, client_id), save_token=lambda token, asked: None
    )

    def access_token(client: Terminal, grant_type: str, user: Visitor | None, scope: str) -> str:
        if user is None:
            return tokens.issue(context, client.id, scope, jkt=g.jkt)
        code = user.business["code"] if user.business else None
        return tokens.issue(context, client.id, scope, user.person, user.acr, jkt=g.jkt, business=code)

    def lifetime(client: Terminal, grant_type: str) -> int:
        return tokens.TERMINAL_SECONDS if grant_type == "client_credentials" else tokens.VISIT_SECONDS

    server.register_token_generator("default", _Generator(access_token, expires_generator=lifetime))
    audiences = [context.issuer, context.issuer + ENDPOINTS["token_endpoint"]]
    server.register_client_auth_method(AUTH_METHOD, PrivateKeyJwt(context, audiences))
    server.register_grant(TerminalGrant)
    for grant in (VouchGrant, PhoneGrant, LaunchGrant):
        server.register_grant(type(grant.__name__, (grant,), {"context": context}))
    for endpoint in (device.Codes, _Revocation):
        server.register_endpoint(type(endpoint.__name__, (endpoint,), {"context": context}))
    return server


def create(context: Context) -> Flask:
    """The WSGI application of the identity platform."""
    app = Application(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    nonces = Nonces(context)
    server = _authorization_server(app, context)
    watch.around(app, context)

    @app.before_request
    def _begin() -> None:
        fault = watch.meet(context, IDENTITY + (request.endpoint or "unknown"))
        if fault is not None and fault.kind == "slow":
            context.pause(fault.seconds)

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        answer = jsonify(error="temporarily_unavailable", error_description=problem.title)
        answer.status_code = problem.status
        answer.headers.extend(problem.headers)
        return answer

    @app.errorhandler(HTTPException)
    def _refused(error: HTTPException) -> Response:
        if isinstance(error, RequestEntityTooLarge):
            watch.drain(4 * MAX_BODY)
        answer = jsonify(error="invalid_request", error_description=error.name)
        answer.status_code = error.code or 500
        for name, value in error.get_headers():
            if name == "Allow":
                answer.headers[name] = value
        return answer

    @app.get("/.well-known/openid-configuration", endpoint="discovery")
    def _discovery() -> Response:
        return jsonify(discovery(context.issuer))

    @app.get(ENDPOINTS["jwks_uri"], endpoint="jwks")
    def _jwks() -> Response:
        with context.db.transaction() as tx:
            return jsonify(keys.identity_jwks(tx, context.now()))

    @app.post(ENDPOINTS["token_endpoint"], endpoint="token")
    def _token() -> Response:
        proof = request.headers.get("DPoP")
        try:
            # Looked at first: a request that is to be sent again with a nonce has used nothing up.
            url = context.issuer + ENDPOINTS["token_endpoint"]
            g.jkt = thumbprint_of(context, proof, "POST", url, nonces=nonces) if proof else None
            answer: Response = server.create_token_response()
        except BadProofError as error:
            answer = jsonify(error=error.code, error_description=str(error))
            answer.status_code = 400
        if proof:
            answer.headers["DPoP-Nonce"] = nonces.now()
        return answer

    @app.post(ENDPOINTS["device_authorization_endpoint"], endpoint="device_authorization")
    def _device_authorization() -> Response:
        answer: Response = server.create_endpoint_response("device_authorization")
        return answer

    @app.post(ENDPOINTS["revocation_endpoint"], endpoint="revoke")
    def _revoke() -> Response:
        answer: Response = server.create_endpoint_response("revocation")
        return answer

    @app.route("/phone", endpoint="phone", methods=["GET", "POST"])
    def _phone() -> tuple[str, int]:
        return _phone_page(context)

    return app


def _phone_page(context: Context) -> tuple[str, int]:
    """What somebody sees who has scanned the QR: one question, then that it is answered."""
    code = request.values.get("user_code", "")
    if not code:
        return render_template("phone.html", typing=True), 200
    try:
        if request.method == "POST":
            approve = request.form.get("action") == "approve"
            device.say(
                context,
                code,
                request.form.get("person", ""),
                approve=approve,
                business=request.form.get("business"),
            )
            message = "已同意登录，请回到终端继续办理" if approve else "已拒绝登录"
            return render_template("phone.html", message=message), 200
        row = device.waiting(context, code)
    except device.PhoneError as error:
        return render_template("phone.html", message=str(error), typing=True), 400
    with context.db.transaction() as tx:
        everybody = tx.all("SELECT id, name FROM persons WHERE mobile <> '' ORDER BY rowid")
        acting = businesses.everybody(tx) if row["for_business"] else {}
    page = render_template(
        "phone.html",
        asking=True,
        terminal=row["terminal"],
        user_code=row["user_code"],
        people=everybody,
        acting=acting,
        authorities=AUTHORITIES,
    )
    return page, 200
