"""The gateway's front door: tokens, keys, seals, ETags, problems; then the operation, in one transaction."""

from __future__ import annotations

import hashlib
from functools import partial

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from .. import pictures, watch
from ..bugs import Application
from ..context import Context
from ..db import Tx
from ..identity.dpop import BadProofError, Nonces, thumbprint_of
from ..identity.tokens import BadTokenError, Caller, caller
from ..wire import Json, Problem, dump, load
from . import (
    anchors,
    benefits,
    bookings,
    cases,
    certificates,
    content,
    drafts,
    feedback,
    idempotency,
    misbehave,
    options,
    payments,
    phone_page,
    phones,
    policies,
    records,
    shapes,
    supplements,
    uploads,
)
from .operations import TERMINAL, VISIT, Cache, Call, Operation, Reply, too_low
from .sealing import MAX_BODY, unseal

BASE = "/v1"
OPERATIONS: tuple[Operation, ...] = (
    *content.OPERATIONS,
    *records.OPERATIONS,
    *cases.OPERATIONS,
    *feedback.OPERATIONS,
    *phones.OPERATIONS,
    *drafts.OPERATIONS,
    *options.OPERATIONS,
    *supplements.OPERATIONS,
    *bookings.OPERATIONS,
    *payments.OPERATIONS,
    *uploads.OPERATIONS,
    *certificates.OPERATIONS,
    *policies.OPERATIONS,
    *benefits.OPERATIONS,
    *anchors.OPERATIONS,
)
NOBODY = Caller("", "")
"""Whoever asks for what anybody may have."""

_SCHEMES = {"bearer": "Bearer", "dpop": "DPoP"}
_NONCES = "dpop-nonces"
_TITLES = {
    400: ("BAD_REQUEST", "请求格式不正确"),
    404: ("NOT_FOUND", "没有找到"),
    405: ("METHOD_NOT_ALLOWED", "不支持这种操作"),
    413: ("TOO_LARGE", "提交的内容过大"),
    415: ("WRONG_TYPE", "不支持这种内容格式"),
    500: ("BUG", "平台出错，请稍后再试"),
}


def _authorised(context: Context, operation: Operation) -> Caller:
    if not operation.security:
        return NOBODY
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    scheme, token = scheme.lower(), token.strip()
    if scheme not in _SCHEMES or not token:
        challenges = 'Bearer, DPoP algs="ES256"'
        raise Problem(401, "NO_TOKEN", "A token is needed", headers={"WWW-Authenticate": challenges})
    try:
        found = caller(context, token)
        _possessed(context, scheme, token, found)
    except (BadTokenError, BadProofError) as error:
        code = error.code if isinstance(error, BadProofError) else "invalid_token"
        headers = {
            "WWW-Authenticate": f'{_SCHEMES[scheme]} error="{code}", error_description="{error}"',
            **({"DPoP-Nonce": _nonces().now()} if scheme == "dpop" else {}),
        }
        raise Problem(401, "BAD_TOKEN", "The token is not accepted", headers=headers) from error
    g.terminal = found.terminal
    if (VISIT if found.person else TERMINAL) not in operation.security:
        if TERMINAL not in operation.security:
            raise too_low("card")
        challenge = 'Bearer error="insufficient_scope", scope="gateway"'
        raise Problem(
            403, "TERMINAL_ONLY", "Only the terminal's own token", headers={"WWW-Authenticate": challenge}
        )
    return found


def _nonces() -> Nonces:
    """This gateway's own."""
    nonces: Nonces = current_app.extensions[_NONCES]
    return nonces


def _possessed(context: Context, scheme: str, token: str, found: Caller) -> None:
    """RFC 9449, 7: a bound token comes with a proof by its key, and with no other. Raises BadTokenError,
    BadProofError."""
    if (found.jkt is not None) != (scheme == "dpop"):
        raise BadTokenError("not this kind of token")
    if found.jkt is None:
        return
    url = context.gateway_url.removesuffix(BASE) + request.path
    proof = request.headers.get("DPoP", "")
    jkt = thumbprint_of(context, proof, request.method, url, token=token, nonces=_nonces())
    if jkt != found.jkt:
        raise BadTokenError("bound to another key")


def _body(context: Context, operation: Operation, who: Caller, key: str) -> tuple[Json, bool]:
    """The JSON body, and whether it came sealed."""
    raw = request.get_data(cache=False)
    if not raw:
        if operation.body:
            raise Problem(400, "NO_BODY", "A body is needed")
        return None, False
    if request.mimetype == "application/jose" and operation.sealed:
        with context.db.transaction() as tx:
            body, signer = unseal(tx, raw, key)
        if signer != who.terminal:
            raise Problem(403, "WRONG_SIGNER", "Sealed by another terminal than the one that sends it")
        return body, True
    if request.mimetype != "application/json":
        raise Problem(415, "WRONG_TYPE", "Content-Type is not the contract's")
    try:
        return load(raw), False
    except ValueError as error:
        raise Problem(400, "BAD_JSON", "The body is not JSON") from error


