"""The desk of pictures: judges what the camera gave, away from the loop."""

from __future__ import annotations

from flows.effects import CheckPicture
from flows.events import PictureChecked
from kiosk import pictures
from kiosk.desks.desk import Tell
from kiosk.loop import Executor


class PictureDesk:
    """Loop's thread, but for the judging."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def check(self, effect: CheckPicture, tell: Tell) -> None:
        """Whether it will do, and what of it is kept."""

        def done(checked: pictures.Checked) -> None:
            tell(
                PictureChecked(
                    effect=effect.id,
                    problems=checked.problems,
                    image=checked.image,
                    sha256=checked.sha256,
                )
            )

        self._executor.submit(lambda: pictures.check(effect.kind, effect.image), done)
