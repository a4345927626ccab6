"""Documents and the portrait: photographed page by page; 容缺: a secondary one may follow later."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Literal

from msgspec.structs import replace

from flows.bodies import CameraBody, DocumentRow, DocumentsBody, PictureBody
from flows.effects import CheckPicture
from flows.events import Act, Event, PictureChecked
from flows.held import Captured, OwnCase, Picture
from flows.kinds import ChooseCase, Commitment, Document, Documents, Photo
from flows.model import Flow
from flows.page import Page
from flows.parts import Action
from flows.run import Run
from flows.steps.city import waiting
from flows.turn import NEXT, UP, Turn, framed

PHOTO = "photo"
JPEG = "data:image/jpeg;base64,"
PICTURE_LIMIT = 700_000
"""Characters of a picture as posted: about 500 KB."""
NO_CAMERA = "摄像头现在不能用，请到窗口办理，或呼叫工作人员"
SHUTTER = Action(id="next", label="拍照")
RETAKE = Action(id="again", label="重拍")
_HINTS = {
    "document": "放平、对正，四个角都要拍到，不要反光",
    "portrait": "摘下帽子和墨镜，正对镜头，露出耳朵和眉毛",
}


def posted(act: Act) -> str:
    """The base64 of the JPEG that was posted; empty when it is none."""
    picture = act.values.get("picture", "")
    return picture[len(JPEG) :] if picture.startswith(JPEG) and len(picture) <= PICTURE_LIMIT else ""


def as_documents(run: Run, roles: Collection[str] | None) -> dict[str, Any]:
    """The contract's `documents` and `deferred_documents`; of `roles` only, where they are given."""
    taken: list[dict[str, Any]] = []
    later: list[str] = []
    for role, captured in run.documents.items():
        if roles is not None and role not in roles:
            continue
        if captured.later:
            later.append(role)
        taken += [
            {
                "role": role,
                "importance": captured.importance,
                "media_type": "image/jpeg",
                "sha256": page.sha256,
                "content": page.image,
                "trust": "C",
            }
            for page in captured.pages
        ]
    return ({"documents": taken} if taken else {}) | ({"deferred_documents": later} if later else {})


class _Camera:
    """What photographing a page and a portrait share: shutter, check, keep or take again."""

    def shot(self, turn: Turn, act: Act, kind: Literal["document", "portrait"]) -> None:
        """A picture was posted: is it good enough?"""
        image = posted(act)
        if not image:
            turn.set(problems=("没有拍到画面，请再拍一次",))
            return
        turn.set(phase="checking", problems=())
        turn.emit(CheckPicture, kind=kind, image=image)

    def checked(self, turn: Turn, event: PictureChecked) -> None:
        """To be looked at, or taken again with the reason."""
        if event.problems:
            turn.set(phase="camera", problems=event.problems)
            return
        turn.set(phase="look", picture=Picture(image=event.image, sha256=event.sha256))

    def view(
        self, flow: Flow, run: Run, kind: Literal["document", "portrait"], what: str, taken: int, most: int
    ) -> Page:
        """The camera, the wait, the picture."""
        if run.phase == "checking":
            return waiting(flow, "正在检查照片")
        if run.phase == "look" and run.picture is not None:
            body = PictureBody(kind=kind, what=what, image=JPEG + run.picture.image, page=taken + 1)
            use = Action(id="next", label="用这张")
            return framed(flow, "照片清楚吗？", body, primary=use, back=None, others=(RETAKE,))
        shown = CameraBody(
            kind=kind, what=what, hint=_HINTS[kind], problems=run.problems, taken=taken, most=most
        )
        return framed(flow, f"拍摄{what}", shown, primary=SHUTTER, back=UP)


