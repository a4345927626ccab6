"""XML from outside, read without what makes XML dangerous.

No document types, so no entities (expansion, external files); no processing instructions; UTF-8 only,
so that no two parsers read two things; bounded in bytes, depth and elements before anything is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

MOST_BYTES = 1_000_000
"""An answer with a hundred records has some 50 kB."""

MOST_DEPTH = 32
MOST_ELEMENTS = 20_000


class BadXml(ValueError):  # noqa: N818 - names what is wrong
    """Not XML that is taken from outside; says why, without quoting it."""


@dataclass(slots=True, repr=False)
class Element:
    """An element by its name as written. `text` is all of its own text, stripped."""

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def first(self, name: str) -> Element | None:
        """The first child called `name`."""
        return next((child for child in self.children if child.name == name), None)

    def word(self, name: str) -> str:
        """The text of the first child called `name`, or nothing."""
        child = self.first(name)
        return child.text if child is not None else ""


def read(data: bytes) -> Element:
    """The root element of `data`. Raises BadXml."""
    if len(data) > MOST_BYTES:
        raise BadXml(f"more than {MOST_BYTES} bytes")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadXml("another encoding than UTF-8") from None
    if b"\0" in data:  # UTF-16 without its mark, which expat would recognise
        raise BadXml("another encoding than UTF-8")
    builder = _Builder()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadXml(f"not well-formed: {expat.ErrorString(error.code)}") from None
    if builder.root is None:
        raise BadXml("empty")
    return builder.root


def written(name: str, content: str | list[str]) -> str:
    """An element with text, or with elements that are `written` already.

    Characters that XML 1.0 does not know (section 2.2) are left out: no parser would take the whole.
    """
    inner = escape("".join(filter(_is_char, content))) if isinstance(content, str) else "".join(content)
    return f"<{name}>{inner}</{name}>"


class _Builder:
    def __init__(self) -> None:
        # The encoding given here beats the one that the document names, which is checked besides.
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.ProcessingInstructionHandler = self._refuse_instruction
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() != "UTF-8":
            raise BadXml("another encoding than UTF-8")

    def _refuse_doctype(self, *_: Any) -> None:
        raise BadXml("a document type")

    def _refuse_instruction(self, *_: Any) -> None:
        raise BadXml("a processing instruction")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise BadXml(f"more than {MOST_ELEMENTS} elements")
        if len(self._open) >= MOST_DEPTH:
            raise BadXml(f"deeper than {MOST_DEPTH}")
        element = Element(name)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()

    def _text(self, text: str) -> None:
        self._open[-1].text += text


def _is_char(character: str) -> bool:
    code = ord(character)
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
