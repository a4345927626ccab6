"""`kiosk touchscreen`, as a technician types it, with what a page of theirs posts."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from drivers.device import Availability, Health
from drivers.touchscreen import Condition, udev_rule
from drivers.touchscreen.calibration import IDENTITY
from kiosk.attached import Attached
from kiosk.cli import main
from kiosk.commands import touchscreen as bench
from kiosk.config import load
from kiosk.config_devices import Devices, TouchEgalax, TouchElo, TouchEvdev, TouchMicrotouch
from kiosk.touch_pages import CROSSES, Calibrating, Testing
from kiosk.touch_pages.bench import BadPost, Bench
from kiosk.touch_panel import touchscreen
from tests.kiosk.test_cli import terminal

__all__ = ["terminal"]

LINK = "/dev/input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event"
HEARD = 20.0


class Browser:
    """What a browser on the terminal sends, without its engine."""

    def __init__(self, address: str) -> None:
        self.origin = address.partition("/open")[0]
        self._session = requests.Session()
        self._session.trust_env = False
        self.opened = self._session.get(address, timeout=HEARD)

    def post(self, **fields: str) -> requests.Response:
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return self._session.post(f"{self.origin}/act", data=fields, headers=headers, timeout=HEARD)


def touches(**changes: Any) -> str:
    return json.dumps({"width": 1080, "height": 1920, "points": [list(each) for each in CROSSES], **changes})


def painted(**changes: Any) -> str:
    cells = [[column, row] for column in range(4) for row in range(3)]
    return json.dumps({"columns": 4, "rows": 3, "touched": cells, "ghosts": [], **changes})


def typed(*arguments: str) -> tuple[subprocess.Popen[str], Browser]:
    """The command as a process, and a browser at the address that it tells."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "touchscreen", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = process.stderr.readline()
    assert "http://127.0.0.1:" in told, told
    return process, Browser(told[told.index("http") :].strip())


@pytest.mark.parametrize(
    ("posted", "code", "words"),
    [
        (painted(), 0, "all of 12 cells were touched"),
        (painted(touched=[[0, 0]], ghosts=[[3, 2]]), 1, "11 of 12 cells are dead: 1/2 1/3 2/1"),
    ],
)
def test_the_test_is_served_and_told_in_words(posted: str, code: int, words: str) -> None:
    process, browser = typed("test", "--wait", "60")
    browser.post(result=posted)
    browser.post(done="1")
    out, _ = process.communicate(timeout=HEARD)
    assert words in out
    assert process.returncode == code


def test_the_test_is_told_as_json() -> None:
    process, browser = typed("test", "--json")
    browser.post(result=painted(ghosts=[[1, 1], [1, 1]]))
    browser.post(done="1")
    out, _ = process.communicate(timeout=HEARD)
    assert json.loads(out) == {
        "well": False,
        "columns": 4,
        "rows": 3,
        "dead": [],
        "ghosts": [[1, 1], [1, 1]],
    }
    assert process.returncode == 1


def test_done_before_anything_was_measured_is_no_result() -> None:
    process, browser = typed("test")
    browser.post(done="1")
    out, said = process.communicate(timeout=HEARD)
    assert (process.returncode, out) == (1, "")
    assert "nothing was measured" in said


def test_nobody_is_waited_for_for_ever() -> None:
    with pytest.raises(bench.NotDone):
        bench.test(lambda _: None, 0.05)


