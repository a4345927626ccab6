"""A script of faults: what is taken, what is refused with which words, and that its device gets it."""

from __future__ import annotations

import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from drivers.device import DeviceEvent, HealthChanged
from drivers.simulated import FAULTS
from flows.model import DeviceName
from kiosk.attached import Attached
from kiosk.config import Config, ConfigError, load
from kiosk.config_devices import Devices, Simulated
from kiosk.fault_script import SCRIPTS, ReceiptPrinterFault, read_script
from tests.docs.pages import block, read
from tests.kiosk.test_config import GOOD

PAGE = read("simulated-devices.md")
EXAMPLE = block(PAGE, "toml", "[fault.paper-runs-out]")
DEADLINE = 30.0


def script(folder: Path, text: str) -> Path:
    file = folder / "faults.toml"
    file.write_text(text, encoding="utf-8")
    return file


def told(folder: Path, text: str, device: str = "receipt_printer") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_script(device, script(folder, text))
    return [str(mistake) for mistake in caught.value.mistakes]


def test_the_example_of_the_page_is_read_in_its_order(tmp_path: Path) -> None:
    assert read_script("receipt_printer", script(tmp_path, EXAMPLE)) == [
        ReceiptPrinterFault(what="paper-out", after_uses=3, for_seconds=20.0),
        ReceiptPrinterFault(what="unplugged", at_seconds=120.0, for_seconds=5.0),
    ]


@pytest.mark.parametrize("device", FAULTS)
def test_every_word_of_a_device_is_read_written_down_and_known_to_its_simulators(
    tmp_path: Path, device: str
) -> None:
    words = list(FAULTS[device]["memory"])
    text = "".join(f'[fault.{word}]\nwhat = "{word}"\nat_seconds = 1\n' for word in words)
    assert [fault.what for fault in read_script(device, script(tmp_path, text))] == words
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{device}` | `unplugged`")]
    assert row.split("|")[2].count("`") == 2 * len(words)
    assert all(f"`{word}`" in row for word in words)


def test_every_device_that_can_be_simulated_can_have_a_script() -> None:
    assert set(SCRIPTS) == set(FAULTS)


def test_every_mistake_is_told_with_its_line_and_remedy(tmp_path: Path) -> None:
    text = """\
[fault.first]
what = "paper-uot"
after_uses = 3

[fault.second]
what = "paper-out"
at_secnods = 1

[fault.third]
what = "silent"
after_uses = 1
at_seconds = 2

[fault."Vierter Fehler"]
what = "head"
at_seconds = 1

[fault.fifth]
what = "head"
after_uses = -1
for_seconds = 0
"""
    lines = told(tmp_path, text)
    assert [line.partition(": ")[0] for line in lines] == [
        "line 2", "line 7", "line 12", "line 14", "line 20", "line 21",
    ]  # fmt: skip
    for part in (
        "fault.first.what: is 'paper-uot'",
        "one of 'unplugged', 'silent', 'paper-low', 'paper-out'",
        "did you mean `at_seconds`?",
        "is given beside `after_uses` → take one of the two out",
        "is not a name of small letters, digits and hyphens → write [fault.paper-runs-out]",
        "a number from 0 to 1000000",
        "a number from 0.1 to 604800",
    ):
        assert part in "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "device", "why"),
    [
        ("", "id_card", "fault: is missing → add a table [fault.NAME], or take the script out"),
        ('[fault.a]\nwhat = "silent"', "id_card", "after_uses: is missing → say after how many uses"),
        (
            '[fault.a]\nwhat = "card-unreadable"\nafter_uses = 1\nfor_seconds = 2',
            "id_card",
            "line 4: fault.a.for_seconds: is of no use: it befalls the next card alone → take it out",
        ),
        ('[fault.a]\nwhat = "toner-out"\nat_seconds = 1', "receipt_printer", "is 'toner-out'"),
        (
            '[fault.a]\nwhat = "stuck"\nafter_uses = 1',
            "lights",
            "line 3: fault.a.after_uses: is of no use: this device does not tell its uses → write",
        ),
        ('[fault.a]\nwhat = "stuck"', "lights", "after_uses: is missing"),
        ("fault = 3", "id_card", "fault: is not a table"),
        ("[fault.a\n", "id_card", "line 1"),
    ],
)
def test_what_is_no_script_is_refused(tmp_path: Path, text: str, device: str, why: str) -> None:
    [line] = told(tmp_path, text, device)
    assert why in line


def with_simulated_pages(*lines: str, demo: bool = True) -> str:
    table = "\n".join(("\n[devices.document_printer]", 'driver = "simulated"', *lines, ""))
    text = GOOD.replace("[web]", "demo = true\n\n[web]") if demo else GOOD
    return text + table


