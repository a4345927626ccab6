"""Documents from the phone: the city's page takes them, and each is judged as a photographed one.

What has arrived stays, however it ends. Of a document that the phone sends anew the earlier pages go.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from flows.bodies import DocumentRow, ToldBody, UploadBody
from flows.effects import OpenUpload, WantedDocument
from flows.events import Act, Event, Refused, Unreachable, Uploaded, UploadEnded, UploadShown
from flows.held import Captured, Picture, Upload
from flows.kinds import Document
from flows.model import Flow
from flows.page import Page
from flows.parts import Action
from flows.run import Run
from flows.turn import UP, Turn, framed

PHASES = frozenset({"upload", "upload-over"})
SEND = Action(id="upload", label="用手机传")
ENOUGH = Action(id="done", label="传好了")
_LIST = Action(id="done", label="回材料清单")
_AGAIN = Action(id="again", label="再开一次")
_OVER = {"expired": "时间到了，手机上不能再传", "lost": "网络断了，手机传的材料收不到"}
_KEPT = "已经收到的都在，可以再开一次接着传"


def begin(turn: Turn, documents: Sequence[Document]) -> None:
    """Ask the city for a page that takes `documents`, but for what is to follow later."""
    turn.set(phase="upload", upload=Upload(), errors={}, problems=())
    later = {role for role, captured in turn.run.documents.items() if captured.later}
    asked = [each for each in documents if each.role not in later] or documents
    wanted = tuple(WantedDocument(role=each.role, name=each.name, pages=each.pages) for each in asked)
    turn.emit(OpenUpload, item=turn.flow.item, documents=wanted)


def handle(turn: Turn, documents: Sequence[Document], event: Event) -> None:
    """Shown, arrived, over; or the citizen goes back to the list, or tries again."""
    upload = turn.run.upload or Upload()
    match event:
        case Act(action="again"):
            begin(turn, documents)
        case Act() | UploadEnded(how="done"):
            _to_the_list(turn)
        case UploadShown(link=link, expires_at=expires_at):
            turn.set(upload=replace(upload, link=link, expires_at=expires_at))
        case Uploaded():
            _arrived(turn, upload, documents, event)
        case UploadEnded(how=how):
            _over(turn, _OVER[how])
        case Refused(reasons=reasons):
            _over(turn, *(each.message for each in reasons), "现在不能用手机传")
        case Unreachable():
            _over(turn, "网络不通，现在不能用手机传")
        case _:
            pass


def _to_the_list(turn: Turn) -> None:
    turn.cancel_pending()
    turn.set(phase="list", upload=None, problems=())


def _over(turn: Turn, *words: str) -> None:
    turn.set(phase="upload-over", upload=None, problems=words)


def _arrived(turn: Turn, upload: Upload, documents: Sequence[Document], event: Uploaded) -> None:
    document = next((each for each in documents if each.role == event.role), None)
    if document is None:
        return
    if event.problems:
        turn.set(problems=tuple(f"{document.name}：{each}" for each in event.problems))
        return
    before = turn.run.documents.get(document.role)
    pages = before.pages if before is not None and document.role in upload.arrived else ()
    if len(pages) >= document.pages:
        turn.set(problems=(f"{document.name}最多 {document.pages} 张，多的没有收；要换，请返回再传",))
        return
    picture = Picture(image=event.image, sha256=event.sha256)
    captured = Captured(importance=document.importance, pages=(*pages, picture), uploaded=True)
    turn.set(
        documents={**turn.run.documents, document.role: captured},
        upload=replace(upload, arrived=upload.arrived | {document.role}),
        problems=(),
    )


def page(flow: Flow, run: Run, rows: tuple[DocumentRow, ...]) -> Page:
    """The QR with what has arrived; or why it is over."""
    if run.phase == "upload-over":
        told = ToldBody(lines=(*run.problems, _KEPT), caution=True)
        return framed(flow, "手机传材料停下了", told, primary=_LIST, back=None, others=(_AGAIN,))
    upload = run.upload or Upload()
    asked = tuple(row for row in rows if row.state != "later") or rows
    body = UploadBody(rows=asked, link=upload.link, expires=upload.expires_at[11:16], problems=run.problems)
    return framed(flow, "用手机传材料", body, primary=ENOUGH if upload.arrived else None, back=UP)
