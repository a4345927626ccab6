"""A face comparison: consent of its own, one live picture, the platform compares. Never the only way.

The picture is dropped from the run in the moment in which the comparison is asked for.
"""

from __future__ import annotations

import unicodedata

from flows.bodies import CameraBody, FaceConsentBody
from flows.checks import id_number_ok
from flows.effects import CheckPicture, Face, Login, NumberLogin
from flows.events import Act, PictureChecked
from flows.model import Flow
from flows.page import FormBody, Input, Page
from flows.parts import Action
from flows.run import Run
from flows.steps.city import waiting
from flows.steps.documents import SHUTTER, posted
from flows.turn import BACK, NEXT, UP, Turn, framed
from flows.words import clean

MOST_TRIES = 3
PHASES = frozenset({"number", "face-consent", "camera", "picture", "comparing"})
PURPOSE = "拍一张您现在的照片，送统一身份认证平台和证件照片比对一次，比对完不保存"
AGREE = Action(id="face", label="同意，开始刷脸")
PHONE_INSTEAD = Action(id="phone", label="不刷脸，用手机扫码")


def touched(turn: Turn, act: Act) -> None:
    """Number and name, consent, shutter."""
    run = turn.run
    if act.action == "up":
        up = "number" if run.draft and run.phase == "face-consent" else "face-consent"
        turn.set(phase=up, problems=(), face_consent_at="")
    elif run.phase == "number" and act.action in {"next", "keep"}:
        _claimed(turn, act)
    elif act.action == "face":
        turn.set(phase="camera", face_consent_at=act.at, message="", problems=())
    elif act.action == "no-camera":
        turn.set(phase="face-consent", face_consent_at="", message="摄像头现在不能用，请用手机扫码")
    elif run.phase == "camera" and act.action == "next":
        image = posted(act)
        if not image:
            turn.set(problems=("没有拍到画面，请再拍一次",))
            return
        turn.set(phase="picture", problems=())
        turn.emit(CheckPicture, kind="face", image=image)


def _claimed(turn: Turn, act: Act) -> None:
    name = clean(act.values.get("name", ""))
    number = unicodedata.normalize("NFKC", clean(act.values.get("number", ""))).replace(" ", "").upper()
    errors = {}
    if not name:
        errors["name"] = "请填写姓名"
    if not id_number_ok(number):
        errors["number"] = "公民身份号码的最后一位对不上，请再核对一遍" if number else "请填写公民身份号码"
    turn.set(draft={"name": name, "number": number})
    if act.action == "keep":
        return
    turn.set(errors=errors)
    if not errors:
        turn.set(phase="face-consent", message="")


def checked(turn: Turn, event: PictureChecked) -> None:
    """A good picture is compared at once; it is not looked at, and not kept."""
    if event.problems:
        turn.set(phase="camera", problems=event.problems)
        return
    live = Face(image=event.image, consent_at=turn.run.face_consent_at)
    person, draft = turn.run.person, turn.run.draft
    turn.set(phase="comparing", face_consent_at="")
    if draft:
        turn.emit(NumberLogin, name=draft["name"], id_number=draft["number"], face=live)
    elif person is not None:
        turn.emit(Login, card=person.card, face=live)


def page(flow: Flow, run: Run) -> Page:
    """Number, consent, camera, wait."""
    if run.phase == "number":
        inputs = (
            Input(
                name="name",
                label="姓名",
                kind="text",
                value=run.draft.get("name", ""),
                error=run.errors.get("name", ""),
            ),
            Input(
                name="number",
                label="公民身份号码",
                kind="id-number",
                value=run.draft.get("number", ""),
                error=run.errors.get("number", ""),
                max_length=18,
            ),
        )
        title = "填写姓名和号码"
        return framed(
            flow, title, FormBody(title=title, inputs=inputs), primary=NEXT, back=UP, others=(PHONE_INSTEAD,)
        )
    if run.phase == "face-consent":
        body = FaceConsentBody(purpose=PURPOSE, message=run.message)
        back = UP if run.draft else BACK
        return framed(flow, "刷脸核验，需要您同意", body, primary=AGREE, back=back, others=(PHONE_INSTEAD,))
    if run.phase == "camera":
        shown = CameraBody(kind="face", what="本人", hint="正对镜头，摘下口罩和帽子", problems=run.problems)
        return framed(flow, "请看镜头", shown, primary=SHUTTER, back=UP, others=(PHONE_INSTEAD,))
    return waiting(flow, "正在检查照片" if run.phase == "picture" else "正在比对")
