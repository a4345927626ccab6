"""The technician's pages for the touchscreen: four crosses to calibrate it, a grid to test it."""

from kiosk.touch_pages.app import create_app
from kiosk.touch_pages.calibrating import CROSSES, Calibrated, Calibrating
from kiosk.touch_pages.serving import serve
from kiosk.touch_pages.testing import Tested, Testing

__all__ = ["CROSSES", "Calibrated", "Calibrating", "Tested", "Testing", "create_app", "serve"]