@pytest.fixture
def configured(terminal: Path, tmp_path: Path) -> Path:
    table = (
        f'[devices.touchscreen]\ndriver = "touch-evdev"\nport = "{LINK}"\n'
        f'calibration = "{tmp_path / "99-touch.rules"}"\n'
    )
    terminal.write_text(terminal.read_text("utf-8") + table, "utf-8")
    return terminal


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel is there, and nothing corrects it: there is no /dev/input on the machines of the tests."""
    monkeypatch.setattr(udev_rule, "in_force", lambda _: IDENTITY)


class Calibration:
    """The command in a thread of its own, and a browser at the address that it tells."""

    def __init__(self, configuration: Path) -> None:
        self._told = threading.Event()
        self._address = ""
        self.outcome: object = None
        self._config = load(configuration)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._told.wait(HEARD)
        self.browser = Browser(self._address[self._address.index("http") :])

    def _run(self) -> None:
        self.outcome = bench.calibrate(self._config, self._say, 60.0)

    def _say(self, words: str) -> None:
        self._address = words
        self._told.set()

    def end(self) -> Any:
        self.browser.post(done="1")
        self._thread.join(HEARD)
        return self.outcome


@pytest.mark.usefixtures("plugged")
def test_a_matrix_is_written_as_a_rule(configured: Path, tmp_path: Path) -> None:
    calibration = Calibration(configured)
    shifted = [[0.05 + 0.8 * x, y] for x, y in CROSSES]
    assert "校准好了" in calibration.browser.post(result=touches(points=shifted)).text
    outcome = calibration.end()
    rule = (tmp_path / "99-touch.rules").read_text("utf-8")
    assert f'SYMLINK=="{LINK.removeprefix("/dev/")}"' in rule
    assert 'MATRIX}="1.250000000' in rule
    assert outcome.residual == pytest.approx(0.0, abs=1e-6)
    assert "is written" in bench.calibrated_words(outcome, load(configured))
    assert bench.as_json(outcome)["turned"] == "straight"


@pytest.mark.usefixtures("plugged")
def test_a_refusal_changes_nothing_and_may_be_tried_again(configured: Path, tmp_path: Path) -> None:
    calibration = Calibration(configured)
    assert "没有校准" in calibration.browser.post(result=touches(points=[[0.5, 0.5]] * 4)).text
    assert "请看准再点" in calibration.browser.post(again="1").text
    outcome = calibration.end()
    assert outcome.matrix is None
    assert not (tmp_path / "99-touch.rules").exists()
    assert bench.calibrated_words(outcome, load(configured)).startswith("not calibrated")


@pytest.mark.usefixtures("plugged")
def test_a_disk_that_takes_no_rule_is_told_on_the_page(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibration = Calibration(configured)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(udev_rule, "write", full)
    assert "写不进去" in calibration.browser.post(result=touches()).text
    assert calibration.end().matrix is None


def refused(configuration: Path) -> str:
    done = CliRunner().invoke(main, ["touchscreen", "calibrate", "--config", str(configuration)])
    assert done.exit_code == 2, done.output
    return done.output


def test_without_a_touchscreen_there_is_nothing_to_calibrate(terminal: Path) -> None:
    assert "[devices.touchscreen]" in refused(terminal)


def test_serial_line_cannot_be_calibrated_by_a_page(terminal: Path) -> None:
    table = '[devices.touchscreen]\ndriver = "touch-elo"\nport = "/dev/ttyS9"\n'
    terminal.write_text(terminal.read_text("utf-8") + table, "utf-8")
    assert "inputattach" in refused(terminal)


def test_panel_that_is_not_there_is_told_before_anybody_touches_a_cross(configured: Path) -> None:
    assert "correct `port`" in refused(configured)


@pytest.mark.usefixtures("plugged")
def test_file_of_somebody_else_is_left_alone(configured: Path, tmp_path: Path) -> None:
    (tmp_path / "99-touch.rules").write_text("# mine\n", "utf-8")
    assert "somebody else's" in refused(configured)


@pytest.mark.usefixtures("plugged")
def test_folder_that_is_not_there_is_told_before_anybody_touches_a_cross(
    configured: Path, tmp_path: Path
) -> None:
    text = configured.read_text("utf-8").replace("99-touch.rules", "none/99-touch.rules")
    configured.write_text(text, "utf-8")
    assert "takes no files" in refused(configured)


def test_nobody_else_gets_to_the_pages() -> None:
    process, browser = typed("test")
    stranger = requests.get(browser.origin, timeout=HEARD)
    assert stranger.status_code == 403
    assert "default-src 'none'" in stranger.headers["Content-Security-Policy"]
    assert browser.post(result="{}").status_code == 400
    browser.post(done="1")
    process.communicate(timeout=HEARD)


@pytest.mark.parametrize(
    "posted",
    [
        "",
        "[]",
        "{}",
        painted(columns=0),
        painted(columns=1000, rows=1000),
        painted(touched=[[4, 0]]),
        painted(touched=[[-1, 0]]),
        painted(ghosts=[[0, 0]] * 1001),
        painted(more=1),
    ],
)
def test_what_no_test_page_posts_is_refused(posted: str) -> None:
    made = Testing()
    with pytest.raises(BadPost):
        made.take(posted.encode())
    assert made.outcome is None


@pytest.mark.parametrize(
    "posted",
    ["", "{}", touches(width=0), touches(points=[[0, 0]] * 9), touches(points=[["x", 0]]), touches(more=1)],
)
def test_what_no_calibration_page_posts_is_refused(posted: str) -> None:
    made: Bench = Calibrating(IDENTITY, lambda _: "", "x")
    with pytest.raises(BadPost):
        made.take(posted.encode())


# The driver behind the settings


@pytest.mark.parametrize(
    "spec",
    [
        TouchEvdev(port=LINK),
        TouchElo(port="/dev/no-such-tty"),
        TouchMicrotouch(port="/dev/no-such-tty"),
        TouchEgalax(port="/dev/no-such-tty"),
    ],
    ids=lambda spec: type(spec).__name__,
)
def test_each_driver_is_made_of_its_settings(
    spec: TouchEvdev | TouchElo | TouchMicrotouch | TouchEgalax,
) -> None:
    told: list[object] = []
    heard = threading.Event()

    def listen(event: object) -> None:
        told.append(event)
        heard.set()

    made = touchscreen(spec, listen, time.monotonic)
    made.open()
    assert heard.wait(HEARD)
    assert made.health().condition == Condition.UNPLUGGED
    made.close()


@pytest.fixture
def attached() -> Iterator[Attached]:
    made = Attached.make(Devices(touchscreen=TouchEvdev(port=LINK)), lambda *_: None, time.monotonic)
    yield made
    made.close()


def test_touchscreen_is_among_the_devices(attached: Attached) -> None:
    attached.open()
    found = attached.healths()["touchscreen"]
    assert found is not None
    assert isinstance(found.health(), Health)
    assert found.health().availability in {Availability.OFFLINE, Availability.UNKNOWN}


def test_finger_that_a_page_saw_reaches_the_driver(
    attached: Attached, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingers: list[bool] = []
    assert attached.touchscreen is not None
    monkeypatch.setattr(attached.touchscreen, "page_touched", lambda: fingers.append(True))
    attached.page_touched()
    assert fingers == [True]
    Attached.make(Devices(), lambda *_: None, time.monotonic).page_touched()
