"""Documents and the portrait: photographed page by page, documents also sent from the phone (`uploading`);
容缺: a secondary one may follow later."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from flows.bodies import CameraBody, DocumentRow, DocumentsBody, PictureBody, ToldBody
from flows.effects import CheckPicture
from flows.events import Act, Event, PictureChecked
from flows.held import Captured, Picture
from flows.kinds import Document, Documents, Photo
from flows.listing import PHOTO, listed, supplements, unwanted, wanted_roles
from flows.model import Flow
from flows.page import Page
from flows.parts import Action, Reason
from flows.run import Run, Trouble
from flows.steps import uploading
from flows.steps.city import waiting
from flows.turn import NEXT, UP, Turn, framed

JPEG = "data:image/jpeg;base64,"
PICTURE_LIMIT = 700_000
"""Characters of a picture as posted: about 500 KB."""
NO_CAMERA = "摄像头现在不能用，可以用手机传，或呼叫工作人员"
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


def as_documents(flow: Flow, run: Run, roles: Collection[str] | None = None) -> dict[str, Any]:
    """The contract's `documents` and `deferred_documents`, as far as they are asked for now; of `roles` only,
    where they are given."""
    taken: list[dict[str, Any]] = []
    later: list[str] = []
    wanted = wanted_roles(flow, run)
    for role, captured in run.documents.items():
        if role not in wanted or (roles is not None and role not in roles):
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
            shown_wait = waiting(flow, "正在检查照片")
            return framed(flow, shown_wait.title, shown_wait.body, back=None)
        if run.phase == "look" and run.picture is not None:
            body = PictureBody(kind=kind, what=what, image=JPEG + run.picture.image, page=taken + 1)
            use = Action(id="next", label="用这张")
            back = UP if kind == "portrait" else None
            return framed(flow, "照片清楚吗？", body, primary=use, back=back, others=(RETAKE,))
        shown = CameraBody(
            kind=kind, what=what, hint=_HINTS[kind], problems=run.problems, taken=taken, most=most
        )
        return framed(flow, f"拍摄{what}", shown, primary=SHUTTER, back=UP)


class DocumentsLogic(_Camera):
    """The list; each document from it to the camera and back, or all of them by the phone."""

    stage = "拍材料"

    def enter(self, turn: Turn, step: Documents) -> None:
        """The list, unless there is nothing to bring."""
        turn.set(phase="list")
        if not listed(turn.flow, turn.run, step):
            turn.next()

    def handle(self, turn: Turn, step: Documents, event: Event) -> None:
        """Photograph, send, defer, go on."""
        if turn.run.phase in uploading.PHASES:
            uploading.handle(turn, listed(turn.flow, turn.run, step), event)
        elif isinstance(event, PictureChecked):
            self.checked(turn, event)
        elif isinstance(event, Act) and turn.run.phase == "list":
            self._on_list(turn, step, event)
        elif isinstance(event, Act):
            self._at_camera(turn, step, event)

    def _on_list(self, turn: Turn, step: Documents, act: Act) -> None:
        verb, _, role = act.action.partition(":")
        documents = {each.role: each for each in listed(turn.flow, turn.run, step)}
        if verb == uploading.SEND.id:
            uploading.begin(turn, tuple(documents.values()))
        elif verb == "capture":
            turn.set(phase="camera", capturing=role, taken=(), errors={}, problems=())
        elif verb == "later":
            before = turn.run.documents.get(role)
            later = Captured(importance=documents[role].importance, later=before is None or not before.later)
            kept = {each: captured for each, captured in turn.run.documents.items() if each != role}
            turn.set(documents={**kept, role: later} if later.later else kept, errors={})
        else:
            words = _missing(turn.flow, turn.run, step)
            turn.set(errors={"documents": words} if words else {})
            if not words:
                turn.next()

    def _at_camera(self, turn: Turn, step: Documents, act: Act) -> None:
        run = turn.run
        document = next(each for each in listed(turn.flow, run, step) if each.role == run.capturing)
        if act.action == "done" or (act.action == "up" and not run.taken):
            self._done(turn, document)
        elif act.action == "up":
            turn.set(phase="more", problems=())
        elif act.action == "no-camera":
            self._done(turn, document)
            turn.set(errors={"documents": NO_CAMERA})
        elif run.phase == "camera" and act.action == "next":
            self.shot(turn, act, "document")
        elif run.phase == "look" and act.action == "again":
            turn.set(phase="camera", picture=None)
        elif run.phase == "look" and act.action == "next" and run.picture is not None:
            turn.set(taken=(*run.taken, run.picture), picture=None, phase="more")
            if len(turn.run.taken) >= document.pages:
                self._done(turn, document)
        elif run.phase == "more" and act.action == "more":
            turn.set(phase="camera", problems=())

    def _done(self, turn: Turn, document: Document) -> None:
        """Back to the list; the new pages take the place of earlier ones, none leaves them as they are."""
        run = turn.run
        if run.taken:
            captured = Captured(importance=document.importance, pages=run.taken)
            turn.set(documents={**run.documents, document.role: captured})
        turn.set(phase="list", capturing="", taken=(), picture=None, problems=())

    def page(self, flow: Flow, run: Run, step: Documents) -> Page:
        """The list, the camera, or the way to the phone."""
        documents = {each.role: each for each in listed(flow, run, step)}
        rows = tuple(_document_row(flow, run, each) for each in documents.values())
        if run.phase in uploading.PHASES:
            return uploading.page(flow, run, rows)
        if run.phase == "list":
            later = any(row.state == "later" for row in rows)
            body = DocumentsBody(
                rows=rows,
                camera="camera" in flow.needs,
                error=run.errors.get("documents", ""),
                later_words=later_words(run) if later else "",
            )
            return framed(flow, step.title, body, primary=NEXT, others=(uploading.SEND,))
        document = documents[run.capturing]
        if run.phase == "more":
            line = f"{document.name}已拍 {len(run.taken)} 页，最多 {document.pages} 页"
            done, more = Action(id="done", label="拍完了"), Action(id="more", label="拍下一页")
            body_more = ToldBody(lines=(line,))
            return framed(flow, "还有下一页吗？", body_more, primary=done, back=None, others=(more,))
        return self.view(flow, run, "document", document.name, len(run.taken), document.pages)

    def stops(self, flow: Flow, run: Run, step: Documents) -> bool:
        """It asks something, unless nothing is left to bring."""
        return bool(listed(flow, run, step))

    def lacks(self, flow: Flow, run: Run, step: Documents) -> bool:
        """One that is needed is neither there nor to follow."""
        return bool(_missing(flow, run, step))


def _missing(flow: Flow, run: Run, step: Documents) -> str:
    """What is still missing, in words. Of a case that is supplemented one document will do: each helps."""
    documents = listed(flow, run, step)
    if supplements(flow):
        brought = any(run.documents[each.role].pages for each in documents if each.role in run.documents)
        return "" if brought else "请至少交一份要补交的材料"
    missing = [each.name for each in documents if not _settled(flow, run, each)]
    return f"还缺：{'、'.join(missing)}" if missing else ""


def _settled(flow: Flow, run: Run, document: Document) -> bool:
    captured = run.documents.get(document.role)
    if captured is None:
        return not document.needed
    return bool(captured.pages) or (captured.later and _may_follow(flow, run, document))


def _may_follow(flow: Flow, run: Run, document: Document) -> bool:
    """容缺: only a secondary document, and only where the city's guide says nothing else."""
    lines = run.guide.documents if run.guide is not None else ()
    told = next((line for line in lines if line.role == document.role), None)
    allowed = told is None or (told.deferrable and not told.main)
    return document.deferrable and document.importance == "secondary" and allowed and not supplements(flow)


