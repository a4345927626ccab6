"""What stands in the field over the letter keys, where something is looked for.

It is kept in memory for the page that has the keys, and written down nowhere.
"""

from __future__ import annotations

from kiosk.search import QUERY_MOST


class LetterKeys:
    """`query` is what was typed; `digits`, whether the keys show digits where there is no room for both."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing is typed, and the keys show letters."""
        self.query = ""
        self.digits = False

    def act(self, verb: str, what: str, typed: str) -> bool:
        """Whether the tap was on one of the keys; `typed` is what stood in the field."""
        if verb == "key" and len(what) == 1:
            self._type(typed + what)
        elif verb == "erase":
            self._type(typed[:-1])
        elif verb == "clear":
            self._type("")
        elif verb == "find":
            self._type(typed)
        elif verb == "digits":
            self.digits = not self.digits
        else:
            return False
        return True

    def _type(self, query: str) -> None:
        self.query = query[:QUERY_MOST]