def configured(folder: Path, text: str) -> Config:
    file = folder / "terminal.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_a_simulated_device_is_for_the_demo_and_byte_by_byte_unless_told(tmp_path: Path) -> None:
    script(tmp_path, '[fault.a]\nwhat = "toner-out"\nat_seconds = 1')
    devices = configured(tmp_path, with_simulated_pages('script = "faults.toml"')).devices
    assert devices.document_printer == Simulated(fidelity="bytes", script=tmp_path / "faults.toml")
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, with_simulated_pages('fidelity = "memory"', demo=False))
    [mistake] = caught.value.mistakes
    assert mistake.key == "devices.document_printer.driver"
    assert "serves citizens" in mistake.why
    assert "demo = true" in mistake.remedy


def test_a_mistake_in_a_script_is_one_of_the_configuration(tmp_path: Path) -> None:
    script(tmp_path, '[fault.a]\nwhat = "head"\nat_seconds = 1')
    text = with_simulated_pages('script = "faults.toml"')
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    [mistake] = caught.value.mistakes
    assert (mistake.key, mistake.line) == (
        "devices.document_printer.script",
        text[: text.index("script =")].count("\n") + 1,
    )
    assert "faults.toml: line 2: fault.a.what: is 'head'" in mistake.why
    assert "'toner-out'" in mistake.remedy


def test_a_smart_card_reader_is_simulated_in_memory_only(tmp_path: Path) -> None:
    table = '\n[devices.smart_card]\ndriver = "simulated"\n'
    text = GOOD.replace("[web]", "demo = true\n\n[web]") + table
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    [mistake] = caught.value.mistakes
    assert mistake.key == "devices.smart_card.fidelity"
    assert mistake.remedy == 'write fidelity = "memory"'
    devices = configured(tmp_path, text + 'fidelity = "memory"\n').devices
    assert devices.smart_card == Simulated(fidelity="memory")


def test_a_build_without_simulators_refuses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.config_devices.SIMULATED", "drivers.no_simulated")
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, with_simulated_pages())
    [mistake] = caught.value.mistakes
    assert mistake.why == 'is "simulated", and this build has no simulators'


def test_an_agents_simulated_device_is_made_opened_spoilt_by_its_script_and_ended(tmp_path: Path) -> None:
    file = script(tmp_path, '[fault.a]\nwhat = "toner-out"\nat_seconds = 0')
    heard: SimpleQueue[tuple[DeviceName, DeviceEvent]] = SimpleQueue()
    attached = Attached.make(
        Devices(
            document_printer=Simulated(fidelity="memory", script=file), id_card=Simulated(fidelity="memory")
        ),
        lambda name, event: heard.put((name, event)),
        time.monotonic,
    )
    attached.open()
    try:
        conditions: dict[str, str] = {}
        while conditions.get("document_printer") != "toner-out" or "id_card" not in conditions:
            name, event = heard.get(timeout=DEADLINE)
            assert isinstance(event, HealthChanged)
            conditions[name] = event.health.condition
        assert conditions["id_card"] == "ready"
        assert attached.id_card is not None
        assert attached.id_card.self_test().passed
    finally:
        attached.close()
    assert attached.document_printer is not None
    assert attached.document_printer.health().condition == "unknown"


def test_an_agent_has_the_later_devices_in_memory_too() -> None:
    memory = Simulated(fidelity="memory")
    heard: SimpleQueue[tuple[DeviceName, DeviceEvent]] = SimpleQueue()
    attached = Attached.make(
        Devices(door=memory, lights=memory, touchscreen=memory, keypad=memory, speaker=memory),
        lambda name, event: heard.put((name, event)),
        time.monotonic,
    )
    attached.open()
    try:
        conditions: dict[str, str] = {}
        while len(conditions) < 5:
            name, event = heard.get(timeout=DEADLINE)
            assert isinstance(event, HealthChanged)
            conditions[name] = event.health.condition
        assert conditions == {
            "door": "closed",
            "lights": "ready",
            "touchscreen": "ready",
            "keypad": "ready",
            "speaker": "unconfirmed",
        }
        attached.page_touched()
    finally:
        attached.close()


@pytest.mark.parametrize(
    "line",
    [
        "at_seconds = nan",
        "at_seconds = inf",
        "at_seconds = -1",
        "after_uses = true",
        "after_uses = 1.5",
        'after_uses = "3"',
    ],
)
def test_what_is_no_time_and_no_number_is_refused(tmp_path: Path, line: str) -> None:
    [told_once] = told(tmp_path, f'[fault.a]\nwhat = "silent"\n{line}\n', "id_card")
    assert "line 3: fault.a." in told_once
