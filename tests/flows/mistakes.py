"""The mistakes that an author of an item can make, a function a kind: what can be broken, and how.

Each gets the data of an item and yields, for every place where the mistake can be made, what is changed in
words, and a function that changes it in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

Tree = dict[str, Any]
Mistakes = Iterator[tuple[str, Callable[[], object]]]
_NOT_OF_THE_ITEM = ("tests", "remarks", "pattern")


@dataclass(frozen=True)
class Kind:
    """One row of the table; `form`: of what data, the file's `own` or the `whole` item."""

    name: str
    form: str
    mistakes: Callable[[Tree], Mistakes]


def mappings(node: Any, path: str = "") -> Iterator[tuple[str, Tree]]:
    """Every mapping in the data but those of the tests, with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            if path or key not in _NOT_OF_THE_ITEM:
                yield from mappings(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from mappings(value, f"{path}[{number}]")


def fields(tree: Tree) -> Iterator[tuple[str, Tree]]:
    """Every field, and those of groups that repeat."""
    for name, field in tree["fields"].items():
        if isinstance(field, dict):
            yield name, field
            for part, inner in (field.get("record") or {}).items():
                if isinstance(inner, dict):
                    yield f"{name}.{part}", inner


def steps(tree: Tree, *kinds: str) -> Iterator[tuple[str, Tree]]:
    """The steps, or those of some kinds."""
    for number, step in enumerate(tree["steps"]):
        if not kinds or step["step"] in kinds:
            yield f"step {number} {step['step']}", step


def put(told: Tree, key: str, value: Any) -> Callable[[], object]:
    """Say `value` under `key`."""
    return lambda: told.__setitem__(key, value)


def drop(told: Any, key: Any) -> Callable[[], object]:
    """Leave `key` out."""
    return lambda: told.pop(key)


def called(told: Tree, key: str, name: str) -> Callable[[], object]:
    """Say what stands under `key` under `name`."""
    return lambda: told.__setitem__(name, told.pop(key))


def swap(told: list[Any], at: int, other: int) -> Callable[[], object]:
    """Let two entries change places."""

    def make() -> None:
        told[at], told[other] = told[other], told[at]

    return make


def dropped_key(tree: Tree) -> Mistakes:
    """A key is missing, anywhere in the file."""
    for path, told in mappings(tree):
        for key in told:
            if path or key not in _NOT_OF_THE_ITEM:
                yield f"{path}.{key} dropped", drop(told, key)


def misspelled_key(tree: Tree) -> Mistakes:
    """A key lacks its last letter."""
    for path, told in mappings(tree):
        for key in told:
            if len(key) > 1 and (path or key not in _NOT_OF_THE_ITEM):
                yield f"{path}.{key} misspelled", called(told, key, key[:-1])


def _renamed(node: Any, old: str, new: str) -> Any:
    if isinstance(node, dict):
        return {
            (new if key == old else key): (value if key == "tests" else _renamed(value, old, new))
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_renamed(each, old, new) for each in node]
    return new if node == old else node


def renamed_field(tree: Tree) -> Mistakes:
    """A field has another name, where it is declared or everywhere."""
    for name in tree["fields"]:

        def everywhere(name: str = name) -> None:
            told = _renamed(tree, name, f"{name}_x")
            tree.clear()
            tree.update(told)

        def once(name: str = name) -> None:
            tree["fields"] = {f"{n}_x" if n == name else n: f for n, f in tree["fields"].items()}

        yield f"{name} renamed everywhere", everywhere
        yield f"{name} renamed where declared", once


def lost_field(tree: Tree) -> Mistakes:
    """A field is not declared."""
    for name in tree["fields"]:
        yield f"field {name} dropped", drop(tree["fields"], name)


def condition(tree: Tree) -> Mistakes:
    """A condition is lost, waits for something else, or for less."""
    choices = {name: [each["code"] for each in field.get("choices", ())] for name, field in fields(tree)}
    for name, field in mappings(tree):  # of fields, documents, and what else may have one
        when = field.get("when")
        if not when:
            continue
        yield f"{name}: when dropped", drop(field, "when")
        others = [code for code in choices.get(when["field"], ()) if code not in when["values"]]
        for code in others or ["no", "c1"]:
            yield f"{name}: when waits for {code}", put(when, "values", [code])
            yield f"{name}: when waits for {code}, too", put(when, "values", [*when["values"], code])
        for at in range(len(when["values"]) if len(when["values"]) > 1 else 0):
            yield f"{name}: when without {when['values'][at]}", drop(when["values"], at)
        for other in tree["fields"]:
            if other != when["field"] and not name.endswith(f".{other}"):
                yield f"{name}: when hangs on {other}", put(when, "field", other)


def rule(tree: Tree) -> Mistakes:
    """What holds of a field: whether it is needed, locked, known, and checked."""
    for name, field in fields(tree):
        yield f"{name}: required turned", put(field, "required", not field.get("required", True))
        yield f"{name}: locked turned", put(field, "locked", not field.get("locked", False))
        yield (
            f"{name}: keep turned",
            put(field, "keep", "submission" if field["keep"] == "visit" else "visit"),
        )
        if field.get("prefill"):
            yield f"{name}: prefill dropped", drop(field, "prefill")
        else:
            yield f"{name}: prefill share", put(field, "prefill", ["share"])
        for key in ("check", "span", "not_before", "unit"):
            if field.get(key):
                yield f"{name}: {key} dropped", drop(field, key)
        if field.get("span"):
            yield (
                f"{name}: span turned",
                put(field, "span", {"past": "future", "future": "past"}[field["span"]]),
            )


def field_kind(tree: Tree) -> Mistakes:
    """A field is asked in another way, masked or named otherwise."""
    for name, field in fields(tree):
        for kind in ("text", "digits", "number", "amount", "date", "yes-no", "phone", "id-number", "code"):
            if kind != field["kind"]:
                yield f"{name}: {field['kind']} becomes {kind}", put(field, "kind", kind)
        for mask in ("none", "name", "id-number"):
            if mask != field["mask"]:
                yield f"{name}: mask {mask}", put(field, "mask", mask)


def bound(tree: Tree) -> Mistakes:
    """A bound is another, or none."""
    for name, told in (*fields(tree), *_papers(tree)):
        for key in ("min_length", "max_length", "minimum", "maximum", "years_back", "max_records", "pages"):
            if key in told:
                low, high = max(1, int(told[key] / 2)), int(told[key] * 2) + 1
                yield f"{name}: {key} {told[key]} becomes {low}", put(told, key, low)
                yield f"{name}: {key} {told[key]} becomes {high}", put(told, key, high)
                yield f"{name}: {key} dropped", drop(told, key)


def _papers(tree: Tree) -> Iterator[tuple[str, Tree]]:
    for place, step in steps(tree, "documents"):
        for each in step["documents"]:
            yield f"{place}, {each['role']}", each


def choice(tree: Tree) -> Mistakes:
    """A list of choices lacks one, has another code, or another order."""
    for name, field in fields(tree):
        entries = field.get("choices") or []
        for at, each in enumerate(entries):
            yield f"{name}: choice {each['code']} dropped", drop(entries, at)
            yield f"{name}: choice {each['code']} has another code", put(each, "code", f"{each['code']}x")
        for at in range(len(entries) - 1):
            yield f"{name}: choices {at} and {at + 1} swapped", swap(entries, at, at + 1)
        if field["kind"] == "code":
            yield f"{name}: another list", put(field, "codes", "nationality_code")
    for place, step in steps(tree, "proxy"):
        for at in range(len(step["relations"])):
            yield f"{place}: relation {at} dropped", drop(step["relations"], at)
    for place, step in steps(tree, "pay"):
        for at in range(len(step.get("methods", ()))):
            yield f"{place}: method {at} dropped", drop(step["methods"], at)


def lost_step(tree: Tree) -> Mistakes:
    """A step is missing, or stands twice."""
    for number, (place, step) in enumerate(steps(tree)):
        yield f"{place} dropped", drop(tree["steps"], number)
        yield f"{place} twice", partial(tree["steps"].insert, number, step)


def swapped_steps(tree: Tree) -> Mistakes:
    """Two steps, one after the other or one apart, have changed places."""
    for apart in (1, 2):
        for at in range(len(tree["steps"]) - apart):
            words = f"{tree['steps'][at]['step']} and {tree['steps'][at + apart]['step']}"
            yield f"steps {at} and {at + apart} swapped: {words}", swap(tree["steps"], at, at + apart)


def lost_part(tree: Tree) -> Mistakes:
    """The file does not say a part, says it is not there, or has its entries in another order."""
    for name, told in (tree.get("parts") or {}).items():
        yield f"part {name} dropped", drop(tree["parts"], name)
        yield f"part {name}: false", put(tree["parts"], name, False)
        if isinstance(told, list):
            for at, each in enumerate(told):
                yield f"part {name}[{at}] dropped ({each.get('step', '')})", drop(told, at)
            for at in range(len(told) - 1):
                yield f"part {name}[{at}] and [{at + 1}] swapped", swap(told, at, at + 1)


def offline(tree: Tree) -> Mistakes:
    """The branch without a network is lost or another."""
    for policy in ("unavailable", "queue", "cached"):
        if policy != tree["offline"]:
            yield f"offline {tree['offline']} becomes {policy}", put(tree, "offline", policy)
    for place, step in steps(tree):
        if "offline" in step:
            yield f"{place}: offline dropped", drop(step, "offline")
        for way in ("typed", "flag", "block"):
            asks = step["step"] in {"proxy", "prefill", "eligibility", "options", "phone-code", "commitment"}
            if asks and step.get("offline") != way:
                yield f"{place}: offline {step.get('offline', '')} becomes {way}", put(step, "offline", way)


def page(tree: Tree) -> Mistakes:
    """A page asks in another order, asks less, or what another page asked."""
    asking = [(place, step) for place, step in steps(tree, "form")]
    for number, (place, step) in enumerate(asking):
        asked = step["fields"]
        for at in range(len(asked) - 1):
            yield f"{place}: {asked[at]} and {asked[at + 1]} swapped", swap(asked, at, at + 1)
        for at, name in enumerate(asked):
            yield f"{place}: {name} not asked", drop(asked, at)
            for other, there in asking[number + 1 : number + 2]:
                yield f"{name} moved from {place} to {other}", _moved(asked, at, there["fields"])


def _moved(asked: list[str], at: int, there: list[str]) -> Callable[[], object]:
    return lambda: there.insert(0, asked.pop(at))


def document(tree: Tree) -> Mistakes:
    """A document is lost, is another, or may or may not follow later."""
    for place, step in steps(tree, "documents"):
        papers = step["documents"]
        for at, each in enumerate(papers):
            role = each["role"]
            yield f"{place}: {role} dropped", drop(papers, at)
            yield f"{place}: {role} has another role", put(each, "role", f"{role}-x")
            yield (
                f"{place}: {role}: deferrable turned",
                put(each, "deferrable", not each.get("deferrable", False)),
            )
            yield f"{place}: {role}: needed turned", put(each, "needed", not each.get("needed", True))
            other = "secondary" if each["importance"] == "main" else "main"
            yield f"{place}: {role}: {other}", put(each, "importance", other)
        for at in range(len(papers) - 1):
            yield f"{place}: {at} and {at + 1} swapped", swap(papers, at, at + 1)
    for place, step in steps(tree, "commitment"):
        roles = [each["role"] for _, each in _papers(tree) if each["role"] not in step["replaces"]]
        for role in roles:
            yield f"{place}: replaces {role}", put(step, "replaces", [role])
            yield f"{place}: replaces {role}, too", put(step, "replaces", [*step["replaces"], role])


def identity(tree: Tree) -> Mistakes:
    """Another level is asked, or another way of showing who it is."""
    for level in ("none", "card", "card+face", "phone"):
        if level != tree["identity"]:
            yield f"identity {tree['identity']} becomes {level}", put(tree, "identity", level)
    for place, step in steps(tree, "identify"):
        for who in ("citizen", "business", "either"):
            if who != step.get("who", "citizen"):
                yield f"{place}: who {who}", put(step, "who", who)
        for key in ("optional", "without_card"):
            yield f"{place}: {key} turned", put(step, key, not step.get(key, False))


def asked_by(tree: Tree) -> Mistakes:
    """The city is asked by fewer or by more fields."""
    for place, step in steps(tree, "prefill", "eligibility", "query", "match"):
        names = step.get("fields", [])
        for at, name in enumerate(names):
            yield f"{place}: without {name}", drop(names, at)
        for name in tree["fields"]:
            if name not in names:
                yield f"{place}: with {name}", put(step, "fields", [*names, name])
    for place, step in steps(tree, "options", "browse"):
        if step.get("by"):
            yield f"{place}: by dropped", drop(step, "by")


_OPERATIONS = ("query", "submitApplication", "checkEligibility", "getOptions", "prefill", "rate", "listCases")


def asked_of_the_city(tree: Tree) -> Mistakes:
    """The city is asked something else, or about something else, or something else is printed."""
    for place, step in steps(tree):
        for operation in _OPERATIONS:
            if step.get("operation", operation) != operation:
                yield f"{place}: operation {operation}", put(step, "operation", operation)
        for key in ("field", "bill", "amount", "place", "date", "benefit", "account", "by"):
            if isinstance(step.get(key), str):
                for name in tree["fields"]:
                    if name != step[key]:
                        yield f"{place}: {key} {name}", put(step, key, name)
        for paper in ("receipt", "record", "guide", "certificate"):
            if step.get("paper", paper) != paper:
                yield f"{place}: paper {paper}", put(step, "paper", paper)


def bundle(tree: Tree) -> Mistakes:
    """A bundle files less, in another order, or gives an item other fields and documents."""
    for place, step in steps(tree, "bundle"):
        children = step["children"]
        for at, each in enumerate(children):
            name = f"{place}: {each['item']}"
            yield f"{name} dropped", drop(children, at)
            yield f"{name}: needed turned", put(each, "needed", not each.get("needed", True))
            for key in ("fields", "documents", "after"):
                for part in range(len(each.get(key, ()))):
                    yield f"{name}: {key} without {each[key][part]}", drop(each[key], part)
        for at in range(len(children) - 1):
            yield f"{place}: {at} and {at + 1} swapped", swap(children, at, at + 1)


def title(tree: Tree) -> Mistakes:
    """A page has another page's title, or its pattern's."""
    told = [(place, step) for place, step in steps(tree) if "title" in step]
    for place, step in told:
        for other, there in told:
            if there["title"] != step["title"]:
                yield f"{place}: has the title of {other}", put(step, "title", there["title"])


KINDS = (
    Kind("a key is dropped", "own", dropped_key),
    Kind("a key is misspelled", "own", misspelled_key),
    Kind("a part is lost or moved", "own", lost_part),
    Kind("a field is renamed", "own", renamed_field),
    Kind("a field is lost", "own", lost_field),
    Kind("a condition is broken", "whole", condition),
    Kind("a rule of a field is broken", "whole", rule),
    Kind("a field is of another kind", "whole", field_kind),
    Kind("a bound is another", "whole", bound),
    Kind("a list is another", "whole", choice),
    Kind("a step is lost or doubled", "whole", lost_step),
    Kind("steps are swapped", "whole", swapped_steps),
    Kind("the offline branch is another", "whole", offline),
    Kind("a page asks otherwise", "whole", page),
    Kind("a document is another", "whole", document),
    Kind("who it is, is known otherwise", "whole", identity),
    Kind("the city is asked otherwise", "whole", asked_of_the_city),
    Kind("it is asked by other fields", "whole", asked_by),
    Kind("a bundle files otherwise", "whole", bundle),
    Kind("a page has another title", "whole", title),
)
