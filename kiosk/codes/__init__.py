"""The catalogue of short codes: every word that a page, a command or a log gives a technician, once.

What a citizen reads are sentences; the code beside them (给工作人员看的代码) is looked up here.
``docs/error-codes.md`` is this catalogue as a page, and a test holds the two together; another finds every
code in the sources and asks that it be declared here. Words that the city itself makes (a department's
`NOT_INSURED`) are shown as they came and are not ours to list.
"""

from __future__ import annotations

from kiosk.codes import asking, filing, records
from kiosk.codes.code import Code, Seen

__all__ = ["CODES", "Code", "Seen", "find"]

CODES: tuple[Code, ...] = (
    *asking.NO_ANSWER,
    *asking.REFUSED,
    *filing.SUBMISSION,
    *filing.TERMINAL,
    *records.LOGIN,
    *records.PAPER,
    *records.CHAIN,
    *records.PRINT,
    *records.ITEMS,
)


def find(code: str) -> tuple[Code, ...]:
    """Every meaning of `code`, which may differ by where it was seen; empty when it is not one of ours."""
    return tuple(each for each in CODES if _fits(each.code, code))


def _fits(declared: str, code: str) -> bool:
    if declared.endswith("*"):
        return code.startswith(declared[:-1]) and code[len(declared) - 1 :].isdigit()
    return declared == code