def _document_row(flow: Flow, run: Run, document: Document) -> DocumentRow:
    captured = run.documents.get(document.role)
    pages = len(captured.pages) if captured is not None else 0
    later = captured is not None and captured.later
    return DocumentRow(
        role=document.role,
        name=document.name,
        main=document.importance == "main",
        state="taken" if pages else "later" if later else "missing",
        pages=pages,
        uploaded=captured is not None and captured.uploaded,
        may_follow=_may_follow(flow, run, document) and not pages,
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
        """The camera; what was taken before is shown again. Left out where nothing takes it."""
        if not self.stops(turn.flow, turn.run, step):
            turn.next()
            return
        before = turn.run.documents.get(PHOTO)
        picture = before.pages[0] if before is not None and before.pages else None
        turn.set(phase="look" if picture else "camera", picture=picture)

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
            turn.trouble(
                Trouble(
                    kind="unavailable",
                    title="摄像头现在不能用",
                    reasons=(Reason(message="这一项要当场拍照，现在还没有提交任何内容"),),
                    next=("请换一台终端，或到窗口办理", "也可呼叫工作人员帮忙"),
                    code="no-camera",
                    retry=True,
                )
            )
        elif run.phase == "camera" and event.action == "next":
            self.shot(turn, event, "portrait")
        elif run.phase == "look" and event.action == "again":
            turn.set(phase="camera", picture=None)
        elif run.phase == "look" and event.action == "next" and run.picture is not None:
            photo = Captured(importance="main", pages=(run.picture,))
            turn.set(documents={**run.documents, PHOTO: photo}, picture=None)
            turn.next()

    def page(self, flow: Flow, run: Run, step: Photo) -> Page:
        """The camera, or the picture."""
        return self.view(flow, run, "portrait", "本人照片", 0, 1)

    def stops(self, flow: Flow, run: Run, step: Photo) -> bool:
        """It asks something, unless only items of a bundle take it that are not wanted."""
        return PHOTO not in unwanted(flow, run)

    def lacks(self, flow: Flow, run: Run, step: Photo) -> bool:
        """None was taken."""
        return self.stops(flow, run, step) and PHOTO not in run.documents
