"""The kiosk's screen as eyes and a finger have it: HTML over HTTP, and nothing that is not on the page.

`Screen` opens, looks and touches; `Page` is what is to be seen: words, buttons, questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

import requests
from lxml.etree import HTMLParser, fromstring

from deploy.demo.seen import code_in

SECONDS = 15.0
"""For one page: more than the agent gives itself to answer a touch."""

BUSY = 503
Tag: TypeAlias = Any
"""An lxml.etree element, which comes without types."""

_UNSEEN = {"script", "style", "svg", "noscript", "template"}

Place = Literal["left", "centre", "right", "work", "top"]


class ScreenGoneError(RuntimeError):
    """No page came: the agent is not there, or does not let us in; the text says which."""


class ScreenBusyError(ScreenGoneError):
    """The agent had no time to answer (503): the page has a way back to what is shown now."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to touch; `value` is what the form posts as its `action`."""

    value: str
    label: str
    place: Place
    primary: bool
    enabled: bool
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Something to fill in; `options` (value, label) where one is chosen."""

    name: str
    label: str
    value: str
    kind: Literal["text", "choice"]
    error: str = ""
    options: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    keyboard: str = ""
    """Which keyboard comes up for it: `date`, `amount`, `id-number` ..."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is to be seen now. `turn` is the hidden field that every post carries."""

    turn: str
    kind: str
    title: str
    words: str
    banner: str
    buttons: tuple[Button, ...]
    questions: tuple[Question, ...]
    number: str = ""
    number_label: str = ""
    user_code: str = ""
    message: str = ""
    wants_signature: bool = False
    camera: str = ""
    """What the camera on the page is for (`face`, `portrait`, `document`); empty where there is none."""
    picture: str = ""
    """The picture that was taken, as a data URL, where the page shows it."""
    code: str = ""
    """What the QR code on the page says."""
    reasons: tuple[str, ...] = ()
    same: str = ""
    """What stays as it is while only the frame (banner, warning) of this page changes."""
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def primary(self) -> Button | None:
        """The one primary action, at the right of the bottom bar."""
        return next((each for each in self.buttons if each.primary and each.place == "right"), None)

    @property
    def work(self) -> tuple[Button, ...]:
        """What can be touched in the working area."""
        return tuple(each for each in self.buttons if each.place == "work" and each.enabled)

    def button(self, *labels: str) -> Button | None:
        """The first enabled button whose label has one of `labels` in it."""
        found = (each for label in labels for each in self.buttons if each.enabled and label in each.label)
        return next(found, None)


def read(html: str) -> Page:
    """What is to be seen on a page. Raises ScreenGoneError for HTML that is none of the kiosk's pages."""
    whole = fromstring(html, HTMLParser(remove_comments=True, remove_pis=True))
    if whole is None:
        raise ScreenGoneError("not a page of the kiosk: there is nothing on it")
    body = whole.find("body")
    form = next((each for each in whole.iter("form") if each.find(".//main") is not None), None)
    if body is None or form is None:
        raise ScreenGoneError(f"not a page of the kiosk: {_text(whole)[:80]}")
    drawn = next(_classed(whole, "qr", "svg"), None)
    code = "" if drawn is None else _said(drawn)
    for unseen in [each for each in body.iter() if each.tag in _UNSEEN or "hidden" in each.attrib]:
        _drop(unseen)
    hidden = {
        each.get("name"): each.get("value", "")
        for each in form.iter("input")
        if each.get("type") == "hidden" and each.get("name")
    }
    camera = next((each for each in form.iter() if "data-camera" in each.attrib), None)
    picture = next(_classed(form, "shot", "img"), None)
    return Page(
        turn=hidden.pop("turn", ""),
        kind=body.get("data-kind", ""),
        title=_text(form.find(".//h1")),
        words=_text(form.find(".//main")),
        banner=" ".join(
            _text(each)
            for each in body.iter()
            if each.get("role") == "status" and _above(each, "form") is None
        ),
        buttons=tuple(_button(each) for each in body.iter("button") if each.get("name") == "action"),
        questions=_questions(form),
        number=_first(form, "number"),
        number_label=_first(form, "number-label"),
        user_code=_first(form, "user-code"),
        message=_first(form, "message"),
        wants_signature=form.find(".//canvas") is not None,
        camera="" if camera is None else camera.get("data-camera"),
        picture="" if picture is None else picture.get("src", ""),
        code=code,
        reasons=tuple(_text(each) for holder in _classed(form, "reasons") for each in holder.iter("li")),
        same=body.get("data-same", ""),
        hidden=hidden,
    )


def _drop(tag: Tag) -> None:
    """Without it, but with what stands behind it."""
    above, before, behind = tag.getparent(), tag.getprevious(), tag.tail or ""
    if before is None:
        above.text = (above.text or "") + behind
    else:
        before.tail = (before.tail or "") + behind
    above.remove(tag)


def _said(drawn: Tag) -> str:
    path = drawn.find(".//path")
    return code_in(drawn.get("viewbox", ""), "" if path is None else path.get("d", ""))


def _classed(within: Tag, name: str, tag: str | None = None) -> Iterator[Tag]:
    return (each for each in within.iter(tag) if name in each.get("class", "").split())


def _first(within: Tag, name: str) -> str:
    return _text(next(_classed(within, name), None))


def _above(tag: Tag, *names: str, classed: str = "") -> Tag | None:
    """The nearest that holds it."""
    for each in tag.iterancestors(*names):
        if not classed or classed in each.get("class", "").split():
            return each
    return None


