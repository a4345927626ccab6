"""The middles of pages that need more than words and buttons: camera, documents, payment, bundle.

As in `flows.page`: data only, personal values masked where the field says so.
"""

from __future__ import annotations

from typing import Literal

from flows.parts import Part


class FaceConsentBody(Part, tag="face-consent", frozen=True, kw_only=True):
    """The separate consent to one face comparison: what it is for, and that there is another way."""

    purpose: str
    message: str = ""
    """Why the comparison before did not succeed."""


class CameraBody(Part, tag="camera", frozen=True, kw_only=True):
    """The camera's live picture and its shutter; posted as ``picture`` (JPEG data URL, action ``next``).

    `taken` of at most `most` pages are there already. `problems`: why the picture before will not do.
    `action=no-camera` is posted by the page itself when the browser has no camera to show.
    """

    kind: Literal["face", "portrait", "document"]
    what: str
    hint: str
    problems: tuple[str, ...] = ()
    taken: int = 0
    most: int = 1


class PictureBody(Part, tag="picture", frozen=True, kw_only=True):
    """The picture that was taken, to keep or to take again. `image`: JPEG data URL."""

    kind: Literal["portrait", "document"]
    what: str
    image: str
    page: int = 1

    def __repr__(self) -> str:
        """Nothing of the picture."""
        return f"PictureBody(kind={self.kind!r}, what={self.what!r}, page={self.page})"


class DocumentRow(Part, frozen=True, kw_only=True):
    """One document of a list to bring.

    Actions: ``capture:<role>`` where there is a camera, and while it may follow later ``later:<role>``.
    """

    role: str
    name: str
    main: bool
    state: Literal["missing", "taken", "later"]
    pages: int = 0
    uploaded: bool = False
    """Its pages came from the phone."""
    may_follow: bool = False
    optional: bool = False


class DocumentsBody(Part, tag="documents", frozen=True, kw_only=True):
    """What is to be brought, and what may follow later 容缺. `error`: what is still missing."""

    rows: tuple[DocumentRow, ...]
    camera: bool = True
    """Whether it can be photographed here; without a camera it is sent from the phone."""
    error: str = ""
    later_words: str = ""
    """Until when, and what happens otherwise; shown when something is to follow."""


class UploadBody(Part, tag="upload", frozen=True, kw_only=True):
    """The way to the city's page on which the phone sends documents, and what has arrived.

    `link` is empty while it is being made. `problems`: why what arrived last will not do.
    """

    rows: tuple[DocumentRow, ...]
    link: str = ""
    expires: str = ""
    """Civil time until which it takes pictures, HH:MM."""
    problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Not the address: whoever has it can send."""
        return f"UploadBody(rows={self.rows!r})"


class RecordRow(Part, frozen=True, kw_only=True):
    """One entry of a repeating group, in words. Actions ``edit:<n>``, ``remove:<n>`` (n from 0)."""

    number: int
    words: tuple[str, ...]


class RecordsBody(Part, tag="records", frozen=True, kw_only=True):
    """A repeating group. Action ``add`` while there is room."""

    rows: tuple[RecordRow, ...]
    most: int
    error: str = ""


class CommitmentBody(Part, tag="commitment", frozen=True, kw_only=True):
    """The text of a commitment, to be read to its end before it can be agreed to."""

    text: str
    version: str
    sample: bool
    replaces: tuple[str, ...]
    """The documents that need not be brought, by name."""


class ToldBody(Part, tag="told", frozen=True, kw_only=True):
    """Something to know before going on; `caution` (amber) where it changes what the citizen must do."""

    lines: tuple[str, ...]
    caution: bool = False


class PayBody(Part, tag="pay", frozen=True, kw_only=True):
    """A payment in progress.

    state: `creating`, `qr` (scan with the phone), `pos` (bank card at the terminal beside), `closing`
    (asking whether it was paid after all).
    """

    state: Literal["creating", "qr", "pos", "closing"]
    subject: str
    amount: str
    """Yuan, two decimals."""
    qr: str = ""
    expires: str = ""
    """Civil time until which it may be paid, HH:MM."""
    sample: bool = False


class BundleRow(Part, frozen=True, kw_only=True):
    """One item of a bundle. Actions ``want:<item>``, ``drop:<item>`` while it is the citizen's choice."""

    item: str
    name: str
    wanted: bool
    needed: bool
    after: tuple[str, ...] = ()
    """Names of what is filed before it."""


class BundleBody(Part, tag="bundle", frozen=True, kw_only=True):
    """一件事: what is filed together, in order. `error`: none is wanted."""

    rows: tuple[BundleRow, ...]
    error: str = ""


class ResultPart(Part, frozen=True, kw_only=True):
    """What became of one item of a bundle: in words, with its number or every reason."""

    name: str
    state: Literal["accepted", "to-confirm", "refused", "waiting"]
    number: str = ""
    lines: tuple[str, ...] = ()