def _serve(context: Context, operation: Operation, **params: str) -> Response:
    fault = watch.meet(context, operation.id)
    who = _authorised(context, operation)
    if (pace := context.faults.pace) is not None:
        g.pace_left = pace.ask(operation.id, who.terminal, context.now())
    key = ""
    if operation.keyed:
        key = g.key = idempotency.parse(request.headers.get("Idempotency-Key"))
    query = request.args.to_dict()
    shapes.parameters(operation.id, params, query)
    body, sealed = _body(context, operation, who, key)
    kind = fault.kind if fault is not None else None
    changed = kind == "changed"
    if changed and operation.cache is None:
        misbehave.before(operation.id)
    # Whose clock is wrong is wrong in all that he says; tokens are judged by the platform's own.
    seen = misbehave.with_clock(context, fault)

    def act(tx: Tx) -> Reply:
        return operation.act(Call(seen, tx, who, params, query, body, key, sealed, changed, operation.id))

    slow = fault.seconds if fault is not None and kind == "slow" else 0.0

    def once() -> Reply:
        if not operation.keyed:
            context.pause(slow)
            with context.db.transaction() as tx:
                return act(tx)
        # What only a visit may do belongs to its person as well: nobody hears another's answer.
        target = request.path if TERMINAL in operation.security else f"{request.path} {who.person}"
        asked = idempotency.Once(context, idempotency.Request(operation.id, target, who.terminal, key, body))
        reply = asked.claim()
        if reply is None:
            # Slow with the key in hand: whoever asks meanwhile hears that it is still running.
            context.pause(slow)
            reply = asked.act(act)
        return reply

    if kind == "duplicate":
        once()
    reply = once()
    return _response(context, operation, misbehave.after(reply) if changed else reply)


def _response(context: Context, operation: Operation, reply: Reply) -> Response:
    if operation.paper is not None and reply.status < 400:
        with context.db.transaction() as tx:
            paper = operation.paper(tx, reply.body)
        response = Response(paper.content, status=reply.status, content_type=paper.media_type)
        response.headers.extend(dict(paper.headers))
        response.headers["Cache-Control"] = "no-store"
        return response
    text = dump(reply.body).encode()
    kind = "application/json" if reply.status < 400 else "application/problem+json"
    response = Response(text, status=reply.status, content_type=kind)
    cache = operation.cache or reply.cache
    if cache is None:
        response.headers["Cache-Control"] = "no-store"
        return response
    return _kept(response, cache)


def _kept(response: Response, cache: Cache) -> Response:
    """With its ages and its version; 304 where the asker has that one."""
    response.headers["Cache-Control"] = cache.header()
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest())
    response.make_conditional(request)
    return response


def _problem(problem: Problem) -> Response:
    response = Response(
        dump(problem.as_json()), status=problem.status, content_type="application/problem+json"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers.extend(problem.headers)
    return response


def create(context: Context) -> Flask:
    """The WSGI application of the gateway, under `/v1`."""
    app = Application(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions[_NONCES] = Nonces(context)
    watch.around(app, context)
    app.register_error_handler(Problem, _problem)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        if isinstance(error, RequestEntityTooLarge):
            watch.drain(4 * MAX_BODY)
        code, detail = _TITLES.get(status, ("REFUSED_BY_HTTP", ""))
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        return _problem(Problem(status, code, error.name, detail, headers=headers))

    @app.after_request
    def _pace(response: Response) -> Response:
        if (pace := context.faults.pace) is not None:
            response.headers["RateLimit-Policy"] = pace.policy
            if left := g.get("pace_left"):
                response.headers["RateLimit"] = left
        return response

    @app.get(f"{BASE}/{pictures.FOLDER}/<name>.png")
    def _picture(name: str) -> Response:
        watch.meet(context, pictures.FOLDER)
        if name not in pictures.SAMPLES:
            raise Problem(404, "NO_PICTURE", "No such picture", "没有这张图片")
        response = Response(pictures.png(name), content_type="image/png")
        return _kept(response, content.GUIDES)

    phone_page.add(app, context)
    for operation in OPERATIONS:
        app.add_url_rule(
            BASE + operation.path,
            endpoint=operation.id,
            view_func=partial(_serve, context, operation),
            methods=[operation.method],
            provide_automatic_options=False,
        )
    return app