def _text(tag: Tag | None) -> str:
    """What is read: one space at most, and none after Chinese punctuation, where markup may stand between."""
    if tag is None:
        return ""
    words = re.sub(r"\s+", " ", " ".join(tag.itertext())).strip()
    return re.sub(r"(?<=[，。、；：！？]) ", "", words)


def _button(tag: Tag) -> Button:
    if _above(tag, "footer") is not None:
        side = next((name for name in ("left", "right") if _above(tag, classed=name) is not None), "centre")
        place = cast(Place, side)
    else:
        place = "work" if _above(tag, "main") is not None else "top"
    return Button(
        value=tag.get("value", ""),
        label=_text(tag),
        place=place,
        primary="primary" in tag.get("class", "").split(),
        enabled="disabled" not in tag.attrib,
        chosen=tag.get("aria-current") == "true",
    )


def _questions(form: Tag) -> tuple[Question, ...]:
    labels: dict[str, Tag] = {}
    for each in form.iter("label"):
        labels.setdefault(each.get("for", ""), each)
    found: dict[str, Question] = {}
    for tag in form.iter("input", "textarea", "select"):
        name, kind = tag.get("name", ""), tag.get("type", "text")
        if not name or kind == "hidden":
            continue
        if kind == "radio":
            if name not in found:
                found[name] = _choice(form, tag, name)
            continue
        label = labels.get(tag.get("id")) if tag.get("id") else None
        words = _text(_above(tag, "label") if label is None else label)
        holder = _above(tag, classed="field")
        found[name] = Question(
            name=name,
            label=words,
            value=_filled_in(tag),
            kind="choice" if tag.tag == "select" else "text",
            error="" if holder is None else _first(holder, "error"),
            options=_entries(tag),
            optional="选填" in words,
            keyboard=tag.get("data-keyboard", ""),
        )
    return tuple(found.values())


def _entries(tag: Tag) -> tuple[tuple[str, str], ...]:
    """What can be chosen from a list; what entries belong to is only the way to them."""
    entries = [each for each in tag.iter("option") if each.get("value")]
    ways = {each.get("data-in") for each in entries}
    return tuple((each.get("value"), _text(each)) for each in entries if each.get("value") not in ways)


def _filled_in(tag: Tag) -> str:
    """What stands in a field."""
    if tag.tag == "select":
        chosen = next((each for each in tag.iter("option") if "selected" in each.attrib), None)
        return "" if chosen is None else str(chosen.get("value", ""))
    return "".join(tag.itertext()) if tag.tag == "textarea" else str(tag.get("value", ""))


def _choice(form: Tag, first: Tag, name: str) -> Question:
    radios = [each for each in form.iter("input") if each.get("type") == "radio" and each.get("name") == name]
    group = _above(first, "fieldset")
    words = "" if group is None else _text(group.find(".//legend"))
    return Question(
        name=name,
        label=words,
        value=next((each.get("value") for each in radios if "checked" in each.attrib), ""),
        kind="choice",
        error="" if group is None else _first(group, "error"),
        options=tuple((each.get("value"), _text(_above(each, "label"))) for each in radios),
        optional="选填" in words,
    )


class Panel(Protocol):
    """The touchscreen as a walk needs it: `Screen` without a browser, or somebody's browser."""

    def look(self) -> Page:
        """The page as it is. Raises ScreenGoneError."""
        ...

    def touch(self, page: Page, button: Button, values: Mapping[str, str] | None = None) -> Page:
        """Touch `button` on `page` with what is filled in; the page after it. Raises ScreenGoneError."""
        ...

    def turn(self, after: str) -> str:
        """The present turn; `after` is the turn of the page shown. Raises ScreenGoneError."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


class Screen:
    """A browser's part: opens the address that holds the secret, keeps the cookie, looks and touches."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        """`url` is what the agent's ready file says; `seconds` for one answer. Raises ScreenGoneError."""
        self._seconds = seconds
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine has no business on loopback
        self.reopen(url)

    def reopen(self, url: str) -> None:
        """As a browser that was started anew: after a restart of the agent the secret is another."""
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._session.cookies.clear()
        self._html("GET", url)

    def look(self) -> Page:
        """The page as it is."""
        return read(self._html("GET", self._origin + "/"))

    def touch(self, page: Page, button: Button, values: Mapping[str, str] | None = None) -> Page:
        """Touch `button` on `page` with what is filled in; the page after it."""
        posted = {**page.hidden, **(values or {}), "turn": page.turn, "action": button.value}
        return read(self._html("POST", self._origin + "/act", posted))

    def turn(self, after: str) -> str:
        """The present turn, by the poll that a page does; `after` is the turn of the page shown."""
        answer = self._ask("GET", f"{self._origin}/events?after={after}")
        try:
            return str(answer.json()["turn"])
        except (ValueError, KeyError) as error:
            raise ScreenGoneError(f"/events answered {answer.status_code}") from error

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()

    def _html(self, method: str, url: str, values: Mapping[str, str] | None = None) -> str:
        answer = self._ask(method, url, values)
        if answer.status_code == BUSY:
            raise ScreenBusyError(f"{method} {urlsplit(url).path}: the agent is busy")
        if not answer.ok:
            raise ScreenGoneError(f"{method} {urlsplit(url).path} answered {answer.status_code}")
        return answer.content.decode("utf-8")

    def _ask(self, method: str, url: str, values: Mapping[str, str] | None = None) -> requests.Response:
        try:
            return self._session.request(
                method, url, data=values, headers={"Origin": self._origin}, timeout=self._seconds
            )
        except requests.RequestException as error:
            raise ScreenGoneError(f"the agent does not answer ({type(error).__name__})") from error
