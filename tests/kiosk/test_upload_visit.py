"""A visit whose documents come from a phone: the network, the silence at the screen, the end."""

from __future__ import annotations

from flows.effects import OpenUpload
from flows.events import Uploaded, UploadShown
from flows.page import Page
from flows.steps import uploading
from tests.flows.test_documents import PLAIN
from tests.flows.world import AT, JPEG
from tests.kiosk.shell import Box


def at_papers() -> Box:
    """The list of documents."""
    box = Box(flows={PLAIN.item: PLAIN})
    box.tap(f"start:{PLAIN.item}")
    box.hands.answer()
    box.tap("next")
    assert box.kind == "documents"
    return box


def at_phone() -> tuple[Box, OpenUpload]:
    """The QR is shown."""
    box = at_papers()
    box.tap("upload")
    [(effect, _, tell)] = box.hands.asked
    assert isinstance(effect, OpenUpload)
    tell(UploadShown(effect=effect.id, link="https://up.invalid/1", expires_at=AT))
    assert box.kind == "upload"
    return box, effect


def why_not(box: Box) -> str:
    page = box.view.page
    assert isinstance(page, Page)
    [send] = [each for each in page.others if each.id == uploading.SEND.id]
    return send.why_not


def test_without_a_network_the_way_by_phone_is_greyed_with_the_reason() -> None:
    box = at_papers()
    assert why_not(box) == ""
    box.situation.online = False
    box.terminal.refresh()
    assert why_not(box) == "没有网络，现在不能用手机传"


def test_who_is_busy_with_the_phone_is_not_taken_for_gone() -> None:
    box, effect = at_phone()
    warned = []
    for seconds in (170, 170, 15):
        box.wait(seconds)
        warned.append(box.view.idle is not None)
        if seconds == 15 or len(warned) == 1:
            box.hands.tell(Uploaded(effect=effect.id, role="contract", image=JPEG, sha256="ab" * 32))
    warned.append(box.view.idle is not None)
    assert warned == [False, False, True, False], "a picture is a sign of life"


def test_who_goes_away_leaves_nothing_open_and_nothing_behind() -> None:
    box, effect = at_phone()
    box.hands.tell(Uploaded(effect=effect.id, role="contract", image=JPEG, sha256="ab" * 32))
    box.wait(181)
    box.wait(21)
    assert box.kind == "home"
    assert len(box.hands.forgotten) == 1, "the desk closes it at the city"
    box.hands.tell(Uploaded(effect=effect.id, role="contract", image=JPEG, sha256="ab" * 32))
    assert box.kind == "home"


def test_back_on_the_list_silence_counts_as_before() -> None:
    box, effect = at_phone()
    box.tap("up")
    assert box.hands.cancelled == [effect.id]
    box.wait(61)
    assert box.view.idle is not None
