"""The pages for citizens: draws the present `View`, posts what is touched. Knows no flow and no device."""

from kiosk.web.app import create_app
from kiosk.web.screen import Screen, ScreenBusy

__all__ = ["Screen", "ScreenBusy", "create_app"]
