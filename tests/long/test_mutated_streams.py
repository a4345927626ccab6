"""Every parser of what a device says, on a million mutated inputs."""

from __future__ import annotations

import pytest

from tests.drivers.code_scanner import test_framer, test_reports
from tests.drivers.code_scanner import test_text as test_code_text
from tests.drivers.document_printer import test_http_answers, test_ipp
from tests.drivers.id_card import test_link, test_payload, test_protocol, test_usb_pipes, test_usb_wrap
from tests.drivers.keypad import test_protocol as test_keypad
from tests.drivers.mutations import Claim
from tests.drivers.payment_terminal import test_lines, test_messages
from tests.drivers.receipt_printer import test_status
from tests.drivers.smart_card import test_cards, test_tlv
from tests.drivers.speaker import test_said
from tests.drivers.touchscreen import test_contacts, test_controllers

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

CLAIMS: list[Claim] = [
    test_framer.mutated_streams_never_break_it,
    test_reports.mutated_descriptors_never_break_it,
    test_reports.mutated_reports_never_break_it,
    test_code_text.mutated_texts_are_plain_or_refused,
    test_http_answers.mutated_http_answers_are_read_or_refused,
    test_ipp.mutated_answers_never_break_the_reader,
    test_protocol.mutated_streams_never_break_the_parser,
    test_protocol.mutated_frames_seldom_hide_the_next,
    test_link.mutated_answers_spoil_no_later_exchange,
    test_payload.mutated_cards_are_read_or_refused,
    test_usb_wrap.mutated_packets_hide_no_good_one,
    test_usb_pipes.disordered_pipes_hide_no_good_answer,
    test_lines.mutated_lines_are_read_or_hung_up_on,
    test_messages.mutated_lines_never_break_the_reader,
    test_status.mutated_streams_never_break_the_parser,
    test_tlv.mutated_captures_are_read_or_refused,
    test_cards.mutated_answers_are_read_or_refused,
    test_controllers.mutated_elo_never_breaks_it,
    test_controllers.mutated_microtouch_never_breaks_it,
    test_controllers.mutated_egalax_never_breaks_it,
    test_contacts.mutated_events_never_break_it,
    test_keypad.mutated_streams_never_break_it,
    test_said.mutated_words_are_an_outcome,
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.__module__}.{claim.__name__}")
def test_a_million_mutated_inputs_break_no_parser(claim: Claim, seed: int) -> None:
    claim(250_000, seed)