class DocumentsLogic(_Camera):
    """The list; each document from it to the camera and back."""

    stage = "拍材料"

    def enter(self, turn: Turn, step: Documents) -> None:
        """What a commitment replaced since is not kept."""
        wanted = {each.role for each in listed(turn.flow, turn.run, step)}
        ours = {each.role for each in step.documents}
        kept = {role: each for role, each in turn.run.documents.items() if role in wanted or role not in ours}
        turn.set(phase="list", capturing="", picture=None, problems=(), documents=kept)
        if not wanted:
            turn.next()

    def handle(self, turn: Turn, step: Documents, event: Event) -> None:
        """Photograph, defer, go on."""
        if isinstance(event, PictureChecked):
            self.checked(turn, event)
        elif isinstance(event, Act) and turn.run.phase == "list":
            self._on_list(turn, step, event)
        elif isinstance(event, Act):
            self._at_camera(turn, step, event)

    def _on_list(self, turn: Turn, step: Documents, act: Act) -> None:
        verb, _, role = act.action.partition(":")
        documents = {each.role: each for each in listed(turn.flow, turn.run, step)}
        if verb == "capture":
            taken = dict(turn.run.documents)
            taken[role] = Captured(importance=documents[role].importance)
            turn.set(phase="camera", capturing=role, documents=taken, errors={}, problems=())
        elif verb == "later":
            before = turn.run.documents.get(role)
            later = Captured(importance=documents[role].importance, later=before is None or not before.later)
            turn.set(documents={**turn.run.documents, role: later}, errors={})
        else:
            missing = [each.name for each in documents.values() if not _settled(turn.run, each)]
            if missing:
                turn.set(errors={"documents": f"还缺：{'、'.join(missing)}"})
                return
            kept = {role: each for role, each in turn.run.documents.items() if each.pages or each.later}
            turn.set(errors={}, documents=kept)
            turn.next()

    def _at_camera(self, turn: Turn, step: Documents, act: Act) -> None:
        run = turn.run
        captured = run.documents[run.capturing]
        if act.action in {"up", "done"}:
            turn.set(phase="list", capturing="", picture=None, problems=())
        elif act.action == "no-camera":
            turn.set(phase="list", capturing="", errors={"documents": NO_CAMERA})
        elif run.phase == "camera" and act.action == "next":
            self.shot(turn, act, "document")
        elif run.phase == "look" and act.action == "again":
            turn.set(phase="camera", picture=None)
        elif run.phase == "look" and run.picture is not None:
            pages = (*captured.pages, run.picture)
            documents = {**run.documents, run.capturing: replace(captured, pages=pages)}
            full = len(pages) >= _most(step, turn.flow, run)
            turn.set(documents=documents, picture=None, phase="list" if full else "more")
            if full:
                turn.set(capturing="")
        elif run.phase == "more" and act.action == "more":
            turn.set(phase="camera", problems=())

    def page(self, flow: Flow, run: Run, step: Documents) -> Page:
        """The list, or the camera."""
        documents = {each.role: each for each in listed(flow, run, step)}
        if run.phase == "list":
            rows = tuple(_document_row(run, each) for each in documents.values())
            later = any(each.later for each in run.documents.values())
            body = DocumentsBody(
                rows=rows,
                error=run.errors.get("documents", ""),
                later_words=later_words(run) if later else "",
            )
            return framed(flow, step.title, body, primary=NEXT)
        what = documents[run.capturing].name
        captured = run.documents[run.capturing]
        most = documents[run.capturing].pages
        if run.phase == "more":
            rows = (_document_row(run, documents[run.capturing]),)
            return framed(
                flow,
                f"已拍 {len(captured.pages)} 页",
                DocumentsBody(rows=rows),
                primary=Action(id="done", label="拍完了"),
                back=None,
                others=(Action(id="more", label="再拍一页"),),
            )
        return self.view(flow, run, "document", what, len(captured.pages), most)

    def stops(self, flow: Flow, run: Run, step: Documents) -> bool:
        """It asks something, unless a commitment replaced all."""
        return bool(listed(flow, run, step))


def listed(flow: Flow, run: Run, step: Documents) -> tuple[Document, ...]:
    """The documents that this run has to bring: without those that a commitment replaces; of a case that is
    supplemented, only what it lacks."""
    replaced = {
        role
        for each in flow.steps
        if isinstance(each, Commitment) and run.committed is not None
        for role in each.replaces
    }
    case = _case(flow, run)
    if case is not None and case.documents:
        known = {each.role: each for each in step.documents}
        return tuple(
            known.get(role) or Document(role=_role(role), name=role[:40], importance="secondary")
            for role in case.documents
        )
    return tuple(each for each in step.documents if each.role not in replaced)


def _role(text: str) -> str:
    return re.sub(r"[^a-z0-9-]", "-", text.lower())[:40]


def _case(flow: Flow, run: Run) -> OwnCase | None:
    for step in flow.steps:
        if isinstance(step, ChooseCase):
            known = run.values.get(step.field)
            return next(
                (case for case in run.cases if known is not None and case.case_no == known.value), None
            )
    return None


def _most(step: Documents, flow: Flow, run: Run) -> int:
    return next(each.pages for each in listed(flow, run, step) if each.role == run.capturing)


def _settled(run: Run, document: Document) -> bool:
    captured = run.documents.get(document.role)
    if captured is None or not (captured.pages or captured.later):
        return not document.needed
    return True


def _document_row(run: Run, document: Document) -> DocumentRow:
    captured = run.documents.get(document.role)
    pages = len(captured.pages) if captured is not None else 0
    later = captured is not None and captured.later
    return DocumentRow(
        role=document.role,
        name=document.name,
        main=document.importance == "main",
        state="taken" if pages else "later" if later else "missing",
        pages=pages,
        may_follow=document.deferrable and document.importance == "secondary" and not pages,
        optional=not document.needed,
    )


def later_words(run: Run) -> str:
    """Until when a deferred document is due, as far as it is known before the case is accepted."""
    days = run.guide.defer_days if run.guide is not None else None
    until = f"受理后 {days} 个工作日内" if days is not None else "回执上写明的日期前"
    return f"以后补交的材料，请在{until}用“容缺材料补正提交”补齐；逾期没补，按退件处理"


class PhotoLogic(_Camera):
    """A portrait, looked at and taken again as often as one likes."""

    stage = "拍照"

    def enter(self, turn: Turn, step: Photo) -> None:
        """The camera; what was taken before is shown again."""
        before = turn.run.documents.get(PHOTO)
        picture = before.pages[0] if before is not None and before.pages else None
        turn.set(phase="look" if picture else "camera", picture=picture, problems=())

    def handle(self, turn: Turn, step: Photo, event: Event) -> None:
        """Take, look, keep."""
        run = turn.run
        if isinstance(event, PictureChecked):
            self.checked(turn, event)
        elif not isinstance(event, Act):
            return
        elif event.action == "up":
            turn.back()
        elif event.action == "no-camera":
            turn.unavailable("no-camera")
        elif run.phase == "camera":
            self.shot(turn, event, "portrait")
        elif run.phase == "look" and event.action == "again":
            turn.set(phase="camera", picture=None)
        elif run.phase == "look" and run.picture is not None:
            photo = Captured(importance="main", pages=(run.picture,))
            turn.set(documents={**run.documents, PHOTO: photo}, picture=None)
            turn.next()

    def page(self, flow: Flow, run: Run, step: Photo) -> Page:
        """The camera, or the picture."""
        return self.view(flow, run, "portrait", "本人照片", 0, 1)

    def stops(self, flow: Flow, run: Run, step: Photo) -> bool:
        """It asks something."""
        return True
