"""The kiosk's screen as eyes and a finger have it: HTML over HTTP, and nothing that is not on the page.

`Screen` opens, looks and touches; `Page` is what is to be seen: words, buttons, questions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from deploy.demo.seen import code_in

SECONDS = 15.0
"""For one page: more than the agent gives itself to answer a touch."""

BUSY = 503
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
    soup = BeautifulSoup(html, "html.parser")
    body = soup.body
    drawn = soup.select_one("svg.qr")
    code = code_in(drawn) if drawn is not None else ""
    form = next((each for each in soup.find_all("form") if each.find("main") is not None), None)
    if body is None or form is None:
        raise ScreenGoneError(f"not a page of the kiosk: {_text(soup)[:80]}")
    for unseen in body.select("script, style, svg, noscript, [hidden]"):
        unseen.decompose()
    main = form.find("main")
    assert isinstance(main, Tag)  # noqa: S101 - the form was chosen for it
    hidden = {
        str(each["name"]): str(each.get("value", "")) for each in form.select("input[type=hidden][name]")
    }
    canvas = form.find("canvas") is not None
    camera = form.select_one("[data-camera]")
    picture = form.select_one("img.shot")
    return Page(
        turn=hidden.pop("turn", ""),
        kind=str(body.get("data-kind", "")),
        title=_text(form.find("h1")),
        words=_text(main),
        banner=" ".join(
            _text(each) for each in body.select("[role=status]") if each.find_parent("form") is None
        ),
        buttons=tuple(_button(each) for each in body.select("button[name=action]")),
        questions=_questions(form),
        number=_text(form.select_one(".number")),
        number_label=_text(form.select_one(".number-label")),
        user_code=_text(form.select_one(".user-code")),
        message=_text(form.select_one(".message")),
        wants_signature=canvas,
        camera=str(camera["data-camera"]) if camera is not None else "",
        picture=str(picture.get("src", "")) if picture is not None else "",
        code=code,
        reasons=tuple(_text(each) for each in form.select(".reasons li")),
        same=str(body.get("data-same", "")),
        hidden=hidden,
    )


def _text(tag: Tag | BeautifulSoup | None) -> str:
    """What is read: one space at most, and none after Chinese punctuation, where markup may stand between."""
    if tag is None:
        return ""
    words = re.sub(r"\s+", " ", tag.get_text(" ")).strip()
    return re.sub(r"(?<=[，。、；：！？]) ", "", words)


def _button(tag: Tag) -> Button:
    classes = tag.get_attribute_list("class")
    bar = tag.find_parent("footer")
    if bar is not None:
        holder = tag.find_parent(class_="left") or tag.find_parent(class_="right")
        side = holder.get_attribute_list("class") if holder is not None else []
        place: Place = "left" if "left" in side else "right" if "right" in side else "centre"
    else:
        place = "work" if tag.find_parent("main") is not None else "top"
    return Button(
        value=str(tag.get("value", "")),
        label=_text(tag),
        place=place,
        primary="primary" in classes,
        enabled=not tag.has_attr("disabled"),
        chosen=tag.get("aria-current") == "true",
    )


def _questions(form: Tag) -> tuple[Question, ...]:
    found: list[Question] = []
    for tag in form.select("input[name], textarea[name], select[name]"):
        name = str(tag["name"])
        kind = tag.get("type", "text")
        if kind == "radio" and all(each.name != name for each in found):
            found.append(_choice(form, tag, name))
        elif kind not in {"radio", "hidden"}:
            label = form.find("label", attrs={"for": str(tag.get("id"))}) or tag.find_parent("label")
            words = _text(label if isinstance(label, Tag) else None)
            holder = tag.find_parent(class_="field")
            found.append(
                Question(
                    name=name,
                    label=words,
                    value=_filled_in(tag),
                    kind="choice" if tag.name == "select" else "text",
                    error=_text(holder.select_one(".error") if holder else None),
                    options=_entries(tag),
                    optional="选填" in words,
                    keyboard=str(tag.get("data-keyboard", "")),
                )
            )
    return tuple(found)


def _entries(tag: Tag) -> tuple[tuple[str, str], ...]:
    """What can be chosen from a list; what entries belong to is only the way to them."""
    entries = [each for each in tag.select("option[value]") if each["value"]]
    ways = {each.get("data-in") for each in entries}
    return tuple((str(each["value"]), _text(each)) for each in entries if each["value"] not in ways)


def _filled_in(tag: Tag) -> str:
    """What stands in a field."""
    if tag.name == "select":
        chosen = tag.select_one("option[selected]")
        return str(chosen.get("value", "")) if chosen is not None else ""
    return tag.get_text() if tag.name == "textarea" else str(tag.get("value", ""))


def _choice(form: Tag, first: Tag, name: str) -> Question:
    radios = [each for each in form.select("input[type=radio]") if each.get("name") == name]
    group = first.find_parent("fieldset")
    words = _text(group.find("legend") if group else None)
    return Question(
        name=name,
        label=words,
        value=next((str(each["value"]) for each in radios if each.has_attr("checked")), ""),
        kind="choice",
        error=_text(group.select_one(".error") if group else None),
        options=tuple((str(each["value"]), _text(each.find_parent("label"))) for each in radios),
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
