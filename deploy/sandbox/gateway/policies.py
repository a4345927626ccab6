"""津策通: policies found by words, and matched to what a questionnaire was answered."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from ..people import DATA
from ..wire import Json
from .bodies import Answers
from .operations import Cache, Call, Operation, Reply

PAGE = 5
CACHE = Cache(3600, 4 * 7 * 86400)
RESULTS = ("will-receive", "needs-account", "can-apply", "not-eligible")
"""Best first."""
ACCOUNT_ANSWERS = ("bank_account_number", "bank_card_number")


@cache
def _all() -> tuple[dict[str, Any], ...]:
    loaded = YAML(typ="safe").load(DATA / "policies.yaml")
    return tuple(loaded["policies"])


def _policy(entry: dict[str, Any]) -> Json:
    """The contract's Policy."""
    return {
        "id": entry["id"],
        "title": entry["title"],
        "summary": entry["summary"],
        "issuer": entry["issuer"],
        "valid_from": entry["valid"][0].isoformat(),
        "valid_to": entry["valid"][1].isoformat(),
        "items": entry["items"],
        "no_application": entry.get("no_application", False),
    }


def search(call: Call) -> Reply:
    """Those that have every word of `q`, a word in the title before one elsewhere; a page at a time."""
    words = call.query.get("q", "").lower().split()
    page = int(call.query.get("page", "1"))

    def has(entry: dict[str, Any], *names: str) -> bool:
        return all(any(word in entry[name].lower() for name in names) for word in words)

    found = [entry for entry in _all() if has(entry, "title", "summary", "issuer")]
    found.sort(key=lambda entry: not has(entry, "title"))
    first = (page - 1) * PAGE
    shown = [_policy(entry) for entry in found[first : first + PAGE]]
    return Reply(200, {"policies": shown, "more": len(found) > first + PAGE})


def _answer(answers: dict[str, Any], name: str) -> Json:
    """An answer, bare or as the contract's Value."""
    given = answers.get(name)
    return given.get("value") if isinstance(given, dict) else given


def _holds(rule: dict[str, Any], given: Json) -> bool:
    text = str(given).strip()
    if "in" in rule:
        return text in rule["in"]
    if "starts" in rule:
        return text.startswith(tuple(rule["starts"]))
    try:
        number = float(text)
    except ValueError:
        return False
    if not math.isfinite(number):
        return False
    return bool(number >= rule["at_least"] if "at_least" in rule else number <= rule["at_most"])


def _match(entry: dict[str, Any], answers: dict[str, Any]) -> tuple[int, Json] | None:
    """(how many rules hold, the contract's Match); None where nothing was answered that it asks."""
    told = {rule["answer"]: _answer(answers, rule["answer"]) for rule in entry["rules"]}
    if all(given is None or given == "" for given in told.values()):
        return None
    holds = [(rule, _holds(rule, told[rule["answer"]])) for rule in entry["rules"]]
    failed = [rule["no"] for rule, good in holds if not good]
    if failed:
        result = "not-eligible"
    elif not entry.get("no_application", False):
        result = "can-apply"
    elif entry.get("needs_account", False) and not any(_answer(answers, name) for name in ACCOUNT_ANSWERS):
        result = "needs-account"
    else:
        result = "will-receive"
    reasons = failed or [rule["yes"] for rule, _ in holds]
    return len(holds) - len(failed), {"policy": _policy(entry), "result": result, "reasons": reasons}


def match(call: Call) -> Reply:
    """Ranked: what comes by itself first, what does not fit last; the more it fits, the earlier."""
    answers = call.decode(Answers).answers
    today = call.today
    found = [
        match
        for entry in _all()
        if entry["valid"][0] <= today <= entry["valid"][1] and (match := _match(entry, answers)) is not None
    ]
    found.sort(key=lambda one: (RESULTS.index(one[1]["result"]), -one[0]))
    return Reply(200, [one for _, one in found])


OPERATIONS = (
    Operation("searchPolicies", "GET", "/policies", search, cache=CACHE),
    Operation("matchPolicies", "POST", "/policies/match", match, body=True),
)
