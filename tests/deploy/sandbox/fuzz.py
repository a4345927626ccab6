"""The gateway under schemathesis: who asks, what is there to be asked for, what is held of answers."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import schemathesis
from schemathesis import Case, Config, GenerationMode

from tests.deploy.sandbox import contract
from tests.deploy.sandbox.world import ALLOWANCE, World

# 401 to 404 and 409: what the contract answers to a good request that does not fit the city. 422: refused,
# with reasons. 429: a code was sent a minute ago.
_FITTING = ["2xx", "304", "401", "403", "404", "409", "422", "429"]
CONFIG = Config.from_dict(
    {
        "generation": {"with-security-parameters": False, "deterministic": True},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": _FITTING},
            # DELETE closes a payment, cancels a booking, withdraws a case: each can still be seen.
            "use_after_free": {"enabled": False},
        },
    }
)
PERSON = "p-wang-xiulan"
REGISTRATION = "employment.unemployment-registration"
BOOKED = "household.id-card-first-book"
_LINKS = {
    "submitApplication": ("case_no", ("getCase", "withdrawCase", "supplementCase", "confirmIdentity")),
    "escalate": ("ticket", ("getTicket",)),
}
"""What of an answer leads on where names do not say so: member, operations whose `id` it is."""


def _document() -> dict[str, Any]:
    """The contract with links, and without sealed bodies: those are made by a key (test_sealing.py)."""
    document = copy.deepcopy(contract.document())
    for path in document["paths"].values():
        for method, operation in path.items():
            if method == "parameters":
                continue
            operation.get("requestBody", {}).get("content", {}).pop("application/jose", None)
            member, leads_to = _LINKS.get(operation["operationId"], ("", ()))
            if leads_to:
                operation["responses"]["201"]["links"] = {
                    name: {"operationId": name, "parameters": {"id": f"$response.body#/{member}"}}
                    for name in leads_to
                }
    return document


SCHEMA = schemathesis.openapi.from_dict(_document(), config=CONFIG)


def operation_id(case: Case[Any]) -> str:
    """The contract's name of what a case asks."""
    return str(case.operation.definition.raw["operationId"])


def schemes(operation: str) -> set[str]:
    """Who may ask: visit, terminal, or nobody in particular."""
    path, method = contract.operations()[operation]
    said = contract.document()["paths"][path][method]
    return {name for scheme in said.get("security", [{"visit": []}, {"terminal": []}]) for name in scheme}


class Fuzzed:
    """A city, somebody who stands at its terminal, and what there is in it to be asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cases = 0
        self._visit = str(world.phone_visit(PERSON)["access_token"])
        self._real = self._things()

    def _things(self) -> dict[str, str]:
        """Something real for the `id` of an operation's path."""
        world, visit = self.world, self._visit
        case = world.submit(world.application(), "4c1f5bb0-5d1f-4b67-9d55-0d2f30dc1b6e").json()["case_no"]
        draft = world.control("post", "/drafts", {"person": PERSON, "item": ALLOWANCE}).json()["id"]
        bill = {"item": REGISTRATION, "bill": "B1", "fen": 100, "method": "qr"}
        payment = world.call("createPayment", visit, bill, key="b41f5bb0-5d1f-4b67-9d55-0d2f30dc1b6e").json()
        paper = {"role": "proof", "name": "证明", "pages": 1}
        wanted = {"item": ALLOWANCE, "documents": [paper]}
        upload = world.call("openUpload", visit, wanted, key="e41f5bb0-5d1f-4b67-9d55-0d2f30dc1b6e").json()
        at = {"terminal": "TJ-0001", "at": "2026-11-23T10:00:00+08:00"}
        said = {"kind": "12345", **at}
        key = "d41f5bb0-5d1f-4b67-9d55-0d2f30dc1b6e"
        ticket = world.call("escalate", visit, said, key=key).json()["ticket"]
        phone = world.call("sendPhoneCode", visit, {"phone": "19900000777"}).json()["id"]
        asked: dict[str, object] = {"fields": {}}
        sealed = world.call("query", visit, asked, item="social-insurance.contribution-certificate").json()
        first, *_ = world.call("getSlots", visit, query={"item": BOOKED}).json()
        held = {"item": BOOKED, "slot": first["id"]}
        booking = world.call("holdSlot", visit, held, key="a41f5bb0-5d1f-4b67-9d55-0d2f30dc1b6e").json()["id"]
        return {
            "/cases": case,
            "/drafts": draft,
            "/payments": payment["id"],
            "/uploads": upload["id"],
            "/escalations": ticket,
            "/phone-codes": phone,
            "/certificates": sealed["certificate"],
            "/bookings": booking,
            "/codes": "divisions",
            "/terminals": "TJ-0001",
            "/benefits": "sample-allowance",
            "/slots": first["id"],
        }

    def headers(self, operation: str) -> Mapping[str, str]:
        """Who asks: the visit where it may, else the terminal."""
        allowed = schemes(operation)
        if not allowed:
            return {}
        token = self._visit if "visit" in allowed else self.world.terminal_token
        return {"Authorization": f"Bearer {token}"}

    def _made_real(self, case: Case[Any], *, always: bool = False) -> None:
        """Half of the good requests ask for something that is there; which half, they say themselves."""
        if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
            return
        names = case.path_parameters
        said = json.dumps([names, str(case.body)], sort_keys=True, default=str)
        if not always and hashlib.sha256(said.encode("utf-8", "replace")).digest()[0] % 2:
            self._agreed(case)
            return
        root = "/" + case.path.split("/")[1]
        if "item" in names:
            names["item"] = REGISTRATION if operation_id(case) == "submitApplication" else ALLOWANCE
        if "id" in names and root in self._real and not always:
            names["id"] = self._real[root]
        if isinstance(case.body, dict) and "item" in case.body:
            case.body["item"] = BOOKED if "slot" in case.body else REGISTRATION
            if "slot" in case.body:
                case.body["slot"] = self._real["/slots"]
        self._agreed(case)

    def _agreed(self, case: Case[Any]) -> None:
        """An application names its item twice; whose differ is tested by hand (test_cases.py)."""
        if isinstance(case.body, dict) and "item" in case.path_parameters and "item" in case.body:
            case.body["item"] = case.path_parameters["item"]

    def sent(self) -> dict[str, Any]:
        """How requests go out: over the city's real TLS."""
        return {"session": self.world.http, "timeout": 10, "verify": str(self.world.city.ca_file)}

    def hold(self, case: Case[Any]) -> None:
        """Ask, and hold the answer against everything that schemathesis knows to check."""
        self._made_real(case)
        self.cases += 1
        headers, sent = dict(self.headers(operation_id(case))), self.sent()
        answer = case.call(base_url=self.world.city.own_gateway_url, headers=headers, **sent)
        case.validate_response(answer, headers=headers, transport_kwargs=sent)

    def anew(self) -> None:
        """As at the beginning: what a story finds depends on nothing that was before it."""
        self.world.control("post", "/reset")
        self._real = self._things()

    def prepared(self, case: Case[Any]) -> None:
        """A step of a story: about something that is there, so that the story goes on."""
        self._made_real(case, always=True)
        if operation_id(case) == "submitApplication" and isinstance(case.body, dict):
            case.body = self.world.application(PERSON, item=REGISTRATION)
        self.cases += 1
