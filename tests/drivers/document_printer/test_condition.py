"""Many words of a printer folded into one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import Availability
from drivers.document_printer import Condition, FailReason
from drivers.document_printer.condition import MEANING, WELL, condition_of, fault_of
from drivers.document_printer.status import A4, PrinterState, PrinterWord, Supply


def state(
    *reasons: str,
    word: PrinterWord = PrinterWord.IDLE,
    accepting: bool | None = True,
    media: tuple[str, ...] = (A4,),
    toner: Supply = Supply.ENOUGH,
) -> PrinterState:
    return PrinterState(word, reasons, accepting, "P", (), media, toner, False, "")


@pytest.mark.parametrize(
    ("told", "condition"),
    [
        (state(), Condition.IDLE),
        (state(accepting=None, media=(), toner=Supply.UNKNOWN), Condition.IDLE),
        (state(word=PrinterWord.PROCESSING), Condition.PRINTING),
        (state("media-low-warning"), Condition.PAPER_LOW),
        (state("toner-low-report"), Condition.TONER_LOW),
        (state(toner=Supply.LOW), Condition.TONER_LOW),
        (state("media-empty-error", word=PrinterWord.STOPPED), Condition.PAPER_OUT),
        (state("media-needed"), Condition.PAPER_OUT),
        (state("input-tray-missing"), Condition.PAPER_OUT),
        (state("media-jam-error", "media-empty-error"), Condition.PAPER_JAM),
        (state("cover-open-warning", "media-jam"), Condition.COVER_OPEN),
        (state("door-open"), Condition.COVER_OPEN),
        (state("toner-empty"), Condition.TONER_OUT),
        (state(toner=Supply.OUT), Condition.TONER_OUT),
        (state("paused", word=PrinterWord.STOPPED), Condition.STOPPED),
        (state("fuser-over-temp", word=PrinterWord.STOPPED), Condition.STOPPED),
        (state(accepting=False), Condition.NOT_ACCEPTING),
        (state(media=("na_letter_8.5x11in",)), Condition.NO_A4),
        (state(word=PrinterWord.UNKNOWN), Condition.UNKNOWN),
        (state("com.example.party-mode"), Condition.IDLE),
    ],
)
def test_a_state_is_one_word(told: PrinterState, condition: Condition) -> None:
    assert condition_of(told) is condition


def test_an_empty_second_tray_does_not_stop_a_printer_that_has_a4() -> None:
    assert condition_of(state("media-empty-report")) is Condition.PAPER_LOW
    assert condition_of(state("media-empty-warning")) is Condition.PAPER_LOW


def test_an_empty_tray_stops_where_nothing_says_that_there_is_another() -> None:
    assert condition_of(state("media-empty-report", media=())) is Condition.PAPER_OUT
    assert condition_of(state("media-empty")) is Condition.PAPER_OUT
    assert condition_of(state("media-empty-warning", word=PrinterWord.STOPPED)) is Condition.PAPER_OUT


@given(st.lists(st.text(max_size=20), max_size=5), st.sampled_from(list(PrinterWord)))
def test_any_reasons_fold(reasons: list[str], word: PrinterWord) -> None:
    condition = condition_of(state(*reasons, word=word))
    assert word is not PrinterWord.UNKNOWN or condition not in WELL


@pytest.mark.parametrize("condition", list(Condition))
def test_what_does_not_print_has_a_reason_and_a_remedy(condition: Condition) -> None:
    health = MEANING[condition]
    if condition in WELL:
        assert fault_of(condition) is None
        assert health.availability is Availability.ONLINE
    else:
        assert isinstance(fault_of(condition), FailReason)
        assert health.availability is not Availability.ONLINE
        assert health.cause
        assert health.remedy


@pytest.mark.parametrize("condition", [Condition.UNKNOWN, Condition.NOT_ASKABLE])
def test_unknown_is_neither_good_nor_bad(condition: Condition) -> None:
    assert MEANING[condition].availability is Availability.UNKNOWN
